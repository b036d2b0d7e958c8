"""What Discord allows of a command: names, lengths, options and choices."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from tests.servers.discord.components import objects
from tests.servers.discord.errors import ApiError

if TYPE_CHECKING:
    from tests.servers.discord.records import Payload

#: Letters and digits of every script, - and _ and the apostrophe.
NAME = re.compile(r"[-_'\w]{1,32}")
MAX_NAME = 32
MAX_DESCRIPTION = 100
MAX_OPTIONS = 25
MAX_CHOICE = 100
MAX_TEXT = 6000
MAX_CHARACTERS = 8000
BAD_LENGTH = "Must be between 1 and {} in length."


class CommandKind(IntEnum):
    """How a person reaches a command."""

    SLASH = 1
    USER_MENU = 2
    MESSAGE_MENU = 3


#: How many of each a bot may have in one scope.
MOST = {CommandKind.SLASH: 100, CommandKind.USER_MENU: 15, CommandKind.MESSAGE_MENU: 15}


class OptionKind(IntEnum):
    """What an option takes."""

    SUB_COMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


SUBS = (OptionKind.SUB_COMMAND, OptionKind.GROUP)
NUMERIC = (OptionKind.INTEGER, OptionKind.NUMBER)
OFFERING = (OptionKind.STRING, *NUMERIC)


def kind_of(command: Payload) -> CommandKind:
    return CommandKind(int(str(command.get("type") or 1)))


def check_all(commands: list[Payload]) -> None:
    """Refuse a whole set of commands for one scope.

    Raises:
        ApiError: 50035, or 30032 when there are too many.
    """
    for number, command in enumerate(commands):
        check_command(command, f"{number}.")
    keys = [(kind_of(command), str(command["name"])) for command in commands]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise ApiError.invalid_form(f"{number}.name", "Application command names must be unique")
    for kind, most in MOST.items():
        if sum(each is kind for each, _ in keys) > most:
            raise ApiError(400, 30032, f"Maximum number of application commands reached ({most}).")


def check_command(command: Payload, path: str = "") -> None:
    """Refuse one command; `path` goes before the names of its fields in the error.

    Raises:
        ApiError: 50035.
    """
    name, description = str(command.get("name") or ""), str(command.get("description") or "")
    if kind_of(command) is not CommandKind.SLASH:
        if not 1 <= len(name) <= MAX_NAME:
            raise ApiError.invalid_form(f"{path}name", BAD_LENGTH.format(MAX_NAME))
        if description:
            raise ApiError.invalid_form(f"{path}description", "Context menu commands cannot have description")
        if command.get("options"):
            raise ApiError.invalid_form(f"{path}options", "Context menu commands cannot have options")
        return
    _check_words(command, path)
    _check_options(command, path, depth=0)
    if _characters(command) > MAX_CHARACTERS:
        problem = f"Command exceeds maximum size ({MAX_CHARACTERS})"
        raise ApiError.invalid_form(path.rstrip(".") or "name", problem)


def _check_words(node: Payload, path: str) -> None:
    """Check the names and descriptions of a command or option, in every language."""
    for name, field in _in_every_language(node, "name"):
        if NAME.fullmatch(name) is None or name != name.lower():
            raise ApiError.invalid_form(f"{path}{field}", "Command name is invalid")
    for description, field in _in_every_language(node, "description"):
        if not 1 <= len(description) <= MAX_DESCRIPTION:
            raise ApiError.invalid_form(f"{path}{field}", BAD_LENGTH.format(MAX_DESCRIPTION))


def _in_every_language(node: Payload, field: str) -> list[tuple[str, str]]:
    found = node.get(f"{field}_localizations")
    other = found if isinstance(found, dict) else {}
    localized = [(str(text), f"{field}_localizations.{locale}") for locale, text in other.items()]
    return [(str(node.get(field) or ""), field), *localized]


def _check_options(node: Payload, path: str, depth: int) -> None:
    options = objects(node.get("options"))
    if len(options) > MAX_OPTIONS:
        raise ApiError.invalid_form(f"{path}options", f"Must be {MAX_OPTIONS} or fewer in length.")
    kinds = [OptionKind(int(str(option.get("type")))) for option in options]
    if any(kind in SUBS for kind in kinds) and not all(kind in SUBS for kind in kinds):
        raise ApiError.invalid_form(
            f"{path}options", "Sub-command and sub-command group option types are mutually exclusive to all other types"
        )
    optional_came = False
    for number, (option, kind) in enumerate(zip(options, kinds, strict=True)):
        here = f"{path}options.{number}."
        _check_words(option, here)
        if option["name"] in [each["name"] for each in options[:number]]:
            raise ApiError.invalid_form(f"{here}name", "Option name is already in use")
        if option.get("required") and optional_came:
            raise ApiError.invalid_form(
                f"{here}required", "Required options must be placed before non-required options"
            )
        optional_came = optional_came or not option.get("required")
        if kind in SUBS:
            _check_sub(option, kind, here, depth)
        else:
            _check_values(option, kind, here)


def _check_sub(option: Payload, kind: OptionKind, path: str, depth: int) -> None:
    inner = [each.get("type") for each in objects(option.get("options"))]
    wanted_inside = kind is OptionKind.GROUP
    if (wanted_inside and (depth > 0 or not inner)) or depth > 1:
        raise ApiError.invalid_form(f"{path}type", "Sub-command groups stand in a command and hold sub-commands")
    if any((each == OptionKind.SUB_COMMAND) is not wanted_inside for each in inner) or OptionKind.GROUP in inner:
        raise ApiError.invalid_form(f"{path}options", "Sub-commands hold options, groups hold sub-commands")
    _check_options(option, path, depth + 1)


def _check_values(option: Payload, kind: OptionKind, path: str) -> None:
    choices = objects(option.get("choices"))
    if len(choices) > MAX_OPTIONS:
        raise ApiError.invalid_form(f"{path}choices", f"Must be {MAX_OPTIONS} or fewer in length.")
    if choices and option.get("autocomplete"):
        raise ApiError.invalid_form(f"{path}autocomplete", "Choices and autocomplete are mutually exclusive")
    if (choices or option.get("autocomplete")) and kind not in OFFERING:
        raise ApiError.invalid_form(f"{path}type", "This option type takes neither choices nor autocomplete")
    check_choices(choices, f"{path}choices")
    bounds = [name for name in ("min_value", "max_value") if option.get(name) is not None]
    if bounds and kind not in NUMERIC:
        raise ApiError.invalid_form(f"{path}{bounds[0]}", "Only a number has a minimum and a maximum")
    for name, least in (("min_length", 0), ("max_length", 1)):
        length = option.get(name)
        if length is not None and (kind is not OptionKind.STRING or not least <= int(str(length)) <= MAX_TEXT):
            raise ApiError.invalid_form(f"{path}{name}", f"Must be between {least} and {MAX_TEXT}, of a string.")


def check_choices(choices: list[Payload], path: str) -> None:
    """Refuse choices that are too many or too long, be they registered or offered while somebody types.

    Raises:
        ApiError: 50035.
    """
    if len(choices) > MAX_OPTIONS:
        raise ApiError.invalid_form(path, f"Must be {MAX_OPTIONS} or fewer in length.")
    for number, choice in enumerate(choices):
        value = choice.get("value")
        if not 1 <= len(str(choice.get("name") or "")) <= MAX_CHOICE:
            raise ApiError.invalid_form(f"{path}.{number}.name", BAD_LENGTH.format(MAX_CHOICE))
        if value is None or (isinstance(value, str) and len(value) > MAX_CHOICE):
            raise ApiError.invalid_form(f"{path}.{number}.value", BAD_LENGTH.format(MAX_CHOICE))


def _characters(node: Payload) -> int:
    """Return how long a command is in all: its longest name and description in any language, and its values."""
    own = sum(max(len(text) for text, _ in _in_every_language(node, field)) for field in ("name", "description"))
    choices = objects(node.get("choices"))
    values = sum(len(str(each.get("name"))) + len(str(each.get("value"))) for each in choices)
    return own + values + sum(_characters(each) for each in objects(node.get("options")))
