"""What a search looks at before it reads any item whole: a few columns of each, and what stands near it.

The rule of who may see what stands in every query here, though the index has picked by it already: a damaged index
shows nobody another's items.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, bindparam, or_, select, text, union

from memory.ids import first_id_at
from memory.place import THREAD_MARK, IdentityId
from memory.records import Direction, ItemId
from memory.scope import ScopeNumber
from memory.search.asked import Speaker
from memory.tables.memories import memories, readable_memories
from memory.tables.people import user_identities
from memory.tables.talk import messages, readable_messages, user_sessions

BEHIND: Final = (0.7, 0.5, 0.3)  #: what an item lends to the first, second and third one after it
BEFORE: Final = (0.5, 0.4, 0.2)  #: and to those before it


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
    """An item near another takes part in what that one holds."""

    lender: ItemId
    item: ItemId
    share: float


def read_candidates(
    connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber], when: When
) -> dict[ItemId, Candidate]:
    """Reads items by their ids, those that count by their time."""
    if not ids:
        return {}
    columns = memories.c
    remembered = select(
        columns.id, columns.owner_id, columns.created_at, columns.content, columns.language, columns.importance,
        columns.source, columns.superseded_at,
    ).where(columns.id.in_(ids), readable_memories(scopes))  # fmt: skip
    if when.as_of is not None:
        remembered = remembered.where(columns.valid_from <= when.as_of)
        remembered = remembered.where(columns.superseded_at.is_(None) | (columns.superseded_at > when.as_of))
    elif not when.superseded:
        remembered = remembered.where(columns.superseded_at.is_(None))
    found = [
        Candidate(
            ItemId(row.id), IdentityId(row.owner_id), row.created_at, row.content, row.language,
            row.importance, row.source, row.superseded_at,
        )
        for row in connection.execute(remembered)
    ]  # fmt: skip
    said = _said(scopes).where(messages.c.id.in_(ids))
    if when.as_of is not None:
        said = said.where(messages.c.created_at <= when.as_of)
    lines = list(connection.execute(said))
    ended = {} if when.as_of is not None else _ended(connection, [row.id for row in lines])
    found += [
        Candidate(
            ItemId(row.id), None if row.direction is Direction.OUT else IdentityId(row.owner_id), row.created_at,
            row.content, row.language, until=ended.get(row.id),
        )
        for row in lines
        if when.superseded or row.id not in ended
    ]  # fmt: skip
    return {candidate.id: candidate for candidate in found}


def _said(scopes: Collection[ScopeNumber]) -> Select[tuple[object, ...]]:
    columns = messages.c
    return select(
        columns.id, columns.owner_id, columns.direction, columns.created_at, columns.content, columns.language
    ).where(readable_messages(scopes), columns.content != "")


def _ended(connection: Connection, lines: Collection[ItemId]) -> dict[ItemId, datetime]:
    """Returns the messages all of whose memories are superseded, and when the last of them was."""
    taken = select(memories.c.source, memories.c.superseded_at).where(memories.c.source.in_(lines))
    ends: defaultdict[ItemId, list[datetime | None]] = defaultdict(list)
    for row in connection.execute(taken):
        ends[ItemId(row.source)].append(row.superseded_at)
    known = {line: [end for end in of_line if end is not None] for line, of_line in ends.items()}
    return {line: max(of_line) for line, of_line in known.items() if len(of_line) == len(ends[line])}


#: The messages next to others in their sessions. In a chat between two, and in a thread, one line follows from another.
_NEIGHBOURS: Final = {
    order: text(
        f"""
        SELECT lender.id AS lender, near.id AS item
        FROM messages AS lender JOIN messages AS near ON near.id IN (
            SELECT other.id FROM messages AS other
            WHERE other.session_id = lender.session_id AND other.id {side} lender.id
                AND other.scope_id = lender.scope_id AND other.content <> ''
            ORDER BY other.id {order} LIMIT :most
        )
        JOIN user_sessions AS session ON session.id = lender.session_id
        WHERE lender.id IN :ids AND (lender.scope_id IN :scopes OR lender.owner_scope_id IN :scopes)
            AND (near.scope_id IN :scopes OR near.owner_scope_id IN :scopes)
            AND (lender.scope_id = lender.owner_scope_id OR instr(session.place_key, :thread))
        ORDER BY lender.id, near.id {order}
        """
    ).bindparams(bindparam("ids", expanding=True), bindparam("scopes", expanding=True))
    for order, side in (("ASC", ">"), ("DESC", "<"))
}


def read_neighbours(
    connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber]
) -> list[Lent]:
    """Returns what stands near some items: in a chat between two and in a thread what comes before and after them.

    In a channel where many talk beside each other, only the lines of one turn and its reply belong together.
    """
    if not ids:
        return []
    lent: list[Lent] = []
    asked = {"ids": list(ids), "scopes": list(scopes), "thread": THREAD_MARK, "most": len(BEHIND)}
    for order, shares in (("ASC", BEHIND), ("DESC", BEFORE)):
        lent += _lent(((row.lender, row.item) for row in connection.execute(_NEIGHBOURS[order], asked)), shares)
    together = {one.lender for one in lent}
    return lent + _of_one_turn(connection, [item for item in ids if item not in together], scopes)


def _lent(pairs: Iterable[tuple[int, int]], shares: Sequence[float]) -> Iterator[Lent]:
    """Gives each lender's neighbours, nearest first, their shares."""
    taken: defaultdict[int, int] = defaultdict(int)
    for lender, item in pairs:
        if taken[lender] < len(shares):
            yield Lent(ItemId(lender), ItemId(item), shares[taken[lender]])
            taken[lender] += 1


def _of_one_turn(connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber]) -> list[Lent]:
    lender = messages.alias("lender")
    query = (
        select(lender.c.id.label("lender"), messages.c.id.label("item"))
        .join(messages, messages.c.turn_id == lender.c.turn_id)
        .where(lender.c.id.in_(ids), messages.c.id != lender.c.id, messages.c.content != "")
        .where(readable_messages(scopes))
        .order_by(lender.c.id, messages.c.id)
    )
    pairs = [(int(row.lender), int(row.item)) for row in connection.execute(query)]
    behind = _lent([pair for pair in pairs if pair[1] > pair[0]], BEHIND)
    before = _lent([pair for pair in reversed(pairs) if pair[1] < pair[0]], BEFORE)
    return [*behind, *before]


def ids_between(
    connection: Connection, first: datetime, end: datetime, scopes: Collection[ScopeNumber], most: int
) -> list[ItemId]:
    """Returns the newest items from one moment until before another; ids tell the time, and every index holds them."""
    made = [
        select(table.c.id).where(column == scope, table.c.id >= first_id_at(first), table.c.id < first_id_at(end))
        for table in (messages, memories)
        for column in (table.c.scope_id, table.c.owner_scope_id)
        for scope in scopes
    ]
    if not made:
        return []
    # Each is a range of one index; with OR, SQLite would read the whole scope.
    found = union(*made).subquery()
    newest = select(found.c.id).order_by(found.c.id.desc()).limit(most)
    return [ItemId(item) for item in connection.execute(newest).scalars()]


def read_speakers(
    connection: Connection, words: Collection[str], scopes: Collection[ScopeNumber]
) -> list[Speaker]:
    """Returns who has said something in some scopes and has one of the words in their name."""
    if not words:
        return []
    named = or_(*(user_identities.c.name.contains(word, autoescape=True) for word in words))
    people = connection.execute(select(user_identities.c.id, user_identities.c.name).where(named))
    return [
        Speaker(IdentityId(row.id), row.name) for row in people if _has_spoken(connection, row.id, scopes)
    ]


def _has_spoken(connection: Connection, person: int, scopes: Collection[ScopeNumber]) -> bool:
    own = (
        select(table.c.id).where(rule(scopes), table.c.owner_id == person).limit(1)
        for table, rule in ((messages, readable_messages), (memories, readable_memories))
    )
    return any(connection.execute(query).first() is not None for query in own)
