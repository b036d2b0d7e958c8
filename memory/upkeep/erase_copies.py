"""Forgetting in the copies of the database: backups, and databases that a restore has put aside.

Each is copied, gone through, checked and put in place of itself, so that whatever ends this leaves a whole file.
"""

import os
import sqlite3
import threading
from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from memory.data_directory import DataDirectory
from memory.durable_file import put_in_place, sync_file
from memory.engines.sqlite import is_damage, is_disk_trouble
from memory.engines.sqlite_copy import copy_database, open_copy
from memory.engines.sqlite_leftovers import DatabaseFile
from memory.errors import StoreError
from memory.in_thread import until_ended
from memory.migrations.upgrade import NewerDatabase
from memory.tables.erasures import Tombstones
from memory.upkeep.backup import STAGED, backup_files, copying_into, remove_left_behind
from memory.upkeep.erase_again import erase_again, holds_forgotten, tombstones_of
from memory.upkeep.whole_database import NoEmberDatabase, Stopping, bring_copy_up_to_date, sound

_PARTIAL: Final = ".partial"
_SIDE_FILES: Final = ("", "-wal", "-shm", "-journal")

#: A copy as it was gone through: its name, and which file had that name.
Seen = tuple[str, int]


class CopyNotErased(StoreError):
    """A copy of the database still holds what was forgotten, for it cannot be used; delete it."""


class CopyNotWritten(StoreError):
    """A copy of the database still holds what was forgotten, for the disk did not take it anew; it is tried again."""


class DatabaseFiles:
    """The files in which what was forgotten may still stand."""

    def __init__(self, directory: DataDirectory, database: DatabaseFile) -> None:
        self.database = database
        self._directory = directory

    def copies_bytes(self) -> int:
        return sum(file.stat().st_size for file in backup_files(self._directory.path))

    async def erase_in_copies(self, seen: Collection[Seen], now: datetime) -> set[Seen]:
        """Erases what has been forgotten by now in the copies that were not seen yet, and returns these.

        Raises CopyNotErased, CopyNotWritten, CopyStopped when it is cancelled.
        """
        stopping = threading.Event()
        return await until_ended(lambda: self._erase_in_copies(seen, now, stopping.is_set), stopping.set)

    def _erase_in_copies(self, seen: Collection[Seen], now: datetime, stopping: Stopping) -> set[Seen]:
        self._remove_left_behind()
        names = Tombstones(self._directory.secret())
        with open_copy(self._directory.database, for_reading=True) as connection:
            forgotten = tombstones_of(connection)
        gone_through: set[Seen] = set()
        failed: StoreError | None = None
        for file in backup_files(self._directory.path):
            if _seen(file) in seen:
                continue
            try:
                _go_through(file, names, forgotten, now, stopping)
            except (CopyNotErased, CopyNotWritten) as error:  # the others are gone through all the same
                failed = failed or error
            else:
                gone_through.add(_seen(file))
        if failed is not None:
            raise failed
        return gone_through

    def _remove_left_behind(self) -> None:
        """Removes halves of copies that killed processes have left; nobody restores while the directory is held."""
        remove_left_behind(self._directory.backups)
        for pattern in (f"{STAGED}*", f"{self._directory.database.name}.*{_PARTIAL}*"):
            for file in self._directory.path.glob(pattern):
                file.unlink()


def _go_through(
    file: Path, names: Tombstones, forgotten: dict[bytes, datetime], now: datetime, stopping: Stopping
) -> None:
    try:
        with open_copy(file, for_reading=True, stopping=stopping) as connection:
            holds = holds_forgotten(connection, names, forgotten)
        if holds:
            with copying_into(file.parent):
                _write_anew(file, names, forgotten, now, stopping)
    except OSError as error:
        raise CopyNotWritten(file=file, cause=error.strerror) from error
    except (DBAPIError, sqlite3.Error, NoEmberDatabase, NewerDatabase) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        kind = CopyNotWritten if is_disk_trouble(cause) and not is_damage(cause) else CopyNotErased
        raise kind(file=file, cause=cause) from error


def _write_anew(
    file: Path, names: Tombstones, forgotten: dict[bytes, datetime], now: datetime, stopping: Stopping
) -> None:
    partial = file.with_name(file.name + _PARTIAL)
    _remove(partial)
    try:
        copy_database(file, partial, stopping)
        bring_copy_up_to_date(partial)  # this Ember alone knows where what is forgotten stands
        with open_copy(partial) as connection:
            erase_again(connection, names, forgotten, now)
        with closing(DatabaseFile(partial)) as bytes_of:
            bytes_of.overwrite(bytes_of.leftovers())
        sound(partial, stopping)
        times = file.stat()
        os.utime(partial, ns=(times.st_atime_ns, times.st_mtime_ns))  # it is as old as what it holds
        sync_file(partial)
        put_in_place(partial, file)
    finally:
        _remove(partial)


def _seen(file: Path) -> Seen:
    return str(file), file.stat().st_ino


def _remove(partial: Path) -> None:
    for side in _SIDE_FILES:
        partial.with_name(partial.name + side).unlink(missing_ok=True)
