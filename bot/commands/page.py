"""What a command is, what it is given, and what it answers. Doors parse the one and draw the other."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from memory import AuditId, ItemId, Person, Place

_ID: Final = re.compile(r"[0-9a-fA-F]{1,16}")
PAGE: Final = "page"  #: the option by which a list is leafed through
MESSAGE: Final = "message"  #: the argument that names the message whose menu was used
MESSAGE_TEXT: Final = "message_text"  #: what that message says
MESSAGE_AUTHOR: Final = "message_author"  #: the name of who wrote it, when that is not who asks
SUGGESTED: Final = 25  #: choices at once; Discord's own limit
LABEL_LIMIT: Final = 100  #: characters of a choice; the same
FORM_LIMIT: Final = 4_000  #: characters of a text in a form; Discord's own
ROWS: Final = 10  #: of a list at once; read at a glance


class Rank(StrEnum):
    """Who may use a command."""

    EVERYONE = "everyone"  #: whoever talks with Ember
    GUILD_ADMIN = "guild admin"  #: who manages the guild in which it is used
    OWNER = "owner"  #: whose installation it is


class OptionKind(StrEnum):
    """What an option takes."""

    NAME = "name"  #: one word that names something
    ITEM = "item"  #: an item's id, as lists show it
    NUMBER = "number"  #: a whole number
    TEXT = "text"  #: words; typed, all that is left of the line
    MESSAGE = "message"  #: a message pointed at, which nobody types


class BadArgument(Exception):
    """An argument cannot be taken; the text says why, to whoever gave it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen for an option."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Button:
    """A command, ready to be used."""

    label: str
    command: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    danger: bool = False  #: it cannot be taken back


@dataclass(frozen=True, slots=True)
class Field:
    """A text in a form."""

    option: str  #: whose argument it becomes
    label: str
    value: str = ""  #: what stands in it already


@dataclass(frozen=True, slots=True)
class Form:
    """Long texts to write; sent, it uses the command."""

    title: str
    fields: tuple[Field, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)  #: given with them


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures over something, for a picture."""

    title: str
    unit: str  #: of the values
    bars: tuple[tuple[str, float], ...]  #: label and value, in the order of the axis


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file that comes with an answer."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that a door draws."""

    title: str
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    buttons: tuple[Button, ...] = ()
    chart: Chart | None = None
    file: PageFile | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a command, where, and with what."""

    person: Person
    place: Place  #: where it was asked
    arguments: Mapping[str, str] = field(default_factory=dict)
    ranks: frozenset[Rank] = frozenset({Rank.EVERYONE})
    use: AuditId | None = None  #: its row in the audit log, of an admin's command

    @property
    def private(self) -> Place:
        """Where it is answered: only the asker sees it."""
        return self.place.only_for(self.person.id)

    @property
    def here(self) -> Place:
        """Where it was asked, its one reader named."""
        return self.place.read_by(self.person.id)

    def text(self, name: str) -> str:
        """Returns an argument, empty when it was not given."""
        return self.arguments.get(name, "").strip()

    def number(self, name: str, least: int, most: int) -> int | None:
        """Returns a number within bounds, None when none was given. Raises BadArgument."""
        given = self.text(name)
        if not given:
            return None
        if not given.removeprefix("-").isdecimal() or not given.isascii() or not least <= int(given) <= most:
            raise BadArgument(f"{name} is a whole number from {least} to {most:,}.")
        return int(given)

    def item(self, name: str) -> ItemId | None:
        """Returns the item that an id names, None when none was given. Raises BadArgument."""
        given = self.text(name)
        if not given:
            return None
        if not _ID.fullmatch(given) or not 0 < int(given, 16) < 2**63:
            raise BadArgument("That is no id of an item. /memory list shows them.")
        return ItemId(int(given, 16))

    @property
    def page(self) -> int:
        """Which part of a list is wanted, from 1."""
        return self.number(PAGE, 1, 1_000_000) or 1


Suggest = Callable[[Asking, str], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True)
class Option:
    """What a command takes."""

    name: str
    description: str
    kind: OptionKind = OptionKind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()  #: all that it can be
    suggest: Suggest | None = None  #: what it may be, by what was typed so far


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    path: str  #: its name, behind its group's
    description: str
    run: Callable[[Asking], Awaitable[Page]]
    options: tuple[Option, ...] = ()
    rank: Rank = Rank.EVERYONE
    in_guilds: bool = False  #: it makes no sense elsewhere
    anyone_alone: bool = False  #: where somebody talks with Ember alone it bears on them, and they may use it
    looks_only: bool = False  #: it changes nothing, and is answered also where nothing can be written
    introduces: bool = False  #: whoever uses it is somebody Ember knows from then on
    for_strangers: Callable[[], Page] | None = None  #: what somebody is answered of whom nothing is kept
    #: Asked for when the form's fields were not given; None: the command itself says what is wrong.
    form: Callable[[Asking], Awaitable[Form | None]] | None = None
    menu: str | None = None  #: its name in the menu of a message, which it then takes as `message`


def short_id(item: int) -> str:
    """Returns an id as lists and buttons show it."""
    return f"{item:x}"


def leafed(
    command: str, rows: Sequence[tuple[str, ...]], asking: Asking
) -> tuple[tuple[tuple[str, ...], ...], tuple[Button, ...]]:
    """Returns the rows of the wanted part of a list, and the buttons to the parts before and behind it."""
    parts = max(1, -(-len(rows) // ROWS))
    number = min(asking.page, parts)
    shown = tuple(rows[(number - 1) * ROWS : number * ROWS])
    others = [("Back", number - 1)] * (number > 1) + [("Next", number + 1)] * (number < parts)
    given = {name: value for name, value in asking.arguments.items() if name != PAGE}
    return shown, tuple(Button(label, command, {**given, PAGE: str(part)}) for label, part in others)
