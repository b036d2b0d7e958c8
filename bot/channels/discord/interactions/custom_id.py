"""A command with its arguments as the id of a button or a form, so that nothing has to be remembered for it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

LIMIT: Final = 100  #: characters; Discord's own
_MARK: Final = "do:"


def custom_id(command: str, arguments: Mapping[str, str]) -> str | None:
    """Returns the id, None when the arguments are too long for one."""
    made = _MARK + "|".join([command, *(f"{name}={quote(value)}" for name, value in arguments.items())])
    return made if len(made) <= LIMIT else None


def command_in(custom_id: str) -> tuple[str, dict[str, str]] | None:
    """Returns the command and its arguments; None for an id that is none of ours."""
    if not custom_id.startswith(_MARK):
        return None
    command, *given = custom_id.removeprefix(_MARK).split("|")
    pairs = (argument.partition("=") for argument in given)
    return command, {name: unquote(value) for name, _, value in pairs}
