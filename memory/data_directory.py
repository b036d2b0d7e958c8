"""The data directory: one process writes in it, and nothing ever starts empty over what was kept there.

The installation's secret is written last of all at the first start. So a folder with the secret has held a database;
one with a database and no secret was interrupted while it was being made.

The lock file names who holds the folder, and is emptied by who leaves it well. So a name found in it by the next holder
says that the last one was killed, or lost its power, and that the database is to be looked at closely.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from memory.durable_file import written_whole
from memory.errors import DataDirectoryError, DataDirectoryInUse

_DATABASE_NAME: Final = "ember.db"
_LOCK_NAME: Final = "ember.lock"
_BACKUPS_NAME: Final = "backups"
KEY_NAME: Final = "installation.key"
KEY_BYTES: Final = 32
_RESTORE: Final = "Bring a backup back with: ember restore. Nothing was changed."
_PUT_BACK: Final = "Put it back from a copy of the folder, or set DATA_DIR to a new one; nothing was changed."


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """A folder that this process may use."""

    path: Path
    left_uncleanly: bool = False  #: the last holder did not leave it well

    @property
    def database(self) -> Path:
        return self.path / _DATABASE_NAME

    @property
    def wal(self) -> Path:
        return self.path / f"{_DATABASE_NAME}-wal"

    @property
    def backups(self) -> Path:
        return self.path / _BACKUPS_NAME

    @property
    def lock(self) -> Path:
        return self.path / _LOCK_NAME

    @property
    def has_secret(self) -> bool:
        return (self.path / KEY_NAME).exists()

    def secret(self) -> bytes:
        """Returns what keys the hashes of prompt parts. Raises DataDirectoryError when it is missing or damaged."""
        file = self.path / KEY_NAME
        with _refusals_told(self.path):
            secret = file.read_bytes() if file.exists() else b""
        if len(secret) != KEY_BYTES:
            copy = self.backups / KEY_NAME
            remedy = f"Copy it back from {copy}; nothing was changed." if copy.exists() else _PUT_BACK
            raise DataDirectoryError(self.path, f"{file} is missing or damaged.", remedy)
        return secret

    def make_secret(self) -> None:
        """Writes a new secret, durably: the database is there for good."""
        self.take_secret(secrets.token_bytes(KEY_BYTES))

    def take_secret(self, secret: bytes) -> None:
        """Takes over a secret that was made before."""
        with _refusals_told(self.path), written_whole(self.path / KEY_NAME) as out:
            out.write(secret)

    def nothing_yet(self) -> DataDirectoryError:
        return DataDirectoryError(self.path, f"There is no memory in {self.path} yet.", "Begin one with: ember chat")

    def leave_cleanly(self) -> None:
        """Records that all is written and closed. Need not reach the disk: without it the next holder checks more."""
        with contextlib.suppress(OSError):
            os.truncate(self.lock, 0)

    def check(self) -> None:
        """Raises DataDirectoryError when the folder has held a database that is gone now."""
        if self.database.exists() and self.database.stat().st_size:
            return
        has_backup = any(self.backups.glob("ember-*.db"))
        if self.has_secret or has_backup:
            problem = f"The database {self.database} is missing or empty, though this folder has held a memory."
            raise DataDirectoryError(self.path, problem, _RESTORE if has_backup else _PUT_BACK)


@contextmanager
def hold_data_directory(path: Path, holder: str) -> Iterator[DataDirectory]:
    """Makes a folder if need be and takes its lock; `holder` says who holds it, for whoever finds it locked.

    Raises DataDirectoryError, DataDirectoryInUse.
    """
    with lock_data_directory(path, holder) as directory:
        with _refusals_told(path):
            directory.check()
            if not directory.database.exists():
                directory.database.touch(mode=0o600)  # SQLite would let others of this machine read it
        yield directory


@contextmanager
def lock_data_directory(path: Path, holder: str) -> Iterator[DataDirectory]:
    """Takes the lock of a folder whatever is in it: for bringing a database back that is gone or damaged.

    Raises DataDirectoryError, DataDirectoryInUse.
    """
    with _locked(DataDirectory(path)) as lock:
        yield DataDirectory(path, left_uncleanly=_name_holder(path, lock, holder))


def look_into_data_directory(path: Path) -> DataDirectory:
    """Returns a folder that is only to be read, beside a running Ember too. Raises DataDirectoryError."""
    directory = DataDirectory(path)
    with _refusals_told(path):
        directory.check()
        if not directory.has_secret and not (directory.database.exists() and directory.database.stat().st_size):
            raise directory.nothing_yet()
    return directory


@contextmanager
def _refusals_told(path: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        problem = f"The data directory {path} cannot be used: {error.strerror}."
        raise DataDirectoryError(path, problem, "Mend that, or set DATA_DIR to another folder.") from error


def _locked(directory: DataDirectory) -> IO[bytes]:
    """Returns the open lock file; closing it, or dying, gives the lock back."""
    with _refusals_told(directory.path):
        directory.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # No buffer: it would be written again by close, on a full disk too.
        lock = os.fdopen(os.open(directory.lock, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        by = directory.lock.read_text().strip() or "another process"
        raise DataDirectoryInUse(
            directory.path, f"The data directory {directory.path} is in use by {by}.", ""
        ) from None
    return lock


def _name_holder(path: Path, lock: IO[bytes], holder: str) -> bool:
    """Writes down who holds the folder; returns whether the name of another still stood there."""
    try:
        left_behind = os.fstat(lock.fileno()).st_size > 0
        lock.write(f"{holder} (process {os.getpid()})".encode())  # over the other's name: on a full disk that one stays
        lock.truncate()
        os.fsync(lock.fileno())  # or a power cut would find the folder left as well as the time before
    except OSError as error:
        problem = f"The data directory {path} cannot be written: {error.strerror}."
        raise DataDirectoryError(path, problem, "Free some space, or set DATA_DIR to another folder.") from error
    return left_behind
