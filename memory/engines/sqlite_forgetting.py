"""What forgetting needs of SQLite alone: the items that hold some words, and an index that lets go of its bytes.

FTS5 keeps the words of a deleted item until the part of the index that holds them is written anew.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, Select, func, select, text

from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.words import keyed

#: Pages of the index that one step writes: what waits behind it waits about 60 ms.
MERGE_PAGES: Final = 800

_HOLDING: Final = text("SELECT rowid FROM items_fts WHERE items_fts MATCH :words ORDER BY rowid")
_MERGE: Final = text("INSERT INTO items_fts(items_fts, rank) VALUES ('merge', :pages)")
_OPTIMIZE: Final = text("INSERT INTO items_fts(items_fts) VALUES ('optimize')")
_CHANGES: Final = text("SELECT total_changes()")
_NO_WORK: Final = 2  #: a merge that found nothing to do counts fewer changes than this


def one_of(values: Iterable[int] | Iterable[str]) -> Select[tuple[object]]:
    """Returns some values as a query of one bound value: to write out hundreds of them took longer than to find rows.

    It stands behind `in_`, and the statement is the same however many there are.
    """
    return select(func.json_each(json.dumps(list(values))).table_valued("value").c.value)


def items_holding(connection: Connection, scope: ScopeNumber, words: Sequence[Sequence[str]]) -> list[ItemId]:
    """Returns the items of a scope that hold every one of some words, each given as the stems that it may have."""
    asked = " AND ".join("(" + " OR ".join(f'"{keyed(stem, scope)}"' for stem in stems) + ")" for stems in words)
    return [ItemId(row.rowid) for row in connection.execute(_HOLDING, {"words": asked})] if asked else []


def merge_step(connection: Connection, *, first: bool) -> bool:
    """Writes some pages of the index anew, without what was deleted; False when there is nothing left to write.

    The first step decides that all of the index is to be one; the others go on with it.
    """
    before = connection.execute(_CHANGES).scalar_one()
    connection.execute(_MERGE, {"pages": -MERGE_PAGES if first else MERGE_PAGES})
    return bool(connection.execute(_CHANGES).scalar_one() - before >= _NO_WORK)


def merge_at_once(connection: Connection) -> None:
    """Writes the whole index anew, in a database that nobody else uses."""
    connection.execute(_OPTIMIZE)
