"""How fast memories become durable, beside raw sqlite3 running the same statements on the same schema.

The raw runs get their rows ready-made, words already analysed; Ember makes them from the text.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from memory import (
    Channel,
    IncomingMessage,
    NewMemory,
    OneReader,
    Person,
    Place,
    Store,
    SystemClock,
    Trust,
    TurnId,
    open_memory,
)
from memory.words import keyed_words

WRITERS = 64
ITEMS = 19_200
BATCH = 500
ALONE = 500
RUNS = 3

_PLACE = Place(Channel.CONSOLE, OneReader(), "bench")
_TEXT = "my cat number {} is called Miso and he likes to sleep on the warm sofa by the window every afternoon"
_INSERT_MEMORY = """
INSERT INTO memories (id, owner_kind, owner_id, scope_id, owner_scope_id, trust, tier, content, language, importance,
    confidence, source, created_at, valid_from)
VALUES (?, 'person', ?, 1, 1, 'said', 'semantic', ?, 'en', 5, 1.0, ?, ?, ?)
"""
_INDEX_WORDS = "INSERT INTO items_fts (rowid, words) VALUES (?, ?)"
_INSERT_STEP = """
INSERT INTO steps (id, key, turn_id, owner_id, capability, arguments, effect, created_at)
VALUES (?, ?, 1, ?, 'remember', '{}', ?, ?)
"""
_STATEMENTS = (_INSERT_MEMORY, _INDEX_WORDS, _INSERT_STEP)

Row = tuple[tuple[object, ...], ...]  #: the values of each statement for one item


@dataclass(frozen=True, slots=True)
class WriteFigures:
    """Rates in items a second, latencies in milliseconds."""

    raw_rate: float
    ember_rate: float
    raw_commit_p95_ms: float
    alone_p95_ms: float

    @property
    def share(self) -> float:
        return self.ember_rate / self.raw_rate

    @property
    def times_a_commit(self) -> float:
        return self.alone_p95_ms / self.raw_commit_p95_ms


def measure(disk: Path) -> WriteFigures:
    """Measures in a folder of a real disk: the best of three runs of each, taken in turn, each on a fresh database."""
    figures = [_one_run(disk) for _ in range(RUNS)]
    return WriteFigures(
        raw_rate=max(one.raw_rate for one in figures),
        ember_rate=max(one.ember_rate for one in figures),
        raw_commit_p95_ms=min(one.raw_commit_p95_ms for one in figures),
        alone_p95_ms=min(one.alone_p95_ms for one in figures),
    )


def _one_run(disk: Path) -> WriteFigures:
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        data = Path(folder)
        ember_rate, alone = asyncio.run(_ember(data / "ember"))
        asyncio.run(_prepared(data / "raw"))
        with closing(_raw_connection(data / "raw")) as connection:
            raw_rate, _ = _raw(connection, 0, ITEMS, BATCH)
            _, commits = _raw(connection, ITEMS, ALONE, 1)
    return WriteFigures(raw_rate, ember_rate, _p95_ms(commits), _p95_ms(alone))


async def _ember(data: Path) -> tuple[float, list[float]]:
    """Returns the rate of many writers, and the seconds that each write takes when it is alone."""
    async with open_memory(data, SystemClock(), "a benchmark") as store:
        person = await _person(store)
        place = _PLACE.read_by(person.id)

        async def writer(number: int) -> None:
            for item in range(ITEMS // WRITERS):
                await _remember(store, place, person, f"{number}-{item}")

        begun = perf_counter()
        await asyncio.gather(*(writer(number) for number in range(WRITERS)))
        rate = ITEMS / (perf_counter() - begun)
        return rate, [await _timed(store, place, person, f"alone-{item}") for item in range(ALONE)]


async def _timed(store: Store, place: Place, person: Person, name: str) -> float:
    begun = perf_counter()
    await _remember(store, place, person, name)
    return perf_counter() - begun


async def _remember(store: Store, place: Place, person: Person, name: str) -> None:
    """What the capability `remember` does: the memory, its words and its step, in one op."""
    step = store.steps.begin(name, TurnId(1), person.id, "remember", "{}")
    await store.memories.add(place, person.id, NewMemory(_TEXT.format(name), Trust.SAID), step)


async def _person(store: Store) -> Person:
    received = await store.talk.receive(IncomingMessage("1", _PLACE, Channel.CONSOLE, "local", "EJ", "hello"))
    assert received is not None
    return received.person


async def _prepared(data: Path) -> None:
    async with open_memory(data, SystemClock(), "a benchmark") as store:
        await _person(store)


def _raw_connection(data: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(data / "ember.db", isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-64000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _raw(connection: sqlite3.Connection, first: int, items: int, batch: int) -> tuple[float, list[float]]:
    """Returns the rate, and the seconds of each batch."""
    rows = list(_ready_rows(connection, first, items))
    batches: list[float] = []
    begun = perf_counter()
    for start in range(0, items, batch):
        batch_begun = perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for values in rows[start : start + batch]:
            for statement, of_statement in zip(_STATEMENTS, values, strict=True):
                connection.execute(statement, of_statement)
        connection.execute("COMMIT")
        batches.append(perf_counter() - batch_begun)
    return items / (perf_counter() - begun), batches


def _ready_rows(connection: sqlite3.Connection, first: int, items: int) -> Iterable[Row]:
    (owner,) = connection.execute("SELECT id FROM user_identities").fetchone()
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    for number in range(first, first + items):
        item, text = owner + 1000 + number, _TEXT.format(number)
        words = keyed_words(text, "en", 1, 1)
        yield ((item, owner, text, None, now, now), (item, words), (item, f"raw-{number}", owner, str(item), now))


def _p95_ms(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000
