"""What all routes share: finding what a path names, and refusing what the bot may not do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord.errors import (
    ApiError,
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_guild,
    unknown_message,
    unknown_user,
)
from tests.servers.discord.events import CONTENT_FLAGS
from tests.servers.discord.message_json import Reading, message_json
from tests.servers.discord.permissions import Permission
from tests.servers.discord.records import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from tests.servers.discord.events import ApplicationFlag
    from tests.servers.discord.records import Channel, Guild, Message, Payload, User
    from tests.servers.discord.world import World


class Routes:
    """Some routes, over one world."""

    def __init__(self, world: World, flags: Callable[[], ApplicationFlag]) -> None:
        self._world = world
        self._flags = flags

    @property
    def _bot(self) -> User:
        return self._world.bot

    def _user(self, user_id: str) -> User:
        user = self._world.users.get(int(user_id)) if user_id.isdigit() else None
        if user is None:
            raise unknown_user()
        return user

    def _guild(self, request: web.Request) -> Guild:
        guild = self._world.guilds.get(int(request.match_info["guild_id"]))
        if guild is None:
            raise unknown_guild()
        if self._bot.id not in guild.members:
            raise missing_access()
        return guild

    def _channel(self, request: web.Request) -> Channel:
        channel = self._world.channels.get(int(request.match_info["channel_id"]))
        if channel is None:
            raise unknown_channel()
        if not channel.may_view(self._bot):
            raise missing_access()
        return channel

    def _thread(self, request: web.Request) -> Channel:
        thread = self._channel(request)
        if not thread.is_thread:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        return thread

    def _writable(self, request: web.Request) -> Channel:
        channel = self._channel(request)
        if channel.recipient is not None and channel.recipient.id in self._world.closed_to_bot:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        if channel.kind in (ChannelKind.FORUM, ChannelKind.CATEGORY):
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        if not channel.may_send(self._bot):
            raise missing_permissions()
        if channel.locked and not channel.may(self._bot, Permission.MANAGE_THREADS):
            archived = ApiError(400, 50083, "Thread is archived")
            raise archived if channel.archived else ApiError(400, 160005, "Thread is locked")
        return channel

    def _require(self, channel: Channel, needed: Permission) -> None:
        if not channel.may(self._bot, needed):
            raise missing_permissions()

    def _active(self, channel: Channel) -> None:
        """Refuse what needs an active thread: in an archived one messages can only be posted or deleted."""
        if channel.archived:
            raise ApiError(400, 50083, "Thread is archived")

    def _message(self, request: web.Request, channel: Channel) -> Message:
        message = channel.messages.get(int(request.match_info["message_id"]))
        if message is None:
            raise unknown_message()
        return message

    def _json(self, message: Message) -> Payload:
        allowed = bool(self._flags() & CONTENT_FLAGS)
        return message_json(message, Reading(self._bot, self._world.files_url, allowed))
