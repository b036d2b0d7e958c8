"""How fast somebody with ten thousand items is forgotten among a million, and what is left of them, byte by byte.

`python -m benchmarks.forgetting [--items N] [--disk FOLDER]` measures this alone.
"""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks import crowd
from memory import Channel, NewMemory, OneReader, Place, Question, Store, SystemClock, Trust, open_memory
from memory.tables.erasures import ErasureState
from tests.memory.forgetting import CANARY, PEOPLE, files_holding, fill
from tests.memory.scene import rows

ITEMS = 1_000_000
SHARE = 100  #: one in so many items is the person's who is forgotten
_LOOK_SECONDS = 0.02

#: What other people have: it has to be the same before and after.
_OTHERS = (
    "SELECT count(*), sum(length(content)), sum(length(receipt)) FROM messages WHERE owner_id <> ?",
    "SELECT count(*), sum(length(content)) FROM memories WHERE owner_id <> ? AND content <> 'ba do fi gu'",
    "SELECT count(*), sum(length(text)) FROM prompt_parts WHERE owner_id <> ?",
    "SELECT count(*), sum(length(reason)) FROM recalls WHERE reply_id IN (SELECT id FROM messages WHERE owner_id <> ?)",
)


@dataclass(frozen=True, slots=True)
class ForgettingFigures:
    """Times in seconds from the moment it was asked for."""

    items: int  #: of everybody
    erased: int  #: of the person
    unreadable: float
    erased_bytes: float  #: out of the database, its log and its index
    done: float  #: out of the backup too
    longest_write: float  #: that anybody else waited until the database's bytes were gone
    longest_write_later: float  #: the same while the backup was gone through
    writes: int
    traces: list[str]  #: files that hold anything of the person when the database's bytes are said to be gone
    traces_at_the_end: list[str]
    others_untouched: bool

    def rows(self) -> list[tuple[str, str, str]]:
        """Returns the lines of the README's table."""
        who = f"a person with {self.erased:,} items forgotten among {self.items:,}"
        left = f"{len(self.traces)} files, {len(self.traces_at_the_end)} with backups"
        return [
            (f"{who}: unreadable", f"{self.unreadable:.3f} s", "0.1 s"),
            ("its bytes gone from the live database", f"{self.erased_bytes:.1f} s", "5 s"),
            ("longest wait of another write until then", f"{self.longest_write:.2f} s of {self.writes}", "0.3 s"),
            ("the same while its backup is gone through", f"{self.longest_write_later:.2f} s", "0.3 s"),
            ("files that still hold a canary", left, "0"),
            ("gone from a backup too", f"{self.done:.0f} s", "by the time named"),
            ("what others keep, and their receipts", "untouched" if self.others_untouched else "CHANGED", "untouched"),
        ]


def measure(disk: Path, items: int = ITEMS) -> ForgettingFigures:
    """Measures on a folder of a real disk."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        return asyncio.run(_measure(Path(folder) / "data", items))


async def _measure(folder: Path, items: int) -> ForgettingFigures:
    mine = items // SHARE
    people = await crowd.fill(folder, items - mine * PEOPLE)
    person, place = await fill(folder, mine * PEOPLE // 3)
    async with open_memory(folder, SystemClock(), "a benchmark") as store:
        await store.backups.make()
        before = [rows(folder, query, person.id) for query in _OTHERS]
        writing = asyncio.create_task(_write_on(store, people))
        await asyncio.sleep(1)
        begun = perf_counter()
        erased = await store.erasure.erase_person(person.id)
        unreadable = perf_counter() - begun
        found = await store.search.find(Question(place, person.id, CANARY, 10))
        assert not found.hits
        assert not await store.memories.of_owner(place, person.id)
        going = asyncio.create_task(store.erasure.finish())
        while not going.done():
            progress = await store.erasure.progress_of(erased.erasure)
            if progress is None or progress.state is not ErasureState.HIDDEN:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        erased_bytes = perf_counter() - begun
        writing.cancel()  # to look into every byte holds the whole process up
        waits = await writing
        traces = [name for name in files_holding(folder, CANARY) if not name.startswith("backups")]
        writing = asyncio.create_task(_write_on(store, people))
        await going
        done = perf_counter() - begun
        writing.cancel()
        waits_later = await writing
        after = [rows(folder, query, person.id) for query in _OTHERS]
        return ForgettingFigures(
            items=items,
            erased=len(erased.items),
            unreadable=unreadable,
            erased_bytes=erased_bytes,
            done=done,
            longest_write=max(waits),
            longest_write_later=max(waits_later, default=0.0),
            writes=len(waits) + len(waits_later),
            traces=traces,
            traces_at_the_end=files_holding(folder, CANARY),
            others_untouched=after == before,
        )


async def _write_on(store: Store, people: crowd.Crowd) -> list[float]:
    """Writes for somebody else, one after the other, until it is cancelled; returns how long each waited."""
    waits: list[float] = []
    writer = people.people[1]
    where = Place(Channel.DISCORD, OneReader(writer.id), "of a writer")
    try:
        while True:
            begun = perf_counter()
            await asyncio.shield(store.memories.add(where, writer.id, NewMemory("ba do fi gu", Trust.SAID)))
            waits.append(perf_counter() - begun)
            await asyncio.sleep(0.005)
    except asyncio.CancelledError:
        return waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS, help="of everybody")
    parser.add_argument("--disk", type=Path, default=Path("data"), help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    for what, measured, least in measure(chosen.disk, chosen.items).rows():
        print(f"{what}: {measured} (at least: {least})")


if __name__ == "__main__":
    main()
