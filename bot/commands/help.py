"""`help` shows what the asker can use where they ask; of a group, what is in it."""

from collections.abc import Sequence
from typing import Final

from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Choice, Command, Option, OptionKind, Page, Rank

_TALK: Final = "Talk to me in plain words; I remember what you ask me to."
_GROUP: Final = "about"


class HelpCommand:
    """Reads the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def commands(self) -> tuple[Command, ...]:
        about = Option(_GROUP, "A group of commands, such as memory", OptionKind.NAME, suggest=self.suggest)
        return (Command("help", "Show what you can do here", self.help, (about,), for_strangers=self.for_strangers),)

    async def help(self, asking: Asking) -> Page:
        """Shows what can be used, a line a group; or all that is in one group."""
        return _page(self._catalogue.usable(asking), asking.text(_GROUP).removeprefix("/"))

    def for_strangers(self) -> Page:
        return _page([command for command in self._catalogue if command.rank is Rank.EVERYONE], "")

    async def suggest(self, asking: Asking, typed: str) -> Sequence[Choice]:
        """Returns the groups of which the asker can use something."""
        groups = _by_group(self._catalogue.usable(asking))
        return [Choice(f"/{name}", name) for name in groups if name.startswith(typed.strip().removeprefix("/"))]


def _by_group(usable: Sequence[Command]) -> dict[str, list[Command]]:
    groups: dict[str, list[Command]] = {}
    for command in usable:
        groups.setdefault(command.path.partition(" ")[0], []).append(command)
    return groups


def _page(usable: Sequence[Command], group: str) -> Page:
    groups = _by_group(usable)
    if group in groups:
        rows = tuple((f"/{command.path}", command.description) for command in groups[group])
        return Page(f"Help: {group}", "", ("command", "what it does"), rows)
    rows = tuple(_row(name, commands) for name, commands in groups.items())
    more = "/help GROUP tells more, as in /help memory."
    return Page("Help", f"{_TALK} {more}", ("command", "what it does"), rows)


def _row(name: str, commands: Sequence[Command]) -> tuple[str, str]:
    if len(commands) == 1:
        return f"/{commands[0].path}", commands[0].description
    return f"/{name} …", ", ".join(command.path.partition(" ")[2] for command in commands)
