"""A command as somebody types it: its path, `name=value` for any option, and the other words in the options' order."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.catalogue import Catalogue
from bot.commands.page import Command, Option, OptionKind

MARK: Final = "/"


def command_of(catalogue: Catalogue, line: str) -> tuple[Command, Mapping[str, str]] | None:
    """Returns the command that a line names, with its arguments; None when there is none of that name."""
    words = line.removeprefix(MARK).strip()
    first, _, behind = words.partition(" ")
    second, _, rest = behind.strip().partition(" ")
    for path, left in ((f"{first} {second}", rest), (first, behind)):
        command = catalogue.find(path)
        if command is not None:
            return command, _arguments(command.options, left.strip())
    return None


def typed(command: Command | None, path: str, arguments: Mapping[str, str]) -> str:
    """Returns the line that uses a command with some arguments."""
    last = next((option for option in reversed(_positional(command.options))), None) if command else None
    named = [f"{name}={value}" for name, value in arguments.items() if last is None or name != last.name]
    words = [arguments[last.name]] if last is not None and last.name in arguments else []
    return " ".join([MARK + path, *named, *words])


def _arguments(options: Sequence[Option], text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    names = {option.name for option in options}
    waiting = _positional(options)
    while text:
        word, _, rest = text.partition(" ")
        name, equals, value = word.partition("=")
        if equals and name in names and name not in given:
            given[name], text = value, rest.lstrip()
            waiting = [option for option in waiting if option.name != name]
            continue
        if not waiting:
            break
        option = waiting.pop(0)
        if option.kind is OptionKind.TEXT or not waiting:
            given[option.name] = text
            break
        given[option.name], text = word, rest.lstrip()
    return given


def _positional(options: Sequence[Option]) -> list[Option]:
    """The options that words without a name fill: those that can be left out and have a short value are named."""
    short = (OptionKind.NUMBER, OptionKind.MESSAGE)
    kept = [option for option in options if option.required or option.kind not in short]
    return kept or [option for option in options if option.kind is not OptionKind.MESSAGE]
