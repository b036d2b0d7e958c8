"""`items_fts`: one full-text index over messages and memories, each word behind the numbers of its item's scopes.

External content over the view `item_words`, so that a check can compare every indexed word with what its item would
give now. Nothing but these functions writes to it, in the op that changes the item itself.
"""

from typing import Final

from sqlalchemy import Column, Connection, Insert, Integer, MetaData, String, Table, insert

from memory.records import Item, ItemId, Memory
from memory.scope import ScopeNumber
from memory.words import keyed_words

#: Not in the common metadata: SQLite makes it, with tables of its own, from CREATE VIRTUAL TABLE.
items_fts = Table(
    "items_fts",
    MetaData(),
    Column("rowid", Integer, primary_key=True),
    Column("words", String),
    Column("items_fts", String),  # takes FTS5's commands
)

INDEX_WORDS: Final[Insert] = insert(items_fts)


def indexed(item: ItemId, content: str, language: str, scopes: tuple[ScopeNumber, ...]) -> dict[str, object]:
    """Returns the row that makes an item findable."""
    return {"rowid": item, "words": keyed_words(content, language, scopes[0], scopes[-1])}


def index(connection: Connection, item: Item) -> None:
    """Makes an item findable; a message without a word (only files, or not yet written) has no row in the index."""
    if item.content or isinstance(item, Memory):
        connection.execute(INDEX_WORDS, indexed(item.id, item.content, item.language, item.scopes))


def unindex(connection: Connection, *items: Item) -> None:
    """Takes items' words out; FTS5 has to be given exactly those that it holds, once, before the item changes."""
    rows = [
        {"items_fts": "delete", **indexed(item.id, item.content, item.language, item.scopes)}
        for item in items
        if item.content or isinstance(item, Memory)
    ]
    if rows:
        connection.execute(INDEX_WORDS, rows)
