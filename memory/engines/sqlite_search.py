"""The full-text index as SQLite's FTS5 answers it. What reaches MATCH was made by `words`, never typed by a person."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from sqlalchemy import Connection, text

from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.words import keyed

CANDIDATES: Final = 100  #: more of them cost time and find nothing more once they are ranked
#: Of questions of more words nobody guesses beforehand how much the candidates will hold: it would take too long.
GUESSED_WORDS: Final = 8
_SURELY: Final = 0.9  #: of a guessed weight, to be on the safe side: a wrong guess costs a second query
_ROUNDED: Final = 1e-9  #: sums of the same weights in another order differ by less

#: FTS5's own rank takes the rarity of words from everybody's items, and takes twice as long.
_WEIGHTIEST: Final = text(
    """
    WITH word AS MATERIALIZED (
        SELECT json_extract(value, '$[0]') AS expression, json_extract(value, '$[1]') AS weight FROM json_each(:words)
    )
    SELECT items_fts.rowid, sum(word.weight) AS weight
    FROM word CROSS JOIN items_fts ON items_fts MATCH word.expression
    GROUP BY items_fts.rowid ORDER BY weight DESC, items_fts.rowid DESC LIMIT :most
    """
)
_BEST: Final = text("SELECT rowid FROM items_fts WHERE items_fts MATCH :words ORDER BY rank LIMIT :most")
_HOLDING: Final = text("SELECT term, doc FROM items_vocab WHERE term IN (SELECT value FROM json_each(:words))")
#: Each is counted in an index, without a look at the rows. What stands in a private scope has it as its owner's scope
#: (and mostly as its own, too), what stands in any other has it as its own alone: so the larger count is all of them.
_ITEMS: Final = text(
    """
    SELECT max((SELECT count(*) FROM memories WHERE scope_id = :scope),
               (SELECT count(*) FROM memories WHERE owner_scope_id = :scope))
         + max((SELECT count(*) FROM messages WHERE scope_id = :scope),
               (SELECT count(*) FROM messages WHERE owner_scope_id = :scope))
    """
)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches what one of several matches."""

    parts: tuple["Match", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Matches what all of several match."""

    parts: tuple["Match", ...]


@dataclass(frozen=True, slots=True)
class AnyWordOf:
    """Matches what holds any of some stems; a beginning: a word that begins with one of them."""

    stems: tuple[str, ...]
    beginning: bool = False


Match = AnyOf | AllOf | AnyWordOf


@dataclass(frozen=True, slots=True)
class WeighedWord:
    """A word of a question as the index is asked for it."""

    stems: Sequence[str]  #: an item may hold any of them
    weight: float
    held: float  #: 0 to 1: the share of the items that hold it, about


def weightiest(
    connection: Connection, scopes: Collection[ScopeNumber], words: Sequence[WeighedWord], items: int
) -> list[ItemId]:
    """Returns the items of some scopes, which hold so many, whose words weigh most together.

    The weightiest word comes first; of items that weigh the same the newest come first.
    """
    matches = [_joined(" OR ", [f'"{keyed(stem, scope)}"' for scope in scopes for stem in one.stems]) for one in words]
    if not scopes or not words:
        return []
    for needed in dict.fromkeys((_needed(words, items), len(words))):
        # Most entries of the index are those of common words, which by themselves make no candidate.
        any_needed = _joined(" OR ", matches[:needed])
        asked = [
            (match if at < needed else f"{any_needed} AND {match}", one.weight)
            for at, (match, one) in enumerate(zip(matches, words, strict=True))
        ]
        rows = connection.execute(_WEIGHTIEST, {"words": json.dumps(asked), "most": CANDIDATES}).all()
        without = sum(one.weight for one in words[needed:])
        if len(rows) == CANDIDATES and rows[-1].weight > without + _ROUNDED:
            break
    return [ItemId(row.rowid) for row in rows]


def _needed(words: Sequence[WeighedWord], items: int) -> int:
    """Guesses how many of the words, the weightiest, a candidate holds one of: all others weigh less than the last."""
    if len(words) > GUESSED_WORDS:
        return len(words)
    held = [(0.0, float(items))]  # weights, and how many items weigh so much, were words held independently
    for one in words:
        held = [part for weight, many in held for part in (
            (weight, many * (1 - one.held)), (weight + one.weight, many * one.held)
        )]  # fmt: skip
    heaviest_first = sorted(held, reverse=True)
    many = accumulate(many for _, many in heaviest_first)
    least = next(
        (weight for (weight, _), so_far in zip(heaviest_first, many, strict=True) if so_far >= CANDIDATES), 0.0
    )
    needed, without = len(words), 0.0
    while needed > 1 and without + words[needed - 1].weight < least * _SURELY:
        needed -= 1
        without += words[needed].weight
    return needed


def matching(connection: Connection, scopes: Collection[ScopeNumber], match: Match, most: int) -> list[ItemId]:
    """Returns the items of some scopes that match, the best first. Each scope is matched by itself."""
    expression = " OR ".join(filter(None, (_expression(match, scope) for scope in scopes)))
    if not expression:
        return []
    return [ItemId(row.rowid) for row in connection.execute(_BEST, {"words": expression, "most": most})]


def _expression(match: Match, scope: ScopeNumber) -> str:
    """Writes a match in FTS5's own language, every word behind its scope; empty when it holds no word."""
    match match:
        case AnyWordOf(stems, beginning):
            star = "*" if beginning else ""
            return _joined(" OR ", [f'"{keyed(stem, scope)}"{star}' for stem in stems])
        case AnyOf(parts):
            return _joined(" OR ", [_expression(part, scope) for part in parts])
        case AllOf(parts):
            return _joined(" AND ", [_expression(part, scope) for part in parts])


def _joined(operator: str, parts: Sequence[str]) -> str:
    held = [part for part in parts if part]
    return f"({operator.join(held)})" if held else ""


def count_holding(connection: Connection, scopes: Collection[ScopeNumber], stems: Sequence[str]) -> Mapping[str, int]:
    """Returns how many items of some scopes hold each stem."""
    stem_of = {keyed(stem, scope): stem for scope in scopes for stem in stems}
    holding = dict.fromkeys(stems, 0)
    for row in connection.execute(_HOLDING, {"words": json.dumps(list(stem_of))}):
        holding[stem_of[row.term]] += row.doc
    return holding


def count_items(connection: Connection, scopes: Collection[ScopeNumber]) -> int:
    return sum(int(connection.execute(_ITEMS, {"scope": scope}).scalar_one()) for scope in scopes)
