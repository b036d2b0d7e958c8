"""Ember beside raw sqlite3, a bare dict, and the stores that people would use instead, at the same work.

`python -m benchmarks.side_by_side [--items N ...] [--peers]` prints a table. With `--peers` it makes an environment of
theirs below data/, which downloads about 200 MB the first time.
"""

import argparse
import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.crowd import fill
from benchmarks.workload import ALONE, READS, WRITERS, Kept, Speed, kept, p95_ms, questions, timed
from memory import NewMemory, Question, SystemClock, Trust, open_memory

ROOT: Final = Path(__file__).resolve().parent.parent
TOGETHER: Final = 6_400  #: writes by many writers, on top of what is there
BATCH: Final = 500  #: of raw sqlite3's writes together
PEERS: Final = ("langgraph-checkpoint-sqlite==3.1.2", "mem0ai==2.2.1", "langchain==1.4.7")
PEER_ITEMS: Final = 10_000
_TABLES: Final = """
CREATE TABLE items (id INTEGER PRIMARY KEY, person INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX items_person ON items (person);
CREATE VIRTUAL TABLE words USING fts5(text, content='items', content_rowid='id', tokenize='porter');
"""
_FIND: Final = """
SELECT items.id FROM words JOIN items ON items.id = words.rowid
WHERE words MATCH ? AND items.person = ? ORDER BY words.rank LIMIT 10
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--disk", type=Path, default=ROOT / "data", help="a folder on the disk to measure")
    parser.add_argument("--peers", action="store_true", help=f"measure the peers too, at {PEER_ITEMS:,} items")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    Console(width=120).print(drawn(list(measure(chosen.disk, chosen.items, peers=chosen.peers))))


def measure(disk: Path, sizes: Sequence[int], *, peers: bool) -> Iterator[Speed]:
    """Measures everybody in turn, each on a database of its own."""
    for items in sizes:
        for one in (ember, raw_sqlite, bare_dict):
            with tempfile.TemporaryDirectory(dir=disk) as folder:
                yield asyncio.run(one(Path(folder), items))
    if peers:
        python = _environment(disk / "peers")
        for module in ("langgraph_store", "mem0_store"):
            with tempfile.TemporaryDirectory(dir=disk) as folder:
                yield _peer(python, module, Path(folder))


async def ember(folder: Path, items: int) -> Speed:
    """Memories by `add`, `get` and `find`, the hot cache warmed as at every start."""
    crowd = await fill(folder, items)
    async with open_memory(folder, SystemClock(), "a benchmark") as store:
        added: list[tuple[int, int]] = []

        async def add(one: Kept) -> None:
            person = crowd.people[one.person]
            new = NewMemory(one.text, Trust.SAID)
            added.append((one.person, (await store.memories.add(crowd.place(one.person), person.id, new)).id))

        async def writer(of_writer: Sequence[Kept]) -> None:
            for one in of_writer:
                await add(one)

        async def get(person: int, item: int) -> None:
            assert await store.memories.get(crowd.place(person), item) is not None

        async def find(one: Kept) -> None:
            asker = crowd.people[one.person].id
            await store.search.find(Question(crowd.place(one.person), asker, one.text, 10))

        more = list(kept(TOGETHER + ALONE, seed=3))
        begun = perf_counter()
        await asyncio.gather(*(writer(more[number:TOGETHER:WRITERS]) for number in range(WRITERS)))
        together = TOGETHER / (perf_counter() - begun)
        alone = await timed([partial(add, one) for one in more[TOGETHER:]])
        reads = await timed([partial(get, *added[(n * 7919) % len(added)]) for n in range(READS)])
        searches = await timed([partial(find, one) for one in questions()])
    return Speed("Ember", items, ALONE / sum(alone), p95_ms(alone), together, p95_ms(reads), p95_ms(searches))


async def raw_sqlite(folder: Path, items: int) -> Speed:
    """What a careful program of a page would do: WAL, synchronous=FULL, one full-text index for everybody."""
    with closing(sqlite3.connect(folder / "raw.db", isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-64000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_TABLES)

        def insert(first: int, batch: Sequence[Kept]) -> None:
            connection.execute("BEGIN IMMEDIATE")
            rows = [(first + number, one.person, one.text) for number, one in enumerate(batch)]
            connection.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)
            connection.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", [(item, text) for item, _, text in rows]
            )
            connection.execute("COMMIT")

        async def insert_one(number: int, one: Kept) -> None:
            insert(items + TOGETHER + number, [one])

        async def get(item: int) -> None:
            connection.execute("SELECT person, text FROM items WHERE id = ?", (item,)).fetchall()

        async def find(one: Kept) -> None:
            connection.execute(_FIND, (" OR ".join(one.text.split()), one.person)).fetchall()

        insert(0, list(kept(items)))
        more = list(kept(TOGETHER + ALONE, seed=3))
        begun = perf_counter()
        for first in range(0, TOGETHER, BATCH):
            insert(items + first, more[first : min(first + BATCH, TOGETHER)])
        together = TOGETHER / (perf_counter() - begun)
        alone = await timed([partial(insert_one, number, one) for number, one in enumerate(more[TOGETHER:])])
        reads = await timed([partial(get, (number * 7919) % items) for number in range(READS)])
        searches = await timed([partial(find, one) for one in questions()])
    return Speed("raw sqlite3", items, ALONE / sum(alone), p95_ms(alone), together, p95_ms(reads), p95_ms(searches))


async def bare_dict(_folder: Path, items: int) -> Speed:
    """The speed of light: nothing is durable, a search looks at each of the person's items."""
    by_id: dict[int, Kept] = {}
    of_person: defaultdict[int, list[int]] = defaultdict(list)

    async def put(number: int, one: Kept) -> None:
        by_id[number] = one
        of_person[one.person].append(number)

    async def get(number: int) -> None:
        by_id.get(number)

    async def find(one: Kept) -> None:
        words = set(one.text.split())
        best = [(len(words.intersection(by_id[item].text.split())), item) for item in of_person[one.person]]
        sorted(best, reverse=True)[:10]

    everything = list(kept(items))
    writes = await timed([partial(put, number, one) for number, one in enumerate(everything)])
    reads = await timed([partial(get, (number * 7919) % items) for number in range(READS)])
    searches = await timed([partial(find, one) for one in questions()])
    rate = items / sum(writes)
    return Speed("a dict, not durable", items, rate, p95_ms(writes), rate, p95_ms(reads), p95_ms(searches))


def drawn(speeds: Sequence[Speed]) -> Table:
    """Draws the figures, one row each."""
    columns = ("what", "items", "writes/s alone", "p95 ms", "writes/s together", "read p95 ms", "search p95 ms")
    table = Table(*columns, title="Side by side, measured here")
    for one in speeds:
        numbers = (one.writes_alone, one.write_p95_ms, one.writes_together, one.read_p95_ms, one.search_p95_ms)
        table.add_row(one.name, f"{one.items:,}", *("none" if n is None else _shown(n) for n in numbers))
    return table


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _environment(folder: Path) -> str:
    """Makes the peers' environment, once, and returns its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return str(python)


def _peer(python: str, module: str, folder: Path) -> Speed:
    command = [python, "-m", f"benchmarks.peers.{module}", str(folder), str(PEER_ITEMS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{module}: {done.stderr[-2000:]}")
    return Speed.from_json(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
