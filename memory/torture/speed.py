"""How long a durable write takes on a disk: from the call to the answer after COMMIT."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from memory.clock import SystemClock
from memory.open import Store, open_memory
from memory.records import Person, Trust
from memory.tables.memories import NewMemory
from memory.torture.faults import PERSON, place_of

WRITERS: Final = 16


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one writer, and of sixteen at the same time."""

    alone_p50_ms: float
    alone_p99_ms: float
    together_p50_ms: float
    together_p99_ms: float
    together_per_second: float


async def measure(folder: Path, writes: int) -> Speed:
    """Measures so many writes of one writer, then as many of sixteen."""
    async with open_memory(folder, SystemClock(), "a test of speed") as store:
        person = await store.people.meet(*PERSON, "EJ")
        alone = await _writer(store, person, writes)
        begun = perf_counter()
        each = max(1, writes // WRITERS)
        together = await asyncio.gather(*(_writer(store, person, each) for _ in range(WRITERS)))
        took = perf_counter() - begun
    taken = [seconds for one in together for seconds in one]
    return Speed(_ms(alone, 0.5), _ms(alone, 0.99), _ms(taken, 0.5), _ms(taken, 0.99), len(taken) / took)


async def _writer(store: Store, person: Person, writes: int) -> list[float]:
    taken: list[float] = []
    for number in range(writes):
        begun = perf_counter()
        new = NewMemory(f"my cat number {number} is called Miso and sleeps on the warm sofa", Trust.SAID)
        await store.memories.add(place_of(person), person.id, new)
        taken.append(perf_counter() - begun)
    return taken


def _ms(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)] * 1000
