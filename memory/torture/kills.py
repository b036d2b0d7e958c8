"""Kills processes that remember, at random moments, and counts what they had acknowledged and lost.

kill_test        several memories side by side
  kill_round     one memory: asks a nursery for one life after the other, then counts
    lives        the nursery and its lives, each a process of its own
"""

import asyncio
import json
import random
import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

from memory.torture.faults import cache_faults
from memory.torture.figures import Figures
from memory.torture.lives import ANSWER_SECONDS, CANARY
from memory.words import analyse, keyed

NURSERY: Final = "memory.torture.lives"
KILLS_A_MEMORY: Final = 25  #: it grows with each, and is looked at as a whole after each

_LONGEST_WRITING_SECONDS: Final = 0.1
_LONGEST_OPENING_SECONDS: Final = 0.05
_OPENINGS: Final = 0.2  #: share of the lives that are counted from their birth: those die opening the memory
_ANSWER_BYTES: Final = 64 * 1024 * 1024
_ROOT: Final = Path(__file__).resolve().parents[2]


async def kill_test(disk: Path, kills: int, seed: int = 1, nursery: str = NURSERY, lanes: int = 2) -> Figures:
    """Kills so many processes, on several memories side by side, each killed and opened again many times."""
    rounds = [min(KILLS_A_MEMORY, kills - begun) for begun in range(0, kills, KILLS_A_MEMORY)]
    free = asyncio.Semaphore(lanes)

    async def one(number: int, times: int) -> Figures:
        async with free:
            folder = disk / f"kills {number}"
            figures = await kill_round(folder, times, seed + number, nursery)
            shutil.rmtree(folder)
            return figures

    return Figures.of_all(await asyncio.gather(*(one(number, times) for number, times in enumerate(rounds))))


async def kill_round(folder: Path, kills: int, seed: int = 1, nursery: str = NURSERY) -> Figures:
    """Kills so many processes that write to one memory, one after the other, and counts.

    `nursery` is the module that lives come from. Raises RuntimeError when one ends by itself.
    """
    choose = random.Random(seed)  # noqa: S311
    told: list[str] = []
    faults: list[str] = []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        nursery,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        limit=_ANSWER_BYTES,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for _ in range(kills):
            process.stdin.write(_a_life(choose))
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await process.stdout.readline()
            if not answer:
                raise RuntimeError("a process that was to be killed ended by itself")
            ended = json.loads(answer)
            told += ended["told"]
            faults += ended["faults"]
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return await _counted(folder, kills, told, faults)


def _a_life(choose: random.Random) -> bytes:
    opening = choose.random() < _OPENINGS
    seconds = choose.uniform(0, _LONGEST_OPENING_SECONDS if opening else _LONGEST_WRITING_SECONDS)
    return f"{json.dumps({'opening': opening, 'seconds': seconds})}\n".encode()


async def _counted(folder: Path, kills: int, told: list[str], faults: list[str]) -> Figures:
    with closing(sqlite3.connect(f"file:{folder / 'ember.db'}?mode=ro", uri=True)) as connection:
        kept = Counter(content for (content,) in connection.execute("SELECT content FROM memories"))
        found = _found(connection)
    return Figures(
        trials=kills,
        acknowledged=len(told),
        lost=sum(kept[text] == 0 for text in told),
        doubled=sum(number > 1 for number in kept.values()),
        not_found=kept.total() - found,
        unacknowledged=len(set(kept) - set(told)),
        faults=(*faults, *await cache_faults(folder)),
    )


def _found(connection: sqlite3.Connection) -> int:
    """Counts the memories that a search for their common word would meet."""
    (word,) = analyse(CANARY)
    scopes = connection.execute("SELECT number FROM scopes WHERE name LIKE 'private:%'").fetchall()
    words = " OR ".join(f'"{keyed(word, scope)}"' for (scope,) in scopes)
    query = "SELECT count(*) FROM items_fts WHERE items_fts MATCH ?"
    return int(connection.execute(query, (words,)).fetchone()[0]) if words else 0
