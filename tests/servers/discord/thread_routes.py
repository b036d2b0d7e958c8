"""The REST routes for threads and the posts of forums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.draft import Draft
from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError, missing_permissions
from tests.servers.discord.payloads import channel_json, thread_member_json
from tests.servers.discord.permissions import Permission
from tests.servers.discord.records import ChannelKind
from tests.servers.discord.routes import Routes

if TYPE_CHECKING:
    from tests.servers.discord.records import Channel, Payload


class ThreadRoutes(Routes):
    """Threads of one channel or guild, and who is in them."""

    def routes(self) -> list[web.RouteDef]:
        channel = "/channels/{channel_id}"
        member = channel + "/thread-members/{user_id}"
        return [
            web.get("/guilds/{guild_id}/threads/active", self.get_active),
            web.get(channel + "/threads/archived/{kind:public|private}", self.get_archived),
            web.post(channel + "/threads", self.start),
            web.post(channel + "/messages/{message_id}/threads", self.start),
            web.get(channel + "/thread-members", self.get_members),
            web.get(member, self.get_member),
            web.put(member, self.add_member),
            web.delete(member, self.remove_member),
        ]

    async def get_active(self, request: web.Request) -> web.Response:
        threads = [each for each in self._guild(request).channels.values() if each.is_thread and not each.archived]
        return answer(self._list([each for each in threads if each.may_view(self._bot)]))

    async def get_archived(self, request: web.Request) -> web.Response:
        parent = self._channel(request)
        assert parent.guild is not None
        wanted, needed = ChannelKind.PUBLIC_THREAD, Permission.READ_MESSAGE_HISTORY
        if request.match_info["kind"] == "private":
            wanted, needed = ChannelKind.PRIVATE_THREAD, needed | Permission.MANAGE_THREADS
        self._require(parent, needed)
        below = [each for each in parent.guild.channels.values() if each.parent is parent and each.archived]
        return answer(self._list([each for each in below if each.kind is wanted]) | {"has_more": False})

    def _list(self, threads: list[Channel]) -> Payload:
        joined = [each for each in threads if self._bot.id in each.thread_members]
        return {
            "threads": [channel_json(each, self._bot) for each in threads],
            "members": [thread_member_json(each, self._bot.id) for each in joined],
        }

    async def start(self, request: web.Request) -> web.Response:
        channel, fields = self._channel(request), request[BODY].fields
        if not 1 <= len(str(fields.get("name") or "")) <= 100:
            raise ApiError.invalid_form("name", "Must be between 1 and 100 in length.")
        if channel.kind is ChannelKind.FORUM:
            return self._post(channel, request)
        if channel.kind not in (ChannelKind.TEXT, ChannelKind.NEWS):
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        message = self._message(request, channel) if "message_id" in request.match_info else None
        if message is not None and message.id in self._world.channels:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        private = message is None and fields.get("type", 12) == 12
        self._require(channel, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
        thread = self._world.add_thread(channel, str(fields["name"]), self._bot, private=private, message=message)
        return answer(channel_json(thread, self._bot), 201)

    def _post(self, forum: Channel, request: web.Request) -> web.Response:
        """Start a post: a thread whose first message has its id."""
        fields = request[BODY].fields
        message = fields.get("message")
        if not isinstance(message, dict):
            raise ApiError.invalid_form("message", "This field is required")
        draft = Draft.from_body(message, request[BODY].files)
        draft.check()
        self._require(forum, Permission.SEND_MESSAGES)
        if draft.files:
            self._require(forum, Permission.ATTACH_FILES)
        if draft.embeds:
            self._require(forum, Permission.EMBED_LINKS)
        starter = self._world.add_post(forum, str(fields["name"]), self._bot, draft)
        return answer(channel_json(starter.channel, self._bot) | {"message": self._json(starter)}, 201)

    # Who is in a thread

    async def get_members(self, request: web.Request) -> web.Response:
        thread = self._thread(request)
        return answer([thread_member_json(thread, each) for each in sorted(thread.thread_members)])

    async def get_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._thread(request), self._named(request)
        if user_id not in thread.thread_members:
            raise ApiError.unknown(10007, "Member")
        return answer(thread_member_json(thread, user_id))

    async def add_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._thread(request), self._named(request)
        self._active(thread)
        if user_id != self._bot.id and not thread.may_send(self._bot):
            raise missing_permissions()
        self._world.add_to_thread(thread, self._user(str(user_id)))
        return nothing()

    async def remove_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._thread(request), self._named(request)
        self._active(thread)
        own = thread.kind is ChannelKind.PRIVATE_THREAD and thread.owner == self._bot
        if user_id != self._bot.id and not own:
            self._require(thread, Permission.MANAGE_THREADS)
        self._world.remove_from_thread(thread, self._user(str(user_id)))
        return nothing()

    def _named(self, request: web.Request) -> int:
        user_id = request.match_info["user_id"]
        return self._bot.id if user_id == "@me" else int(user_id)
