"""Cuts the write-ahead log off at random lengths, as a power cut in the middle of a write does.

What is left must be the first of what was written, however many: never a hole, never damage.
"""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from memory.clock import SystemClock
from memory.open import open_memory
from memory.records import Trust
from memory.tables.memories import NewMemory
from memory.torture.faults import PERSON, faults_of, place_of
from memory.torture.figures import Figures

WRITES: Final = 60

_DATABASE: Final = "ember.db"
_LOG: Final = "ember.db-wal"


async def cut_round(folder: Path, cuts: int, seed: int = 1) -> Figures:
    """Writes memories one by one, then opens what is there with its log cut off, so many times; once with all of it."""
    written, told = folder / "written", list[str]()
    clock = SystemClock()
    async with open_memory(folder / "open", clock, "a cut test") as store:
        person = await store.people.meet(*PERSON, "EJ")
        for number in range(WRITES):
            text = f"memory number {number}"
            told.append((await store.memories.add(place_of(person), person.id, NewMemory(text, Trust.SAID))).content)
        _copy(folder / "open", written)  # closing it would empty the log
    return _cut(written, folder / "cut", told, cuts, seed)


def _copy(source: Path, target: Path) -> None:
    target.mkdir()
    for name in (_DATABASE, _LOG):
        shutil.copyfile(source / name, target / name)


def _cut(written: Path, folder: Path, told: list[str], cuts: int, seed: int) -> Figures:
    choose, faults = random.Random(seed), list[str]()  # noqa: S311
    log = (written / _LOG).read_bytes()
    lengths = [*sorted(choose.randrange(len(log) + 1) for _ in range(cuts - 1)), len(log)]
    lost, before = 0, 0
    for length in lengths:
        folder.mkdir()
        shutil.copyfile(written / _DATABASE, folder / _DATABASE)
        (folder / _LOG).write_bytes(log[:length])
        faults += faults_of(folder / _DATABASE)
        kept = _kept(folder / _DATABASE)
        if kept != told[: len(kept)]:
            faults.append(f"with {length:,} bytes of the log left, what is there has a hole")
        lost += max(0, before - len(kept))  # more of the log never holds less
        before = len(kept)
        shutil.rmtree(folder)
    lost += len(told) - before
    return Figures(trials=cuts, acknowledged=len(told), lost=lost, faults=tuple(faults))


def _kept(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'memories'").fetchone():
            return []
        return [content for (content,) in connection.execute("SELECT content FROM memories ORDER BY id")]
