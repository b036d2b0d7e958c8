"""What Ember may do in a channel: looked at before it acts, for refused requests lead to a ban."""

from collections.abc import Iterator
from typing import Final

import discord

Messages = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread

#: What something of Ember's needs, as discord.py calls it, and what Discord's settings call it.
VIEW: Final = "read_messages"
SEND: Final = "send_messages"
SEND_IN_THREADS: Final = "send_messages_in_threads"
ATTACH: Final = "attach_files"
HISTORY: Final = "read_message_history"
PIN: Final = "pin_messages"
NAMES: Final = {
    VIEW: "View Channel",
    SEND: "Send Messages",
    SEND_IN_THREADS: "Send Messages in Threads",
    ATTACH: "Attach Files",
    HISTORY: "Read Message History",
    PIN: "Pin Messages",
}
_SENDING: Final = (VIEW, SEND)
_SENDING_IN_THREADS: Final = (VIEW, SEND_IN_THREADS)
_ALL_BUT_PINS: Final = (VIEW, SEND, SEND_IN_THREADS, ATTACH, HISTORY)


def lacking_to_send(channel: object, attaching: bool = False) -> str | None:
    """Returns the permission for want of which nothing can be said in a channel; None where all is there."""
    if isinstance(channel, discord.Thread):
        return _first_lacking(channel, (*_SENDING_IN_THREADS, *([ATTACH] if attaching else [])))
    if isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
        return _first_lacking(channel, (*_SENDING, *([ATTACH] if attaching else [])))
    return None  # one person's, or not known: Discord has to say


def may(channel: Messages, *needed: str) -> bool:
    return _first_lacking(channel, needed) is None


def lacking(channel: discord.abc.GuildChannel) -> Iterator[str]:
    """Yields the permissions that Ember lacks in a channel, by their names in Discord's settings."""
    allowed = dict(channel.permissions_for(channel.guild.me))
    yield from (NAMES[each] for each in _ALL_BUT_PINS if not allowed[each])


def _first_lacking(channel: Messages, needed: tuple[str, ...]) -> str | None:
    allowed = dict(channel.permissions_for(channel.guild.me))
    return next((NAMES[each] for each in needed if not allowed[each]), None)
