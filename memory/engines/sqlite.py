"""SQLite: how its connections are opened, and what only it has.

One connection writes and checkpoints; all others are read-only and never checkpoint. That contains the WAL-reset bug of
SQLite 3.7.0 to 3.51.2, which needs two of them at the same instant.
"""

import sqlite3
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from memory.errors import StoreError
from memory.words import keyed_words

BUSY_MILLISECONDS: Final = 30_000
CACHE_KIBIBYTES: Final = 64_000
#: Between two checkpoints, 16 MB. Many writers fill SQLite's own 1,000 in ten batches, most of it the same pages again.
CHECKPOINT_PAGES: Final = 4_000
WAL_BYTES_KEPT: Final = 64 * 1024 * 1024
MMAP_BYTES: Final = 268_435_456
#: The first library in which writing and checkpointing at once cannot corrupt (mmap made that bug worse).
SAFE_MMAP_VERSION: Final = (3, 51, 3)

_DISK_TROUBLE: Final = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
}
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Synchronous(StrEnum):
    """When a commit waits for the disk."""

    FULL = "FULL"  #: every commit survives a power cut
    NORMAL = "NORMAL"  #: survives a crash of Ember; a power cut may take the last commits


class SecureDeleteMissing(StoreError):
    """This SQLite ignores secure_delete, so forgotten text would stay in the file; use another build of it."""


def create_writer_engine(path: Path, synchronous: Synchronous) -> Engine:
    """Makes the engine of the connection that writes; the transactions are begun and ended by hand."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,  # they are people's words, and errors are logged
        connect_args={"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        prepare_writer(connection, synchronous)

    return engine


def prepare_writer(connection: sqlite3.Connection, synchronous: Synchronous) -> None:
    """Makes a connection durable and strict, and able to index. Raises SecureDeleteMissing."""
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        f"journal_size_limit={WAL_BYTES_KEPT}",
        *_shared_pragmas(),
    ):
        connection.execute(f"PRAGMA {pragma}")
    if connection.execute("PRAGMA secure_delete").fetchone() != (1,):
        raise SecureDeleteMissing(version=sqlite3.sqlite_version)
    connection.create_function("keyed_words", 4, keyed_words, deterministic=True)


def create_reader_engine(path: Path, size: int) -> Engine:
    """Makes the pool of read-only connections; each read is one BEGIN, so it sees one state of the database."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}),
        pool_size=size,
        max_overflow=0,
        pool_use_lifo=True,  # each has a cache of pages of its own: the one that was used last is the warmest
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("query_only=ON", *_shared_pragmas()):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("keyed_words", 4, keyed_words, deterministic=True)  # the view of the index has it

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _shared_pragmas() -> tuple[str, ...]:
    safe_mmap = (f"mmap_size={MMAP_BYTES}",) if sqlite3.sqlite_version_info >= SAFE_MMAP_VERSION else ()
    return (f"cache_size=-{CACHE_KIBIBYTES}", "temp_store=MEMORY", *safe_mmap)


class _Driver(Protocol):
    """What is asked of the driver's own connection."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, values: Sequence[object], /) -> object: ...


def _driver_of(connection: Connection) -> _Driver:
    driver: _Driver | None = connection.connection.driver_connection
    assert driver is not None
    return driver


class SqliteWriter:
    """The writing connection, its transactions by hand. BEGIN IMMEDIATE: a read that turns writer would not wait."""

    def __init__(self, engine: Engine) -> None:
        self.core = engine.connect()
        self._driver = _driver_of(self.core)

    @property
    def in_transaction(self) -> bool:
        return self._driver.in_transaction

    def begin(self) -> None:
        self.core.exec_driver_sql("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.core.exec_driver_sql("COMMIT")

    def rollback(self) -> None:
        """Undoes the transaction, unless SQLite has done so by itself (disk full, I/O error)."""
        if self.in_transaction:
            self.core.exec_driver_sql("ROLLBACK")

    def savepoint(self) -> None:
        self.core.exec_driver_sql("SAVEPOINT op")

    def release(self) -> None:
        self.core.exec_driver_sql("RELEASE op")

    def undo_to_savepoint(self) -> None:
        self.core.exec_driver_sql("ROLLBACK TO op")

    def run(self, sql: str, values: Sequence[object]) -> None:
        """Runs a statement past Core, whose own work would take as long as that of the rows."""
        self._driver.execute(sql, values)

    def checkpoint(self) -> bool:
        """Moves the WAL into the database as far as readers let it; True when nothing is left to move."""
        _, frames, moved = self.core.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
        return bool(frames == moved)

    def checkpoint_truncating(self) -> bool:
        """Empties the WAL; False when a reader is in the way, at once: writers would wait while this one waits."""
        self.core.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            busy, _, _ = self.core.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        finally:
            self.core.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        return not busy

    def drop_cached_pages(self) -> None:
        """Lets go of what it holds of the file's pages; they are read anew."""
        self.core.exec_driver_sql("PRAGMA shrink_memory")

    def close(self) -> None:
        try:
            self.core.close()
        except DBAPIError:
            self.core.invalidate()  # a connection that the disk has left; there is nothing to save on it

    def is_disk_trouble(self, error: Exception) -> bool:
        return isinstance(error, DBAPIError) and is_disk_trouble(error.orig)


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file is no database, or no whole one."""
    return _code(error) in _DAMAGE


def is_disk_trouble(error: BaseException | None) -> bool:
    """Whether SQLite says that the disk, not the statement, is at fault."""
    return _code(error) in _DISK_TROUBLE


def _code(error: BaseException | None) -> int | None:
    """Returns SQLite's own code; what Python's module finds wrong by itself, of whatever class, has none."""
    if not isinstance(error, sqlite3.Error):
        return None
    try:
        return error.sqlite_errorcode & 0xFF
    except AttributeError:
        return None
