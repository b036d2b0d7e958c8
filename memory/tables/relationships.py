"""`memory_relationships`: how items belong together; search widens along them.

What is true instead of a memory stands in its `superseded_by`, and the message that it was taken from in its `source`;
neither is said here a second time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    Column,
    Connection,
    Float,
    Index,
    Insert,
    Select,
    Table,
    bindparam,
    exists,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.sqlite import insert

from memory.records import ItemId
from memory.tables.messages import messages
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata

RELATED: Final = 32  #: at most that a search looks at


class RelationshipKind(StrEnum):
    """How one item belongs to another."""

    RELATES_TO = "relates_to"  #: they are about the same
    CONTRADICTS = "contradicts"  #: they cannot both be true
    EXTENDS = "extends"  #: it adds to the other
    IMPLEMENTS = "implements"  #: it does what the other intends
    SUPERSEDES = "supersedes"  #: it is true instead of the other
    DERIVED_FROM = "derived_from"  #: it was made from the other


memory_relationships = Table(
    "memory_relationships",
    metadata,
    Column("from_id", Snowflake, primary_key=True, autoincrement=False),
    Column("to_id", Snowflake, primary_key=True, autoincrement=False),
    Column("kind", closed(RelationshipKind), primary_key=True),
    Column("confidence", Float, CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_memory_relationships_to_id", "to_id"),
)

#: What was said before stays as it was.
INSERT_RELATIONSHIP: Final[Insert] = insert(memory_relationships).on_conflict_do_nothing()


def relationship_row(
    from_id: ItemId, to_id: ItemId, kind: RelationshipKind, confidence: float, now: datetime
) -> dict[str, object]:
    return {"from_id": from_id, "to_id": to_id, "kind": kind, "confidence": confidence, "created_at": now}


def relate(
    connection: Connection,
    from_id: ItemId,
    to_ids: Collection[ItemId],
    kind: RelationshipKind,
    confidence: float,
    now: datetime,
) -> None:
    """Says how an item belongs to others."""
    rows = [relationship_row(from_id, to_id, kind, confidence, now) for to_id in to_ids if to_id != from_id]
    if rows:
        connection.execute(INSERT_RELATIONSHIP, rows)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Something that belongs to an item, whichever of the two says so."""

    to: ItemId
    id: ItemId
    confidence: float  #: 0 to 1


def read_belonging(connection: Connection, ids: Collection[ItemId], limit: int = RELATED) -> list[Belonging]:
    """Returns what belongs to some items and is none of them, the surest first and the newer among equals.

    Only ids: whoever reads the items does it by the rule of the place. What a summary stands for is left out.
    """
    asked = {"ids": list(ids), "most": limit}
    return [Belonging(ItemId(row.to), ItemId(row.id), row.confidence) for row in connection.execute(_BELONGING, asked)]


def _belonging() -> Select[tuple[int, int, float]]:
    table, original = memory_relationships.c, messages.c
    ids: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
    stood_for = exists().where(original.id == table.to_id, original.compressed_into == table.from_id)
    apart = or_(table.kind != RelationshipKind.DERIVED_FROM, ~stood_for)
    from_them = select(table.from_id.label("to"), table.to_id.label("id"), table.confidence)
    to_them = select(table.to_id.label("to"), table.from_id.label("id"), table.confidence)
    found = union_all(
        from_them.where(table.from_id.in_(ids), table.to_id.not_in(ids), apart),
        to_them.where(table.to_id.in_(ids), table.from_id.not_in(ids), apart),
    ).subquery()
    best = select(found.c.to, found.c.id, found.c.confidence)
    return best.order_by(found.c.confidence.desc(), found.c.id.desc(), found.c.to).limit(bindparam("most"))


_BELONGING: Final = _belonging()  # made once: to make it takes longer than to run it
