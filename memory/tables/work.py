"""`queue`: what is to be done later, or again: the deliveries of replies and notices, and work of Ember's own.

A delivery is opened with its turn, held back until the turn has finished, then due. Those of one place go out in the
order of asking, part by part, so one that is held back or retried holds back what comes after it there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, NewType, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import sqlite

from memory.place import Channel, IdentityId
from memory.records import ItemId
from memory.tables.ground import Ground
from memory.tables.learned_notice import LEARNED, LearnedNotice
from memory.tables.talk import messages
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


@dataclass(frozen=True, slots=True)
class OwnJob:
    """One piece of Ember's own work, leased."""

    id: JobId
    type: JobType
    payload: str  #: what it needs to know: ids, never somebody's words
    attempts: int  #: with this one


@dataclass(frozen=True, slots=True)
class Claimed(Generic[AnyJob]):
    """What a look at the queue gave."""

    jobs: tuple[AnyJob, ...] = ()  #: leased
    next_due: datetime | None = None  #: when the next of the rest is due; one that is held back is not, however long


class Work:
    """Claims and settles jobs."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def claim(self, channels: Collection[Channel], limit: int) -> Claimed[Job]:
        """Leases what is due on some channels, at most one job a place, in the order of asking."""
        now = self._ground.clock.now()
        return await self._ground.queue.write(lambda connection: _claim(connection, channels, now, limit))

    async def complete(self, job: Job, platform_id: str | None) -> None:
        """Records that a job is done and what its part became on the platform."""
        values = {"state": JobState.COMPLETED, "platform_id": platform_id, "finished_at": self._ground.clock.now()}
        await self._settle(job, values)

    async def retry(self, job: Job | OwnJob, error: str, after: timedelta) -> None:
        """Makes a job due again."""
        values = {"state": JobState.PENDING, "error": error, "due_at": self._ground.clock.now() + after}
        await self._settle(job, values, unless_claimed_again=True)

    async def fail(self, job: Job, error: str) -> None:
        """Gives a job up, and with it the later parts of the same reply, unless another has claimed it again."""
        values = {"state": JobState.FAILED, "error": error, "finished_at": self._ground.clock.now()}
        this = (queue.c.id == job.id) & (queue.c.state == JobState.IN_PROGRESS) & (queue.c.attempts == job.attempts)
        later = (queue.c.item_id == job.item) & (queue.c.part > job.part) & queue.c.state.in_(UNDER_WAY)

        def op(connection: Connection) -> None:
            if connection.execute(update(queue).where(this).values(values)).rowcount:
                connection.execute(update(queue).where(later).values(values))

        await self._ground.queue.write(op)

    async def notify(self, channel: Channel, respond_to: str, text: str, idempotency_key: str) -> None:
        """Says a sentence of Ember's own in a place, once for each key."""
        ids, now = self._ground.ids, self._ground.clock.now()
        row = {
            **delivery_row(JobId(ids.next()), channel, respond_to, ItemId(ids.next()), 0, now),
            "type": JobType.NOTICE,
            "state": JobState.PENDING,
            "text": text,
            "idempotency_key": idempotency_key,
        }
        await self._ground.queue.write(lambda connection: insert_job(connection, row))

    async def enqueue(self, type_: JobType, key: str, payload: str = "", due: datetime | None = None) -> None:
        """Adds work of Ember's own, once for each key for as long as the row is kept; due now when no time is given."""
        row = own_job_row(JobId(self._ground.ids.next()), type_, key, payload, self._ground.clock.now(), due)
        await self._ground.queue.write(lambda connection: insert_job(connection, row))

    async def claim_own(self, types: Collection[JobType]) -> Claimed[OwnJob]:
        """Leases what is due of Ember's own work: the oldest of each type."""
        now = self._ground.clock.now()
        return await self._ground.queue.write(lambda connection: _claim_own(connection, types, now))

    async def next_own_due(self, types: Collection[JobType]) -> datetime | None:
        """Returns when the next of some types is due."""
        query = select(func.min(queue.c.due_at)).where(queue.c.state == JobState.PENDING, queue.c.type.in_(types))
        return await self._ground.reads.read(lambda connection: connection.execute(query).scalar_one())

    async def complete_own(self, job: OwnJob) -> None:
        """Takes work that is done off the queue: there is nothing to look up about it later."""
        done = delete(queue).where(queue.c.id == job.id)
        await self._ground.queue.write(lambda connection: connection.execute(done).rowcount)

    async def release_leases(self) -> int:
        """Makes what a dead process had leased, or meant to try again, due now; called once, before any claim."""
        change = (
            update(queue)
            .where(queue.c.state.in_(UNDER_WAY), queue.c.attempts > 0)
            .values(state=JobState.PENDING, due_at=self._ground.clock.now())
        )
        return await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def fail_own(self, job: OwnJob, error: str) -> None:
        """Gives up work of Ember's own; its row stays, for a person to look at."""
        await self._settle(job, {"state": JobState.FAILED, "error": error, "finished_at": self._ground.clock.now()})

    async def _settle(
        self, job: Job | OwnJob, values: Mapping[str, object], unless_claimed_again: bool = False
    ) -> None:
        """A failure says nothing once the lease ran out and another has the job; what has arrived has arrived."""
        change = update(queue).where(queue.c.id == job.id, queue.c.state == JobState.IN_PROGRESS).values(values)
        if unless_claimed_again:
            change = change.where(queue.c.attempts == job.attempts)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)


_INSERT_ONCE: Final = sqlite.insert(queue).on_conflict_do_nothing(index_elements=["idempotency_key"])
_MAKE_DUE: Final = (
    update(queue).where(queue.c.item_id == bindparam("reply")).values(state=JobState.PENDING, due_at=bindparam("now"))
)


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
        connection.execute(insert(queue), rows)


def cancel_deliveries(connection: Connection, item: ItemId) -> None:
    unsent = (queue.c.item_id == item) & queue.c.state.in_(UNDER_WAY)
    connection.execute(update(queue).where(unsent).values(state=JobState.CANCELLED))


def _held_back() -> ColumnElement[bool]:
    """Something that was asked earlier in the same place, or an earlier part, has not gone out."""
    earlier = queue.alias("earlier")
    return exists().where(
        earlier.c.respond_to == queue.c.respond_to,
        earlier.c.state.in_(UNDER_WAY),
        tuple_(earlier.c.item_id, earlier.c.part) < tuple_(queue.c.item_id, queue.c.part),
    )


_WAITING: Final = queue.c.state == JobState.PENDING
_OF_TYPES: Final = queue.c.type.in_(bindparam("types", expanding=True))
_ON_CHANNELS: Final = queue.c.channel.in_(bindparam("channels", expanding=True))
_DUE: Final = and_(_WAITING, queue.c.due_at <= bindparam("now"))
_LEASE_OVER: Final = and_(queue.c.state == JobState.IN_PROGRESS, queue.c.lease_until < bindparam("now"))

#: The statements of the two loops, which run several times a turn: to write one out takes longer than to run it.
_OWN_DUE: Final = (
    select(queue, func.row_number().over(partition_by=queue.c.type, order_by=(queue.c.due_at, queue.c.id)).label("nth"))
    .where(or_(_DUE, _LEASE_OVER), _OF_TYPES)
    .subquery()
)
_CLAIM_OWN: Final = select(_OWN_DUE).where(_OWN_DUE.c.nth == 1)
_NEXT_OWN: Final = select(func.min(queue.c.due_at)).where(_WAITING, _OF_TYPES)
_CLAIM: Final = (
    select(queue, messages.c.owner_id)
    .outerjoin(messages, messages.c.id == queue.c.item_id)
    .where(or_(_DUE, and_(_LEASE_OVER, queue.c.attempts > 0)), _ON_CHANNELS, ~_held_back())
    .order_by(queue.c.due_at)
    .limit(bindparam("most"))
)
_CLAIM_REPLY: Final = (
    select(queue, messages.c.owner_id)
    .join(messages, messages.c.id == queue.c.item_id)
    .where(queue.c.item_id == bindparam("reply"), queue.c.part == 0, _WAITING, ~_held_back())
)
_NEXT: Final = select(func.min(queue.c.due_at)).where(_WAITING, _ON_CHANNELS, ~_held_back())
_TAKE: Final = (
    update(queue)
    .where(queue.c.id == bindparam("job"))
    .values(state=JobState.IN_PROGRESS, attempts=queue.c.attempts + 1, lease_until=bindparam("until"))
)


def _claim_own(connection: Connection, types: Collection[JobType], now: datetime) -> Claimed[OwnJob]:
    if not types:
        return Claimed()
    rows = connection.execute(_CLAIM_OWN, {"types": types, "now": now}).all()
    _take(connection, rows, now + OWN_LEASE)
    taken = {row.type for row in rows}
    jobs = tuple(OwnJob(JobId(row.id), row.type, row.payload or "", row.attempts + 1) for row in rows)
    others = [type_ for type_ in types if type_ not in taken]  # one job of a type at a time
    return Claimed(jobs, connection.execute(_NEXT_OWN, {"types": others}).scalar_one())


def _claim(connection: Connection, channels: Collection[Channel], now: datetime, limit: int) -> Claimed[Job]:
    if not channels:
        return Claimed()
    rows = connection.execute(_CLAIM, {"channels": channels, "now": now, "most": limit}).all()
    _take(connection, rows, now + LEASE)
    next_due = connection.execute(_NEXT, {"channels": channels}).scalar_one()
    return Claimed(tuple(_leased(row) for row in rows), next_due)


def claim_reply(connection: Connection, reply: ItemId, now: datetime) -> Job | None:
    """Leases the first part of a reply that has just become due, unless something earlier goes out there first."""
    rows = connection.execute(_CLAIM_REPLY, {"reply": reply}).all()
    _take(connection, rows, now + LEASE)
    return _leased(rows[0]) if rows else None


def _take(connection: Connection, rows: Sequence[Row[tuple[object, ...]]], until: datetime) -> None:
    if rows:
        connection.execute(_TAKE, [{"job": row.id, "until": until} for row in rows])


def _leased(row: Row[tuple[object, ...]]) -> Job:
    told = LEARNED.validate_json(row.payload) if row.payload else None
    return Job(
        id=JobId(row.id),
        type=row.type,
        channel=row.channel,
        respond_to=row.respond_to,
        item=ItemId(row.item_id),
        part=row.part,
        text=row.text,
        asker=row.owner_id if told is None else told.asker,
        attempts=row.attempts + 1,
        learned=() if told is None else told.learned,
    )
