"""`erasures`, `erasing` and `tombstones`: what is being forgotten, and what must not come back.

An item that stands in `erasing` is unreadable from that commit on; its rows, words and bytes go in steps afterwards.
"""

from enum import StrEnum

from sqlalchemy import Column, ColumnElement, Index, LargeBinary, Table, exists

from memory.tables.types import Snowflake, UtcDateTime, closed, metadata


class ErasureKind(StrEnum):
    """What was asked to be forgotten."""

    ITEM = "item"  #: one item, with what it was taken from and what was made of it
    TOPIC = "topic"  #: all that a person said about something
    PERSON = "person"  #: everything about a person
    RETENTION = "retention"  #: what has been kept as long as it should be


class ErasureState(StrEnum):
    """How far the forgetting has come."""

    HIDDEN = "hidden"  #: unreadable; rows, words and bytes are going
    ERASED = "erased"  #: gone from the database and its files; backups still hold it
    DONE = "done"  #: gone from the backups too


erasures = Table(
    "erasures",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("kind", closed(ErasureKind), nullable=False),
    Column("state", closed(ErasureState), nullable=False),
    Column("owner_id", Snowflake),  # no reference: the person may be what goes
    Column("asked_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    Column("done_at", UtcDateTime),
)

erasing = Table(
    "erasing",
    metadata,
    Column("item_id", Snowflake, primary_key=True, autoincrement=False),
    Column("erasure_id", Snowflake, nullable=False),
    Index("ix_erasing_erasure_id", "erasure_id"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # keyed with the installation's secret
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)


def not_erasing(item: Column[int]) -> ColumnElement[bool]:
    """The items that are not being forgotten."""
    return ~exists().where(erasing.c.item_id == item)
