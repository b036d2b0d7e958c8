"""`queue`: what is to be done later, or again: the deliveries of replies and notices, and work of Ember's own.

A delivery is opened with its turn, held back until the turn has finished, then due. Those of one place go out in the
order of asking, part by part, so one that is held back or retried holds back what comes after it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, NewType, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    cast,
    delete,
    insert,
    literal,
    or_,
    text,
    update,
)
from sqlalchemy.dialects import sqlite

from memory.place import Channel, IdentityId
from memory.records import ItemId
from memory.tables.learned_notice import LEARNED, LearnedNotice
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata

JobId = NewType("JobId", int)
AnyJob = TypeVar("AnyJob", "Job", "OwnJob")

LEASE: Final = timedelta(seconds=60)  #: how long a worker may take before another may try
OWN_LEASE: Final = timedelta(hours=1)  #: the same for work of Ember's own, which may copy a whole database


class JobType(StrEnum):
    """What a job does."""

    DELIVERY = "delivery"  #: one part of a reply goes out
    NOTICE = "notice"  #: a sentence of Ember's own goes out
    EXTRACTION = "extraction"  #: what a turn's words say is remembered
    CONDENSING = "condensing"  #: old episodic items become summaries
    RETENTION = "retention"  #: what has been kept as long as it should be goes
    BACKUP = "backup"  #: a copy of the database is made and checked
    ERASURE = "erasure"  #: something forgotten goes from the database and from the backups


class JobState(StrEnum):
    """How far a job has come."""

    PENDING = "pending"  #: due now or later
    IN_PROGRESS = "in_progress"  #: held by a turn that has not finished, or leased by a worker
    COMPLETED = "completed"  #: done
    FAILED = "failed"  #: given up
    CANCELLED = "cancelled"  #: no longer wanted


UNDER_WAY: Final = (JobState.PENDING, JobState.IN_PROGRESS)

queue = Table(
    "queue",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("type", closed(JobType), nullable=False),
    Column("state", closed(JobState), nullable=False),
    Column("channel", closed(Channel)),  # of what goes out
    Column("respond_to", String),  # the key of the place that it goes out to
    Column("item_id", Snowflake),  # the reply; a notice's own id
    Column("part", Integer, nullable=False),
    Column("payload", String),  # what a job of Ember's own, or a notice, needs to know: ids, never somebody's words
    Column("text", String),  # of a notice
    Column("platform_id", String),  # what the part became on the platform
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Column("idempotency_key", String, nullable=False, unique=True),
    Column("error", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index("ix_queue_respond_to", "respond_to", "state"),
    Index("ix_queue_due", "state", "due_at"),
    Index("ix_queue_item_id", "item_id"),
    Index("ix_queue_platform_id", "platform_id", sqlite_where=text("platform_id IS NOT NULL")),
)


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery, leased."""

    id: JobId
    type: JobType
    channel: Channel
    respond_to: str  #: the key of the place
    item: ItemId
    part: int
    text: str | None
    asker: IdentityId | None  #: whose question it answers, or whose words taught what it tells
    attempts: int  #: with this one; more than one means that an earlier one may have arrived
    learned: tuple[ItemId, ...] = ()  #: of a notice without a text: the memories that it tells of
    sent_as: str | None = None  #: the platform's id of what stands there already


@dataclass(frozen=True, slots=True)
class OwnJob:
    """One piece of Ember's own work, leased."""

    id: JobId
    type: JobType
    payload: str  #: what it needs to know: ids, never somebody's words
    attempts: int  #: with this one
    due: datetime  #: since when


@dataclass(frozen=True, slots=True)
class Claimed(Generic[AnyJob]):
    """What a look at the queue gave."""

    jobs: tuple[AnyJob, ...] = ()  #: leased
    next_due: datetime | None = None  #: when the next of the rest is due; one that is held back is not, however long


def delivery_row(
    job: JobId, channel: Channel, respond_to: str, item: ItemId, part: int, now: datetime
) -> dict[str, object]:
    """A reply's part, held back by its turn."""
    return {
        "id": job,
        "type": JobType.DELIVERY,
        "state": JobState.IN_PROGRESS,
        "channel": channel,
        "respond_to": respond_to,
        "item_id": item,
        "part": part,
        "attempts": 0,
        "due_at": now,
        "idempotency_key": f"delivery:{item}:{part}",
        "created_at": now,
    }


def own_job_row(
    job: JobId, type_: JobType, key: str, payload: str, now: datetime, due: datetime | None = None
) -> dict[str, object]:
    """Work of Ember's own."""
    return {
        "id": job,
        "type": type_,
        "state": JobState.PENDING,
        "part": 0,
        "payload": payload,
        "attempts": 0,
        "due_at": due or now,
        "idempotency_key": f"{type_}:{key}",
        "created_at": now,
    }


_INSERT_ONCE: Final = sqlite.insert(queue).on_conflict_do_nothing(index_elements=["idempotency_key"])
_MAKE_DUE: Final = (
    update(queue).where(queue.c.item_id == bindparam("reply")).values(state=JobState.PENDING, due_at=bindparam("now"))
)


def insert_job(connection: Connection, row: Mapping[str, object]) -> None:
    """Puts a job into the queue, once for each key."""
    connection.execute(_INSERT_ONCE, row)


def insert_learned_notice(
    connection: Connection,
    job: JobId,
    channel: Channel,
    respond_to: str,
    item: ItemId,
    learned: LearnedNotice,
    now: datetime,
) -> None:
    """Has a person told what was learned. Its words are asked for when it goes out: they may be forgotten by then."""
    row = {
        **delivery_row(job, channel, respond_to, item, 0, now),
        "type": JobType.NOTICE,
        "state": JobState.PENDING,
        "payload": LEARNED.dump_json(learned).decode(),
    }
    connection.execute(insert(queue), row)


def make_due(connection: Connection, first: dict[str, object], more_parts: list[JobId], now: datetime) -> None:
    """Lets a finished reply go out; `first` is the row of its first part, opened with the turn."""
    due = {"state": JobState.PENDING, "due_at": now}
    connection.execute(_MAKE_DUE, {"reply": first["item_id"], "now": now})
    if more_parts:
        rows = [
            {**first, **due, "id": job, "part": part, "idempotency_key": f"delivery:{first['item_id']}:{part}"}
            for part, job in enumerate(more_parts, start=1)
        ]
        again = sqlite.insert(queue).on_conflict_do_nothing(index_elements=["idempotency_key"])  # it took some over
        connection.execute(again, rows)


def take_over_deliveries(connection: Connection, former: ItemId, item: ItemId, now: datetime) -> None:
    """Makes what one reply became on the platform another's, which has not finished: its deliveries are edits."""
    of_former = (queue.c.item_id == former) & (queue.c.type == JobType.DELIVERY)
    sent = or_(queue.c.platform_id.is_not(None), queue.c.attempts > 0)
    connection.execute(delete(queue).where(of_former, ~sent))
    held = {
        "item_id": item,
        "idempotency_key": literal(f"delivery:{item}:") + cast(queue.c.part, String),
        "state": JobState.IN_PROGRESS,
        "attempts": 1,
        "lease_until": None,
        "due_at": now,
        "finished_at": None,
        "error": None,
    }
    connection.execute(update(queue).where(of_former).values(held))


def cancel_deliveries(connection: Connection, item: ItemId) -> None:
    unsent = (queue.c.item_id == item) & queue.c.state.in_(UNDER_WAY)
    connection.execute(update(queue).where(unsent).values(state=JobState.CANCELLED))
