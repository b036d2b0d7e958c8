"""Lets the disk become full again and again under sixteen writers, and looks at what was told and what was kept.

Every other time the kernel lets no file grow further, which SQLite meets in mid-COMMIT as an I/O error; else the
database may have no more pages, which is SQLite's own "disk full", met by a statement.

`python -m tests.promises.disk_full FOLDER TIMES SEED` is the process that meets them; it says how it went as JSON.
Shared by the tests and the benchmarks, which differ in how often.
"""

import asyncio
import contextlib
import json
import random
import resource
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import Pool, event

from memory import Channel, DoubtfulCommit, NewMemory, NothingKept, OneReader, Person, Place, Store, SystemClock, Trust
from memory.open import open_memory
from memory.torture.faults import PERSON, cache_faults, faults_of
from tests.memory.scene import rows

WRITERS = 16
MOST_BYTES = 600_000  #: that the files may still grow by
FEWEST_BYTES = 1_000
MOST_PAGES = 1_073_741_823  #: as many as SQLite allows where nothing is said
PAGE_BYTES = 4_096


@dataclass(slots=True)
class Full:
    """What some full disks came to."""

    times: int = 0
    told: int = 0  #: writes that were acknowledged
    refused: int = 0  #: writes of which it was said that nothing was kept
    doubtful: int = 0  #: writes of which nobody can say
    false_acknowledgements: int = 0  #: acknowledged, and not there
    false_refusals: int = 0  #: said not to be kept, and there
    not_recovered: int = 0  #: times after which a write failed though there was room again
    faults: list[str] = field(default_factory=list)


def disk_full(folder: Path, times: int, seed: int = 1) -> Full:
    """Runs it in a process of its own: the limit is a process's, and its log is of no interest."""
    command = [sys.executable, "-m", "tests.promises.disk_full", str(folder), str(times), str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    full = Full(**json.loads(done.stdout.splitlines()[-1]))
    full.faults += faults_of(folder / "ember.db") + asyncio.run(cache_faults(folder))
    return full


async def _main(folder: Path, times: int, seed: int) -> Full:
    full, choose = Full(times), random.Random(seed)
    told: list[str] = []
    refused: list[str] = []
    writing: list[sqlite3.Connection] = []

    @event.listens_for(Pool, "checkout")  # behind "connect", which tells readers that they are
    def opened(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        if not connection.execute("PRAGMA query_only").fetchone()[0]:
            writing.append(connection)

    async with open_memory(folder, SystemClock(), "a full disk") as store:
        person = await store.people.meet(*PERSON, "EJ")
        for time in range(times):
            by = choose.randint(FEWEST_BYTES, MOST_BYTES)
            _let_files_grow(folder, by) if time % 2 else _let_pages_grow(writing[-1], by)
            texts = [f"item {time}-{writer}" for writer in range(WRITERS)]
            await asyncio.gather(*(_write_until_full(store, person, text, told, refused, full) for text in texts))
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            with contextlib.suppress(sqlite3.ProgrammingError):  # closed: the queue opens another after a doubt
                writing[-1].execute(f"PRAGMA max_page_count={MOST_PAGES:d}")
            try:
                told.append(await _add(store, person, f"room again {time}"))
            except (NothingKept, DoubtfulCommit):
                full.not_recovered += 1
    kept = Counter(str(text) for (text,) in rows(folder, "SELECT content FROM memories"))
    full.told, full.refused = len(told), len(refused)
    full.false_acknowledgements = sum(kept[text] != 1 for text in told)
    full.false_refusals = sum(kept[text] for text in refused)
    return full


def _let_files_grow(folder: Path, by: int) -> None:
    largest = max(file.stat().st_size for file in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + by, resource.RLIM_INFINITY))


def _let_pages_grow(connection: sqlite3.Connection, by: int) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + by // PAGE_BYTES // 3:d}")


async def _write_until_full(
    store: Store, person: Person, what: str, told: list[str], refused: list[str], full: Full
) -> None:
    number = 0
    while True:
        number += 1
        text = f"{what}-{number}"
        try:
            told.append(await _add(store, person, text))
        except NothingKept:
            refused.append(text)
            return
        except DoubtfulCommit:
            full.doubtful += 1
            return


async def _add(store: Store, person: Person, text: str) -> str:
    place = Place(Channel.CONSOLE, OneReader(person.id))
    return (await store.memories.add(place, person.id, NewMemory(text, Trust.SAID))).content


if __name__ == "__main__":
    told_by = asyncio.run(_main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps(asdict(told_by)))
