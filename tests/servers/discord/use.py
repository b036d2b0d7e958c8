"""A person's use of a command: a test's values as the options that the bot is told of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tests.servers.discord.components import objects
from tests.servers.discord.draft import File
from tests.servers.discord.message_json import attachment_json
from tests.servers.discord.payloads import member_json, role_json, user_json
from tests.servers.discord.records import Channel, Role, User
from tests.servers.discord.registration import NUMERIC, SUBS, OptionKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.discord.records import Guild, Payload
    from tests.servers.discord.world import World

OptionValue: TypeAlias = str | int | float | bool | User | Channel | Role | File

#: What a test gives for each kind of option.
TYPES: dict[OptionKind, tuple[type, ...]] = {
    OptionKind.STRING: (str,),
    OptionKind.INTEGER: (int,),
    OptionKind.BOOLEAN: (bool,),
    OptionKind.USER: (User,),
    OptionKind.CHANNEL: (Channel,),
    OptionKind.ROLE: (Role,),
    OptionKind.MENTIONABLE: (User, Role),
    OptionKind.NUMBER: (int, float),
    OptionKind.ATTACHMENT: (File,),
}


@dataclass(slots=True)
class Use:
    """Turns values into a command's options, and names the records among them under `resolved`."""

    world: World
    guild: Guild | None
    values: Mapping[str, OptionValue]
    focused: str | None
    resolved: dict[str, Payload] = field(default_factory=dict)

    def options_of(self, node: Payload, path: list[str]) -> list[Payload]:
        """Return the options of a command, or of the sub-command that a path of words leads to."""
        known = {str(option["name"]): option for option in objects(node.get("options"))}
        if path:
            if path[0] not in known or known[path[0]]["type"] not in SUBS:
                raise LookupError(f"{node['name']!r} has no sub-command {path[0]!r}")
            child = known[path[0]]
            return [{"name": path[0], "type": child["type"], "options": self.options_of(child, path[1:])}]
        if any(option.get("type") in SUBS for option in known.values()):
            raise LookupError(f"{node['name']!r} is used by one of its sub-commands: {sorted(known)}")
        required = {name for name, option in known.items() if option.get("required")}
        wrong = (set(self.values) - set(known)) | (set() if self.focused else required - set(self.values))
        if wrong:
            raise LookupError(f"{node['name']!r} is not used like this; wrong or missing: {sorted(wrong)}")
        if self.focused and not (self.focused in self.values and known[self.focused].get("autocomplete")):
            raise LookupError(f"{node['name']!r} completes no option {self.focused!r}")
        return [self._option(known[name], value) for name, value in self.values.items()]

    def _option(self, definition: Payload, value: OptionValue) -> Payload:
        name, kind = str(definition["name"]), OptionKind(int(str(definition["type"])))
        data: Payload = {"name": name, "type": int(kind)}
        if name == self.focused:
            # What somebody is still typing is sent as it stands, whatever the option takes in the end.
            return data | {"value": str(value), "focused": True}
        value = _chosen(definition, value)
        if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind is not OptionKind.BOOLEAN):
            raise ValueError(f"{name!r} takes {kind.name}, not {value!r}")
        _check_bounds(definition, kind, value)
        return data | {"value": self._plain(value)}

    def _plain(self, value: OptionValue) -> object:
        match value:
            case User():
                self._resolve("users", value.id, user_json(value))
                member = self.guild.members.get(value.id) if self.guild else None
                if member is not None and self.guild is not None:
                    permissions = str(int(self.guild.permissions_of(value)))
                    partial = member_json(member, with_user=False) | {"permissions": permissions}
                    self._resolve("members", value.id, partial)
                return str(value.id)
            case Role():
                self._resolve("roles", value.id, role_json(value))
                return str(value.id)
            case Channel():
                place: Payload = {"id": str(value.id), "type": int(value.kind), "name": value.name, "permissions": "0"}
                if value.parent is not None:
                    place["parent_id"] = str(value.parent.id)
                self._resolve("channels", value.id, place)
                return str(value.id)
            case File():
                attachment = self.world.keep(value)
                self._resolve("attachments", attachment.id, attachment_json(attachment, self.world.files_url))
                return str(attachment.id)
            case _:
                return value

    def _resolve(self, kind: str, snowflake: int, data: Payload) -> None:
        self.resolved.setdefault(kind, {})[str(snowflake)] = data


def _chosen(definition: Payload, value: OptionValue) -> OptionValue:
    """Return the value of a choice, which a test may name by what people read."""
    choices = {choice["value"]: choice["name"] for choice in objects(definition.get("choices"))}
    if not choices or value in choices:
        return value
    named = [each for each, name in choices.items() if name == value]
    if not named:
        raise ValueError(f"{definition['name']!r} takes one of {list(choices)}, not {value!r}")
    found = named[0]
    assert isinstance(found, str | int | float)
    return found


def _check_bounds(definition: Payload, kind: OptionKind, value: OptionValue) -> None:
    bounds = [definition.get(name) for name in ("min_value", "max_value", "min_length", "max_length")]
    least, most, shortest, longest = (each if isinstance(each, int | float) else None for each in bounds)
    measured: float = 0
    if kind in NUMERIC and isinstance(value, int | float):
        measured = value
    elif isinstance(value, str):
        measured, least, most = len(value), shortest, longest if longest is not None else 6000
    if (least is not None and measured < least) or (most is not None and measured > most):
        raise ValueError(f"{definition['name']!r} takes {least} to {most}, not {measured}")
    kinds = definition.get("channel_types")
    if isinstance(value, Channel) and isinstance(kinds, list) and kinds and int(value.kind) not in kinds:
        raise ValueError(f"{definition['name']!r} takes channels of the types {kinds} only")
