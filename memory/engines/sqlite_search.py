"""The full-text index as SQLite's FTS5 answers it. What reaches MATCH was made by `words`, never typed by a person."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, text

from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.words import keyed

#: The best by FTS5's rank; more of them cost time and find nothing more once ranked again by the scope's own counts.
CANDIDATES: Final = 100

_BEST: Final = text("SELECT rowid FROM items_fts WHERE items_fts MATCH :words ORDER BY rank LIMIT :most")
_HOLDING: Final = text("SELECT term, doc FROM items_vocab WHERE term IN :words").bindparams(
    bindparam("words", expanding=True)
)
_ITEMS: Final = text(
    """
    SELECT (SELECT count(*) FROM memories WHERE scope_id IN :scopes OR owner_scope_id IN :scopes)
         + (SELECT count(*) FROM messages WHERE scope_id IN :scopes OR owner_scope_id IN :scopes)
    """
).bindparams(bindparam("scopes", expanding=True))


def candidates(connection: Connection, scopes: Collection[ScopeNumber], stems: Sequence[str]) -> list[ItemId]:
    """Returns the items of some scopes that hold any of the stems, the best first."""
    words = " OR ".join(f'"{keyed(stem, scope)}"' for scope in scopes for stem in stems)
    if not words:
        return []
    return [ItemId(row.rowid) for row in connection.execute(_BEST, {"words": words, "most": CANDIDATES})]


def count_holding(connection: Connection, scopes: Collection[ScopeNumber], stems: Sequence[str]) -> Mapping[str, int]:
    """Returns how many items of some scopes hold each stem."""
    stem_of = {keyed(stem, scope): stem for scope in scopes for stem in stems}
    holding = dict.fromkeys(stems, 0)
    for row in connection.execute(_HOLDING, {"words": list(stem_of)}):
        holding[stem_of[row.term]] += row.doc
    return holding


def count_items(connection: Connection, scopes: Collection[ScopeNumber]) -> int:
    return int(connection.execute(_ITEMS, {"scopes": list(scopes)}).scalar_one())
