"""The REST routes for who the bot is, guilds, channels, threads and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import (
    ApiError,
    history_is_closed,
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_guild,
    unknown_message,
    unknown_user,
)
from tests.servers.discord.payloads import channel_json, guild_json, member_json, message_json, user_json
from tests.servers.discord.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.discord.draft import Draft
    from tests.servers.discord.events import ApplicationFlag
    from tests.servers.discord.records import Channel, Guild, Message, Payload, User
    from tests.servers.discord.world import World

MESSAGE_CONTENT_FLAGS = 1 << 18 | 1 << 19


class Rest:
    """The routes, over one world."""

    def __init__(self, world: World, flags: Callable[[], ApplicationFlag], gateway_url: Callable[[], str]) -> None:
        self._world = world
        self._flags = flags
        self._gateway_url = gateway_url
        self.typing: list[tuple[Channel, User]] = []

    def routes(self) -> list[web.RouteDef]:
        channel, message = "/channels/{channel_id}", "/channels/{channel_id}/messages/{message_id}"
        return [
            web.get("/users/@me", self.get_me),
            web.get("/users/{user_id}", self.get_user),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/applications/@me", self.get_application),
            web.get("/oauth2/applications/@me", self.get_application),
            web.get("/gateway", self.get_gateway),
            web.get("/gateway/bot", self.get_gateway),
            web.get("/guilds/{guild_id}", self.get_guild),
            web.get("/guilds/{guild_id}/channels", self.get_guild_channels),
            web.get("/guilds/{guild_id}/members/{user_id}", self.get_member),
            web.get("/guilds/{guild_id}/threads/active", self.get_active_threads),
            web.get(channel, self.get_channel),
            web.post(channel + "/typing", self.type),
            web.get(channel + "/messages", self.get_history),
            web.post(channel + "/messages", self.post_message),
            web.get(message, self.get_message),
            web.patch(message, self.edit_message),
            web.delete(message, self.delete_message),
            web.post(channel + "/threads", self.start_thread),
            web.post(message + "/threads", self.start_thread),
            web.put(channel + "/thread-members/@me", self.join_thread),
        ]

    # Who the bot is

    async def get_me(self, request: web.Request) -> web.Response:
        return answer(user_json(self._world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0})

    async def get_user(self, request: web.Request) -> web.Response:
        return answer(user_json(self._user(request.match_info["user_id"])))

    async def get_application(self, request: web.Request) -> web.Response:
        bot = self._world.bot
        owner = next((user for user in self._world.users.values() if not user.bot), bot)
        data: Payload = {"id": str(bot.id), "name": bot.name, "description": "", "icon": None, "verify_key": "0" * 64}
        data |= {"bot_public": False, "bot_require_code_grant": False, "owner": user_json(owner), "team": None}
        return answer(data | {"bot": user_json(bot), "flags": int(self._flags())})

    async def get_gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return answer({"url": self._gateway_url(), "shards": 1, "session_start_limit": limit})

    # Guilds and channels

    async def get_guild(self, request: web.Request) -> web.Response:
        return answer(guild_json(self._guild(request)))

    async def get_guild_channels(self, request: web.Request) -> web.Response:
        channels = self._guild(request).channels.values()
        return answer([channel_json(channel, self._world.bot) for channel in channels if not channel.is_thread])

    async def get_member(self, request: web.Request) -> web.Response:
        member = self._guild(request).members.get(int(request.match_info["user_id"]))
        if member is None:
            raise ApiError.unknown(10007, "Member")
        return answer(member_json(member))

    async def get_active_threads(self, request: web.Request) -> web.Response:
        bot = self._world.bot
        threads = [each for each in self._guild(request).channels.values() if each.is_thread and not each.archived]
        return answer({"threads": [channel_json(each, bot) for each in threads if each.may_view(bot)], "members": []})

    async def get_channel(self, request: web.Request) -> web.Response:
        return answer(channel_json(self._channel(request), self._world.bot))

    async def open_dm(self, request: web.Request) -> web.Response:
        user = self._user(str(request[BODY].fields.get("recipient_id")))
        return answer(channel_json(self._world.dm(user), self._world.bot))

    async def type(self, request: web.Request) -> web.Response:
        self.typing.append((self._writable(request), self._world.bot))
        return nothing()

    async def start_thread(self, request: web.Request) -> web.Response:
        channel, fields = self._channel(request), request[BODY].fields
        message = self._message(request, channel) if "message_id" in request.match_info else None
        private = message is None and fields.get("type", 12) == 12
        needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
        if needed not in channel.permissions_of(self._world.bot):
            raise missing_permissions()
        thread = self._world.add_thread(channel, str(fields["name"]), self._world.bot, private=private, message=message)
        return answer(channel_json(thread, self._world.bot), 201)

    async def join_thread(self, request: web.Request) -> web.Response:
        self._world.add_to_thread(self._channel(request), self._world.bot)
        return nothing()

    # Messages

    async def get_history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if Permission.READ_MESSAGE_HISTORY not in channel.permissions_of(self._world.bot):
            return answer([])
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise ApiError.invalid_form("limit", "int value should be between 1 and 100.")
        return answer([self._json(channel.messages[each]) for each in _page(sorted(channel.messages), request, limit)])

    async def get_message(self, request: web.Request) -> web.Response:
        return answer(self._json(self._message(request, self._channel(request))))

    async def post_message(self, request: web.Request) -> web.Response:
        channel, draft = self._writable(request), request[BODY].draft
        draft.check()
        bot = self._world.bot
        if draft.nonce is not None and draft.enforce_nonce:
            earlier = self._world.with_nonce(bot, draft.nonce)
            if earlier is not None:
                return answer(self._json(earlier))
        self._check_reference(channel, draft)
        return answer(self._json(self._world.deliver(self._world.compose(channel, bot, draft))))

    def _check_reference(self, channel: Channel, draft: Draft) -> None:
        """A reply to a message that is gone is refused, or becomes no reply when the sender allows that; one to a
        message that the bot may not read is refused in any case."""
        readable = Permission.READ_MESSAGE_HISTORY in channel.permissions_of(self._world.bot)
        if draft.reference is not None and not readable:
            raise history_is_closed()
        gone = draft.reference is not None and self._world.answered(channel, draft) is None
        if gone and draft.reference is not None and draft.reference.get("fail_if_not_exists", True):
            raise ApiError.invalid_form("message_reference", "Unknown message")

    async def edit_message(self, request: web.Request) -> web.Response:
        message, draft = self._message(request, self._channel(request)), request[BODY].draft
        if message.author != self._world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        draft.check_edit()
        return answer(self._json(self._world.edit(message, draft)))

    async def delete_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message, bot = self._message(request, channel), self._world.bot
        if message.author != bot and Permission.MANAGE_MESSAGES not in channel.permissions_of(bot):
            raise missing_permissions()
        self._world.delete(message)
        return nothing()

    # What a path names

    def _user(self, user_id: str) -> User:
        user = self._world.users.get(int(user_id)) if user_id.isdigit() else None
        if user is None:
            raise unknown_user()
        return user

    def _guild(self, request: web.Request) -> Guild:
        guild = self._world.guilds.get(int(request.match_info["guild_id"]))
        if guild is None:
            raise unknown_guild()
        if self._world.bot.id not in guild.members:
            raise missing_access()
        return guild

    def _channel(self, request: web.Request) -> Channel:
        channel = self._world.channels.get(int(request.match_info["channel_id"]))
        if channel is None:
            raise unknown_channel()
        if not channel.may_view(self._world.bot):
            raise missing_access()
        return channel

    def _writable(self, request: web.Request) -> Channel:
        channel = self._channel(request)
        if channel.recipient is not None and channel.recipient.id in self._world.closed_to_bot:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        if not channel.may_send(self._world.bot):
            raise missing_permissions()
        return channel

    def _message(self, request: web.Request, channel: Channel) -> Message:
        message = channel.messages.get(int(request.match_info["message_id"]))
        if message is None:
            raise unknown_message()
        return message

    def _json(self, message: Message) -> Payload:
        allowed = bool(self._flags() & MESSAGE_CONTENT_FLAGS)
        return message_json(message, self._world.bot, self._world.files_url, content_allowed=allowed)


def _page(ids: list[int], request: web.Request, limit: int) -> list[int]:
    """Return the ids that a history request asks for, newest first."""
    query = {name: int(request.query[name]) for name in ("before", "after", "around") if name in request.query}
    if "after" in query:
        chosen = [each for each in ids if each > query["after"]][:limit]
    elif "around" in query:
        older = [each for each in ids if each < query["around"]][-(limit // 2) :]
        chosen = (older + [each for each in ids if each >= query["around"]])[:limit]
    else:
        chosen = [each for each in ids if each < query.get("before", 1 << 63)][-limit:]
    return chosen[::-1]
