"""The application's commands: the routes that register them, and finding the one that a person uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError
from tests.servers.discord.message_json import Reading, message_json
from tests.servers.discord.payloads import member_json, user_json
from tests.servers.discord.permissions import Permission
from tests.servers.discord.records import User
from tests.servers.discord.registration import CommandKind, check_all, check_command, kind_of
from tests.servers.discord.use import Use

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from tests.servers.discord.records import Channel, Guild, Message, Payload
    from tests.servers.discord.use import OptionValue
    from tests.servers.discord.world import World

    #: A message menu may be called like a slash command.
    Key: TypeAlias = tuple[CommandKind, str]

#: The contexts in which a command can be used.
IN_GUILD, IN_DM = 0, 1


class Commands:
    """The registered commands by scope: a guild's id, or None for everywhere."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scopes: dict[int | None, dict[Key, Payload]] = {}

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
                web.get(path + "/{command_id}", self.get_one),
                web.patch(path + "/{command_id}", self.change),
                web.delete(path + "/{command_id}", self.remove),
            )
        ]

    def names(self, guild: Guild | None = None, kind: CommandKind = CommandKind.SLASH) -> list[str]:
        """Return the names registered everywhere, or in one guild only."""
        return [name for each, name in self._scopes.get(None if guild is None else guild.id, {}) if each is kind]

    def definition(self, name: str, guild: Guild | None = None, kind: CommandKind = CommandKind.SLASH) -> Payload:
        """Return a command as it was registered.

        Raises:
            KeyError: there is none of this name.
        """
        return self._scopes[None if guild is None else guild.id][kind, name]

    # Registering

    async def get_all(self, request: web.Request) -> web.Response:
        return answer(list(self._scopes.get(_scope(request), {}).values()))

    async def replace_all(self, request: web.Request) -> web.Response:
        scope, body = _scope(request), request[BODY].json
        if not isinstance(body, list):
            raise ApiError.invalid_form("_errors", "Only list types may be converted to a list")
        check_all(body)
        old = self._scopes.get(scope, {})
        made = [self._made(scope, each, old) for each in body]
        self._scopes[scope] = {_key(command): command for command in made}
        return answer(made)

    async def register(self, request: web.Request) -> web.Response:
        scope, body = _scope(request), request[BODY].fields
        check_command(body)
        known = self._scopes.setdefault(scope, {})
        check_all([*(command for key, command in known.items() if key != _key(body)), body])
        command = self._made(scope, body, known)
        status = 200 if _key(command) in known else 201
        known[_key(command)] = command
        return answer(command, status)

    async def get_one(self, request: web.Request) -> web.Response:
        return answer(self._found(request))

    async def change(self, request: web.Request) -> web.Response:
        old, known = self._found(request), self._scopes[_scope(request)]
        command = old | request[BODY].fields | {"version": str(self._world.next_id())}
        check_command(command)
        del known[_key(old)]
        known[_key(command)] = command
        return answer(command)

    async def remove(self, request: web.Request) -> web.Response:
        del self._scopes[_scope(request)][_key(self._found(request))]
        return nothing()

    def _found(self, request: web.Request) -> Payload:
        for command in self._scopes.get(_scope(request), {}).values():
            if command["id"] == request.match_info["command_id"]:
                return command
        raise ApiError.unknown(10063, "application command")

    def _made(self, scope: int | None, body: Payload, old: dict[Key, Payload]) -> Payload:
        known = old.get(_key(body))
        own: Payload = {
            "id": str(self._world.next_id()) if known is None else known["id"],
            "application_id": str(self._world.bot.id),
            "version": str(self._world.next_id()),
            "type": body.get("type", 1),
            "description": body.get("description", ""),
        }
        return body | own | ({} if scope is None else {"guild_id": str(scope)})

    # Using

    def invocation(
        self,
        user: User,
        channel: Channel,
        words: str,
        options: Mapping[str, OptionValue],
        *,
        focused: str | None = None,
        overridden: bool = False,
    ) -> Payload:
        """Return the data of an interaction in which somebody uses a command, such as "why" or "memory forget".

        Raises:
            LookupError: no such command, sub-command or option is registered, or a required option is missing.
            ValueError: an option does not take this value.
            PermissionError: Discord does not offer the command to this user here.
        """
        name, *path = words.split()
        command = self._offered(CommandKind.SLASH, name, user, channel, overridden=overridden)
        use = Use(self._world, channel.guild, options, focused)
        data: Payload = _of(command) | {"options": use.options_of(command, path)}
        return data | ({"resolved": use.resolved} if use.resolved else {})

    def menu(self, user: User, target: Message | User, channel: Channel, name: str, reading: Reading) -> Payload:
        """Return the data of an interaction in which somebody uses a menu of a message or of a user."""
        if isinstance(target, User):
            command, resolved = self._offered(CommandKind.USER_MENU, name, user, channel), _resolved(target, channel)
        else:
            command = self._offered(CommandKind.MESSAGE_MENU, name, user, channel)
            resolved = {"messages": {str(target.id): message_json(target, reading)}}
        return _of(command) | {"target_id": str(target.id), "resolved": resolved}

    def _offered(
        self, kind: CommandKind, name: str, user: User, channel: Channel, *, overridden: bool = False
    ) -> Payload:
        guild = channel.guild
        scopes = [None if guild is None else guild.id, None]
        found = (self._scopes.get(scope, {}).get((kind, name)) for scope in scopes)
        command = next((each for each in found if each is not None), None)
        if command is None:
            raise LookupError(f"the bot has registered no command {name!r}")
        contexts = command.get("contexts")
        if isinstance(contexts, list) and (IN_DM if guild is None else IN_GUILD) not in contexts:
            raise LookupError(f"{name!r} cannot be used here")
        if channel.archived:
            raise PermissionError("nobody uses commands in an archived thread")
        if not channel.may(user, Permission.USE_APPLICATION_COMMANDS):
            raise PermissionError(f"{user.name} may use no commands here")
        wanted = command.get("default_member_permissions")
        needed = Permission.ADMINISTRATOR if wanted == "0" else Permission(int(str(wanted or 0)))
        if guild is not None and not overridden and not channel.may(user, needed):
            raise PermissionError(f"{user.name} is not offered {name!r}")
        return command


def _of(command: Payload) -> Payload:
    scope = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return {"id": command["id"], "name": command["name"], "type": command["type"]} | scope


def _resolved(target: User, channel: Channel) -> Payload:
    member = None if channel.guild is None else channel.guild.members.get(target.id)
    users: Payload = {"users": {str(target.id): user_json(target)}}
    if member is None:
        return users
    permissions = {"permissions": str(int(channel.permissions_of(target)))}
    return users | {"members": {str(target.id): member_json(member, with_user=False) | permissions}}


def _key(command: Payload) -> Key:
    return kind_of(command), str(command["name"])


def _scope(request: web.Request) -> int | None:
    return int(request.match_info["guild_id"]) if "guild_id" in request.match_info else None
