"""Opens the memory from the bottom up, and closes it in reverse."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Column, func, select
from sqlalchemy.exc import DBAPIError

from memory.clock import Clock
from memory.data_directory import DataDirectory, hold_data_directory, look_into_data_directory
from memory.engines.sqlite import SqliteWriter, Synchronous, create_reader_engine, create_writer_engine, is_damage
from memory.errors import DataDirectoryError, NotRead
from memory.hot_cache import DEFAULT_SIZE, HotCache
from memory.ids import IdMaker
from memory.migrations.upgrade import check_schema, upgrade
from memory.records import Memory
from memory.scope import ScopeNumber
from memory.search.search import Search
from memory.tables.ground import Ground, ReadPool
from memory.tables.memories import Memories, memories, recent_memories
from memory.tables.past_talk import PastTalk
from memory.tables.people import People, user_identities
from memory.tables.prompts import PromptVersions
from memory.tables.scopes import ScopeNumbers, all_scopes
from memory.tables.spending import Ledger, model_usage_stats
from memory.tables.steps import Steps, steps
from memory.tables.talk import Talk, messages, user_sessions
from memory.tables.turns import Turns
from memory.tables.work import Work, queue
from memory.upkeep.erase import Erasure
from memory.words import ANALYSE_VERSION
from memory.write_queue import NoWrites, WriteQueue

_PUT_BACK: Final = "Put a copy of the folder back, or set DATA_DIR to a new one; nothing was changed."
_MAKE_ROOM: Final = "See that the disk has room and the folder can be written, or set DATA_DIR to another one."
_SNOWFLAKES: Final[tuple[Column[int], ...]] = (
    user_identities.c.id,
    user_sessions.c.id,
    messages.c.id,
    memories.c.id,
    queue.c.id,
    queue.c.item_id,
    steps.c.id,
    model_usage_stats.c.id,
)


@dataclass(frozen=True, slots=True)
class MemoryOptions:
    """How the memory is opened."""

    synchronous: Synchronous = Synchronous.FULL
    readers: int = 4  #: connections in the read pool
    hot_items: int = DEFAULT_SIZE  #: items in the hot cache


@dataclass(frozen=True, slots=True)
class Store:
    """Everything Ember keeps, by theme."""

    clock: Clock
    people: People
    talk: Talk
    past_talk: PastTalk
    turns: Turns
    memories: Memories
    search: Search
    erasure: Erasure
    steps: Steps
    work: Work
    prompts: PromptVersions
    ledger: Ledger


@asynccontextmanager
async def open_memory(
    path: Path, clock: Clock, holder: str, options: MemoryOptions | None = None
) -> AsyncIterator[Store]:
    """Opens a data directory for this process alone, making or upgrading its database.

    `holder` says who holds it. Raises DataDirectoryError, NewerDatabase.
    """
    chosen = options or MemoryOptions()
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(hold_data_directory(path, holder))
        engine = create_writer_engine(directory.database, chosen.synchronous)
        stack.callback(engine.dispose)
        with _told_plainly(directory):
            start = await asyncio.to_thread(_prepare, SqliteWriter(engine), directory, chosen)
        cache = HotCache(chosen.hot_items)
        cache.wrote(reversed(start.recent))  # the newest last, so that it is evicted last
        writes = WriteQueue(lambda: SqliteWriter(engine), cache.clear)
        stack.push_async_callback(writes.close)
        reads = ReadPool(create_reader_engine(directory.database, chosen.readers), chosen.readers)
        stack.push_async_callback(reads.close)
        ground = Ground(writes, reads, cache, IdMaker(clock, after=start.largest_id), clock)
        yield _store(ground, ScopeNumbers(writes, start.scopes), directory.secret())


@asynccontextmanager
async def look_into_memory(path: Path, clock: Clock) -> AsyncIterator[Store]:
    """Opens a data directory for reading only, beside a running Ember too. Raises DataDirectoryError, OlderDatabase."""
    directory = look_into_data_directory(path)
    reads = ReadPool(create_reader_engine(directory.database, size=1))
    try:
        with _told_plainly(directory):
            await reads.read(check_schema)
            scopes = await reads.read(all_scopes)
        writes = NoWrites()
        ground = Ground(writes, reads, HotCache(0), IdMaker(clock), clock)
        yield _store(ground, ScopeNumbers(writes, scopes), directory.secret())
    finally:
        await reads.close()


@dataclass(frozen=True, slots=True)
class _Start:
    """What is read before anything else."""

    largest_id: int
    scopes: dict[str, ScopeNumber]
    recent: list[Memory]


def _prepare(writer: SqliteWriter, directory: DataDirectory, options: MemoryOptions) -> _Start:
    """Checks, upgrades and reads a database; the secret is made when all of that has gone well."""
    connection = writer.core
    try:
        wrong = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if wrong != "ok":
            raise DataDirectoryError(
                directory.path, f"The database {directory.database} is damaged: {wrong}.", _PUT_BACK
            )
        upgrade(writer)
        _index_anew_if_changed(writer)
        largest = max(connection.execute(select(func.max(column))).scalar_one() or 0 for column in _SNOWFLAKES)
        start = _Start(largest, all_scopes(connection), recent_memories(connection, options.hot_items))
    finally:
        writer.close()
    if not directory.has_secret and not start.largest_id:
        directory.make_secret()
    return start


def _index_anew_if_changed(writer: SqliteWriter) -> None:
    """Rebuilds the index when the words of this code are not those it was made with; `user_version` holds theirs."""
    connection = writer.core
    if connection.exec_driver_sql("PRAGMA user_version").scalar_one() == ANALYSE_VERSION:
        return
    writer.begin()
    connection.exec_driver_sql("INSERT INTO items_fts(items_fts) VALUES ('rebuild')")
    connection.exec_driver_sql(f"PRAGMA user_version = {ANALYSE_VERSION:d}")
    writer.commit()


@contextmanager
def _told_plainly(directory: DataDirectory) -> Iterator[None]:
    """Turns what SQLite says of a database that cannot be opened into a sentence."""
    try:
        yield
    except (DBAPIError, NotRead) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error.cause
        told = f"The database {directory.database} cannot be used: {cause}."
        raise DataDirectoryError(directory.path, told, _PUT_BACK if is_damage(cause) else _MAKE_ROOM) from error


def _store(ground: Ground, scopes: ScopeNumbers, secret: bytes) -> Store:
    return Store(
        clock=ground.clock,
        people=People(ground),
        talk=Talk(ground, scopes),
        past_talk=PastTalk(ground, scopes),
        turns=Turns(ground, scopes, secret),
        memories=Memories(ground, scopes),
        search=Search(ground, scopes),
        erasure=Erasure(ground, scopes),
        steps=Steps(ground),
        work=Work(ground),
        prompts=PromptVersions(ground),
        ledger=Ledger(ground),
    )
