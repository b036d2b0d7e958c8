"""`embeddings`: the vectors of items, several models side by side; dropped, they are made again.

Every item that has a word has one window, so an item without one is what still lacks its vectors.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVarTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    union_all,
)

from memory.place import THREAD_MARK, IdentityId
from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.tables.erasures import not_erasing
from memory.tables.memories import memories
from memory.tables.messages import item_numbers, messages, user_sessions
from memory.tables.people import user_identities
from memory.tables.types import Snowflake, closed, metadata

Columns = TypeVarTuple("Columns")

PAGE: Final = 500  #: items looked at in one read, rows dropped in one op


class VectorKind(StrEnum):
    """What a vector stands for."""

    SENTENCE = "sentence"  #: one sentence of the item
    WINDOW = "window"  #: the item with the one before and the one after it, in the same session


embeddings = Table(
    "embeddings",
    metadata,
    Column("item_id", Snowflake, primary_key=True, autoincrement=False),
    Column("model", String, primary_key=True),
    Column("kind", closed(VectorKind), primary_key=True),
    Column("part", Integer, primary_key=True),  # which sentence, from 0; 0 for the window
    Column("text_hash", LargeBinary, nullable=False),  # of what was embedded: changed text is embedded again
    Column("dimension", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # int8, each dimension one byte
    Column("scope_id", ForeignKey("scopes.number"), nullable=False),
    Column("owner_scope_id", ForeignKey("scopes.number"), nullable=False),
    Index("ix_embeddings_scope_id", "scope_id", "model"),
    Index("ix_embeddings_owner_scope_id", "owner_scope_id", "model"),
)


@dataclass(frozen=True, slots=True)
class Wording:
    """An item as it is embedded."""

    id: ItemId
    owner: IdentityId
    owner_name: str
    content: str
    scopes: tuple[ScopeNumber, ...]
    before: ItemId | None = None  #: the one before it, in the same session
    after: ItemId | None = None


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector of an item."""

    item: ItemId
    kind: VectorKind
    part: int
    text_hash: bytes
    vector: bytes
    scopes: tuple[ScopeNumber, ...]  #: those whose readers may see all that went into it


@dataclass(frozen=True, slots=True)
class KeptVector:
    """A vector as a search reads it."""

    item: ItemId
    is_window: bool
    vector: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, the newest first, looked at for their vectors."""

    looked_at: int
    lacking: list[ItemId]
    before: ItemId | None  #: where the next page begins; None: there is none


def page_of_lacking(connection: Connection, model: str, dimension: int | None, before: ItemId | None) -> Page:
    """Looks at the newest items before one for those that have no vectors of a model, or of another dimension."""
    newest = [
        select(table.c.id).where(which, table.c.id < before if before is not None else table.c.id > 0)
        for table, which in ((messages, _said()), (memories, _remembered()))
    ]
    limited = [query.order_by(query.selected_columns.id.desc()).limit(PAGE).subquery() for query in newest]
    both = union_all(*(select(one.c.id) for one in limited)).subquery()
    ids = list(connection.execute(select(both.c.id).order_by(both.c.id.desc()).limit(PAGE)).scalars())
    windows = select(embeddings.c.item_id).where(
        embeddings.c.item_id.in_(ids), embeddings.c.model == model, embeddings.c.kind == VectorKind.WINDOW
    )
    if dimension is not None:
        windows = windows.where(embeddings.c.dimension == dimension)
    have = set(connection.execute(windows).scalars())
    lacking = [ItemId(item) for item in ids if item not in have]
    return Page(len(ids), lacking, ItemId(ids[-1]) if len(ids) == PAGE else None)


def count_items(connection: Connection) -> int:
    """Returns how many items there are, about: those without a word are among them."""
    counts = (connection.execute(select(func.count()).select_from(table)) for table in (messages, memories))
    return sum(count.scalar_one() for count in counts)


def neighbours_of(connection: Connection, items: Collection[ItemId]) -> list[ItemId]:
    """Returns the items next to some, which may be forgotten already: their windows are made of those too."""
    beside = select(_next_to(after=False).label("before"), _next_to(after=True).label("after"))
    rows = connection.execute(_with_sessions(beside).where(messages.c.id.in_(items)))
    return [ItemId(item) for row in rows for item in (row.before, row.after) if item is not None]


def read_wordings(connection: Connection, items: Collection[ItemId]) -> list[Wording]:
    """Returns the items among some that are to have vectors, the newest first."""
    name = user_identities.c.name.label("owner_name")
    beside = (_next_to(after=False).label("before"), _next_to(after=True).label("after"))
    said = (
        _with_sessions(select(messages, name, *beside))
        .join(user_identities, user_identities.c.id == messages.c.owner_id)
        .where(messages.c.id.in_(items), _said())
    )
    remembered = (
        select(memories, name)
        .join(user_identities, user_identities.c.id == memories.c.owner_id)
        .where(memories.c.id.in_(items), _remembered())
    )
    found = [
        *(_wording(row, row.before, row.after) for row in connection.execute(said)),
        *(_wording(row) for row in connection.execute(remembered)),
    ]
    return sorted(found, key=lambda wording: wording.id, reverse=True)


def vectors_by_hash(
    connection: Connection, model: str, dimension: int | None, items: Collection[ItemId]
) -> dict[ItemId, dict[bytes, bytes]]:
    """Returns what some items have of a model, by the hash of its text."""
    query = select(embeddings).where(embeddings.c.item_id.in_(items), embeddings.c.model == model)
    if dimension is not None:
        query = query.where(embeddings.c.dimension == dimension)
    have: dict[ItemId, dict[bytes, bytes]] = {item: {} for item in items}
    for row in connection.execute(query):
        have[ItemId(row.item_id)][row.text_hash] = row.vector
    return have


def keep_vectors(connection: Connection, model: str, vectors: Mapping[ItemId, Sequence[Vector]]) -> None:
    """Puts some items' vectors of a model in the place of those that they had."""
    connection.execute(delete(embeddings).where(embeddings.c.item_id.in_(vectors), embeddings.c.model == model))
    rows = [_row(model, vector) for of_item in vectors.values() for vector in of_item]
    if rows:
        connection.execute(insert(embeddings), rows)


def drop_vectors(connection: Connection, items: Collection[ItemId]) -> None:
    """Takes all vectors of some items away, and the windows that these stand in: for who erases or compresses them.

    It may be called before or after the items lose their words, but while their rows are there.
    """
    if connection.execute(select(func.max(embeddings.c.item_id))).scalar() is None:
        return  # nobody ever compared meanings here
    windows = neighbours_of(connection, items)
    connection.execute(delete(embeddings).where(embeddings.c.item_id.in_(items)))
    in_windows = embeddings.c.item_id.in_(windows) & (embeddings.c.kind == VectorKind.WINDOW)
    connection.execute(delete(embeddings).where(in_windows))


def drop_vectors_without_words(
    connection: Connection, items: Collection[ItemId]
) -> dict[ItemId, tuple[ScopeNumber, ...]]:
    """Takes the vectors away of items that are to have none, compressed ones say; returns where they stood."""
    dropped = delete(embeddings).where(embeddings.c.item_id.in_(items))
    columns = (embeddings.c.item_id, embeddings.c.scope_id, embeddings.c.owner_scope_id)
    stood: dict[ItemId, set[ScopeNumber]] = {}
    for row in connection.execute(dropped.returning(*columns)):
        stood.setdefault(ItemId(row.item_id), set()).update(item_numbers(row.scope_id, row.owner_scope_id))
    return {item: tuple(scopes) for item, scopes in stood.items()}


def items_of_other_models(connection: Connection, model: str, after: ItemId) -> list[ItemId]:
    """Returns the first items behind one that have vectors of other models than one."""
    other = (embeddings.c.item_id > after) & (embeddings.c.model != model)
    query = select(embeddings.c.item_id).where(other).distinct().order_by(embeddings.c.item_id).limit(PAGE)
    return [ItemId(item) for item in connection.execute(query).scalars()]


def drop_other_models(connection: Connection, model: str, items: Collection[ItemId]) -> None:
    """Takes some items' vectors of other models than one away."""
    connection.execute(delete(embeddings).where(embeddings.c.item_id.in_(items), embeddings.c.model != model))


def vectors_in(connection: Connection, scope: ScopeNumber, model: str, dimension: int, most: int) -> list[KeptVector]:
    """Returns the newest vectors of a model that stand in a scope: the rule of who may see what, for vectors."""
    of_model = (embeddings.c.model == model) & (embeddings.c.dimension == dimension)
    columns = (embeddings.c.item_id, embeddings.c.kind, embeddings.c.vector)
    stands_in = or_(embeddings.c.scope_id == scope, embeddings.c.owner_scope_id == scope)
    newest_first = select(*columns).where(stands_in, of_model).order_by(embeddings.c.item_id.desc())
    return [
        KeptVector(ItemId(row.item_id), row.kind is VectorKind.WINDOW, row.vector)
        for row in connection.execute(newest_first.limit(most))
    ]


def _said() -> ColumnElement[bool]:
    """Messages that have vectors: with words, found by them, and not being forgotten."""
    return and_(messages.c.content != "", messages.c.compressed_into.is_(None), not_erasing(messages.c.id))


def _remembered() -> ColumnElement[bool]:
    return and_(memories.c.content != "", memories.c.compressed_into.is_(None), not_erasing(memories.c.id))


def _with_sessions(query: Select[*Columns]) -> Select[*Columns]:
    return query.join(user_sessions, user_sessions.c.id == messages.c.session_id)


def _next_to(*, after: bool) -> ColumnElement[int | None]:
    """The message next to one in its session; in a channel where many talk beside each other, in its turn."""
    near = messages.alias()
    seen_alike = (near.c.scope_id == messages.c.scope_id) & (near.c.content != "") & not_erasing(near.c.id)
    side = near.c.id > messages.c.id if after else near.c.id < messages.c.id
    nearest = select(near.c.id).where(seen_alike, side).order_by(near.c.id if after else near.c.id.desc()).limit(1)
    in_session = nearest.where(near.c.session_id == messages.c.session_id).scalar_subquery()
    in_turn = nearest.where(near.c.turn_id == messages.c.turn_id).scalar_subquery()
    between_two = messages.c.scope_id == messages.c.owner_scope_id
    return case((or_(between_two, user_sessions.c.place_key.contains(THREAD_MARK)), in_session), else_=in_turn)


def _wording(row: Row[tuple[object, ...]], before: int | None = None, after: int | None = None) -> Wording:
    return Wording(
        id=ItemId(row.id),
        owner=IdentityId(row.owner_id),
        owner_name=row.owner_name,
        content=row.content,
        scopes=item_numbers(row.scope_id, row.owner_scope_id),
        before=None if before is None else ItemId(before),
        after=None if after is None else ItemId(after),
    )


def _row(model: str, vector: Vector) -> dict[str, object]:
    return {
        "item_id": vector.item,
        "model": model,
        "kind": vector.kind,
        "part": vector.part,
        "text_hash": vector.text_hash,
        "dimension": len(vector.vector),
        "vector": vector.vector,
        "scope_id": vector.scopes[0],
        "owner_scope_id": vector.scopes[-1],
    }
