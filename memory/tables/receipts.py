"""`prompt_parts` and `recalls`: what a reply was made from.

A receipt is a list of hashes into `prompt_parts`: the pieces of the prompt as they were sent. The hashes are keyed with
the installation's secret, for short texts can be guessed.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, Connection, Float, ForeignKey, Index, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from memory.place import IdentityId
from memory.records import ItemId, StepId
from memory.tables.erasures import not_erasing
from memory.tables.types import Snowflake, closed, metadata

FORGOTTEN: Final = "[forgotten]"  #: what a part reads once its item was forgotten


class PartKind(StrEnum):
    """Which piece of a prompt a part is."""

    SCHEMA = "schema"  #: a capability's schema
    SYSTEM = "system"  #: the agent's prompt
    BLOCK = "block"  #: a block of the place
    LINE = "line"  #: what a person said earlier
    REPLY = "reply"  #: what Ember answered earlier
    CONTEXT = "context"  #: what stands around the words on the platform; shown to the model and not kept
    RECALLED = "recalled"  #: an item that was recalled for this turn
    FRAME = "frame"  #: the time, the place, who speaks
    WORDS = "words"  #: what the person said now
    CALL = "call"  #: a capability called in this turn
    RESULT = "result"  #: what the call gave


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a prompt."""

    kind: PartKind
    text: str
    item: ItemId | None = None  #: the item whose text it holds


@dataclass(frozen=True, slots=True)
class Recall:
    """An item that went into a reply."""

    item: ItemId
    score: float
    reason: str
    step: StepId | None = None  #: the call whose result held it; None: it was recalled for the prompt


prompt_parts = Table(
    "prompt_parts",
    metadata,
    Column("owner_id", ForeignKey("user_identities.id"), primary_key=True),
    Column("hash", String, primary_key=True),
    Column("kind", closed(PartKind), nullable=False),
    Column("text", String, nullable=False),
    Column("item_id", Snowflake),
    Index("ix_prompt_parts_item_id", "item_id"),
)

recalls = Table(
    "recalls",
    metadata,
    Column("reply_id", ForeignKey("messages.id"), primary_key=True),
    Column("item_id", Snowflake, primary_key=True),
    Column("step_id", Snowflake),
    Column("score", Float, nullable=False),
    Column("reason", String, nullable=False),
    Index("ix_recalls_item_id", "item_id"),
)


_INSERT_PARTS: Final = insert(prompt_parts).on_conflict_do_nothing()
_INSERT_RECALLS: Final = insert(recalls).on_conflict_do_nothing()


def part_hash(secret: bytes, part: Part) -> str:
    """Returns the keyed hash of a part; the item is in it, so that equal words of two items are two parts."""
    return hmac.digest(secret, f"{part.kind}\0{part.item or ''}\0{part.text}".encode(), "sha256").hex()


def keep_parts(connection: Connection, owner: IdentityId, hashed: Sequence[tuple[str, Part]]) -> None:
    rows = [
        {"owner_id": owner, "hash": digest, "kind": part.kind, "text": part.text, "item_id": part.item}
        for digest, part in hashed
    ]
    if rows:
        connection.execute(_INSERT_PARTS, rows)


def keep_recalls(connection: Connection, reply: ItemId, made_from: Sequence[Recall]) -> None:
    rows = [
        {"reply_id": reply, "item_id": one.item, "step_id": one.step, "score": one.score, "reason": one.reason}
        for one in made_from
    ]
    if rows:
        connection.execute(_INSERT_RECALLS, rows)


def read_parts(connection: Connection, owner: IdentityId, hashes: Sequence[str]) -> list[Part]:
    """Returns the parts of a receipt in its order; of an item that is being forgotten, none shows the text."""
    hidden = (~not_erasing(prompt_parts.c.item_id)).label("hidden")
    rows = connection.execute(
        select(prompt_parts, hidden).where(prompt_parts.c.owner_id == owner, prompt_parts.c.hash.in_(set(hashes)))
    )
    by_hash = {row.hash: Part(row.kind, FORGOTTEN if row.hidden else row.text, row.item_id) for row in rows}
    return [by_hash[digest] for digest in hashes if digest in by_hash]
