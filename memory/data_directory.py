"""The data directory: one process writes in it, and nothing ever starts empty over what was kept there.

The installation's secret is written last of all at the first start. So a folder with the secret has held a database;
one with a database and no secret was interrupted while it was being made.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from memory.errors import DataDirectoryError, DataDirectoryInUse

_DATABASE_NAME: Final = "ember.db"
_LOCK_NAME: Final = "ember.lock"
_KEY_NAME: Final = "installation.key"
_KEY_BYTES: Final = 32
_PUT_BACK: Final = "Put it back from a copy of the folder, or set DATA_DIR to a new one; nothing was changed."


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """A folder that this process may use."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / _DATABASE_NAME

    @property
    def wal(self) -> Path:
        return self.path / f"{_DATABASE_NAME}-wal"

    @property
    def lock(self) -> Path:
        return self.path / _LOCK_NAME

    @property
    def has_secret(self) -> bool:
        return (self.path / _KEY_NAME).exists()

    def secret(self) -> bytes:
        """Returns what keys the hashes of prompt parts. Raises DataDirectoryError when it is missing or damaged."""
        file = self.path / _KEY_NAME
        with _refusals_told(self.path):
            secret = file.read_bytes() if file.exists() else b""
        if len(secret) != _KEY_BYTES:
            raise DataDirectoryError(self.path, f"{file} is missing or damaged.", _PUT_BACK)
        return secret

    def make_secret(self) -> None:
        """Writes a new secret, durably: the database is there for good."""
        with _refusals_told(self.path):
            self._write_durably(secrets.token_bytes(_KEY_BYTES))

    def _write_durably(self, secret: bytes) -> None:
        new = self.path / f"{_KEY_NAME}.new"
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(secret)
            out.flush()
            os.fsync(out.fileno())
        new.replace(self.path / _KEY_NAME)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def check(self) -> None:
        """Raises DataDirectoryError when the folder has held a database that is gone now."""
        if self.has_secret and not (self.database.exists() and self.database.stat().st_size):
            problem = f"The database {self.database} is missing or empty, though this folder has held a memory."
            raise DataDirectoryError(self.path, problem, _PUT_BACK)


@contextmanager
def hold_data_directory(path: Path, holder: str) -> Iterator[DataDirectory]:
    """Makes a folder if need be and takes its lock; `holder` says who holds it, for whoever finds it locked.

    Raises DataDirectoryError, DataDirectoryInUse.
    """
    directory = DataDirectory(path)
    with _locked(directory, holder):
        with _refusals_told(path):
            directory.check()
            if not directory.database.exists():
                directory.database.touch(mode=0o600)  # SQLite would let others of this machine read it
        yield directory


def look_into_data_directory(path: Path) -> DataDirectory:
    """Returns a folder that is only to be read, beside a running Ember too. Raises DataDirectoryError."""
    directory = DataDirectory(path)
    with _refusals_told(path):
        if not directory.has_secret:
            raise DataDirectoryError(path, f"There is no memory in {path} yet.", "Begin one with: ember chat")
        directory.check()
    return directory


@contextmanager
def _refusals_told(path: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        problem = f"The data directory {path} cannot be used: {error.strerror}."
        raise DataDirectoryError(path, problem, "Mend that, or set DATA_DIR to another folder.") from error


def _locked(directory: DataDirectory, holder: str) -> IO[bytes]:
    """Returns the open lock file; closing it, or dying, gives the lock back."""
    with _refusals_told(directory.path):
        directory.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = directory.lock.open("a+b", buffering=0)  # a buffer would be written again by close, on a full disk too
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        by = directory.lock.read_text().strip() or "another process"
        raise DataDirectoryInUse(
            directory.path, f"The data directory {directory.path} is in use by {by}.", ""
        ) from None
    try:
        lock.truncate(0)
        lock.write(f"{holder} (process {os.getpid()})".encode())
    except OSError as error:
        lock.close()
        problem = f"The data directory {directory.path} cannot be written: {error.strerror}."
        raise DataDirectoryError(
            directory.path, problem, "Free some space, or set DATA_DIR to another folder."
        ) from error
    return lock
