"""What SQLite leaves behind in the unused parts of its pages, in spite of secure_delete, and how it is overwritten.

When a page overflows, SQLite moves rows to its neighbours and clears nothing behind them: what is deleted later leaves
those copies where they are, between a page's list of cells and its first cell. Nothing ever reads there. Only zeros
are written, and only there, so that any mixture of old and new bytes is a sound page, after a power cut too.
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_HEADER_BYTES: Final = 100  #: of the file, at the start of its first page
_LARGEST_ROOT_AT: Final = 52  #: in the header; 0 without auto_vacuum
_INTERIOR: Final = (2, 5)
_LEAF: Final = (10, 13)
_PAGES_READ: Final = 1_024  #: at a time
#: A page of another kind begins with the number of a page, which in a larger file could look like a kind of cells.
_MOST_PAGES: Final = 2 * 2**24


class DatabaseFile:
    """A database as bytes.

    Once it is open, it stays so as long as any connection does: a process that closes a file gives up all its locks on
    it, and SQLite's with them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: int | None = None

    def close(self) -> None:
        """Closes the file; every connection of this process has to be closed before."""
        if self._opened is not None:
            os.close(self._opened)

    @property
    def _descriptor(self) -> int:
        if self._opened is None:
            self._opened = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        return self._opened

    def leftovers(self) -> list[int]:
        """Returns the pages that hold something where nothing should be; reads the whole file."""
        size, reserved = self._page_size()
        found: list[int] = []
        if os.fstat(self._descriptor).st_size > size * _MOST_PAGES or self._has_page_map():
            return found
        first = 0
        while chunk := os.pread(self._descriptor, size * _PAGES_READ, first * size):
            for number in range(len(chunk) // size):
                start, end = _unused(chunk, number * size, size - reserved, first_page=first + number == 0)
                if chunk.count(0, start, end) != end - start:
                    found.append(first + number)
            first += _PAGES_READ
        return found

    def overwrite(self, pages: Iterable[int]) -> None:
        """Writes zeros where nothing should be, durably.

        Nobody may be writing, the WAL has to be empty, and what connections have cached of the pages is out of date.
        """
        size, reserved = self._page_size()
        for number in pages:
            page = os.pread(self._descriptor, size, number * size)
            if len(page) < size:
                continue  # the file has become shorter
            start, end = _unused(page, 0, size - reserved, first_page=number == 0)
            os.pwrite(self._descriptor, bytes(end - start), number * size + start)
        os.fsync(self._descriptor)

    def _has_page_map(self) -> bool:
        """Whether some pages say where others are, as with auto_vacuum: these look like pages of cells."""
        return os.pread(self._descriptor, 4, _LARGEST_ROOT_AT) != bytes(4)

    def _page_size(self) -> tuple[int, int]:
        """Returns the bytes of a page, and how many of them at its end are nobody's."""
        header = os.pread(self._descriptor, _HEADER_BYTES, 0)
        size = int.from_bytes(header[16:18], "big")
        return (65_536 if size == 1 else size), header[20]


_CELLS: Final = struct.Struct(">HH")  # behind the kind and the first free block: how many, and where the first begins


def _unused(data: bytes, at: int, usable: int, *, first_page: bool) -> tuple[int, int]:
    """Returns where the unused part of a page begins and ends; nothing of a page without cells."""
    header = at + (_HEADER_BYTES if first_page else 0)
    kind = data[header]
    if kind in _LEAF:
        listed = header + 8
    elif kind in _INTERIOR:
        listed = header + 12
    else:
        return at, at
    cells, content = _CELLS.unpack_from(data, header + 3)
    start, end = listed + 2 * cells, at + (content or 65_536)
    return (start, end) if start <= end <= at + usable else (at, at)
