"""Is a message meant for Ember?"""

import re
from enum import StrEnum
from typing import Final

import discord
import structlog
from cachetools import LRUCache

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.request import discord_request

KNOWN_THREADS: Final = 1_000  #: of which it is kept whether they began by addressing Ember
FETCH_SECONDS: Final = 10.0

_MENTION: Final = re.compile(r"<@!?(\d+)>")
_BEGINNING: Final = re.compile(r"\s*<@!?\d+>(?:(?:[\s,&+]|and|und)*<@!?\d+>)*")  #: the mentions at a line's beginning

_SAID_BY_PEOPLE: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})

log = structlog.get_logger()


def is_said_by_a_person(message: discord.Message) -> bool:
    """False for bots (Ember too), webhooks, and what Discord itself says: joins, pins, boosts."""
    return not message.author.bot and message.webhook_id is None and message.type in _SAID_BY_PEOPLE


def mentions(message: discord.Message, me: discord.ClientUser) -> bool:
    """True when a message names Ember's own user; @everyone and roles are not meant for it alone."""
    return any(user.id == me.id for user in message.mentions)


class Meant(StrEnum):
    """Whom a message is for."""

    EMBER = "ember"  #: a DM, a mention, a reply to Ember, a line for nobody else in a thread of Ember's
    OTHERS = "others"  #: somebody else is asked
    NOBODY = "nobody"  #: it names nobody


class Addressing:
    """Decides by the message, and in threads by how they began."""

    def __init__(self) -> None:
        self._began_with_ember: LRUCache[int, bool] = LRUCache(KNOWN_THREADS)

    async def is_addressed(self, message: discord.Message, me: discord.ClientUser) -> bool:
        return await self.meant_for(message, me) is Meant.EMBER

    async def meant_for(self, message: discord.Message, me: discord.ClientUser) -> Meant:
        """Says whom a message is for. Where it asks somebody else, it is theirs, even if it answers Ember."""
        if message.guild is None:
            return Meant.EMBER
        if _mentioned_in_words(message, me):
            return Meant.OTHERS if _begins_with_others(message, me) else Meant.EMBER
        if _names(message, me):
            return Meant.OTHERS if _is_for_others(message, me) else Meant.EMBER
        if _is_for_others(message, me):
            return Meant.OTHERS
        match message.channel:
            case discord.Thread() as thread if thread.owner_id == me.id or await self._began(thread, me):
                return Meant.EMBER
            case _:
                return Meant.NOBODY

    async def _began(self, thread: discord.Thread, me: discord.ClientUser) -> bool:
        """True when the message that a thread was opened on was addressed to Ember."""
        if thread.is_private():  # those are opened on no message
            return False
        if thread.id not in self._began_with_ember:
            try:
                self._began_with_ember[thread.id] = await _starts_with(thread, me)
            except NotDelivered as error:
                log.warning("a thread's beginning cannot be read", thread=thread.id, error=str(error))
                return False
        return self._began_with_ember[thread.id]


async def first_message(thread: discord.Thread) -> discord.Message | None:
    """Reads the message that a thread was opened on: it has the thread's id, and stands in the parent, or in a forum
    in the thread itself. None when there is none, or it is gone. Raises NotDelivered."""
    where = thread.parent if isinstance(thread.parent, discord.TextChannel) else thread
    try:
        async with discord_request(FETCH_SECONDS):
            return await where.fetch_message(thread.id)
    except Undeliverable:
        return None


async def _starts_with(thread: discord.Thread, me: discord.ClientUser) -> bool:
    first = await first_message(thread)
    return first is not None and _names(first, me)


def _mentioned_in_words(message: discord.Message, me: discord.ClientUser) -> bool:
    """True when Ember is mentioned in the text itself: an answer to somebody mentions them too."""
    return any(int(found) == me.id for found in _MENTION.findall(message.content))


def _begins_with_others(message: discord.Message, me: discord.ClientUser) -> bool:
    """True for "@bob, what does @ember say?": whom a line begins with is asked."""
    beginning = _BEGINNING.match(message.content)
    named = [int(found) for found in _MENTION.findall(beginning[0])] if beginning else []
    return bool(named) and me.id not in named


def _names(message: discord.Message, me: discord.ClientUser) -> bool:
    answered = _answered(message)
    return mentions(message, me) or (answered is not None and answered.id == me.id)


def _is_for_others(message: discord.Message, me: discord.ClientUser) -> bool:
    """True when somebody else is mentioned or answered; who answers their own line goes on talking."""
    speakers = {me.id, message.author.id}
    named = {user.id for user in message.mentions}
    answered = _answered(message)
    if answered is not None:
        named.add(answered.id)
    return bool(named - speakers or message.role_mentions or message.mention_everyone)


def _answered(message: discord.Message) -> discord.abc.User | None:
    """Returns whose message this one replies to; a forwarded message is no reply."""
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None:
        return None
    return reference.resolved.author if isinstance(reference.resolved, discord.Message) else None
