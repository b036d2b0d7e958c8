"""The bytes of what was erased: out of the search index, the write-ahead log and the unused parts of pages."""

from functools import partial
from typing import Final

from memory.batch import WritingConnection
from memory.engines.sqlite_forgetting import merge_step
from memory.engines.sqlite_leftovers import DatabaseFile
from memory.errors import StoreError
from memory.in_thread import until_ended
from memory.write_queue import Writes

#: What others write waits while so many pages are overwritten, about 20 ms.
PAGES_AT_ONCE: Final = 4_000


class BytesLeft(StoreError):
    """Readers held the write-ahead log all the while, so forgotten bytes are still in it; it is tried again."""


async def erase_bytes(queue: Writes, file: DatabaseFile) -> None:
    """Overwrites in the database's files whatever was deleted before, in steps with room for other writes between.

    Raises BytesLeft.
    """
    begun = False
    while await queue.write(partial(merge_step, first=not begun)):
        begun = True
    if not await queue.checkpoint_truncating():
        raise BytesLeft
    # Looked for beside the writer, for that reads the whole file; rows that go by then leave nothing new behind.
    pages = await until_ended(file.leftovers)
    for first in range(0, len(pages), PAGES_AT_ONCE):
        some = pages[first : first + PAGES_AT_ONCE]
        while not await queue.between(partial(_overwrite, file=file, pages=some)):
            if not await queue.checkpoint_truncating():
                raise BytesLeft


def _overwrite(writer: WritingConnection, file: DatabaseFile, pages: list[int]) -> bool:
    if not writer.checkpoint_truncating():
        return False
    writer.begin()  # so that nothing of another process is moved into a page while its unused part is looked for
    try:
        file.overwrite(pages)
    finally:
        writer.rollback()
    writer.drop_cached_pages()
    return True
