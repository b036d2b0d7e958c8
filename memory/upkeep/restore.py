"""Puts a backup in the place of the database, which is kept beside it under another name.

All that can go wrong is done on a copy: it is checked, brought up to date, and rid of what was forgotten since. Then
the copy takes the database's name in one step, so whatever ends this leaves either the old one or the new one there.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import DBAPIError

from memory.clock import Clock
from memory.data_directory import KEY_BYTES, KEY_NAME, DataDirectory, lock_data_directory
from memory.durable_file import put_in_place, sync_file
from memory.engines.sqlite import SqliteWriter, Synchronous, create_writer_engine, is_damage, is_disk_trouble
from memory.engines.sqlite_copy import copy_database, open_copy
from memory.errors import StoreError
from memory.ids import IdMaker
from memory.migrations.upgrade import NewerDatabase, revisions
from memory.records import ItemId, MessageState
from memory.tables.erasures import ErasureId, Tombstones, erasing
from memory.tables.jobs import UNDER_WAY, JobState, JobType, queue
from memory.tables.messages import UNANSWERED, messages
from memory.upkeep.backup import ASIDE, STAGED, TIME_IN_NAME, backup_files
from memory.upkeep.erase import begin_in_copies
from memory.upkeep.erase_again import erase_again, tombstones_of
from memory.upkeep.whole_database import (
    DatabaseContent,
    NoEmberDatabase,
    bring_copy_up_to_date,
    intact,
    looked_at,
    sound,
)

_SIDE_FILES: Final = ("-wal", "-shm", "-journal")

log = structlog.get_logger()


class OtherInstallation(StoreError):
    """This backup is of another installation; set DATA_DIR to an empty folder and restore it there."""


class KeyMissing(StoreError):
    """No installation.key stands beside this backup; without the key it cannot be opened."""


class RestoreFailed(StoreError):
    """The backup could not be put in place; the database is as it was."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """What a restore is about to do."""

    file: Path
    backup: DatabaseContent
    now: DatabaseContent | None  #: what the database holds that it replaces; None: there is none that can be read
    aside: Path | None  #: where that database is kept; None: there is none
    forgotten_known: bool  #: whether what was forgotten since the backup could be read, to be forgotten again


def restore_memory(
    path: Path, file: Path, clock: Clock, holder: str, agree: Callable[[Restoring], bool]
) -> Restoring | None:
    """Puts a backup in the place of a data directory's database, once `agree` says so; None when it does not.

    Raises DataDirectoryInUse, NoEmberDatabase, NewerDatabase, OtherInstallation, KeyMissing, RestoreFailed.
    """
    with lock_data_directory(path, holder) as directory, _told(path):
        secret = _secret_beside(directory, file)
        staged = path / STAGED
        try:
            _stage(file, directory, staged)
            forgotten_known = _forget_again(directory, staged, Tombstones(secret or directory.secret()), clock)
            _let_rest(staged)
            restoring = Restoring(
                file, sound(staged), _glance(directory.database), _aside(directory, clock.now()), forgotten_known
            )
            if not agree(restoring):
                return None
            sync_file(staged)
            if restoring.aside is not None:
                _keep(directory.database, restoring.aside)
            put_in_place(staged, directory.database)
        finally:
            _remove(staged)
        if secret is not None:
            directory.take_secret(secret)
        directory.leave_cleanly()
    return restoring


def _secret_beside(directory: DataDirectory, file: Path) -> bytes | None:
    """Returns the key that the data directory lacks; None when it has its own."""
    beside = file.parent / KEY_NAME
    found = beside.read_bytes() if beside.exists() else b""
    if not directory.has_secret:
        if len(found) != KEY_BYTES:
            raise KeyMissing(backup=file)
        return found
    if found and found != directory.secret():
        raise OtherInstallation(backup=file)
    return None


def _stage(file: Path, directory: DataDirectory, staged: Path) -> None:
    """Makes a copy of the backup that is sound and of this code's schema."""
    if not file.is_file():
        raise NoEmberDatabase(file=file, problem="there is no such file")
    if directory.database.exists() and file.samefile(directory.database):
        raise NoEmberDatabase(file=file, problem="it is the database in use")
    _remove(staged)
    try:
        copy_database(file, staged, lambda: False)
        intact(staged)
    except sqlite3.Error as error:
        if is_disk_trouble(error) and not is_damage(error):  # the disk is full, say: the backup is as good as it was
            raise RestoreFailed(folder=directory.path, cause=error) from error
        raise NoEmberDatabase(file=file, problem=error) from error
    except NoEmberDatabase as error:
        raise NoEmberDatabase(file=file, problem=error.facts["problem"]) from error
    bring_copy_up_to_date(staged)


def _forget_again(directory: DataDirectory, staged: Path, names: Tombstones, clock: Clock) -> bool:
    """Erases in the copy what was forgotten since the backup was made; False when some of that cannot be read.

    The copies beside it, with the database that is put aside, are gone through once Ember runs.
    """
    now = clock.now()
    of_database = _read_forgotten(directory.database, names, now)
    forgotten = of_database or {}
    for file in backup_files(directory.path):  # they know of all that was forgotten before the newest was made
        forgotten |= _read_forgotten(file, names, now) or {}
    if forgotten:
        with open_copy(staged) as copy:
            erase_again(copy, names, forgotten, now)
            begin_in_copies(copy, ErasureId(IdMaker(clock).next()), now)
            copy.exec_driver_sql("VACUUM")
    return of_database is not None or not directory.has_secret


def _read_forgotten(database: Path, names: Tombstones, now: datetime) -> dict[bytes, datetime] | None:
    if not _holds_something(database):
        return None
    try:
        with open_copy(database, for_reading=True) as live:
            current, head = revisions(live)
            return _forgotten(live, names, now) if current == head else {}
    except (DBAPIError, NewerDatabase) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        log.warning("what was forgotten since the backup cannot be read", file=str(database), cause=str(cause))
        return None


def _forgotten(live: Connection, names: Tombstones, now: datetime) -> dict[bytes, datetime]:
    """Returns what is forgotten, and what is only being so: that has no tombstone yet."""
    under_way = live.execute(select(erasing.c.item_id)).scalars()
    return {names.of_item(ItemId(item)): now for item in under_way} | tombstones_of(live)


def _let_rest(staged: Path) -> None:
    """Ends what was under way when the backup was made: it went on then, and must not be answered or sent again."""
    going_out = queue.c.type.in_((JobType.DELIVERY, JobType.NOTICE)) & queue.c.state.in_(UNDER_WAY)
    unwritten = messages.c.state == MessageState.STREAMING
    with open_copy(staged) as copy:
        copy.execute(update(queue).where(going_out).values(state=JobState.CANCELLED))
        copy.execute(delete(messages).where(unwritten))
        copy.execute(update(messages).where(UNANSWERED).values(state=MessageState.DECLINED, response_id=None))


def _glance(database: Path) -> DatabaseContent | None:
    try:
        return looked_at(database) if _holds_something(database) else None
    except NoEmberDatabase:
        return None


def _aside(directory: DataDirectory, now: datetime) -> Path | None:
    """Returns a name that nothing has yet."""
    if not _holds_something(directory.database):
        return None
    while True:
        aside = directory.path / f"{directory.database.name}.{ASIDE}-{now.astimezone(UTC):{TIME_IN_NAME}}"
        if not aside.exists():
            return aside
        now += timedelta(seconds=1)


def _keep(database: Path, aside: Path) -> None:
    """Gives a database its second name, and leaves no log that SQLite would play into the one that takes the first."""
    try:
        _empty_log(database)
    except DBAPIError as error:
        if not is_damage(error.orig):
            raise
    try:
        os.link(database, aside)
    except OSError:  # a file system without second names
        shutil.copy2(database, aside)
    sync_file(aside)
    log_file = database.with_name(database.name + "-wal")
    if log_file.exists() and log_file.stat().st_size:
        # Only of a database so damaged that its log cannot be taken in: from here on it is whole under its new name.
        log_file.replace(aside.with_name(aside.name + "-wal"))
    for side in _SIDE_FILES:
        database.with_name(database.name + side).unlink(missing_ok=True)
    sync_file(database.parent)


def _empty_log(database: Path) -> None:
    with _writer(database) as writer:
        busy, _, _ = writer.core.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    if busy:
        raise RestoreFailed(cause="another program reads the database")


def _holds_something(database: Path) -> bool:
    return database.exists() and database.stat().st_size > 0


def _remove(staged: Path) -> None:
    for side in ("", *_SIDE_FILES):
        staged.with_name(staged.name + side).unlink(missing_ok=True)


@contextmanager
def _writer(database: Path) -> Iterator[SqliteWriter]:
    engine = create_writer_engine(database, Synchronous.FULL)
    try:
        writer = SqliteWriter(engine)
        try:
            yield writer
        finally:
            writer.close()
    finally:
        engine.dispose()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns what a disk refuses into a sentence."""
    try:
        yield
    except OSError as error:
        raise RestoreFailed(folder=path, cause=error.strerror) from error
    except DBAPIError as error:
        raise RestoreFailed(folder=path, cause=error.orig) from error
