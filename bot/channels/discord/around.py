"""What stands around messages on Discord: the lines that they answer, what they forward, how their thread began."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import discord
import structlog
from cachetools import LRUCache

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.addressing import first_message
from bot.channels.discord.client import EmberClient
from bot.channels.discord.files import File, read_files
from bot.channels.discord.incoming import NO_WORDS, shown_name, with_names
from bot.channels.discord.places import messageable_id
from bot.channels.discord.request import discord_request
from bot.quoting import attached_note
from bot.surroundings import Appetite, Author, Quoted, QuoteKind, Surroundings
from memory import Message, Place

KEPT: Final = 256  #: messages as they came in, so that they need not be fetched
CHAIN: Final = 4  #: lines upwards from the one that is answered
SECONDS: Final = 10.0  #: for all the lines around a turn; files have their own
FETCH_SECONDS: Final = 5.0
NAME: Final = "Ember"
WITHHELD: Final = "[words that Discord does not show me]"
_SMALL_PRINT: Final = "-# "  #: begins Ember's notices, which are no words of a reply

log = structlog.get_logger()


class Around:
    """Finds messages again, and looks at what stands around them."""

    def __init__(self) -> None:
        self._heard: LRUCache[int, discord.Message] = LRUCache(KEPT)

    def heard(self, message: discord.Message) -> None:
        """Keeps a message in reach for the turn that answers it."""
        self._heard[message.id] = message

    def changed(self, message_ids: Collection[int]) -> None:
        """Lets go of what was edited or deleted, and of what came with it as its answer: both are fetched anew."""
        for number, message in list(self._heard.items()):
            answered = message.reference.message_id if message.reference is not None else None
            if number in message_ids or answered in message_ids:
                del self._heard[number]

    async def of(self, client: EmberClient, place: Place, lines: Sequence[Message], appetite: Appetite) -> Surroundings:
        """Returns what stands around lines; what Discord does not give, or not in time, is left out."""
        look = _Look(client, place, self._heard)
        try:
            async with asyncio.timeout(SECONDS):
                await look.at(lines)
        except TimeoutError:
            log.warning("what stands around a message took too long", place=place.key)
        return Surroundings(tuple(look.quoted), await read_files(look.files, appetite))


class _Look:
    """One look around; what was found stays when time runs out."""

    def __init__(self, client: EmberClient, place: Place, heard: LRUCache[int, discord.Message]) -> None:
        self.quoted: list[Quoted] = []
        self.files: list[File] = []
        self._client = client
        self._place = place
        self._heard = heard
        self._askers: set[int] = set()
        self._seen: set[int] = set()

    async def at(self, lines: Sequence[Message]) -> None:
        numbers = [(line, int(line.external_id)) for line in lines if line.external_id is not None]
        found = [(line, message) for line, number in numbers if (message := await self._line(number)) is not None]
        self._askers = {message.author.id for _, message in found}
        self._seen = {message.id for _, message in found}
        for line, message in found:
            self._own_files(line, message)
        await self._thread_start()
        for _, message in found:
            await self._answered_by(message)
            self._forwards(message)

    def _own_files(self, line: Message, message: discord.Message) -> None:
        self.files += [File(attachment, Author.ASKER, line.id) for attachment in message.attachments]

    async def _thread_start(self) -> None:
        channel = self._client.get_channel(messageable_id(self._place))
        if not isinstance(channel, discord.Thread) or channel.is_private():  # those begin on no message
            return
        try:
            first = await first_message(channel)
        except NotDelivered as error:
            log.info("a thread's beginning cannot be read", thread=channel.id, error=type(error.__cause__).__name__)
            return
        if first is not None:
            self._quote(first, QuoteKind.THREAD_START, "")

    async def _answered_by(self, message: discord.Message) -> None:
        chain: list[discord.Message] = []
        answered = await self._answered(message)
        while answered is not None and len(chain) < CHAIN:
            chain.insert(0, answered)
            answered = await self._answered(answered) if len(chain) < CHAIN else None
        for one in reversed(chain):
            self._files_of(one)
        before = ""
        for one in chain:
            self._quote(one, QuoteKind.REPLY, before)
            before = self._name(one)

    def _files_of(self, message: discord.Message) -> None:
        """Takes the files of a line that is answered, but for those whose words are kept: Ember's, and voices."""
        author = self._author(message)
        if message.id in self._seen or author is Author.EMBER:
            return
        for attachment in message.attachments:
            if author is not Author.ASKER or not attachment.is_voice_message():
                self.files.append(File(attachment, author))

    async def _answered(self, message: discord.Message) -> discord.Message | None:
        """Returns what a message replies to, which stands in its own channel; a forward is no reply."""
        reference = message.reference
        if message.type is not discord.MessageType.reply or reference is None or reference.message_id is None:
            return None
        match reference.resolved:
            case discord.Message() as resolved:
                return resolved
            case discord.DeletedReferencedMessage():
                return None
            case _ if reference.channel_id == message.channel.id:
                return await self._message(reference.message_id)
            case _:
                return None

    async def _line(self, number: int) -> discord.Message | None:
        return self._heard[number] if number in self._heard else await self._message(number)

    async def _message(self, number: int) -> discord.Message | None:
        """Asks for a message anew: what its author has deleted since is not quoted."""
        channel = self._client.get_partial_messageable(messageable_id(self._place))
        try:
            async with discord_request(FETCH_SECONDS):
                return await channel.fetch_message(number)
        except (NotDelivered, Undeliverable) as error:
            log.info("a message could not be found again", message=number, error=type(error.__cause__).__name__)
            return None

    def _forwards(self, message: discord.Message) -> None:
        """Takes what a message hands on. Discord does not tell whose words they are."""
        for snapshot in message.message_snapshots:
            text = "\n".join(_pieces(snapshot, with_embeds=True))
            if text:
                self.quoted.append(Quoted(QuoteKind.FORWARD, Author.OTHER, "", "", text, None))
            self.files += [File(attachment, Author.OTHER) for attachment in snapshot.attachments]

    def _quote(self, message: discord.Message, kind: QuoteKind, answered: str) -> None:
        if message.id in self._seen:
            return
        self._seen.add(message.id)
        author = self._author(message)
        text = self._text(message, author)
        self.quoted.append(Quoted(kind, author, self._name(message), answered, text, str(message.id)))
        self._forwards(message)

    def _text(self, message: discord.Message, author: Author) -> str:
        # What an embed says, a page or a bot says: no words of the asker's, nor of Ember's.
        pieces = list(_pieces(message, with_embeds=author is Author.OTHER))
        if not pieces and self._place.guild is not None and not self._client.intents.message_content:
            return WITHHELD if not message.message_snapshots else NO_WORDS
        lines = with_names("\n".join(pieces), message).splitlines()
        kept = (line for line in lines if not (author is Author.EMBER and line.startswith(_SMALL_PRINT)))
        return "\n".join(kept).strip() or NO_WORDS

    def _author(self, message: discord.Message) -> Author:
        if message.author.id == self._client.me.id:
            return Author.EMBER
        return Author.ASKER if message.author.id in self._askers else Author.OTHER

    def _name(self, message: discord.Message) -> str:
        return NAME if message.author.id == self._client.me.id else shown_name(message.author)


def _pieces(said: discord.Message | discord.MessageSnapshot, *, with_embeds: bool) -> Iterator[str]:
    """Yields what a message says: its words, what its embeds say, and the names of its files."""
    if said.content:
        yield said.content
    for embed in said.embeds if with_embeds else ():
        yield from (text for text in (embed.title, embed.description) if text)
    if said.attachments:
        yield attached_note([attachment.filename for attachment in said.attachments])
