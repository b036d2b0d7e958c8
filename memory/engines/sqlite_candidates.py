"""What a search looks at before it reads any item whole: a few columns of each, and what stands near it.

The rule of who may see what stands in every query here, though the index has picked by it already: a damaged index
shows nobody another's items. Numbers come as one JSON array each, so that a statement is always the same: to write out
hundreds of them took longer than to find the rows. A plus sign keeps SQLite from going through a whole scope.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from memory.ids import first_id_at
from memory.place import THREAD_MARK, IdentityId
from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.tables.types import utc_text

BEHIND: Final = (0.7, 0.5, 0.3)  #: what an item lends to the first, second and third one after it
BEFORE: Final = (0.5, 0.4, 0.2)  #: and to those before it
INSTEAD: Final = 0.9  #: what a memory that is no longer so lends to the one that took its place
SUCCESSORS: Final = 20  #: of one memory, one after the other


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item as ranking needs it."""

    id: ItemId
    speaker: IdentityId | None  #: who said it; None: Ember
    created_at: datetime
    content: str
    language: str
    importance: int | None = None  #: of a memory
    source: ItemId | None = None  #: of a memory: the message it was taken from
    until: datetime | None = None  #: when it was superseded; of a message, when all that was taken from it was
    uses: int = 0  #: of a memory: how often it was recalled

    @property
    def is_memory(self) -> bool:
        return self.importance is not None


@dataclass(frozen=True, slots=True)
class When:
    """Which items count by their time in force."""

    superseded: bool  #: True: those that are no longer in force, too
    as_of: datetime | None  #: what was in force, and had been said, at a moment


@dataclass(frozen=True, slots=True)
class Lent:
    """Items near another take part in what that one holds."""

    lender: ItemId
    shares: Mapping[ItemId, float]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who may be meant by a name."""

    id: IdentityId
    name: str


#: Messages behind memories that are all superseded rank as superseded; for what was compressed its summary stands.
_READ: Final = text(
    """
    WITH ids AS (SELECT value FROM json_each(:ids)), scopes AS (SELECT value FROM json_each(:scopes))
    SELECT id, owner_id AS speaker, created_at, content, language, importance, source, superseded_at, valid_from,
        access_count
    FROM memories
    WHERE id IN (SELECT value FROM ids) AND compressed_into IS NULL
        AND NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.item_id = memories.id)
        AND (+scope_id IN (SELECT value FROM scopes) OR +owner_scope_id IN (SELECT value FROM scopes))
    UNION ALL
    SELECT id, CASE direction WHEN 'in' THEN owner_id END, created_at, content, language, NULL, NULL,
        (SELECT CASE WHEN count(*) = count(superseded_at) THEN max(superseded_at) END FROM memories
         WHERE source = messages.id),
        created_at, 0
    FROM messages
    WHERE id IN (SELECT value FROM ids) AND content <> '' AND compressed_into IS NULL
        AND NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.item_id = messages.id)
        AND (+scope_id IN (SELECT value FROM scopes) OR +owner_scope_id IN (SELECT value FROM scopes))
    """
)


def read_candidates(
    connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber], when: When
) -> dict[ItemId, Candidate]:
    """Reads items by their ids, those that count by their time."""
    if not ids:
        return {}
    as_of = None if when.as_of is None else utc_text(when.as_of)
    found: dict[ItemId, Candidate] = {}
    rows = connection.execute(_READ, _numbers(ids, scopes)).all()
    for item, speaker, created, content, language, importance, source, until, since, uses in rows:
        if as_of is not None:
            if since > as_of or (until is not None and until <= as_of):
                continue
            until = None
        elif until is not None and not when.superseded:
            continue
        found[item] = Candidate(
            item, speaker, datetime.fromisoformat(created), content, language, importance, source,
            None if until is None else datetime.fromisoformat(until), uses,
        )  # fmt: skip
    return found


#: The near ones of an item come as one text: as rows of their own they were looked up twice more.
_NEIGHBOURS: Final = text(
    """
    WITH scopes AS (SELECT value FROM json_each(:scopes)),
    lender AS (
        SELECT messages.id, messages.session_id, messages.scope_id, messages.turn_id,
            messages.scope_id = messages.owner_scope_id OR user_sessions.place_key LIKE :in_thread AS follows
        FROM messages JOIN user_sessions ON user_sessions.id = messages.session_id
        WHERE messages.id IN (SELECT value FROM json_each(:ids))
            AND (+scope_id IN (SELECT value FROM scopes) OR +owner_scope_id IN (SELECT value FROM scopes))
    )
    SELECT id, CASE WHEN follows THEN (
        SELECT group_concat(near.id) FROM (
            SELECT other.id, other.scope_id, other.owner_scope_id FROM messages AS other
            WHERE other.session_id = lender.session_id AND other.id > lender.id
                AND other.scope_id = lender.scope_id AND other.content <> ''
            ORDER BY other.id LIMIT :most
        ) AS near
        WHERE near.scope_id IN (SELECT value FROM scopes) OR near.owner_scope_id IN (SELECT value FROM scopes)
    ) END, CASE WHEN follows THEN (
        SELECT group_concat(near.id) FROM (
            SELECT other.id, other.scope_id, other.owner_scope_id FROM messages AS other
            WHERE other.session_id = lender.session_id AND other.id < lender.id
                AND other.scope_id = lender.scope_id AND other.content <> ''
            ORDER BY other.id DESC LIMIT :most
        ) AS near
        WHERE near.scope_id IN (SELECT value FROM scopes) OR near.owner_scope_id IN (SELECT value FROM scopes)
    ) END, CASE WHEN NOT follows THEN (
        SELECT group_concat(near.id) FROM messages AS near
        WHERE near.turn_id = lender.turn_id AND near.id <> lender.id AND near.content <> ''
            AND (+near.scope_id IN (SELECT value FROM scopes) OR +near.owner_scope_id IN (SELECT value FROM scopes))
    ) END
    FROM lender
    """
)


def read_neighbours(connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber]) -> list[Lent]:
    """Returns what stands near some items, and what of them it takes part in.

    In a chat between two, and in a thread, that is what comes before and after them in the session. In a channel where
    many talk beside each other only the lines of one turn and its reply belong together.
    """
    if not ids:
        return []
    asked = {**_numbers(ids, scopes), "in_thread": f"%{THREAD_MARK}%", "most": len(BEHIND)}
    behind: list[Lent] = []
    before: list[Lent] = []
    for lender, *texts in sorted(connection.execute(_NEIGHBOURS, asked).all()):
        near = sorted(ItemId(int(item)) for one in texts if one for item in one.split(","))
        at = bisect_left(near, lender)
        behind.append(Lent(lender, dict(zip(near[at:], BEHIND, strict=False))))
        before.append(Lent(lender, dict(zip(near[:at][::-1], BEFORE, strict=False))))
    return [*behind, *reversed(before)]


#: Whoever may see what stands between: only ids come of it, and what is read by them is what the place may see.
_SUCCESSORS: Final = text(
    """
    WITH RECURSIVE after(lender, item, steps) AS (
        SELECT id, superseded_by, 1 FROM memories
        WHERE id IN (SELECT value FROM json_each(:ids)) AND superseded_by IS NOT NULL
        UNION ALL
        SELECT after.lender, memories.superseded_by, after.steps + 1
        FROM after JOIN memories ON memories.id = after.item
        WHERE memories.superseded_by IS NOT NULL AND after.steps < :most
    )
    SELECT lender, item FROM after
    """
)


def read_successors(connection: Connection, ids: Collection[ItemId]) -> list[Lent]:
    """Returns what took the place of some memories, and of those that did."""
    if not ids:
        return []
    rows = connection.execute(_SUCCESSORS, {"ids": json.dumps(list(ids)), "most": SUCCESSORS}).all()
    return [Lent(ItemId(lender), {ItemId(item): INSTEAD}) for lender, item in rows]


#: Ids tell the time, and every index holds them; with OR, SQLite would read the whole scope.
_BETWEEN: Final = text(
    """
    WITH scopes AS (SELECT value FROM json_each(:scopes))
    SELECT id FROM messages WHERE scope_id IN (SELECT value FROM scopes) AND id >= :first AND id < :end
    UNION SELECT id FROM messages WHERE owner_scope_id IN (SELECT value FROM scopes) AND id >= :first AND id < :end
    UNION SELECT id FROM memories WHERE scope_id IN (SELECT value FROM scopes) AND id >= :first AND id < :end
    UNION SELECT id FROM memories WHERE owner_scope_id IN (SELECT value FROM scopes) AND id >= :first AND id < :end
    ORDER BY id DESC LIMIT :most
    """
)


def ids_between(
    connection: Connection, first: datetime, end: datetime, scopes: Collection[ScopeNumber], most: int
) -> list[ItemId]:
    """Returns the newest items from one moment until before another."""
    asked = {
        "scopes": json.dumps(list(scopes)), "first": first_id_at(first), "end": first_id_at(end), "most": most
    }  # fmt: skip
    return [ItemId(row.id) for row in connection.execute(_BETWEEN, asked)]


_NAMED: Final = text(
    """
    WITH pattern AS MATERIALIZED (SELECT '%' || value || '%' AS named FROM json_each(:words))
    SELECT id, name FROM user_identities WHERE EXISTS (SELECT 1 FROM pattern WHERE user_identities.name LIKE named)
    """
)
_HAS_SPOKEN: Final = text(
    """
    WITH scopes AS (SELECT value FROM json_each(:scopes))
    SELECT EXISTS (SELECT 1 FROM messages WHERE scope_id IN (SELECT value FROM scopes) AND owner_id = :person)
        OR EXISTS (SELECT 1 FROM messages WHERE owner_scope_id IN (SELECT value FROM scopes) AND owner_id = :person)
        OR EXISTS (SELECT 1 FROM memories WHERE scope_id IN (SELECT value FROM scopes) AND owner_id = :person)
        OR EXISTS (SELECT 1 FROM memories WHERE owner_scope_id IN (SELECT value FROM scopes) AND owner_id = :person)
    """
)


def read_speakers(connection: Connection, words: Collection[str], scopes: Collection[ScopeNumber]) -> list[Speaker]:
    """Returns who has said something in some scopes and has one of the words in their name; words without signs."""
    if not words:
        return []
    named = connection.execute(_NAMED, {"words": json.dumps(list(words))}).all()
    asked = json.dumps(list(scopes))
    return [
        Speaker(IdentityId(row.id), row.name)
        for row in named
        if connection.execute(_HAS_SPOKEN, {"scopes": asked, "person": row.id}).scalar_one()
    ]


def _numbers(ids: Collection[ItemId], scopes: Collection[ScopeNumber]) -> dict[str, str]:
    return {"ids": json.dumps(list(ids)), "scopes": json.dumps(list(scopes))}
