"""Opens the memory from the bottom up, and closes it in reverse."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Column, Connection, func, select
from sqlalchemy.exc import DBAPIError

from memory.background_sync import DEFAULT_INTERVAL_SECONDS, BackgroundSync
from memory.clock import Clock
from memory.data_directory import DataDirectory, hold_data_directory, look_into_data_directory
from memory.engines.sqlite import SqliteWriter, Synchronous, create_reader_engine, create_writer_engine, is_damage
from memory.engines.sqlite_checks import broken_references, index_drifted, page_damage, rebuild_index
from memory.engines.sqlite_leftovers import DatabaseFile
from memory.errors import DataDirectoryError, NotRead
from memory.health import Health, HealthRecord
from memory.hot_cache import DEFAULT_SIZE, HotCache, Warmth
from memory.ids import IdMaker
from memory.in_thread import until_ended
from memory.migrations.upgrade import check_schema
from memory.scope import ScopeNumber
from memory.search.search import Search
from memory.tables.audit import AuditLog, policy_audit_log
from memory.tables.blocks import Blocks
from memory.tables.config import Config
from memory.tables.cursors import Cursors
from memory.tables.erasures import erasures
from memory.tables.figures import Figures
from memory.tables.ground import Ground, ReadPool
from memory.tables.jobs import queue
from memory.tables.kept import KeptOf
from memory.tables.learning import Learning
from memory.tables.logs import Logs, logs
from memory.tables.memories import Memories, memories, recent_memories
from memory.tables.messages import messages, recent_messages, user_sessions
from memory.tables.past_talk import PastTalk
from memory.tables.pausing import Pausing
from memory.tables.people import People, user_identities
from memory.tables.platform import Platform
from memory.tables.platform_messages import PlatformMessages
from memory.tables.pointed_at import PointedAt
from memory.tables.prompts import PromptVersions
from memory.tables.queue_admin import Jobs
from memory.tables.related_items import RelatedItems
from memory.tables.scopes import ScopeNumbers, all_scopes
from memory.tables.spending import Ledger, model_usage_stats
from memory.tables.steps import Steps, steps
from memory.tables.talk import Talk
from memory.tables.turns import Turns
from memory.tables.work import Work
from memory.ttl_caches import QueryCache
from memory.upkeep.backup import KEEP, Backups
from memory.upkeep.condensing import Condensing
from memory.upkeep.erase import Erasure
from memory.upkeep.erase_copies import DatabaseFiles
from memory.upkeep.export import Exports
from memory.upkeep.import_items import Imports
from memory.upkeep.retention import Retention
from memory.upkeep.revision import Revisions
from memory.upkeep.schema_change import Migrate, SchemaChange, bring_up_to_date
from memory.words import ANALYSE_VERSION
from memory.write_queue import NoWrites, WriteQueue

log = structlog.get_logger()

_PUT_BACK: Final = "Bring a backup back with: ember restore. Nothing was changed."
_LARGE_BYTES: Final = 64 * 1024 * 1024  #: of a database; checking it fully takes more than a second
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
    erasures.c.id,
    policy_audit_log.c.id,
    logs.c.id,
)


@dataclass(frozen=True, slots=True)
class MemoryOptions:
    """How the memory is opened."""

    synchronous: Synchronous = Synchronous.FULL
    readers: int = 4  #: connections in the read pool
    hot_items: int = DEFAULT_SIZE  #: items in the hot cache
    sync_interval_seconds: float = DEFAULT_INTERVAL_SECONDS  #: between two background syncs
    migrate: Migrate = Migrate.AUTO
    backups_kept: int = KEEP  #: of each kind


@dataclass(frozen=True, slots=True)
class Store:
    """Everything Ember keeps, by theme."""

    clock: Clock
    left_uncleanly: bool  #: the process before this one did not end in order
    people: People
    talk: Talk
    past_talk: PastTalk
    platform: Platform
    pausing: Pausing
    turns: Turns
    pointed_at: PointedAt
    memories: Memories
    blocks: Blocks
    related_items: RelatedItems
    search: Search
    erasure: Erasure
    revisions: Revisions
    retention: Retention
    condensing: Condensing
    learning: Learning
    steps: Steps
    work: Work
    platform_messages: PlatformMessages
    prompts: PromptVersions
    ledger: Ledger
    config: Config
    audit: AuditLog
    logs: Logs
    cursors: Cursors
    kept: KeptOf
    figures: Figures
    jobs: Jobs
    health: Callable[[], Health]
    backups: Backups
    exports: Exports
    imports: Imports


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
        file = stack.enter_context(closing(DatabaseFile(directory.database)))  # closed behind every connection
        engine = create_writer_engine(directory.database, chosen.synchronous)
        stack.callback(engine.dispose)
        with _told_plainly(directory):
            start = await until_ended(lambda: _prepare(SqliteWriter(engine), directory, chosen, clock.now()))
        found = QueryCache(clock)
        cache = HotCache(chosen.hot_items, found.clear)
        cache.warm(start.warmth)
        writes = WriteQueue(lambda: SqliteWriter(engine), cache.clear)
        stack.callback(_leave, directory, writes)
        stack.push_async_callback(writes.close)
        reads = ReadPool(create_reader_engine(directory.database, chosen.readers), chosen.readers)
        stack.push_async_callback(reads.close)
        ground = Ground(writes, reads, cache, IdMaker(clock, after=start.largest_id), clock, found)
        health = HealthRecord(clock, directory, writes, cache, {"queries": found})
        await stack.enter_async_context(BackgroundSync(writes, health, chosen.sync_interval_seconds).running())
        backups = Backups(directory, clock, chosen.backups_kept)
        files = DatabaseFiles(directory, file)
        yield _store(ground, ScopeNumbers(writes, start.scopes), directory, health, backups, files)


def _leave(directory: DataDirectory, writes: WriteQueue) -> None:
    """A queue that the disk has left in doubt leaves its mark, and the next start checks everything."""
    if writes.trusted:
        directory.leave_cleanly()


@asynccontextmanager
async def look_into_memory(path: Path, clock: Clock, backups_kept: int = KEEP) -> AsyncIterator[Store]:
    """Opens a data directory for reading only, beside a running Ember too. Raises DataDirectoryError, OlderDatabase."""
    directory = look_into_data_directory(path)
    reads = ReadPool(create_reader_engine(directory.database, size=1))
    try:
        with _told_plainly(directory):
            await reads.read(check_schema)
            scopes = await reads.read(all_scopes)
            # A key that is gone, or a first start that ended before its key was made.
            if not directory.has_secret and not await reads.read(_largest_id):
                raise directory.nothing_yet()
        writes = NoWrites()
        # Another process writes, which nothing here hears of.
        ground = Ground(writes, reads, HotCache(0), IdMaker(clock), clock, QueryCache(clock, 0))
        health = HealthRecord(clock, directory, writes, ground.cache, {"queries": ground.found})
        await health.measure()
        backups = Backups(directory, clock, backups_kept)
        yield _store(ground, ScopeNumbers(writes, scopes), directory, health, backups)
    finally:
        await reads.close()


async def migrate_memory(
    path: Path, clock: Clock, holder: str, options: MemoryOptions | None = None
) -> SchemaChange | None:
    """Brings a database up to date, whatever the options say of when; None when it is. Raises as `open_memory` does."""
    chosen = replace(options or MemoryOptions(), migrate=Migrate.AUTO)
    with hold_data_directory(path, holder) as directory, _told_plainly(directory):
        engine = create_writer_engine(directory.database, chosen.synchronous)
        try:
            start = await until_ended(lambda: _prepare(SqliteWriter(engine), directory, chosen, clock.now()))
        finally:
            engine.dispose()
        directory.leave_cleanly()
    return start.change


@dataclass(frozen=True, slots=True)
class _Start:
    """What is read before anything else."""

    largest_id: int
    scopes: dict[str, ScopeNumber]
    warmth: Warmth
    change: SchemaChange | None


def _prepare(writer: SqliteWriter, directory: DataDirectory, options: MemoryOptions, now: datetime) -> _Start:
    """Checks, upgrades and reads a database; the secret is made when all of that has gone well."""
    connection = writer.core
    try:
        if directory.left_uncleanly and directory.database.stat().st_size > _LARGE_BYTES:
            log.warning("Ember was not ended in order: the whole database is checked first, which can take a while")
        if damage := page_damage(connection):
            raise DataDirectoryError(
                directory.path, f"The database {directory.database} is damaged: {damage}.", _PUT_BACK
            )
        change = bring_up_to_date(writer, directory, options.migrate, now, options.backups_kept)
        _index_anew_if_changed(writer)
        if directory.left_uncleanly or change is not None:
            _check_content(writer)
        start = _Start(_largest_id(connection), all_scopes(connection), _warmth(connection, options.hot_items), change)
    finally:
        writer.close()
    if not directory.has_secret and not start.largest_id:
        directory.make_secret()
    return start


def _largest_id(connection: Connection) -> int:
    return max(connection.execute(select(func.max(column))).scalar_one() or 0 for column in _SNOWFLAKES)


def _warmth(connection: Connection, size: int) -> Warmth:
    """Reads the newest memories in force, and the newest messages into what room they leave."""
    remembered = recent_memories(connection, size + 1)  # one more tells whether these are all
    kept = remembered[-size:] if size else []
    said = recent_messages(connection, size - len(kept) + 1)
    room = size - len(kept)
    return Warmth(
        memories=kept,
        messages=said[-room:] if room else [],
        all_memories=len(remembered) <= size,
        all_messages=len(said) <= room,
    )


def _check_content(writer: SqliteWriter) -> None:
    """Looks at what a check of the pages does not see, and mends what can be made anew."""
    if index_drifted(writer.core):
        writer.begin()
        rebuild_index(writer.core)
        writer.commit()
        log.warning("the search index did not match what is remembered; it was made anew")
    if broken := broken_references(writer.core):
        log.error("rows refer to what is not there: ember doctor tells more", rows=broken)


def _index_anew_if_changed(writer: SqliteWriter) -> None:
    """Rebuilds the index when the words of this code are not those it was made with; `user_version` holds theirs."""
    connection = writer.core
    if connection.exec_driver_sql("PRAGMA user_version").scalar_one() == ANALYSE_VERSION:
        return
    writer.begin()
    rebuild_index(connection)
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


def _store(
    ground: Ground,
    scopes: ScopeNumbers,
    directory: DataDirectory,
    health: HealthRecord,
    backups: Backups,
    files: DatabaseFiles | None = None,
) -> Store:
    work, secret = Work(ground), directory.secret()
    kept = Memories(ground, scopes)
    erasure = Erasure(ground, scopes, work, secret, files)
    return Store(
        clock=ground.clock,
        left_uncleanly=directory.left_uncleanly,
        people=People(ground),
        past_talk=PastTalk(ground, scopes),
        platform=Platform(ground, scopes),
        talk=Talk(ground, scopes, secret),
        pausing=Pausing(ground),
        turns=Turns(ground, scopes, secret),
        pointed_at=PointedAt(ground, scopes),
        memories=kept,
        blocks=Blocks(ground, scopes, kept),
        related_items=RelatedItems(ground, scopes),
        search=Search(ground, scopes),
        erasure=erasure,
        revisions=Revisions(ground, scopes, secret),
        retention=Retention(ground, scopes, erasure),
        condensing=Condensing(ground, scopes, erasure),
        learning=Learning(ground),
        steps=Steps(ground),
        work=work,
        platform_messages=PlatformMessages(ground),
        prompts=PromptVersions(ground),
        ledger=Ledger(ground),
        config=Config(ground),
        audit=AuditLog(ground),
        logs=Logs(ground),
        cursors=Cursors(ground),
        kept=KeptOf(ground, scopes),
        figures=Figures(ground),
        jobs=Jobs(ground),
        health=health.now,
        backups=backups,
        exports=Exports(ground, scopes, secret),
        imports=Imports(ground, scopes, secret),
    )
