"""Cuts the power of a memory at random moments, on a recorded disk, and looks at what a new start finds.

What is recorded is the real thing: the schema by the migrations, on the engine's own pragmas, then the write queue with
the ops of `Memories.add` and `Talk.receive`, up to sixteen writers at a time. After a cut each file has all that was
synced, and of what was not a random half of the sectors of 512 bytes; Python's own SQLite then opens it.

Shared by the tests and the benchmarks, which differ in how often.
"""

import asyncio
import random
import shutil
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from memory import Channel, IncomingMessage, NewMemory, OneReader, Place, SystemClock, Trust
from memory.engines.sqlite import SqliteWriter, create_reader_engine
from memory.hot_cache import HotCache
from memory.ids import IdMaker
from memory.migrations.upgrade import upgrade
from memory.tables.ground import Ground, ReadPool
from memory.tables.memories import Memories
from memory.tables.people import People
from memory.tables.scopes import ScopeNumbers
from memory.tables.talk import Talk
from memory.torture.faults import PERSON
from memory.ttl_caches import QueryCache
from memory.words import keyed_words
from memory.write_queue import WriteQueue
from tests.promises.recorded_sqlite import Deletion, Disk, Recorded, Sync, Truncation, Write, create_recorded_engine

DATABASE = "ember.db"
SECTOR = 512
PAGES_BEFORE_CHECKPOINT = 60
SECRET = b"k" * 32
WRITERS = (1, 4, 16)  #: at a time, one number after the other
WRITES = 120  #: with each of them


@dataclass(frozen=True, slots=True)
class Recording:
    """What a disk was asked to do, and what had been acknowledged by when."""

    disk: Sequence[Recorded]
    told: Sequence[tuple[int, str]]  #: a text that is kept, and how much had been recorded when that was said

    def acknowledged_at(self, point: int) -> set[str]:
        return {text for _, text in self.told[: bisect_right(self.told, (point, "\uffff"))]}


@dataclass(slots=True)
class Cuts:
    """What some power cuts came to."""

    points: int = 0
    lost_at: int = 0  #: points at which something that was acknowledged is not there
    most_lost: int = 0  #: items, at the worst of them
    corrupt_at: int = 0  #: points at which a check fails, or the database does not open
    examples: list[str] = field(default_factory=list)


def power_cuts(
    folder: Path, points: int, seed: int = 1, synchronous: str = "FULL", queue: type[WriteQueue] = WriteQueue
) -> Cuts:
    """Records once, then cuts so many times. Another `synchronous`, or another queue, is what has to be found out."""
    recording = asyncio.run(record(folder / "recorded", synchronous, queue))
    choose = random.Random(seed)
    at = sorted(choose.randrange(len(recording.disk) + 1) for _ in range(points))
    cuts = Cuts()
    for number, (point, files) in enumerate(_after_cuts(recording.disk, at, choose)):
        cut = folder / f"cut {number}"
        cut.mkdir()
        for name, content in files.items():
            (cut / name).write_bytes(content)
        _look(cut / DATABASE, recording.acknowledged_at(point), cuts)
        shutil.rmtree(cut)
    return cuts


async def record(folder: Path, synchronous: str, queue_class: type[WriteQueue]) -> Recording:
    """Makes a memory and writes to it."""
    folder.mkdir()
    disk = Disk()
    engine = create_recorded_engine(folder / DATABASE, synchronous, PAGES_BEFORE_CHECKPOINT)
    writer = SqliteWriter(engine)
    upgrade(writer)
    writer.close()
    clock, cache = SystemClock(), HotCache()
    queue = queue_class(lambda: SqliteWriter(engine), cache.clear)
    reads = ReadPool(create_reader_engine(folder / DATABASE, 1))
    ground = Ground(queue, reads, cache, IdMaker(clock), clock, QueryCache(clock))
    told: list[tuple[int, str]] = []
    try:
        for writers in WRITERS:
            await asyncio.gather(
                *(_write(ground, disk, told, f"{writers} of {one}", WRITES // writers) for one in range(writers))
            )
    finally:
        await queue.close()
        await reads.close()
        engine.dispose()
    recorded = list(disk.recorded)
    disk.unregister()
    return Recording(recorded, told)


async def _write(ground: Ground, disk: Disk, told: list[tuple[int, str]], name: str, times: int) -> None:
    scopes = ScopeNumbers(ground.queue, {})
    person = await People(ground).meet(*PERSON, "EJ")
    memories, talk = Memories(ground, scopes), Talk(ground, scopes, SECRET)
    place = Place(Channel.CONSOLE, OneReader(person.id))
    for number in range(times):
        text = f"the words of {name} number {number}"
        if number % 3:
            await memories.add(place, person.id, NewMemory(text, Trust.SAID))
        else:
            await talk.receive(IncomingMessage(text, place, *PERSON, "EJ", text))
        told.append((len(disk.recorded), text))


@dataclass(slots=True)
class _OnDisk:
    """A file as far as it has come: what a sync has made sure of, and what came after it."""

    sure: bytearray = field(default_factory=bytearray)
    since: list[Write | Truncation] = field(default_factory=list)
    synced: bool = False

    def sync(self) -> None:
        self.synced = True
        for change in self.since:
            _apply(self.sure, change)
        self.since.clear()

    def after_a_cut(self, choose: random.Random) -> bytes:
        content = bytearray(self.sure)
        for change in self.since:
            for part in _parts(change):
                if choose.random() < 0.5:
                    _apply(content, part)
        return bytes(content)


def _parts(change: Write | Truncation) -> Iterator[Write | Truncation]:
    if isinstance(change, Truncation):
        yield change
        return
    begun = 0
    while begun < len(change.data):
        end = begun + SECTOR - (change.offset + begun) % SECTOR
        yield Write(change.file, change.offset + begun, change.data[begun:end])
        begun = end


def _apply(content: bytearray, change: Write | Truncation) -> None:
    if isinstance(change, Truncation):
        del content[change.size :]
        return
    content.extend(bytes(max(0, change.offset - len(content))))
    content[change.offset : change.offset + len(change.data)] = change.data


def _after_cuts(
    disk: Sequence[Recorded], points: Sequence[int], choose: random.Random
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Yields the files as each of some cuts, in order, leaves them."""
    files: dict[str, _OnDisk] = {}
    maybe_deleted: dict[str, _OnDisk] = {}  # deleted, but the folder was not synced
    done = 0
    for point in points:
        for event in disk[done:point]:
            match event:
                case Write() | Truncation():
                    maybe_deleted.pop(event.file, None)
                    files.setdefault(event.file, _OnDisk()).since.append(event)
                case Sync():
                    file = files.setdefault(event.file, _OnDisk())
                    if not file.synced and event.file != DATABASE:
                        maybe_deleted.clear()  # with a new journal or log, SQLite syncs the folder that it stands in
                    file.sync()
                case Deletion():
                    gone = files.pop(event.file, None)
                    if gone is not None and not event.durable:
                        maybe_deleted[event.file] = gone
        done = point
        back = {name: file for name, file in maybe_deleted.items() if choose.random() < 0.5}
        yield point, {name: file.after_a_cut(choose) for name, file in (back | files).items()}


def _look(database: Path, acknowledged: set[str], cuts: Cuts) -> None:
    cuts.points += 1
    try:
        kept = _kept(database)
    except sqlite3.DatabaseError as error:
        cuts.corrupt_at += 1
        cuts.examples.append(str(error))
        return
    lost = acknowledged.difference(kept)
    cuts.lost_at += bool(lost)
    cuts.most_lost = max(cuts.most_lost, len(lost))
    if len(set(kept)) != len(kept):
        cuts.corrupt_at += 1
        cuts.examples.append("something is there twice")


def _kept(database: Path) -> list[str]:
    """Returns all texts that a database holds, once all of its checks are clean."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.create_function("keyed_words", 4, keyed_words, deterministic=True)
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        if wrong:
            raise sqlite3.DatabaseError(wrong[0])
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'items_fts'").fetchone():
            return []
        connection.execute("INSERT INTO items_fts(items_fts, rank) VALUES ('integrity-check', 1)")
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.DatabaseError(f"a reference to nothing: {broken}")
        return [
            text
            for (text,) in connection.execute("SELECT content FROM memories UNION ALL SELECT content FROM messages")
        ]
