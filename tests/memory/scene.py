"""A memory on disk with people and places in it: what the tests of the package begin from."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from memory import (
    Channel,
    DrivenClock,
    FinishedReply,
    IncomingMessage,
    MemoryOptions,
    Message,
    OneReader,
    OpenTurn,
    PartOfGuild,
    Person,
    Place,
    Received,
    Store,
    Synchronous,
    Thread,
    TooMuch,
    Trust,
    WholeGuild,
    open_memory,
)
from memory.engines.sqlite import SqliteWriter, create_writer_engine

MORNING = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
CONSOLE = Place(Channel.CONSOLE, OneReader())
DM = Place(Channel.DISCORD, OneReader(), channel_id="dm")  # of whoever speaks there
GENERAL = Place(Channel.DISCORD, WholeGuild(), channel_id="general", guild="guild")
STAFF = Place(Channel.DISCORD, PartOfGuild(), channel_id="staff", guild="guild")
HUDDLE = Place(Channel.DISCORD, PartOfGuild(), channel_id="staff", guild="guild", thread=Thread("huddle", private=True))
OTHER_GUILD = Place(Channel.DISCORD, WholeGuild(), channel_id="lobby", guild="other")

_external_ids = count(1)


@dataclass(slots=True)
class Scene:
    """An open memory, with what happens in it in one line each."""

    path: Path
    store: Store
    clock: DrivenClock
    people: dict[str, Person] = field(default_factory=dict)

    async def person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = await self.store.people.meet(Channel.DISCORD, f"address of {name}", name)
        return self.people[name]

    async def says(self, name: str, text: str, place: Place = DM, external_id: str | None = None) -> Received | None:
        """Somebody says something; in a place that one person reads, it is theirs."""
        received = await self.tries_to_say(name, text, place, external_id)
        assert not isinstance(received, TooMuch)
        return received

    async def tries_to_say(
        self,
        name: str,
        text: str,
        place: Place = DM,
        external_id: str | None = None,
        most_a_minute: int | None = None,
        unasked: bool = False,
    ) -> Received | TooMuch | None:
        """The same, as often in a minute as they may."""
        await self.person(name)
        incoming = IncomingMessage(
            external_id=external_id or f"external {next(_external_ids)}",
            place=private_place(name) if place is DM else place,
            link_kind=Channel.DISCORD,
            address=f"address of {name}",
            name=name,
            content=text,
            unasked=unasked,
        )
        return await self.store.talk.receive(incoming, most_a_minute)

    async def asks(self, name: str, text: str, place: Place = DM) -> OpenTurn:
        """Somebody says something, and a turn takes it up."""
        received = await self.says(name, text, place)
        assert received is not None
        return await self.takes_up(place, received)

    async def takes_up(self, place: Place, *lines: Received) -> OpenTurn:
        first = lines[0]
        where = self.place(place, first.person)
        turn = self.store.turns.new(first.person, where, first.message.session)
        await self.store.turns.open(turn, [line.message.id for line in lines])
        return turn

    async def asks_and_hears(
        self, name: str, text: str, answer: str | FinishedReply = "Understood.", place: Place = DM
    ) -> OpenTurn:
        """A whole turn."""
        turn = await self.asks(name, text, place)
        await self.finishes(turn, answer)
        return turn

    async def finishes(self, turn: OpenTurn, answer: str | FinishedReply = "Understood.") -> bool:
        reply = FinishedReply(answer, Trust.DERIVED) if isinstance(answer, str) else answer
        return (await self.store.turns.finish(turn, reply)).is_new

    async def line_of(self, turn: OpenTurn) -> Message:
        (line,) = await self.store.turns.lines_of(turn.place, turn.id)
        return line

    def place(self, place: Place, person: Person) -> Place:
        """The place as that person meets it."""
        return (private_place(person.name) if place is DM else place).read_by(person.id)

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What another connection sees."""
        return rows(self.path, query, *values)


def private_place(name: str) -> Place:
    return Place(Channel.DISCORD, OneReader(), channel_id=f"dm of {name}")


@asynccontextmanager
async def opened(path: Path, clock: DrivenClock | None = None, hot_items: int = 1_000) -> AsyncIterator[Scene]:
    """Opens a memory as a process does. NORMAL: the tests that use it cut no power."""
    clock = clock or DrivenClock(MORNING)
    options = MemoryOptions(synchronous=Synchronous.NORMAL, readers=2, hot_items=hot_items)
    async with open_memory(path, clock, "a test", options) as store:
        yield Scene(path, store, clock)


def rows(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    return rows_of(path / "ember.db", query, *values)


def rows_of(database: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


@contextmanager
def writer_of(path: Path) -> Iterator[SqliteWriter]:
    """A writing connection of a memory that is closed: to look closely, or to do harm."""
    engine = create_writer_engine(path / "ember.db", Synchronous.NORMAL)
    writer = SqliteWriter(engine)
    try:
        yield writer
    finally:
        writer.close()
        engine.dispose()


def faults_of(path: Path) -> list[str]:
    """What SQLite's own checks, and that of the index against the items, have to say of a closed memory."""
    faults: list[str] = []
    with writer_of(path) as writer:
        connection = writer.core
        faults += [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
        faults += [str(tuple(row)) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
        try:
            connection.exec_driver_sql("INSERT INTO items_fts(items_fts, rank) VALUES ('integrity-check', 1)")
        except Exception as error:  # whatever it is, it is what the check found
            faults.append(str(error))
    return faults


def tables_holding(path: Path, word: str) -> list[str]:
    """Names every table and column in which a word still stands, in any column of any row, index words too."""
    connection = sqlite3.connect(f"file:{path / 'ember.db'}?mode=ro", uri=True)
    holding: list[str] = []
    try:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        # The text of the index is the view's, its words stand in items_vocab, and its bytes are another matter.
        names = [name for (name,) in found if not name.startswith("items_fts")]
        for name in names:
            columns = [column[1] for column in connection.execute(f'PRAGMA table_info("{name}")')]
            for column in columns:
                query = f'SELECT 1 FROM "{name}" WHERE instr(lower(CAST("{column}" AS TEXT)), lower(?)) LIMIT 1'
                if connection.execute(query, (word,)).fetchone():
                    holding.append(f"{name}.{column}")
    finally:
        connection.close()
    return holding
