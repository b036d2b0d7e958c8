"""The application's commands: registering them, and what a person's use of one looks like to the bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError
from tests.servers.discord.payloads import member_json, role_json, user_json
from tests.servers.discord.records import Channel, Payload, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from tests.servers.discord.records import Guild
    from tests.servers.discord.world import World

    OptionValue: TypeAlias = str | int | float | bool | User | Channel | Role

SUB_COMMANDS = (1, 2)


class Commands:
    """The registered commands by scope: a guild's id, or None for everywhere."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scopes: dict[int | None, dict[str, Payload]] = {}

    def routes(self) -> list[web.RouteDef]:
        every = "/applications/{application_id}/commands"
        guild = "/applications/{application_id}/guilds/{guild_id}/commands"
        return [
            route
            for path in (every, guild)
            for route in (
                web.get(path, self.get_all),
                web.put(path, self.replace_all),
                web.post(path, self.register),
                web.delete(path + "/{command_id}", self.remove),
            )
        ]

    def names(self, guild: Guild | None = None) -> list[str]:
        """Return the names registered everywhere, or in one guild only."""
        return list(self._scopes.get(None if guild is None else guild.id, {}))

    async def get_all(self, request: web.Request) -> web.Response:
        return answer(list(self._scopes.get(_scope(request), {}).values()))

    async def replace_all(self, request: web.Request) -> web.Response:
        scope, body = _scope(request), request[BODY].json
        old = self._scopes.get(scope, {})
        made = [self._definition(scope, each, old) for each in body] if isinstance(body, list) else []
        self._scopes[scope] = {str(command["name"]): command for command in made}
        return answer(made)

    async def register(self, request: web.Request) -> web.Response:
        scope = _scope(request)
        known = self._scopes.setdefault(scope, {})
        command = self._definition(scope, request[BODY].fields, known)
        status = 200 if command["name"] in known else 201
        known[str(command["name"])] = command
        return answer(command, status)

    async def remove(self, request: web.Request) -> web.Response:
        known = self._scopes.get(_scope(request), {})
        for name, command in known.items():
            if command["id"] == request.match_info["command_id"]:
                del known[name]
                return nothing()
        raise ApiError.unknown(10063, "application command")

    def _definition(self, scope: int | None, body: Payload, old: dict[str, Payload]) -> Payload:
        known = old.get(str(body["name"]))
        own: Payload = {
            "id": str(self._world.next_id()) if known is None else known["id"],
            "application_id": str(self._world.bot.id),
            "version": str(self._world.next_id()),
            "type": body.get("type", 1),
            "description": body.get("description", ""),
        }
        return body | own | ({} if scope is None else {"guild_id": str(scope)})

    def invocation(
        self, words: str, guild: Guild | None, options: Mapping[str, OptionValue], focused: str | None = None
    ) -> Payload:
        """Return the data of an interaction in which somebody uses a command, such as "why" or "memory forget".

        Raises:
            LookupError: no such command, sub-command or option is registered, or a required option is missing.
        """
        name, *path = words.split()
        scopes = [None if guild is None else guild.id, None]
        command = next((self._scopes[s][name] for s in scopes if name in self._scopes.get(s, {})), None)
        if command is None:
            raise LookupError(f"the bot has registered no command {name!r}")
        use = _Use(guild, options, focused)
        data: Payload = {"id": command["id"], "name": name, "type": 1, "options": use.options_of(command, path)}
        data |= {"resolved": use.resolved} if use.resolved else {}
        return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


@dataclass(slots=True)
class _Use:
    """Turns a test's values into a command's options, and names the records among them under `resolved`."""

    guild: Guild | None
    values: Mapping[str, OptionValue]
    focused: str | None
    resolved: dict[str, Payload] = field(default_factory=dict)

    def options_of(self, node: Payload, path: list[str]) -> list[Payload]:
        known = {str(option["name"]): option for option in _objects(node.get("options"))}
        if path:
            if path[0] not in known:
                raise LookupError(f"{node['name']!r} has no sub-command {path[0]!r}")
            child = known[path[0]]
            return [{"name": path[0], "type": child["type"], "options": self.options_of(child, path[1:])}]
        required = {name for name, option in known.items() if option.get("required")}
        wrong = (set(self.values) - set(known)) | (set() if self.focused else required - set(self.values))
        if wrong or any(option.get("type") in SUB_COMMANDS for option in known.values()):
            raise LookupError(f"{node['name']!r} is not used like this; wrong or missing: {sorted(wrong)}")
        return [self._option(known[name], value) for name, value in self.values.items()]

    def _option(self, definition: Payload, value: OptionValue) -> Payload:
        name = str(definition["name"])
        focus: Payload = {"focused": True} if name == self.focused else {}
        return {"name": name, "type": definition["type"], "value": self._plain(value)} | focus

    def _plain(self, value: OptionValue) -> object:
        match value:
            case User():
                self._resolve("users", value.id, user_json(value))
                member = self.guild.members.get(value.id) if self.guild else None
                if member is not None:
                    self._resolve("members", value.id, member_json(member, with_user=False) | {"permissions": "0"})
                return str(value.id)
            case Role():
                self._resolve("roles", value.id, role_json(value))
                return str(value.id)
            case Channel():
                place: Payload = {"id": str(value.id), "type": int(value.kind), "name": value.name, "permissions": "0"}
                self._resolve("channels", value.id, place)
                return str(value.id)
            case _:
                return value

    def _resolve(self, kind: str, snowflake: int, data: Payload) -> None:
        self.resolved.setdefault(kind, {})[str(snowflake)] = data


def _scope(request: web.Request) -> int | None:
    return int(request.match_info["guild_id"]) if "guild_id" in request.match_info else None


def _objects(value: object) -> list[Payload]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
