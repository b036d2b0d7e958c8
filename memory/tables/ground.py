"""What every theme stands on: the one way to write, the one way to read, and what names things."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from memory.clock import Clock
from memory.hot_cache import HotCache
from memory.ids import IdMaker
from memory.write_queue import Writes

T = TypeVar("T")


class ReadPool:
    """Runs reads: functions of one connection, each inside one BEGIN, so that it sees one state of the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, query: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(query)

    async def close(self) -> None:
        await self._engine.dispose()


@dataclass(frozen=True, slots=True)
class Ground:
    """Handed to every theme."""

    queue: Writes
    reads: ReadPool
    cache: HotCache
    ids: IdMaker
    clock: Clock
