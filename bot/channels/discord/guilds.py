"""Discord's guilds for the commands about them, and for their admins: what there is, what is missing, once."""

from collections.abc import Sequence
from typing import Final

import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.places import language_of, messageable_id, place_of
from bot.channels.discord.request import discord_request
from bot.channels.discord.rights import PIN, lacking, lacking_to_send, may
from bot.conversation.speak_gate import SpeakGate
from bot.delivery.outbox import Outbox
from bot.guild_door import GuildChannel, GuildRole, PostedNotice, set_up_check
from bot.sentences import Sentence, Sentences
from memory import Channel, Place, StoreError, WholeGuild

REQUEST_SECONDS: Final = 30.0

_NOBODY: Final = discord.AllowedMentions.none()

log = structlog.get_logger()


class DiscordGuilds:
    """A door to guilds, through a client that is logged in."""

    def __init__(self, client: discord.Client, gate: SpeakGate, outbox: Outbox, sentences: Sentences) -> None:
        self._client = client
        self._gate = gate
        self._outbox = outbox
        self._sentences = sentences

    @property
    def reads_everything(self) -> bool:
        return self._client.intents.message_content

    def channels(self, guild: str) -> Sequence[GuildChannel]:
        found = self._client.get_guild(int(guild))
        return () if found is None else _channels(found)

    def roles(self, guild: str) -> Sequence[GuildRole]:
        found = self._client.get_guild(int(guild))
        every = () if found is None else found.roles
        return [GuildRole(str(role.id), role.name) for role in every if not role.is_default()]

    async def post_notice(self, place: Place, text: str) -> PostedNotice:
        channel = self._client.get_partial_messageable(messageable_id(place))
        known = self._client.get_channel(channel.id)
        missing = lacking_to_send(known)
        if missing is not None:
            raise Undeliverable(missing)
        async with discord_request(REQUEST_SECONDS):
            message = await channel.send(text, allowed_mentions=_NOBODY, suppress_embeds=True)
        may_pin = isinstance(known, discord.TextChannel | discord.VoiceChannel) and may(known, PIN)
        return PostedNotice(str(message.id), may_pin and await _pinned(message))

    async def take_down(self, place: Place, message: str) -> None:
        channel = self._client.get_partial_messageable(messageable_id(place))
        async with discord_request(REQUEST_SECONDS):
            try:
                await channel.get_partial_message(int(message)).delete()
            except discord.NotFound:
                return

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Tells the admins of a guild that Ember was let into where it may talk and what is missing, once."""
        log.info("Ember was let into a guild", guild=guild.id)
        joined, told = guild.me.joined_at, _where_to_tell(guild)
        if self._gate.is_elsewhere_in(str(guild.id)):
            text = self._sentences.say(Sentence.CHANNEL_OTHER_SERVERS, language_of(guild))
            await self._tell_admins(guild, text, told, once=f"other servers:{guild.id}")
            return
        channels = [one for one in _channels(guild) if self._may_name(guild.get_channel(int(one.id)), told)]
        text = set_up_check(self._sentences, language_of(guild), channels, self.reads_everything)
        await self._tell_admins(guild, text, told, once=f"set-up:{guild.id}:{joined and int(joined.timestamp())}")

    async def missing(self, channel: object, permission: str) -> None:
        """Tells the admins of a guild, once, what keeps Ember from speaking in a channel."""
        if not isinstance(channel, discord.Thread | discord.abc.GuildChannel):
            return
        log.warning("a permission is missing", channel=channel.id, permission=permission)
        guild = channel.guild
        text = self._sentences.say(
            Sentence.SETUP_MISSING_PERMISSION, language_of(guild), permission=permission, channel=f"#{channel.name}"
        )
        told = _where_to_tell(guild)
        told = told if self._may_name(channel, told) else None
        await self._tell_admins(guild, text, told, once=f"missing:{channel.id}:{permission}")

    def _may_name(self, channel: object, told: int | None) -> bool:
        """Whether a channel may be named in another, or to the guild's owner: some names tell of what goes on there."""
        place = place_of(channel, self._gate.base_role)
        return told is None or (place is not None and (place.readers == WholeGuild() or messageable_id(place) == told))

    async def _tell_admins(self, guild: discord.Guild, text: str, channel: int | None, once: str) -> None:
        """Tells them in a channel, or the guild's owner alone."""
        try:
            if channel is None and guild.owner_id is not None:
                async with discord_request(REQUEST_SECONDS):
                    channel = (await self._client.create_dm(discord.Object(guild.owner_id))).id
            if channel is not None:
                await self._outbox.notify(Channel.DISCORD, f"{Channel.DISCORD}:{channel}", text, once)
        except (NotDelivered, Undeliverable, StoreError) as error:
            log.warning("the admins of a guild could not be told", guild=guild.id, error=str(error))


def _channels(guild: discord.Guild) -> list[GuildChannel]:
    every = [channel for channel in guild.channels if not isinstance(channel, discord.CategoryChannel)]
    seen = [channel for channel in every if channel.permissions_for(guild.me).view_channel]
    return [_channel(channel) for channel in sorted(seen, key=lambda channel: (channel.position, channel.id))]


def _channel(channel: discord.abc.GuildChannel) -> GuildChannel:
    """Without the right to write, nothing else is worth a word."""
    silent = lacking_to_send(channel)
    missing = tuple(lacking(channel)) if silent is None else (silent,)
    return GuildChannel(str(channel.id), f"#{channel.name}", silent is None, missing)


def _where_to_tell(guild: discord.Guild) -> int | None:
    """Returns the channel where Discord puts its own messages, else the first where Ember may write."""
    first = [guild.system_channel] if guild.system_channel is not None else []
    every = [*first, *sorted(guild.text_channels, key=lambda channel: (channel.position, channel.id))]
    return next((channel.id for channel in every if lacking_to_send(channel) is None), None)


async def _pinned(message: discord.Message) -> bool:
    try:
        async with discord_request(REQUEST_SECONDS):
            await message.pin()
    except (NotDelivered, Undeliverable) as error:
        log.warning("a notice could not be pinned", channel=message.channel.id, error=str(error))
        return False
    return True
