"""Backups: whole copies of the database in the folder `backups`, each opened and checked before it counts as one.

A copy is made beside the writer, under a name that is no backup's, and gets its own when it has been checked and is on
the disk. The installation's key is copied beside it: no memory can be opened without the key.
"""

import contextlib
import fcntl
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from memory.clock import Clock
from memory.data_directory import KEY_BYTES, KEY_NAME, DataDirectory
from memory.durable_file import put_in_place, written_whole
from memory.engines.sqlite_copy import copy_database, open_copy
from memory.errors import StoreError
from memory.in_thread import until_ended
from memory.tables.erasures import ErasureState
from memory.upkeep.whole_database import DatabaseContent, NoEmberDatabase, Stopping, looked_at, sound

KEEP: Final = 7  #: backups of each kind
TIME_IN_NAME: Final = "%Y%m%dT%H%M%SZ"
ASIDE: Final = "before-restore"
STAGED: Final = "ember.db.restoring"  #: what a restore is about to put in place
_NAME: Final = re.compile(r"ember-\d{8}T\d{6}Z(-before-\w+)?\.db")
_PARTIAL: Final = ".partial"
_ATTEMPTS: Final = 3  #: something may be forgotten while a copy is made; then it is made again


class BackupFailed(StoreError):
    """No backup was made; the earlier ones are still there."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One file that can be restored."""

    file: Path
    bytes: int
    content: DatabaseContent


@dataclass(frozen=True, slots=True)
class UnreadableBackup:
    """A file that should be a backup and holds no database of Ember's."""

    file: Path
    bytes: int


def backup_files(directory: Path) -> list[Path]:
    """Returns the files of a data directory that hold a whole database besides the one in use, oldest first.

    Backups, and the databases that restoring has put aside.
    """
    backups = [file for file in DataDirectory(directory).backups.glob("ember-*.db") if _NAME.fullmatch(file.name)]
    database = DataDirectory(directory).database
    # A restore that was killed may have left the one in use a second name.
    aside = [file for file in directory.glob(f"ember.db.{ASIDE}-*Z") if not _is_same(file, database)]
    return sorted([*backups, *aside], key=lambda file: (file.stat().st_mtime_ns, file.name))


def backups_made(directory: DataDirectory) -> dict[datetime, Path]:
    """Returns the backups in the folder `backups` by when they were made, as their names say."""
    files = (file for file in directory.backups.glob("ember-*.db") if _NAME.fullmatch(file.name))
    return {_made_at(file.name): file for file in files}


def _made_at(name: str) -> datetime:
    return datetime.strptime(name.split("-")[1].removesuffix(".db"), TIME_IN_NAME).replace(tzinfo=UTC)


def _is_same(file: Path, database: Path) -> bool:
    return database.exists() and file.samefile(database)


class Backups:
    """Makes backups of a data directory, and keeps the newest of them."""

    def __init__(self, directory: DataDirectory, clock: Clock, keep: int = KEEP) -> None:
        self._directory = directory
        self._clock = clock
        self._keep = keep

    def keep_newest(self, count: int) -> None:
        """Keeps so many of each kind from the next one on."""
        self._keep = count

    async def all(self) -> list[Backup | UnreadableBackup]:
        """Returns what can be restored, oldest first, with what each file holds."""
        return await until_ended(lambda: backups_of(self._directory.path))

    async def make(self, folder: Path | None = None) -> Backup:
        """Makes a backup beside the writer, in the folder `backups` or in another one. Raises BackupFailed."""
        stopping = threading.Event()
        now = self._clock.now()

        def make() -> Backup:
            return make_backup(self._directory, now, self._keep, folder, stopping=stopping.is_set)

        return await until_ended(make, stopping.set)


def backups_of(directory: Path) -> list[Backup | UnreadableBackup]:
    """Returns what can be restored in a data directory, oldest first, with what each file holds."""
    return [_backup(file) for file in backup_files(directory)]


def make_backup(
    directory: DataDirectory,
    now: datetime,
    keep: int = KEEP,
    folder: Path | None = None,
    before: str | None = None,
    stopping: Stopping = lambda: False,
) -> Backup:
    """Makes a backup in this thread, and lets the oldest go. Raises BackupFailed.

    `before` is the revision of the schema that the database is about to get.
    """
    target = directory.backups if folder is None else folder
    suffix = "" if before is None else f"-before-{before}"
    file = target / f"ember-{now.astimezone(UTC):{TIME_IN_NAME}}{suffix}.db"
    with _told(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_left_behind(target)
        _put_key_beside(target / KEY_NAME, directory.secret())
        with copying_into(target):
            for _ in range(_ATTEMPTS):
                content = _made(directory.database, file, stopping)
                if before is not None or not _forgotten_since(directory.database, file):
                    _rotate(file, keep, before is not None)
                    return Backup(file, file.stat().st_size, content)
                file.unlink()
    raise BackupFailed(folder=target, cause="something was being forgotten all the time")


def _put_key_beside(file: Path, secret: bytes) -> None:
    """Another installation's key is never replaced: its backups are lost without it, and there may be no other copy."""
    there = file.read_bytes() if file.exists() else b""
    if len(there) == KEY_BYTES and there != secret:
        raise BackupFailed(folder=file.parent, cause=f"another installation keeps its {KEY_NAME} there")
    with written_whole(file) as key:
        key.write(secret)


def _made(database: Path, file: Path, stopping: Stopping) -> DatabaseContent:
    partial = file.with_name(file.name + _PARTIAL)
    partial.unlink(missing_ok=True)
    try:
        copy_database(database, partial, stopping)
        content = sound(partial, stopping)
        put_in_place(partial, file)
    finally:
        partial.unlink(missing_ok=True)
    return content


def _forgotten_since(database: Path, file: Path) -> bool:
    """Whether something was forgotten meanwhile, and this copy missed when the backups were gone through for it."""
    query = "SELECT id, state FROM erasures"
    with open_copy(database, for_reading=True) as now, open_copy(file, for_reading=True) as then:
        known: dict[int, str] = {row.id: row.state for row in then.exec_driver_sql(query)}
        return any(
            row.id not in known or (row.state == ErasureState.DONE and known[row.id] != ErasureState.DONE)
            for row in now.exec_driver_sql(query)
        )


def _rotate(made: Path, keep: int, before_upgrades: bool) -> None:
    """Each kind is counted by itself: daily ones must not push out the way back to an older Ember.

    What the clock says was made after the newest was made when it went wrong: it is older than that.
    """
    names = (file.name for file in made.parent.iterdir() if _NAME.fullmatch(file.name))
    of_kind = [name for name in names if ("-before-" in name) == before_upgrades]
    for name in sorted(of_kind, key=lambda name: (name <= made.name, name))[:-keep]:
        (made.parent / name).unlink(missing_ok=True)


def remove_left_behind(folder: Path) -> None:
    """Removes what killed processes have left: half a copy may hold what was forgotten since.

    While somebody makes a copy there nothing is removed; a backup sees by itself that it holds nothing forgotten.
    """
    # Some network filesystems lock no folder; there it stays.
    with contextlib.suppress(OSError), _held(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        for file in folder.glob(f"ember-*.db{_PARTIAL}*"):
            file.unlink(missing_ok=True)


@contextmanager
def copying_into(folder: Path) -> Iterator[None]:
    """Has others know that half a copy in a folder is being made, and was not left behind."""
    with _held(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def _held(folder: Path, lock: int) -> Iterator[None]:
    """Holds a folder, together with others or alone."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, lock)
        yield
    finally:
        os.close(descriptor)


def _backup(file: Path) -> Backup | UnreadableBackup:
    size = file.stat().st_size
    try:
        return Backup(file, size, looked_at(file))
    except NoEmberDatabase:
        return UnreadableBackup(file, size)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turns what a disk, or a database that is no longer sound, does to a copy into a sentence."""
    try:
        yield
    except OSError as error:
        raise BackupFailed(folder=folder, cause=error.strerror) from error
    except (sqlite3.Error, NoEmberDatabase) as error:
        raise BackupFailed(folder=folder, cause=error) from error
