"""`queue`: what is to be done later, or again: the deliveries of replies and notices, and work of Ember's own.

A delivery is opened with its turn, held back until the turn has finished, then due. Those of one place go out in the
order of asking, part by part, so one that is held back or retried holds back what comes after it there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    Connection,
    Exists,
    Index,
    Integer,
    Row,
    String,
    Table,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
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
from memory.tables.talk import messages
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata

JobId = NewType("JobId", int)

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


@dataclass(frozen=True, slots=True)
class LearnedNotice:
    """The payload of a notice that tells what was learned: its words are asked for when it goes out."""

    asker: IdentityId
    learned: tuple[ItemId, ...]  #: memories


_learned: Final = TypeAdapter(LearnedNotice)

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


class Work:
    """Claims and settles jobs."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def claim(self, channels: Collection[Channel], limit: int) -> list[Job]:
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
        await self._ground.queue.write(
            lambda connection: (
                connection.execute(
                    sqlite.insert(queue).values(row).on_conflict_do_nothing(index_elements=["idempotency_key"])
                ).rowcount
            )
        )

    async def enqueue(self, type_: JobType, key: str, payload: str = "", due: datetime | None = None) -> None:
        """Adds work of Ember's own, once for each key for as long as the row is kept; due now when no time is given."""
        row = own_job_row(JobId(self._ground.ids.next()), type_, key, payload, self._ground.clock.now(), due)
        await self._ground.queue.write(lambda connection: insert_own_job(connection, row))

    async def claim_own(self, types: Collection[JobType]) -> list[OwnJob]:
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
            .where(queue.c.state.in_(UNDER_WAY), queue.c.lease_until.is_not(None))
            .values(state=JobState.PENDING, due_at=self._ground.clock.now())
        )
        return await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def next_due(self, channels: Collection[Channel]) -> datetime | None:
        """Returns when the next job of some channels is due; one that is held back is not, however long it has been."""
        waiting = (queue.c.state == JobState.PENDING) & queue.c.channel.in_(channels)
        query = select(func.min(queue.c.due_at)).where(waiting, ~_held_back())
        return await self._ground.reads.read(lambda connection: connection.execute(query).scalar_one())

    async def fail_own(self, job: OwnJob, error: str) -> None:
        """Gives up work of Ember's own; its row stays, for a person to look at."""
        await self._settle(job, {"state": JobState.FAILED, "error": error, "finished_at": self._ground.clock.now()})

    async def _settle(
        self, job: Job | OwnJob, values: Mapping[str, object], unless_claimed_again: bool = False
    ) -> None:
        """A failure says nothing once the lease ran out and another has the job; what has arrived has arrived."""
        change = update(queue).where(queue.c.id == job.id, queue.c.state == JobState.IN_PROGRESS).values(values)
        if isinstance(job, Job):  # an answer anew may have taken it over meanwhile
            change = change.where(queue.c.item_id == job.item)
        if unless_claimed_again:
            change = change.where(queue.c.attempts == job.attempts)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)


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


def insert_own_job(connection: Connection, row: Mapping[str, object]) -> None:
    connection.execute(sqlite.insert(queue).values(row).on_conflict_do_nothing(index_elements=["idempotency_key"]))


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
        "payload": _learned.dump_json(learned).decode(),
    }
    connection.execute(insert(queue), row)


def open_delivery(connection: Connection, row: dict[str, object]) -> None:
    connection.execute(sqlite.insert(queue).values(row).on_conflict_do_nothing(index_elements=["idempotency_key"]))


def make_due(connection: Connection, first: dict[str, object], more_parts: list[JobId], now: datetime) -> None:
    """Lets a finished reply go out; `first` is the row of its first part, opened with the turn."""
    due = {"state": JobState.PENDING, "due_at": now}
    connection.execute(update(queue).where(queue.c.item_id == first["item_id"]).values(due))
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


def something_earlier(place_key: str | Column[str], item: ItemId | Column[int], part: int | Column[int] = 0) -> Exists:
    """Something that was asked earlier in the same place, or an earlier part, has not gone out."""
    earlier = queue.alias("earlier")
    return exists().where(
        earlier.c.respond_to == place_key,
        earlier.c.state.in_(UNDER_WAY),
        tuple_(earlier.c.item_id, earlier.c.part) < tuple_(item, part),
    )


def _held_back() -> Exists:
    return something_earlier(queue.c.respond_to, queue.c.item_id, queue.c.part)


def _claim_own(connection: Connection, types: Collection[JobType], now: datetime) -> list[OwnJob]:
    lease_over = and_(queue.c.state == JobState.IN_PROGRESS, queue.c.lease_until < now)
    due = or_(and_(queue.c.state == JobState.PENDING, queue.c.due_at <= now), lease_over)
    first = func.row_number().over(partition_by=queue.c.type, order_by=(queue.c.due_at, queue.c.id)).label("place")
    waiting = select(queue, first).where(due, queue.c.type.in_(types)).subquery()
    rows = connection.execute(select(waiting).where(waiting.c.place == 1)).all()
    lease = update(queue).where(queue.c.id.in_([row.id for row in rows]))
    values = {"state": JobState.IN_PROGRESS, "attempts": queue.c.attempts + 1, "lease_until": now + OWN_LEASE}
    connection.execute(lease.values(values))
    return [OwnJob(JobId(row.id), row.type, row.payload or "", row.attempts + 1) for row in rows]


def _claim(connection: Connection, channels: Collection[Channel], now: datetime, limit: int) -> list[Job]:
    lease_over = and_(queue.c.state == JobState.IN_PROGRESS, queue.c.attempts > 0, queue.c.lease_until < now)
    due = or_(and_(queue.c.state == JobState.PENDING, queue.c.due_at <= now), lease_over)
    query = select(queue, messages.c.owner_id).outerjoin(messages, messages.c.id == queue.c.item_id)
    query = query.where(due, queue.c.channel.in_(channels), ~_held_back())
    rows = connection.execute(query.order_by(queue.c.due_at).limit(limit)).all()
    lease = update(queue).where(queue.c.id.in_([row.id for row in rows]))
    connection.execute(lease.values(state=JobState.IN_PROGRESS, attempts=queue.c.attempts + 1, lease_until=now + LEASE))
    return [_leased(row) for row in rows]


def _leased(row: Row[tuple[object, ...]]) -> Job:
    told = _learned.validate_json(row.payload) if row.payload else None
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
        sent_as=row.platform_id,
    )
