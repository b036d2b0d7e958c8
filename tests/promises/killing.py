"""Kills processes that write memories, and counts what they had acknowledged and lost.

Shared by the tests and the benchmarks, which differ in how often. `python -m tests.promises.killing FOLDER` is the
process that gets killed: sixteen writers, each saying what it has remembered once the write has returned. It loads
`memory` and nothing above it, so that many kills take little time.
"""

import asyncio
import itertools
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from memory import Channel, NewMemory, OneReader, Person, Place, SystemClock, Trust, open_memory
from memory.tables.memories import Memories
from memory.words import analyse, keyed
from tests.memory.scene import faults_of, rows

WRITERS = 16
READY = b"ready\n"
LONGEST_LIFE_SECONDS = 0.25  #: of writing, before the kill
CANARY = "canary"


@dataclass(slots=True)
class Figures:
    """What some kills came to."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0  #: acknowledged, and not there
    doubled: int = 0  #: there more than once
    not_found: int = 0  #: there, and not in the index
    unacknowledged: int = 0  #: there, though the process died before it said so: no fault
    faults: list[str] = field(default_factory=list)  #: what SQLite's own checks, and that of the index, found


async def kill_test(
    directory: Path, kills: int, seed: int = 1, module: str = "tests.promises.killing", after_each: bool = True
) -> Figures:
    """Kills -9 a process that writes, so many times on one data directory, each at a random moment of its writing.

    `module` is what runs there. `after_each` looks for faults after each kill, not only after the last.
    """
    figures, told = Figures(kills), list[str]()
    choose = random.Random(seed)
    for number in range(1, kills + 1):
        told += await _kill_once(directory, module, choose.uniform(0.0, LONGEST_LIFE_SECONDS))
        if after_each or number == kills:
            figures.faults += faults_of(directory)
    kept = Counter(str(content) for (content,) in rows(directory, "SELECT content FROM memories"))
    figures.acknowledged = len(told)
    figures.lost = sum(kept[text] == 0 for text in told)
    figures.doubled = sum(number > 1 for number in kept.values())
    figures.not_found = kept.total() - _found(directory)
    figures.unacknowledged = len(set(kept) - set(told))
    return figures


def _found(directory: Path) -> int:
    """Counts the memories that a search for their common word would meet."""
    (word,) = analyse(CANARY)
    ((scope,),) = rows(directory, "SELECT number FROM scopes WHERE name LIKE 'private:%'")
    query = "SELECT count(*) FROM items_fts WHERE items_fts MATCH ?"
    ((found,),) = rows(directory, query, keyed(word, int(str(scope))))
    return int(str(found))


async def _kill_once(directory: Path, module: str, life_seconds: float) -> Sequence[str]:
    """Returns what the process said that it had remembered."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(directory), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == READY
        said = asyncio.create_task(process.stdout.read())
        await asyncio.wait([said], timeout=life_seconds)
        assert process.returncode is None, "it ended by itself"
        process.kill()
        await process.wait()
        lines = (await said).decode().split("\n")
    return lines[:-1]  # the last one was cut off, or is empty


async def write_until_killed(memories: Memories, person: Person, place: Place) -> None:
    """Remembers, and says so only then; never ends."""
    os.write(sys.stdout.fileno(), READY)
    async with asyncio.TaskGroup() as writers:
        for writer in range(WRITERS):
            writers.create_task(_write(memories, person, place, f"{CANARY} of {os.getpid()} by {writer}"))


async def _write(memories: Memories, person: Person, place: Place, what: str) -> None:
    for number in itertools.count():
        memory = await memories.add(place, person.id, NewMemory(f"{what} number {number}", Trust.SAID))
        os.write(sys.stdout.fileno(), f"{memory.content}\n".encode())


async def _main(directory: Path) -> None:
    async with open_memory(directory, SystemClock(), "a kill test") as store:
        person = await store.people.meet(Channel.CONSOLE, "local", "EJ")
        await write_until_killed(store.memories, person, Place(Channel.CONSOLE, OneReader(person.id)))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
