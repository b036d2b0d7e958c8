"""Copying a SQLite database while it is written to, into one file that needs nothing beside it."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.pool import NullPool

from memory.engines.sqlite import BUSY_MILLISECONDS
from memory.words import keyed_words

STEP_PAGES: Final = 1_000  #: of 4 KiB: a copy is told to stop between two steps
#: What is written goes to the disk this often, so that no commit beside it waits for hundreds of megabytes at once.
FLUSH_STEPS: Final = 4
_OPERATIONS: Final = 100_000  #: of SQLite's machine, between two looks at whether to stop


class CopyStopped(Exception):
    """The copy was told to stop; what it has written is not a database."""


def copy_database(source: Path, target: Path, stopping: Callable[[], bool]) -> None:
    """Copies one state of a database to a file, beside its writer, who never waits for it.

    The file is new, in the rollback journal's mode, and on the disk when this returns. Raises sqlite3.Error, OSError,
    CopyStopped when `stopping` says so between two steps.
    """
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with closing(_reading(source)) as reader, closing(_bare(target)) as writer:
            # One read transaction over all steps: else the copy would begin anew after every commit of the writer.
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            steps = 0

            def between_steps(_status: int, _remaining: int, _total: int) -> None:
                nonlocal steps
                steps += 1
                if stopping():
                    raise CopyStopped
                if steps % FLUSH_STEPS == 0:
                    os.fdatasync(descriptor)

            reader.backup(writer, pages=STEP_PAGES, progress=between_steps)
            writer.execute("PRAGMA journal_mode=DELETE")  # the copied header asks for a write-ahead log
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def open_copy(
    path: Path, *, for_reading: bool = False, stopping: Callable[[], bool] | None = None
) -> Iterator[Connection]:
    """Opens a copy that nobody else uses, and leaves no file beside it; transactions are begun by hand.

    A statement is interrupted, as an error, when `stopping` says so.
    """
    query = {"uri": "true", "mode": "ro" if for_reading else "rw"}
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=f"file:{quote(str(path))}", query=query),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False},
    )
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.create_function("keyed_words", 4, keyed_words, deterministic=True)
            driver.set_progress_handler(stopping, _OPERATIONS)
        yield connection
    engine.dispose()


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_MILLISECONDS / 1000
    )


def _bare(path: Path) -> sqlite3.Connection:
    """A connection to a file that is thrown away when anything goes wrong, so nothing of it needs a journal."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    return connection
