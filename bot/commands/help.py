"""`help` shows what the asker can use where they ask."""

from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Command, Page, Rank

_TALK = "Talk to me in plain words; I remember what you ask me to."


class HelpCommand:
    """Reads the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def commands(self) -> tuple[Command, ...]:
        return (Command("help", "Show what you can do here", self.help, for_strangers=self.for_strangers),)

    async def help(self, asking: Asking) -> Page:
        return _page(self._catalogue.usable(asking))

    def for_strangers(self) -> Page:
        return _page([command for command in self._catalogue if command.rank is Rank.EVERYONE])


def _page(usable: list[Command]) -> Page:
    rows = tuple((f"/{command.path}", command.description) for command in usable)
    return Page("Help", _TALK, ("command", "what it does"), rows)
