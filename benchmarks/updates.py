"""`python -m benchmarks.updates [--items N] [--disk FOLDER]`: an update and a health check among many items."""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks import crowd
from benchmarks.workload import p95_ms
from memory import NewMemory, SystemClock, Trust, open_memory

ITEMS = 100_000
TIMES = 300


@dataclass(frozen=True, slots=True)
class UpdateFigures:
    """Latencies in milliseconds."""

    items: int
    update_p95_ms: float
    health_p95_ms: float

    def rows(self) -> list[tuple[str, str, str]]:
        return [
            (f"an update of a memory, p95, at {self.items:,} items", f"{self.update_p95_ms:.1f} ms", "25 ms"),
            (f"a health check, p95, at {self.items:,} items", f"{self.health_p95_ms:.2f} ms", "10 ms"),
        ]


def measure(disk: Path, items: int = ITEMS) -> UpdateFigures:
    """Measures on a fresh memory of so many items, beside nothing else."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        return asyncio.run(_measure(Path(folder), items))


async def _measure(folder: Path, items: int) -> UpdateFigures:
    people = await crowd.fill(folder, items)
    async with open_memory(folder, SystemClock(), "a benchmark") as store:
        updates: list[float] = []
        checks: list[float] = []
        place, person = people.place(0), people.people[0]
        kept = await store.memories.of_owner(place, person.id)
        for number in range(TIMES):
            old = kept[(number * 7) % len(kept)]
            begun = perf_counter()
            new = await store.memories.supersede(place, person.id, old.id, NewMemory(f"{old.content} anew", Trust.SAID))
            updates.append(perf_counter() - begun)
            kept[(number * 7) % len(kept)] = new
            begun = perf_counter()
            store.health()
            checks.append(perf_counter() - begun)
    return UpdateFigures(items, p95_ms(updates), p95_ms(checks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--disk", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    for row in measure(chosen.disk, chosen.items).rows():
        print(*row, sep=" | ")


if __name__ == "__main__":
    main()
