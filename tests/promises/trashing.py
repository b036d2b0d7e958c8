"""Overwrites one random page of a database with garbage, many times, and looks whether the next start notices.

Pages that hold nothing are left out: they are on SQLite's freelist, and what stands in them is never read.
Shared by the tests and the benchmarks, which differ in how often.
"""

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from memory import DataDirectoryError, NewMemory, Trust
from tests.memory.scene import DM, GENERAL, opened, rows

PAGE_BYTES = 4_096
PEOPLE = 4
TURNS = 60  #: of each person
MEMORIES = 150
LONG = 3_900  #: characters, of every tenth memory: it stands on pages of its own
FORGOTTEN = 5
ITEMS = "SELECT id, content FROM memories UNION ALL SELECT id, content FROM messages"


@dataclass(slots=True)
class Trashed:
    """What some trashed pages came to."""

    pages: int = 0  #: that hold something, in the database
    times: int = 0
    noticed: int = 0  #: refused at the next start, with the command that helps
    restored: int = 0  #: opened from the backup then, with everything in it
    unnoticed: list[str] = field(default_factory=list)


async def make_memory(folder: Path, people: int = PEOPLE) -> None:
    """Makes a memory of a megabyte for four people, with everything in it that a year of talk leaves."""
    async with opened(folder) as scene:
        for number in range(people):
            name = f"person {number}"
            person = await scene.person(name)
            for turn in range(TURNS):
                await scene.asks_and_hears(name, f"question {turn} of {name}", f"answer {turn}", place=GENERAL)
            place = scene.place(DM, person)
            kept = []
            for item in range(MEMORIES):
                text = f"fact {item} of {name} " + ("and so on " * LONG)[: LONG * (item % 10 == 0)]
                kept.append(await scene.store.memories.add(place, person.id, NewMemory(text, Trust.SAID)))
            for memory in kept[:FORGOTTEN]:
                await scene.store.erasure.erase(place, person.id, memory.id)


def used_pages(database: Path) -> list[int]:
    """Returns the numbers of the pages that hold something, from 1."""
    content = database.read_bytes()

    def number_at(offset: int) -> int:
        return int.from_bytes(content[offset : offset + 4])

    free: set[int] = set()
    trunk = number_at(32)  # of the freelist: pages that list free pages, each naming the next
    while trunk:
        at = (trunk - 1) * PAGE_BYTES
        free |= {trunk, *(number_at(at + 8 + 4 * leaf) for leaf in range(number_at(at + 4)))}
        trunk = number_at(at)
    return [page for page in range(1, len(content) // PAGE_BYTES + 1) if page not in free]


async def trash_pages(folder: Path, times: int, seed: int = 1, people: int = PEOPLE) -> Trashed:
    """Trashes one page in each of so many copies, the one after the other."""
    origin, backup, choose = folder / "origin", folder / "backup.db", random.Random(seed)
    await make_memory(origin, people)
    with closing(sqlite3.connect(origin / "ember.db")) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    items = rows(origin, ITEMS)
    used = used_pages(origin / "ember.db")
    trashed = Trashed(len(used), times)
    for number in range(times):
        copy = folder / f"copy {number}"
        shutil.copytree(origin, copy)
        page = choose.choice(used)
        with (copy / "ember.db").open("r+b") as database:
            database.seek((page - 1) * PAGE_BYTES)
            database.write(choose.randbytes(PAGE_BYTES))
        try:
            async with opened(copy):
                trashed.unnoticed.append(f"page {page}")
        except DataDirectoryError as error:
            trashed.noticed += "ember restore" in str(error)
            shutil.copyfile(backup, copy / "ember.db")
            async with opened(copy):
                trashed.restored += rows(copy, ITEMS) == items
        shutil.rmtree(copy)
    return trashed
