"""Lines that begin with a slash: commands, typed."""

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.channels.console.terminal import TERMINAL
from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Button, Page, Rank
from bot.commands.typed_line import MARK, command_of, typed
from bot.turn import OwnerNow
from memory import StoreError

_LEAVE: Final = "/quit"
_HELP: Final = "help"
#: What `help` shows of the terminal's own, below the commands.
_OWN_ROWS: Final = (("Ctrl-C", "Stop the answer under way, at a keyboard"), (_LEAVE, "Leave; Ctrl-D does the same"))


class TypedCommands:
    """Finds the command that a line names, and runs it for the terminal's person."""

    def __init__(self, commands: Catalogue, owner: OwnerNow) -> None:
        self._commands = commands
        self._owner = owner

    @property
    def typed(self) -> list[str]:
        """What can be typed."""
        return [*(MARK + command.path for command in self._commands), _LEAVE]

    def is_command(self, line: str) -> bool:
        return line.startswith(MARK)

    def leaves(self, line: str) -> bool:
        """Whether a line asks to leave the terminal, which is the terminal's own matter."""
        return line.split()[:1] == [_LEAVE]

    async def page(self, line: str) -> Page:
        """Runs the command that a line names."""
        found = command_of(self._commands, line)
        if found is None:
            return self._unknown(line)
        command, arguments = found
        try:
            owner = await self._owner()
        except StoreError as error:
            return Page(command.path, f"That did not work. {error}")
        asking = Asking(owner, TERMINAL.read_by(owner.id), arguments, frozenset(Rank))
        page = await self._commands.run(command, asking)
        if command.path == _HELP:
            page = replace(page, rows=(*page.rows, *_OWN_ROWS))
        text = "\n".join([*([page.text] if page.text else []), *map(self._hint, page.buttons)])
        return replace(page, text=text)

    def _hint(self, button: Button) -> str:
        """Says what to type where there are no buttons."""
        return f"{button.label}: {typed(self._commands.find(button.command), button.command, button.arguments)}"

    def _unknown(self, line: str) -> Page:
        name = line.split(maxsplit=1)[0]
        group = [path for path in self.typed if path.startswith(f"{name} ")]
        if group:
            return Page("Help", f"There is {', '.join(group)}.")
        close = get_close_matches(name, self.typed, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        return Page("Help", f"I know no command {name}. {meant}/{_HELP} shows them all.")
