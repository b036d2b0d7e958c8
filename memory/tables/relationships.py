"""`memory_relationships`: how items belong together; search widens along them."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Float, Index, Table

from memory.tables.types import Snowflake, UtcDateTime, closed, metadata


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
