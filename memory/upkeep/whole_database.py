"""A file that should be a whole database of Ember's: what it holds, and whether it is sound."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from memory.engines.sqlite import SqliteWriter, Synchronous, create_writer_engine
from memory.engines.sqlite_checks import index_drifted, page_damage, rebuild_index
from memory.engines.sqlite_copy import open_copy
from memory.errors import StoreError
from memory.ids import moment_of
from memory.migrations.upgrade import upgrade
from memory.words import ANALYSE_VERSION

log = structlog.get_logger()

Stopping = Callable[[], bool]  #: whether what takes long is to be given up


class NoEmberDatabase(StoreError):
    """This is no whole database of Ember's."""


@dataclass(frozen=True, slots=True)
class DatabaseContent:
    """What a database holds."""

    revision: str  #: of its schema
    memories: int
    messages: int
    newest: datetime | None  #: when the newest of them was kept


def looked_at(path: Path) -> DatabaseContent:
    """Returns what a file holds, at a glance. Raises NoEmberDatabase."""
    with _told(path), open_copy(path, for_reading=True) as connection:
        return content_of(connection)


def intact(path: Path, stopping: Stopping | None = None) -> DatabaseContent:
    """Checks the pages of a file and returns what it holds. Raises NoEmberDatabase."""
    with _told(path), open_copy(path, for_reading=True, stopping=stopping) as connection:
        if damage := page_damage(connection):
            raise NoEmberDatabase(file=path, problem=damage)
        return content_of(connection)


def sound(path: Path, stopping: Stopping | None = None) -> DatabaseContent:
    """Checks a copy as closely as SQLite can, and makes its index anew if it does not match.

    Raises NoEmberDatabase, also when `stopping` says so meanwhile.
    """
    content = intact(path, stopping)
    with _told(path), open_copy(path, stopping=stopping) as connection:
        # An index of other words is made anew when it is opened.
        if connection.exec_driver_sql("PRAGMA user_version").scalar_one() == ANALYSE_VERSION:
            _mend_index(path, connection)
        return content


def _mend_index(path: Path, connection: Connection) -> None:
    if not index_drifted(connection):
        return
    log.warning("the search index of a copy did not match what is remembered; it was made anew", file=str(path))
    rebuild_index(connection)
    if index_drifted(connection):
        raise NoEmberDatabase(file=path, problem="its search index cannot be mended")


def bring_copy_up_to_date(path: Path) -> None:
    """Brings a copy of an older Ember's to the schema of this one. Raises NewerDatabase."""
    engine = create_writer_engine(path, Synchronous.FULL)
    try:
        writer = SqliteWriter(engine)
        try:
            upgrade(writer)
            writer.core.exec_driver_sql("PRAGMA journal_mode=DELETE")  # one file again, that can be renamed
        finally:
            writer.close()
    finally:
        engine.dispose()


def content_of(connection: Connection) -> DatabaseContent:
    """Counts what a database holds; of any schema so far."""
    counts = "SELECT (SELECT count(*) FROM memories), (SELECT count(*) FROM messages)"
    memories, messages = connection.exec_driver_sql(counts).one()
    newest = "SELECT max(coalesce((SELECT max(id) FROM memories), 0), coalesce((SELECT max(id) FROM messages), 0))"
    largest = int(connection.exec_driver_sql(newest).scalar_one())
    return DatabaseContent(
        revision=str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()),
        memories=int(memories),
        messages=int(messages),
        newest=moment_of(largest) if largest else None,
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns what SQLite says of a file into a sentence; a table that Ember always has is missing from a stranger's."""
    try:
        yield
    except DBAPIError as error:
        raise NoEmberDatabase(file=path, problem=error.orig) from error
    except sqlite3.Error as error:
        raise NoEmberDatabase(file=path, problem=error) from error
