"""SQLite on a disk that writes down all that it is asked to do, as a driver that SQLAlchemy takes for Python's own.

The files are real; every write, truncation, sync and deletion is recorded besides, so that any moment can be gone back
to. The library is apsw's own build of SQLite, for it alone lets Python be the disk.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import apsw
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from memory import MemoryOptions
from memory.engines.sqlite import prepare_writer

_VFS = "recorded"


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncation:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: str


@dataclass(frozen=True, slots=True)
class Deletion:
    file: str
    durable: bool  #: the folder was synced with it


Recorded = Write | Truncation | Sync | Deletion


class Disk(apsw.VFS):
    """Records, and passes on all but the syncs, which would only take time."""

    def __init__(self) -> None:
        super().__init__(_VFS, base="")
        self.recorded: list[Recorded] = []

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> "_File":  # noqa: N802
        return _File(self.recorded, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self.recorded.append(Deletion(Path(filename).name, bool(syncdir)))


class _File(apsw.VFSFile):
    def __init__(self, recorded: list[Recorded], name: "str | apsw.URIFilename | None", flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._recorded = recorded
        full = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(full or "").name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._recorded.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._recorded.append(Truncation(self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._recorded.append(Sync(self._name))


def create_recorded_engine(database: Path, synchronous: str, pages_before_checkpoint: int) -> Engine:
    """Makes the engine of a writing connection on a registered `Disk`, prepared as the real one is.

    Checkpoints come often, for they are the moments in which most is under way.
    """
    url = URL.create("sqlite+pysqlite", database=str(database))
    engine = create_engine(url, module=_driver(), isolation_level="AUTOCOMMIT", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        prepare_writer(connection, MemoryOptions().synchronous)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint={pages_before_checkpoint:d}")

    return engine


def _driver() -> ModuleType:
    """Python's module with other connections."""
    driver = ModuleType("recorded_sqlite")
    driver.__dict__.update(sqlite3.__dict__)
    driver.__dict__["connect"] = _Connection
    return driver


class _Connection:
    isolation_level: str | None = None

    def __init__(self, database: str, **_: object) -> None:
        self.apsw = apsw.Connection(database, vfs=_VFS)

    def cursor(self) -> "_Cursor":
        return _Cursor(self.apsw)

    @property
    def in_transaction(self) -> bool:
        return self.apsw.in_transaction

    def execute(self, sql: str, values: Sequence[object] = ()) -> "_Cursor":
        return self.cursor().execute(sql, values)

    def create_function(self, name: str, arguments: int, function: Callable[..., object], **kept: bool) -> None:
        self.apsw.create_scalar_function(name, function, arguments, **kept)

    def commit(self) -> None:
        """Transactions are ended by hand."""

    rollback = commit

    def close(self) -> None:
        self.apsw.close()


class _Cursor:
    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._cursor.exec_trace = self._described
        self._rows: list[tuple[object, ...]] = []
        self.description: tuple[tuple[object, ...], ...] | None = None

    def _described(self, cursor: apsw.Cursor, _sql: str, _values: object) -> bool:
        # Only now: once a statement that gives no row has ended, apsw knows its columns no more.
        self.description = tuple((name, *[None] * 6) for name, *_ in cursor.get_description()) or None
        return True

    def execute(self, sql: str, values: Sequence[object] = ()) -> "_Cursor":
        self._rows = self._cursor.execute(sql, tuple(values)).fetchall()
        return self

    def executemany(self, sql: str, many: Iterable[Sequence[object]]) -> "_Cursor":
        self._cursor.executemany(sql, [tuple(values) for values in many])
        return self

    @property
    def rowcount(self) -> int:
        return self._connection.changes()

    @property
    def lastrowid(self) -> int:
        return self._connection.last_insert_rowid()

    def fetchone(self) -> tuple[object, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[object, ...]]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[tuple[object, ...]]:
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        self._cursor.close()
