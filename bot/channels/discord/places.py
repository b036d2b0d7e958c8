"""Channels and threads as places, with who reads there now."""

from collections.abc import Callable
from typing import Final

import discord

from bot.channel import Undeliverable
from bot.channels.discord.request import discord_request
from bot.sentences import ENGLISH
from memory import Channel, OneReader, PartOfGuild, Place, Thread, WholeGuild

FETCH_SECONDS: Final = 10.0


#: Returns the id of the role that a guild's admin has named as everybody's.
BaseRole = Callable[[str], int | None]


def place_of(channel: object, base_role: BaseRole) -> Place | None:
    """Returns the place that a channel of discord.py is; None for one that Ember does not talk in.

    A public thread is read by whoever reads its parent.
    """
    match channel:
        case discord.DMChannel():
            return Place(Channel.DISCORD, OneReader(), channel_id=str(channel.id))
        case discord.Thread():
            private = channel.is_private()
            readers = PartOfGuild() if private or channel.parent is None else _readers(channel.parent, base_role)
            thread = Thread(str(channel.id), private)
            return Place(Channel.DISCORD, readers, str(channel.parent_id), str(channel.guild.id), thread)
        case discord.abc.GuildChannel():
            return Place(Channel.DISCORD, _readers(channel, base_role), str(channel.id), str(channel.guild.id))
        case _:
            return None


def messageable_id(place: Place) -> int:
    """Returns the id of the channel or thread that messages of a place stand in."""
    return int(place.thread.id if place.thread else place.channel_id)


async def place_from_key(client: discord.Client, key: str, base_role: BaseRole) -> Place | None:
    """Makes a place anew from its key; None when it is gone, or closed to Ember. Raises NotDelivered."""
    channel_id = int(key.replace("/", ":").rpartition(":")[2])
    channel = client.get_channel(channel_id)
    if channel is None:
        try:
            async with discord_request(FETCH_SECONDS):
                return place_of(await client.fetch_channel(channel_id), base_role)
        except Undeliverable:
            return None
    return place_of(channel, base_role)


def language_of(guild: discord.Guild | None) -> str:
    """Returns the language of what everybody in a guild reads."""
    return ENGLISH if guild is None else guild.preferred_locale.value


def _readers(channel: discord.abc.GuildChannel, base_role: BaseRole) -> WholeGuild | PartOfGuild:
    """Whoever may view a channel may read it, and who may join it where people speak; without its guild's roles nothing
    is taken for open."""
    guild = channel.guild
    whole = (guild.get_role(guild.id), guild.get_role(base_role(str(guild.id)) or 0))
    is_open = any(role is not None and _may_read(channel, role) for role in whole)
    return WholeGuild() if is_open else PartOfGuild()


def _may_read(channel: discord.abc.GuildChannel, role: discord.Role) -> bool:
    """A voice channel that is locked is seen by all, and what is written in it by those alone who may connect."""
    allowed, spoken = channel.permissions_for(role), isinstance(channel, discord.VoiceChannel | discord.StageChannel)
    return allowed.view_channel and (allowed.connect or not spoken)
