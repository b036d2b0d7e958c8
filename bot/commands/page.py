"""What a command is given, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from memory import Person, Place


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that a door draws."""

    title: str
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a command, and where."""

    person: Person
    place: Place  #: where it was asked
    argument: str = ""  #: what stands behind the command's name

    @property
    def private(self) -> Place:
        """Where it is answered: only the asker sees it."""
        return self.place.only_for(self.person.id)


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    name: str
    description: str
    run: Callable[[Asking], Awaitable[Page]]
    for_strangers: Callable[[], Page] | None = None  #: what somebody is answered of whom nothing is kept
    takes: str | None = None  #: what its argument is; None: it takes none
