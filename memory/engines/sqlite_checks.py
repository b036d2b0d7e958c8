"""What SQLite can say of a database by itself, and what its index can say of the items.

`quick_check` looks at every page in use; it does not see an index whose words are no longer those of its items. That is
seen by `integrity-check` with rank 1 alone, which makes the words of every item anew: about ten seconds for a million.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from memory.engines.sqlite import is_damage

#: Releases in which the WAL-reset bug is mended, of each line that was mended; all after the last are.
_MENDED: Final = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
_WITH_BUG_SINCE: Final = (3, 7, 0)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Items and rows of the index that lack each other."""

    not_indexed: int
    not_there: int  #: rows of the index whose item is gone

    @property
    def any(self) -> bool:
        return bool(self.not_indexed or self.not_there)


def page_damage(connection: Connection) -> str | None:
    """Returns the first thing that is wrong with the pages of a database, None when nothing is.

    Pages that hold nothing (the freelist) are not looked at: what stands there is never read.
    """
    first = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return None if first == "ok" else first


def index_drifted(connection: Connection) -> bool:
    """Whether the index holds other words than its items; needs a connection that may write, and writes nothing."""
    try:
        connection.exec_driver_sql("INSERT INTO items_fts(items_fts, rank) VALUES ('integrity-check', 1)")
    except DBAPIError as error:
        if is_damage(error.orig):
            return True
        raise
    return False


def rebuild_index(connection: Connection) -> None:
    """Makes the index anew from the items."""
    connection.exec_driver_sql("INSERT INTO items_fts(items_fts) VALUES ('rebuild')")


def unmatched(connection: Connection) -> Unmatched:
    """Compares the index with the items row by row, not word by word: what a connection that only reads can do."""
    not_indexed = "SELECT count(*) FROM item_words WHERE id NOT IN (SELECT id FROM items_fts_docsize)"
    not_there = "SELECT count(*) FROM items_fts_docsize WHERE id NOT IN (SELECT id FROM item_words)"
    return Unmatched(*(int(connection.exec_driver_sql(query).scalar_one()) for query in (not_indexed, not_there)))


def broken_references(connection: Connection) -> int:
    """Counts the rows that refer to a row that is not there."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def has_wal_reset_bug(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether a release can corrupt a database when two connections write or checkpoint in the same instant."""
    backports = [mended for mended in _MENDED[:-1] if mended[:2] == version[:2]]
    return _WITH_BUG_SINCE <= version < (backports[0] if backports else _MENDED[-1])
