"""What every theme stands on: the one way to write, the one way to read, and what names things."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from memory.clock import Clock
from memory.errors import NotRead
from memory.hot_cache import HotCache
from memory.ids import IdMaker
from memory.ttl_caches import QueryCache
from memory.write_queue import Writes

T = TypeVar("T")


class ReadPool:
    """Runs reads: functions of one connection, each inside one BEGIN, so that it sees one state of the database.

    Each runs in a thread of the pool from its first statement to its last: an asynchronous driver changes threads four
    times a statement, which took ten times as long as the statements of a turn themselves.
    """

    def __init__(self, engine: Engine, threads: int = 1) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ember-reader")

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Returns what a query gives. Raises NotRead when the database fails."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, query)

    async def close(self) -> None:
        """Waits for the reads under way."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return query(connection)
        except DBAPIError as error:
            raise NotRead(cause=error.orig) from error


@dataclass(frozen=True, slots=True)
class Ground:
    """Handed to every theme."""

    queue: Writes
    reads: ReadPool
    cache: HotCache
    ids: IdMaker
    clock: Clock
    found: QueryCache
