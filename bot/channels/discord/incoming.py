"""Discord's messages as Ember takes them."""

import re
import string
from typing import Final

import discord

from bot.channels.discord.addressing import mentions
from bot.quoting import attached_note
from bot.turn import Incoming
from memory import Channel, IncomingMessage, Place

NO_WORDS: Final = "[no words]"  #: a bare mention, a sticker

_MENTION: Final = re.compile(r"<(@!?|@&|#)(\d+)>")
_AROUND_ADDRESS: Final = f"{string.whitespace},:"
_QUOTED_TO_THE_END: Final = re.compile(r"^>>> (.*)\Z", re.DOTALL | re.MULTILINE)
_ONE_WORD: Final = re.compile(r"[\w-]+")
#: Whatever begins or ends a quotation, or code, for those who read whose words are whose; O'Brien stays as he is.
_QUOTING: Final = re.compile(r"[\"“”„«»`]|(?<!\w)['‘’‚]|['‘’‚](?!\w)")


def is_withheld(message: discord.Message, me: discord.ClientUser, message_content: bool) -> bool:
    """True when Discord has left out what a message says, for want of the Message Content intent."""
    shown = message_content or message.guild is None or mentions(message, me)
    return not shown and not message.content


def incoming_of(message: discord.Message, place: Place, me: discord.ClientUser, missed: bool = False) -> Incoming:
    """Makes the record of a message that is addressed to Ember; `missed`: it was said while Ember was away."""
    attachments = tuple(attachment.filename for attachment in message.attachments)
    record = IncomingMessage(
        external_id=str(message.id),
        place=place,
        link_kind=Channel.DISCORD,
        address=str(message.author.id),
        name=shown_name(message.author),
        content=_text(message, attachments, me),
        attachments=attachments,
    )
    return Incoming(record, addressed=True, counted=not missed)


def _text(message: discord.Message, attachments: tuple[str, ...], me: discord.ClientUser) -> str:
    """The words with names for mentions, and a note of the files, which are looked at when it is answered."""
    words = _QUOTED_TO_THE_END.sub(_quoted, _without_address(message.content.strip(), me))
    words = with_names(words, message)
    note = attached_note(attachments) if attachments else ""
    return "\n".join(part for part in (words, note) if part) or NO_WORDS


def with_names(text: str, message: discord.Message) -> str:
    """Writes the mentions of a message's text as people see them."""
    return _MENTION.sub(lambda found: _named(found, message), text)


def shown_name(user: discord.abc.User) -> str:
    """What a person is called everywhere: a nickname belongs to one guild and must not show in another."""
    return user.global_name or user.name


def _without_address(text: str, me: discord.ClientUser) -> str:
    """Cuts off the mention that only addresses Ember; one inside a sentence is a word of it and stays."""
    own = (f"<@{me.id}>", f"<@!{me.id}>")
    while text.startswith(own):
        text = text.partition(">")[2].lstrip(_AROUND_ADDRESS)
    while text.endswith(own):
        text = text.rpartition("<")[0].rstrip(_AROUND_ADDRESS)
    return text


def _quoted(found: re.Match[str]) -> str:
    """Marks every line of a quotation that goes to the end, as everywhere else quoted lines are marked."""
    return "\n".join(f"> {line}" for line in found[1].split("\n"))


def _named(found: re.Match[str], message: discord.Message) -> str:
    """Writes a mention as people see it."""
    kind, number = found[1], int(found[2])
    if kind == "#":
        channel = message.guild.get_channel_or_thread(number) if message.guild else None
        return f"#{_in_quotes(channel.name)}" if channel else found[0]
    if kind == "@&":
        role = message.guild.get_role(number) if message.guild else None
        return f"@{_in_quotes(role.name)}" if role else found[0]
    user = discord.utils.get(message.mentions, id=number)
    return f'@"{_harmless(shown_name(user))}"' if user else found[0]


def _in_quotes(name: str) -> str:
    """A name of one word as it is; anybody may write sentences into the title of a thread."""
    return name if _ONE_WORD.fullmatch(name) else f'"{_harmless(name)}"'


def _harmless(name: str) -> str:
    """A name without what would end its quotation: people choose theirs freely, and it is no word of who names them."""
    return " ".join(_QUOTING.sub("", name).split())
