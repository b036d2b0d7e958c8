"""The REST routes for who the bot is, its application, guilds and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError
from tests.servers.discord.payloads import channel_json, guild_json, member_json, role_json, user_json
from tests.servers.discord.permissions import Permission
from tests.servers.discord.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.discord.events import ApplicationFlag
    from tests.servers.discord.records import Channel, Guild, Payload, User
    from tests.servers.discord.world import World


class Rest(Routes):
    """Who the bot is and where; `application` is what a test says of the application beyond the usual."""

    def __init__(self, world: World, flags: Callable[[], ApplicationFlag], gateway_url: Callable[[], str]) -> None:
        super().__init__(world, flags)
        self._gateway_url = gateway_url
        self.application: Payload = {}
        self.typing: list[tuple[Channel, User]] = []

    def routes(self) -> list[web.RouteDef]:
        channel = "/channels/{channel_id}"
        return [
            web.get("/users/@me", self.get_me),
            web.get("/users/@me/guilds", self.get_guilds),
            web.delete("/users/@me/guilds/{guild_id}", self.leave_guild),
            web.get("/users/{user_id}", self.get_user),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/applications/@me", self.get_application),
            web.patch("/applications/@me", self.edit_application),
            web.get("/oauth2/applications/@me", self.get_application),
            web.get("/gateway", self.get_gateway),
            web.get("/gateway/bot", self.get_gateway),
            web.get("/guilds/{guild_id}", self.get_guild),
            web.get("/guilds/{guild_id}/channels", self.get_guild_channels),
            web.get("/guilds/{guild_id}/roles", self.get_roles),
            web.get("/guilds/{guild_id}/members/search", self.find_members),
            web.get("/guilds/{guild_id}/members/{user_id}", self.get_member),
            web.get(channel, self.get_channel),
            web.patch(channel, self.edit_channel),
            web.delete(channel, self.delete_channel),
            web.post(channel + "/typing", self.type),
        ]

    # Who the bot is

    async def get_me(self, request: web.Request) -> web.Response:
        return answer(user_json(self._world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0})

    async def get_user(self, request: web.Request) -> web.Response:
        return answer(user_json(self._user(request.match_info["user_id"])))

    async def get_application(self, request: web.Request) -> web.Response:
        return answer(self._application())

    async def edit_application(self, request: web.Request) -> web.Response:
        self.application |= request[BODY].fields
        return answer(self._application())

    def _application(self) -> Payload:
        bot = self._world.bot
        owner = next((user for user in self._world.users.values() if not user.bot), bot)
        data: Payload = {"id": str(bot.id), "name": bot.name, "description": "", "icon": None, "verify_key": "0" * 64}
        data |= {"bot_public": False, "bot_require_code_grant": False, "owner": user_json(owner), "team": None}
        data |= {"bot": user_json(bot), "flags": int(self._flags()), "tags": []}
        data |= {"approximate_guild_count": len(self._guilds()), "approximate_user_install_count": 0}
        install = {"scopes": ["applications.commands", "bot"], "permissions": "0"}
        data |= {"install_params": install, "integration_types_config": {"0": {"oauth2_install_params": install}}}
        data |= {"redirect_uris": [], "interactions_endpoint_url": None, "role_connections_verification_url": None}
        return data | self.application

    async def get_gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return answer({"url": self._gateway_url(), "shards": 1, "session_start_limit": limit})

    # Guilds

    def _guilds(self) -> list[Guild]:
        return [guild for guild in self._world.guilds.values() if self._bot.id in guild.members]

    async def get_guilds(self, request: web.Request) -> web.Response:
        before, after = (int(request.query.get(name, 0)) for name in ("before", "after"))
        found = [each for each in sorted(self._guilds(), key=lambda guild: guild.id) if each.id > after]
        found = [each for each in found if not before or each.id < before]
        limit = int(request.query.get("limit", "200"))
        return answer([self._guild_summary(each) for each in (found[-limit:] if before else found[:limit])])

    def _guild_summary(self, guild: Guild) -> Payload:
        return {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner == self._bot,
            "permissions": str(int(guild.permissions_of(self._bot))),
            "features": [],
            "approximate_member_count": len(guild.members),
            "approximate_presence_count": len(guild.members),
        }

    async def leave_guild(self, request: web.Request) -> web.Response:
        self._world.leave(self._guild(request), self._bot)
        return nothing()

    async def get_guild(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        counts: Payload = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
        return answer(guild_json(guild) | (counts if request.query.get("with_counts") else {}))

    async def get_guild_channels(self, request: web.Request) -> web.Response:
        channels = self._guild(request).channels.values()
        return answer([channel_json(channel, self._world.bot) for channel in channels if not channel.is_thread])

    async def get_member(self, request: web.Request) -> web.Response:
        member = self._guild(request).members.get(int(request.match_info["user_id"]))
        if member is None:
            raise ApiError.unknown(10007, "Member")
        return answer(member_json(member))

    async def get_roles(self, request: web.Request) -> web.Response:
        return answer([role_json(role) for role in self._guild(request).roles.values()])

    async def find_members(self, request: web.Request) -> web.Response:
        query, limit = request.query.get("query", "").lower(), int(request.query.get("limit", "1"))
        every = self._guild(request).members.values()
        found = [each for each in every if (each.nick or each.user.name).lower().startswith(query)]
        return answer([member_json(each) for each in found[:limit]])

    # Channels

    async def get_channel(self, request: web.Request) -> web.Response:
        return answer(channel_json(self._channel(request), self._bot))

    async def edit_channel(self, request: web.Request) -> web.Response:
        channel, fields = self._channel(request), request[BODY].fields
        if channel.is_thread:
            return answer(channel_json(self._edit_thread(channel, fields), self._bot))
        self._require(channel, Permission.MANAGE_CHANNELS)
        self._world.edit_channel(channel, name=str(fields.get("name") or channel.name))
        return answer(channel_json(channel, self._bot))

    def _edit_thread(self, thread: Channel, fields: Payload) -> Channel:
        """Rename, archive or lock; of an archived thread only the archiving can be changed."""
        if "type" in fields:
            raise ApiError.invalid_form("type", "Cannot convert between those channel types")
        manages = thread.may(self._bot, Permission.MANAGE_THREADS)
        archived, locked = bool(fields.get("archived", thread.archived)), bool(fields.get("locked", thread.locked))
        if thread.archived and archived:
            self._active(thread)
        may_unarchive = thread.may_send(self._bot) and not thread.locked
        only_unarchives = set(fields) <= {"archived"} and not archived
        if not manages and (locked != thread.locked or not (thread.owner == self._bot or only_unarchives)):
            raise ApiError(403, 50013, "Missing Permissions")
        if not manages and thread.archived and not may_unarchive:
            raise ApiError(403, 50013, "Missing Permissions")
        thread.archived, thread.locked = archived, locked
        self._world.edit_channel(thread, name=str(fields.get("name") or thread.name))
        return thread

    async def delete_channel(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if channel.guild is not None:
            self._require(channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS)
            self._world.delete_channel(channel)
        return answer(channel_json(channel, self._bot) if channel.is_thread or channel.guild is None else {})

    async def open_dm(self, request: web.Request) -> web.Response:
        user = self._user(str(request[BODY].fields.get("recipient_id")))
        return answer(channel_json(self._world.dm(user), self._bot))

    async def type(self, request: web.Request) -> web.Response:
        self.typing.append((self._writable(request), self._bot))
        return nothing()
