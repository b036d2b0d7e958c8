"""`erasures`, `erasing` and `tombstones`: what is being forgotten, and what must not come back.

An item that stands in `erasing` is unreadable from that commit on; its rows, words and bytes go in steps afterwards.
"""

import hmac
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from sqlalchemy import Column, ColumnElement, Connection, Index, LargeBinary, Table, bindparam, exists, select
from sqlalchemy.dialects.sqlite import insert

from memory.place import Channel, IdentityId
from memory.records import ItemId
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata

ErasureId = NewType("ErasureId", int)
TOMBSTONE_BYTES: Final = 16  #: of a hash; nobody without the secret could even look for two that are the same


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


class Tombstones:
    """Names what was forgotten so that it is known again, and tells nothing of it to whoever lacks the secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of_item(self, item: ItemId) -> bytes:
        """Returns what names an item in an older copy of the database."""
        return self._hash("item", str(item))

    def of_person(self, identity: IdentityId) -> bytes:
        """Returns what names a person in an older copy of the database."""
        return self._hash("person", str(identity))

    def of_external(self, channel: Channel, external_id: str) -> bytes:
        """Returns what names a message on its platform."""
        return self._hash("external", f"{channel}\0{external_id}")

    def of_address(self, kind: Channel, address: str) -> bytes:
        """Returns what stands for somebody's address in the names of their texts."""
        return self._hash("address", f"{kind}\0{address}")

    def of_text(self, address: bytes, text: str) -> bytes:
        """Returns what names a text of somebody's, whatever its case and spaces; `address` is `of_address`."""
        folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        return self._hash("text", f"{address.hex()}\0{folded}")

    def _hash(self, kind: str, name: str) -> bytes:
        return hmac.digest(self._secret, f"{kind}\0{name}".encode(), "sha256")[:TOMBSTONE_BYTES]


def bury(connection: Connection, hashes: Iterable[bytes], now: datetime) -> None:
    """Sets tombstones."""
    # In the order of the table, which grows with every one that was ever set.
    rows = [{"hash": one, "created_at": now} for one in sorted(set(hashes))]
    if rows:
        connection.execute(insert(tombstones).on_conflict_do_nothing(), rows)


_IS_BURIED: Final = select(tombstones.c.hash).where(tombstones.c.hash == bindparam("name"))


def is_buried(connection: Connection, tombstone: bytes) -> bool:
    return connection.execute(_IS_BURIED, {"name": tombstone}).first() is not None
