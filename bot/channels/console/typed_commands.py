"""Lines that begin with a slash: commands, typed."""

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

import structlog

from bot.channels.console.terminal import TERMINAL
from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Page
from bot.turn import OwnerNow
from memory import StoreError

_MARK: Final = "/"
_LEAVE: Final = "/quit"
_HELP: Final = "help"
#: What `help` shows of the terminal's own, below the commands.
_OWN_ROWS: Final = (("Ctrl-C", "Stop the answer under way, at a keyboard"), (_LEAVE, "Leave; Ctrl-D does the same"))

log = structlog.get_logger()


class TypedCommands:
    """Finds the command that a line names, and runs it for the terminal's person."""

    def __init__(self, commands: Catalogue, owner: OwnerNow) -> None:
        self._commands = commands
        self._owner = owner

    @property
    def typed(self) -> list[str]:
        """What can be typed."""
        return [*(_MARK + name for name in self._commands), _LEAVE]

    def is_command(self, line: str) -> bool:
        return line.startswith(_MARK)

    def leaves(self, line: str) -> bool:
        """Whether a line asks to leave the terminal, which is the terminal's own matter."""
        return line.split()[:1] == [_LEAVE]

    async def page(self, line: str) -> Page:
        """Runs the command that a line names."""
        name, _, argument = line.removeprefix(_MARK).strip().partition(" ")
        command = self._commands.get(name)
        if command is None:
            return self._unknown(name)
        try:
            owner = await self._owner()
            page = await command.run(Asking(owner, TERMINAL.read_by(owner.id), argument.strip()))
        except StoreError as error:
            return Page(name, f"That did not work. {error}")
        except Exception:  # a command's edge: whatever went wrong, its person hears of it
            log.exception("a command failed", command=name)
            return Page(name, "That went wrong on my side; the log says why.")
        if name == _HELP:
            page = replace(page, rows=(*page.rows, *_OWN_ROWS))
        return page

    def _unknown(self, name: str) -> Page:
        close = get_close_matches(_MARK + name, self.typed, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        return Page("Help", f"I know no command {_MARK}{name}. {meant}/{_HELP} shows them all.")
