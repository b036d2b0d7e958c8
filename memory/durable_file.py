"""Files that are there whole or not at all, after a power cut too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

PRIVATE: Final = 0o600  #: what is in them is somebody's


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Gives a file to write; it gets its name when the block has ended well, in place of what had it before."""
    new = path.with_name(f"{path.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        put_in_place(new, path)
    finally:
        new.unlink(missing_ok=True)


def put_in_place(new: Path, path: Path) -> None:
    """Gives a file that is on the disk its name there, for good."""
    new.replace(path)
    sync_file(path.parent)


def sync_file(path: Path) -> None:
    """Brings what is in a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
