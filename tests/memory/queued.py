"""A write queue on a file with two small tables: what the tests of the queue begin from."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, insert

from memory.batch import WritingConnection
from memory.engines.sqlite import SqliteWriter, Synchronous, create_writer_engine
from memory.op import Rows
from memory.posts import Posts
from memory.write_queue import WriteQueue

notes = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", String, nullable=False),
    Column("colour", String),
    Column("count", Integer, server_default="0"),
)
INSERT = insert(notes)
LONE = insert(Table("lone", MetaData(), Column("text", String, primary_key=True)))

Connecting = Callable[[Engine], WritingConnection]
Opener = Callable[..., AbstractAsyncContextManager[WriteQueue]]


class DatabaseFile:
    """A file with one table, and what another connection sees in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with sqlite3.connect(path) as connection:
            connection.execute(
                "CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR NOT NULL, colour VARCHAR, "
                "count INTEGER DEFAULT 0)"
            )
            connection.execute("CREATE TABLE lone (text VARCHAR PRIMARY KEY)")
        self.cleared = 0

    def ids(self) -> list[int]:
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return [row[0] for row in connection.execute("SELECT id FROM notes ORDER BY id")]
        finally:
            connection.close()

    @asynccontextmanager
    async def queue(
        self, connecting: Connecting = SqliteWriter, limit: int = 100, patience: float = 5.0, posts: int = 100
    ) -> AsyncIterator[WriteQueue]:
        def forget_cached() -> None:
            self.cleared += 1

        engine = create_writer_engine(self.path, Synchronous.NORMAL)
        queue = WriteQueue(lambda: connecting(engine), forget_cached, limit, patience, Posts(posts))
        try:
            yield queue
        finally:
            await queue.close()
            engine.dispose()


def note(number: int, text: str = "a note") -> Rows[int]:
    return Rows((INSERT,), ({"id": number, "text": text, "colour": None},), number)


def added(number: int, text: str = "a note") -> Callable[[Connection], int]:
    def op(connection: Connection) -> int:
        connection.execute(INSERT, {"id": number, "text": text})
        return number

    return op


class Gate:
    """Holds the writer's thread in the middle of a batch."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reached = asyncio.Event()
        self._go_on = threading.Event()

    def op(self, connection: Connection) -> None:
        self._loop.call_soon_threadsafe(self._reached.set)
        assert self._go_on.wait(20)

    async def reached(self) -> None:
        await self._reached.wait()

    def open(self) -> None:
        self._go_on.set()


async def outcomes(*writes: asyncio.Task[int]) -> list[int | BaseException]:
    return await asyncio.gather(*writes, return_exceptions=True)


async def one_batch(queue: WriteQueue, *ops: Rows[int] | Callable[[Connection], int]) -> list[int | BaseException]:
    """Writes ops that share one transaction: they queue while the writer is held."""
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(queue.write(gate.op))
        await gate.reached()
        writes = [asyncio.ensure_future(queue.write(op)) for op in ops]
        await asyncio.sleep(0)
        gate.open()
    return await outcomes(*writes)
