"""`python -m benchmarks.search [--items N ...] [--disk FOLDER]`: how long a search takes among others' items.

The database is filled directly, by the statements of the real ops, for a million acknowledged writes would take
longer than what is measured. The asker has 5,000 items, whatever else there is; the questions are five common words.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from time import perf_counter

from sqlalchemy import Insert, insert

from memory import (
    Channel,
    Direction,
    IdentityId,
    ItemId,
    Memory,
    MessageState,
    OneReader,
    Place,
    Question,
    SessionId,
    Store,
    Synchronous,
    SystemClock,
    Tier,
    Trust,
    open_memory,
)
from memory.engines.sqlite import SqliteWriter, create_writer_engine
from memory.ids import first_id_at
from memory.scope import ScopeNumber
from memory.tables.index import INDEX_WORDS, indexed
from memory.tables.memories import INSERT_MEMORY
from memory.tables.memory_row import memory_row
from memory.tables.messages import blank_message, messages, user_sessions
from memory.tables.people import user_identities
from memory.tables.scopes import scopes

PEOPLE = 200
OWN = 5_000  #: items of the asker
SEARCHES = 300
SEED = 20261121

_BATCH = 10_000
_SESSION = 20  #: items of one session
_MEMORIES = 0.2  #: share of the items that are memories
_VOCABULARY = 5_000
_COMMON = 30  #: words, of which a question has five
_BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
_GAP = timedelta(seconds=60)

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """Latencies in milliseconds."""

    items: int
    loading_seconds: float
    median_ms: float
    p95_ms: float
    foreign: int  #: found items of others

    @property
    def told(self) -> str:
        return f"median {self.median_ms:.1f} ms, p95 {self.p95_ms:.1f} ms, {self.foreign} of another's items"


def measure(disk: Path, items: int) -> SearchFigures:
    """Fills a fresh memory with so many items, the asker's 5,000 among them, and searches."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        return asyncio.run(_measure(Path(folder) / "data", items))


async def _measure(data: Path, items: int) -> SearchFigures:
    async with open_memory(data, SystemClock(), "a benchmark"):
        pass
    begun = perf_counter()
    _fill(data, items)
    loaded = perf_counter() - begun
    async with open_memory(data, SystemClock(), "a benchmark") as store:
        return await _search(store, items, loaded)


async def _search(store: Store, items: int, loaded: float) -> SearchFigures:
    choose = random.Random(SEED)
    asker = _person(0)
    place = Place(Channel.CONSOLE, OneReader(asker))
    seconds: list[float] = []
    foreign = 0
    for _ in range(SEARCHES):
        question = Question(place, asker, " ".join(choose.sample(common_words(_COMMON), k=5)), 8)
        begun = perf_counter()
        found = await store.search.find(question)
        seconds.append(perf_counter() - begun)
        assert found.hits
        foreign += sum(1 for hit in found.hits if hit.item.owner != asker)
    seconds.sort()
    return SearchFigures(
        items, loaded, seconds[len(seconds) // 2] * 1000, seconds[int(len(seconds) * 0.95)] * 1000, foreign
    )


def _fill(data: Path, items: int) -> None:
    engine = create_writer_engine(data / "ember.db", Synchronous.NORMAL)
    writer = SqliteWriter(engine)
    filling = _Filling(items)
    _write(writer, ((insert(user_identities), filling.people()), (insert(scopes), filling.scopes())))
    for first in range(0, items, _BATCH):
        _write(writer, filling.rows(first, min(first + _BATCH, items)))
    writer.close()
    engine.dispose()


def _write(writer: SqliteWriter, rows: Iterable[tuple[Insert, Rows]]) -> None:
    writer.begin()
    for statement, values in rows:
        if values:
            writer.core.execute(statement, values)
    writer.commit()


class _Filling:
    """Makes the rows: the asker's items lie among everybody's, in sessions of their own."""

    def __init__(self, items: int) -> None:
        self._choose = random.Random(SEED)
        self._owners = [0] * min(OWN, items) + [1 + number % (PEOPLE - 1) for number in range(max(0, items - OWN))]
        self._choose.shuffle(self._owners)
        self._said = [0] * PEOPLE  # messages of each person so far
        self._words = common_words(_VOCABULARY)
        self._frequencies = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))

    def people(self) -> Rows:
        return [{"id": _person(one), "name": f"person{one}", "created_at": _BEGUN} for one in range(PEOPLE)]

    def scopes(self) -> Rows:
        return [{"number": one + 1, "name": f"private:{_person(one)}"} for one in range(PEOPLE)]

    def rows(self, first: int, end: int) -> Iterable[tuple[Insert, Rows]]:
        """Returns the rows of some items, sessions before what is said in them."""
        begun: Rows = []
        said: Rows = []
        remembered: Rows = []
        words: Rows = []
        for number in range(first, end):
            owner = self._owners[number]
            item, now = ItemId(first_id_at(_BEGUN + number * _GAP)), _BEGUN + number * _GAP
            text = " ".join(self._choose.choices(self._words, cum_weights=self._frequencies, k=self._length()))
            scope = (ScopeNumber(owner + 1),)
            if self._choose.random() < _MEMORIES:
                remembered.append(_memory(item, _person(owner), scope, text, now))
            else:
                session = SessionId(1 + owner * 1_000_000 + self._said[owner] // _SESSION)
                if self._said[owner] % _SESSION == 0:
                    begun.append(_session(session, owner, now))
                self._said[owner] += 1
                said.append(_message(item, _person(owner), scope, session, text, now))
            words.append(indexed(item, text, "en", scope))
        return (
            (insert(user_sessions), begun),
            (insert(messages), said),
            (INSERT_MEMORY, remembered),
            (INDEX_WORDS, words),
        )

    def _length(self) -> int:
        return self._choose.randint(6, 24)


def common_words(count: int) -> list[str]:
    """Returns made-up words, the commonest first, no two of one stem."""
    syllables = [f"{one}{other}" for one in "bdfgklmnprtvz" for other in "aou"]
    made = (f"{one}{two}{three}k" for one in syllables for two in syllables for three in syllables)
    words = list(islice(made, len(syllables) ** 3))
    random.Random(SEED).shuffle(words)
    return words[:count]


def _person(number: int) -> IdentityId:
    return IdentityId(number + 1)


def _session(session: SessionId, owner: int, now: datetime) -> dict[str, object]:
    place = Place(Channel.CONSOLE, OneReader(_person(owner)), channel_id=f"of {owner}")
    return {"id": session, "place_key": place.key, "started_at": now, "last_at": now, "conversation_from": 0}


def _message(
    item: ItemId, owner: IdentityId, scope: tuple[ScopeNumber, ...], session: SessionId, text: str, now: datetime
) -> dict[str, object]:
    said = {"channel": Channel.CONSOLE, "external_id": str(item), "direction": Direction.IN, "trust": Trust.SAID}
    return {**blank_message(item, owner, scope, session, now), **said, "state": MessageState.DONE, "content": text}


def _memory(
    item: ItemId, owner: IdentityId, scope: tuple[ScopeNumber, ...], text: str, now: datetime
) -> dict[str, object]:
    memory = Memory(item, owner, scope, Trust.SAID, Tier.SEMANTIC, text, 5, 1.0, "en", now, now)
    return memory_row(memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="*", default=[OWN, 100_000], help="how many items there are")
    parser.add_argument("--disk", type=Path, default=Path("data"), help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    for items in chosen.items:
        figures = measure(chosen.disk, items)
        print(f"{items:,} items (loaded in {figures.loading_seconds:.0f} s): {figures.told}")


if __name__ == "__main__":
    main()
