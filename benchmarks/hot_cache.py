"""How fast, how often and in how much room the hot cache answers.

200 people with 45 items each, warmed at a start; a read is one prompt's memories and conversation, or a get by id, of
people by Zipf. The room is that of 10,000 items of 120 characters, as a start reads them from the database.
"""

import asyncio
import random
import tempfile
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from memory import (
    Channel,
    FinishedReply,
    IncomingMessage,
    ItemId,
    MemoryOptions,
    NewMemory,
    OneReader,
    OpenTurn,
    Place,
    Store,
    Synchronous,
    SystemClock,
    Trust,
    open_memory,
)

PEOPLE = 200
MEMORIES = 25  #: of each person; beside them the messages of ten turns
TURNS = 10
READS = 20_000
COLD_READS = 2_000
TEXT = 120  #: characters
SEED = 20261121


@dataclass(frozen=True, slots=True)
class HotFigures:
    """Latencies in microseconds."""

    hot_p95_us: float
    cold_p95_us: float
    served_hot: float  #: 0 to 1
    megabytes: float  #: of 10,000 items

    @property
    def times_faster(self) -> float:
        return self.cold_p95_us / self.hot_p95_us


@dataclass(frozen=True, slots=True)
class _Known:
    """One person's place and what is in it."""

    turn: OpenTurn
    items: tuple[ItemId, ...]


def measure(disk: Path) -> HotFigures:
    """Measures in a folder of a real disk."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        data = Path(folder) / "ember"
        known = asyncio.run(_filled(data))
        served = asyncio.run(_served_hot(data, known))
        hot = asyncio.run(_gets(data, known, MemoryOptions(), READS))
        cold = asyncio.run(_gets(data, known, MemoryOptions(hot_items=0), COLD_READS))
        megabytes = asyncio.run(_room(data))
    return HotFigures(_p95_us(hot), _p95_us(cold), served, megabytes)


async def _filled(data: Path) -> list[_Known]:
    # What is measured here is no write: they need not wait for the disk.
    async with open_memory(data, SystemClock(), "a benchmark", MemoryOptions(Synchronous.NORMAL)) as store:
        return await asyncio.gather(*(_person(store, number) for number in range(PEOPLE)))


async def _person(store: Store, number: int) -> _Known:
    place = Place(Channel.CONSOLE, OneReader(), f"bench {number}")
    texts = (f"{number} {line} ".ljust(TEXT, "x") for line in range(MEMORIES + 2 * TURNS))
    for line in range(TURNS):
        incoming = IncomingMessage(
            f"{number} {line}", place, Channel.CONSOLE, f"address {number}", f"person {number}", next(texts)
        )
        received = await store.talk.receive(incoming)
        assert received is not None
        turn = store.turns.new(received.person, place.read_by(received.person.id), received.message.session)
        await store.turns.open(turn, [received.message.id])
        await store.turns.finish(turn, FinishedReply(next(texts), Trust.DERIVED))
    kept = [await store.memories.add(turn.place, turn.asker.id, NewMemory(text, Trust.SAID)) for text in texts]
    return _Known(turn, tuple(memory.id for memory in kept))


async def _served_hot(data: Path, known: list[_Known]) -> float:
    """Returns the share of reads that the cache answered, of people by Zipf."""
    choose = random.Random(SEED)
    weights = [1 / rank for rank in range(1, PEOPLE + 1)]
    async with open_memory(data, SystemClock(), "a benchmark") as store:
        for one in choose.choices(known, weights, k=READS):
            if choose.random() < 0.5:
                await store.memories.get(one.turn.place, choose.choice(one.items))
            else:
                await store.memories.of_owner(one.turn.place, one.turn.asker.id)
                await store.talk.conversation(one.turn.place, one.turn.session, ItemId(0))
        return store.health().hit_ratio["hot"] or 0.0


async def _gets(data: Path, known: list[_Known], options: MemoryOptions, reads: int) -> list[float]:
    """Returns the seconds of each get by id."""
    choose = random.Random(SEED)
    seconds: list[float] = []
    async with open_memory(data, SystemClock(), "a benchmark", options) as store:
        for _ in range(reads):
            one = choose.choice(known)
            item = choose.choice(one.items)
            begun = perf_counter()
            await store.memories.get(one.turn.place, item)
            seconds.append(perf_counter() - begun)
    return seconds


async def _room(data: Path) -> float:
    """Returns the megabytes that the warmed items take, for 10,000 of them."""
    async with open_memory(data, SystemClock(), "a benchmark", MemoryOptions(hot_items=0)):
        pass  # what is loaded once, whatever the cache holds
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        async with open_memory(data, SystemClock(), "a benchmark") as store:
            taken = tracemalloc.get_traced_memory()[0] - before
            return taken / store.health().hot_cache_size * 10_000 / 1_000_000
    finally:
        tracemalloc.stop()


def _p95_us(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1_000_000
