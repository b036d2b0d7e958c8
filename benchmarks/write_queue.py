"""How fast memories become durable, beside raw sqlite3 running the same statements on the same schema.

The raw runs write the very rows that Ember has written just before, read back from its database, ready-made and with
their words already analysed; Ember makes them from the text. The keys of the steps are such as a turn makes: hashes,
which fall all over their index, and cost SQLite more the fuller it is.

`python -m benchmarks.write_queue [--runs N] [--disk FOLDER]` prints them.
"""

import argparse
import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from capabilities.framework.step_key import step_key
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
from memory.engines.sqlite import Synchronous, prepare_writer
from memory.words import keyed_words

WRITERS = 64
ITEMS = 19_200
BATCH = 500
ALONE = 500
RUNS = 3

_PLACE = Place(Channel.CONSOLE, OneReader(), "bench")
_TEXT = "my cat number {} is called Miso and he likes to sleep on the warm sofa by the window every afternoon"
_MEMORY = (
    "id", "owner_kind", "owner_id", "scope_id", "owner_scope_id", "trust", "tier", "content", "language", "importance",
    "confidence", "source", "created_at", "valid_from", "label", "read_only", "session_id",
)  # fmt: skip
_STEP = ("id", "key", "turn_id", "owner_id", "capability", "arguments", "effect", "created_at")


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_STATEMENTS = (_insert("memories", _MEMORY), _insert("items_fts", ("rowid", "words")), _insert("steps", _STEP))

Call = tuple[str, str]  #: the key of a step, and what is to be remembered
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


def measure(disk: Path, runs: int = RUNS) -> WriteFigures:
    """Measures in a folder of a real disk: the best of a few runs of each, taken in turn, each on a fresh database."""
    figures = [_one_run(disk) for _ in range(runs)]
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
            rows = list(_rows_of(data / "ember", _owner(connection)))
            raw_rate, _ = _raw(connection, rows[:ITEMS], BATCH)
            _, commits = _raw(connection, rows[ITEMS:], 1)
    return WriteFigures(raw_rate, ember_rate, _p95_ms(commits), _p95_ms(alone))


async def _ember(data: Path) -> tuple[float, list[float]]:
    """Returns the rate of many writers, and the seconds that each write takes when it is alone."""
    async with open_memory(data, SystemClock(), "a benchmark") as store:
        person = await _person(store)
        place = _PLACE.read_by(person.id)
        calls = [[_call(f"{writer}-{item}") for item in range(ITEMS // WRITERS)] for writer in range(WRITERS)]

        async def writer(calls: Sequence[Call]) -> None:
            for call in calls:
                await _remember(store, place, person, call)

        begun = perf_counter()
        await asyncio.gather(*(writer(of_writer) for of_writer in calls))
        rate = ITEMS / (perf_counter() - begun)
        return rate, [await _timed(store, place, person, _call(f"alone-{item}")) for item in range(ALONE)]


async def _timed(store: Store, place: Place, person: Person, call: Call) -> float:
    begun = perf_counter()
    await _remember(store, place, person, call)
    return perf_counter() - begun


async def _remember(store: Store, place: Place, person: Person, call: Call) -> None:
    """What the capability `remember` does: the memory, its words and its step, in one op."""
    key, text = call
    step = store.steps.begin(key, TurnId(1), person.id, "remember", "{}")
    await store.memories.add(place, person.id, NewMemory(text, Trust.SAID), step)


def _call(name: str) -> Call:
    return step_key(TurnId(1), "remember", name, 0), _TEXT.format(name)


async def _person(store: Store) -> Person:
    received = await store.talk.receive(IncomingMessage("1", _PLACE, Channel.CONSOLE, "local", "EJ", "hello"))
    assert received is not None
    return received.person


async def _prepared(data: Path) -> None:
    async with open_memory(data, SystemClock(), "a benchmark") as store:
        await _person(store)


def _raw_connection(data: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(data / "ember.db", isolation_level=None)
    prepare_writer(connection, Synchronous.FULL)
    return connection


def _raw(connection: sqlite3.Connection, rows: Sequence[Row], batch: int) -> tuple[float, list[float]]:
    """Returns the rate, and the seconds of each batch."""
    batches: list[float] = []
    begun = perf_counter()
    for start in range(0, len(rows), batch):
        batch_begun = perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for values in rows[start : start + batch]:
            for statement, of_statement in zip(_STATEMENTS, values, strict=True):
                connection.execute(statement, of_statement)
        connection.execute("COMMIT")
        batches.append(perf_counter() - batch_begun)
    return len(rows) / (perf_counter() - begun), batches


def _rows_of(data: Path, owner: int) -> Iterator[Row]:
    """Reads what Ember has written, in its order, as the same person's in another database."""
    memory = ", ".join(":owner" if name == "owner_id" else name for name in _MEMORY)
    step = ", ".join(":owner" if name == "owner_id" else name for name in _STEP)
    with closing(sqlite3.connect(data / "ember.db")) as ember:
        made = ember.execute(f"SELECT {memory} FROM memories ORDER BY id", {"owner": owner})
        steps = ember.execute(f"SELECT {step} FROM steps ORDER BY effect", {"owner": owner})
        for memory_values, step_values in zip(made.fetchall(), steps.fetchall(), strict=True):
            named = dict(zip(_MEMORY, memory_values, strict=True))
            words = keyed_words(named["content"], named["language"], named["scope_id"], named["owner_scope_id"])
            yield memory_values, (memory_values[0], words), step_values


def _owner(connection: sqlite3.Connection) -> int:
    (owner,) = connection.execute("SELECT id FROM user_identities").fetchone()
    return int(owner)


def _p95_ms(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="of each, taken in turn; the best counts")
    parser.add_argument("--disk", type=Path, default=Path("data"), help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    figures = measure(chosen.disk, chosen.runs)
    print(f"64 writers {figures.ember_rate:,.0f}/s, {figures.share:.0%} of {figures.raw_rate:,.0f}/s")
    print(f"alone p95 {figures.alone_p95_ms:.2f} ms, {figures.times_a_commit:.1f} x a raw commit")


if __name__ == "__main__":
    main()
