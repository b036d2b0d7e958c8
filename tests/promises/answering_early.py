"""A process that says it has remembered before it has: what the kill test has to find out."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from memory import Synchronous, SystemClock, open_memory
from memory.engines.sqlite import SqliteWriter, create_reader_engine, create_writer_engine
from memory.hot_cache import HotCache
from memory.ids import IdMaker
from memory.op import Op, Rows
from memory.tables.ground import Ground, ReadPool
from memory.tables.memories import Memories
from memory.tables.scopes import ScopeNumbers
from memory.torture.faults import PERSON
from memory.torture.lives import keep_nursery, remember_until_killed
from memory.ttl_caches import QueryCache
from memory.write_queue import WriteQueue

T = TypeVar("T")


class EarlyQueue(WriteQueue):
    """Answers what needs no result as soon as it has queued, as a cache with a write-behind would."""

    def __init__(self, connect: Callable[[], SqliteWriter], forget_cached: Callable[[], None]) -> None:
        super().__init__(connect, forget_cached)
        self._behind: set[asyncio.Task[object]] = set()

    async def write(self, op: Op[T] | Rows[T], changed: Callable[[T], None] | None = None) -> T:
        if not isinstance(op, Rows):
            return await super().write(op, changed)
        task = asyncio.create_task(super().write(op, changed))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)
        await asyncio.sleep(0)
        return op.result


async def _life(folder: Path, mouth: int) -> None:
    clock = SystemClock()
    async with open_memory(folder, clock, "a kill test") as store:
        person = await store.people.meet(*PERSON, "EJ")
    database = folder / "ember.db"
    engine = create_writer_engine(database, Synchronous.FULL)
    cache = HotCache()
    queue = EarlyQueue(lambda: SqliteWriter(engine), cache.clear)
    ground = Ground(queue, ReadPool(create_reader_engine(database, 1)), cache, IdMaker(clock), clock, QueryCache(clock))
    await remember_until_killed(Memories(ground, ScopeNumbers(queue, {})), person, mouth)


if __name__ == "__main__":
    keep_nursery(_life)
