"""`embeddings`: the vectors of items, several models side by side; dropped, they are made again."""

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from memory.tables.types import Snowflake, closed, metadata


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
