"""The catalogue as Discord is told of it; told only when it has another, for it takes only so many a day."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.request import discord_request
from bot.commands.page import Command, Option, OptionKind, Rank

REQUEST_SECONDS: Final = 30.0
#: Discord's numbers for kinds of commands and options.
_CHAT_INPUT, _MESSAGE_MENU = 1, 3
_SUB_COMMAND, _STRING, _INTEGER = 1, 3, 4
_IN_GUILDS, _IN_DMS = 0, 1
_GUILD_INSTALL: Final = 0
_DESCRIPTION_LIMIT: Final = 100

Json: TypeAlias = Mapping[str, object]

log = structlog.get_logger()


async def register(client: discord.Client, commands: Sequence[Command]) -> None:
    """Registers the commands when Discord has others; a failure is logged, for everything else works without."""
    assert client.application_id is not None
    wanted = payload(commands)
    try:
        async with discord_request(REQUEST_SECONDS):
            registered = await client.http.get_global_commands(client.application_id)
            if sorted(map(_essence, registered)) != sorted(map(_essence, wanted)):
                await client.http.bulk_upsert_global_commands(client.application_id, [*wanted])
    except (NotDelivered, Undeliverable) as error:
        log.error("the slash commands could not be registered", error=str(error))


def payload(commands: Sequence[Command]) -> list[dict[str, object]]:
    """Returns the commands by the names that people see first, each with what is behind it; then the menus."""
    groups: dict[str, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.path.partition(" ")[0], []).append(command)
    return [
        *(_top(name, behind) for name, behind in groups.items()),
        *(_menu(command) for command in commands if command.menu is not None),
    ]


def _top(name: str, behind: Sequence[Command]) -> dict[str, object]:
    if len(behind) == 1 and behind[0].path == name:
        about: dict[str, object] = {"description": _cut(behind[0].description), "options": _options(behind[0].options)}
    else:
        subcommands = [
            {
                "type": _SUB_COMMAND,
                "name": command.path.partition(" ")[2],
                "description": _cut(command.description),
                "options": _options(command.options),
            }
            for command in behind
        ]
        names = ", ".join(str(each["name"]) for each in subcommands)
        about = {"description": _cut(f"{name.capitalize()}: {names}"), "options": subcommands}
    return {"type": _CHAT_INPUT, "name": name, **about, **_where(behind), **_for_whom(behind)}


def _menu(command: Command) -> dict[str, object]:
    return {"type": _MESSAGE_MENU, "name": command.menu, **_where([command]), **_for_whom([command])}


def _options(options: Iterable[Option]) -> list[dict[str, object]]:
    shown = [option for option in options if option.kind is not OptionKind.MESSAGE]
    # Discord wants the required ones first.
    return [_option(option) for option in sorted(shown, key=lambda option: not option.required)]


def _option(option: Option) -> dict[str, object]:
    return {
        "type": _INTEGER if option.kind is OptionKind.NUMBER else _STRING,
        "name": option.name,
        "description": _cut(option.description),
        "required": option.required,
        "autocomplete": option.suggest is not None,
        "choices": [{"name": choice, "value": choice} for choice in option.choices],
    }


def _where(commands: Sequence[Command]) -> dict[str, object]:
    only_guilds = all(command.in_guilds for command in commands)
    contexts = [_IN_GUILDS] if only_guilds else [_IN_GUILDS, _IN_DMS]
    return {"contexts": contexts, "integration_types": [_GUILD_INSTALL]}


def _for_whom(commands: Sequence[Command]) -> dict[str, object]:
    """Hides from members what only admins use; whether somebody may is checked at every use all the same."""
    for_admins = all(command.rank is not Rank.EVERYONE for command in commands)
    manage = str(discord.Permissions(manage_guild=True).value)
    return {"default_member_permissions": manage if for_admins else None}


def _cut(description: str) -> str:
    return description if len(description) <= _DESCRIPTION_LIMIT else f"{description[: _DESCRIPTION_LIMIT - 1]}…"


def _essence(command: Json) -> str:
    """Returns what of a command Discord could have otherwise: it leaves out, or adds, what is empty."""
    about = [command.get(key) for key in ("type", "name", "default_member_permissions")]
    contexts, options = command.get("contexts"), command.get("options")
    return repr((about, command.get("description") or "", contexts, _options_essence(options)))


def _options_essence(options: object) -> list[object]:
    if not isinstance(options, list):
        return []
    return [
        (
            [option.get(key) for key in ("type", "name", "description")],
            bool(option.get("required")),
            bool(option.get("autocomplete")),
            [choice.get("value") for choice in option.get("choices") or []],
            _options_essence(option.get("options")),
        )
        for option in options
    ]
