"""Claiming: what is due is leased, in the order of asking; statements of loops that run several times a turn."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Exists,
    Row,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from memory.place import Channel
from memory.records import ItemId
from memory.tables.jobs import LEASE, OWN_LEASE, UNDER_WAY, Claimed, Job, JobId, JobState, JobType, OwnJob, queue
from memory.tables.learned_notice import LEARNED
from memory.tables.messages import messages


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


def claim_own(connection: Connection, types: Collection[JobType], now: datetime) -> Claimed[OwnJob]:
    if not types:
        return Claimed()
    rows = connection.execute(_CLAIM_OWN, {"types": types, "now": now}).all()
    _take(connection, rows, now + OWN_LEASE)
    taken = {row.type for row in rows}
    jobs = tuple(OwnJob(JobId(row.id), row.type, row.payload or "", row.attempts + 1, row.due_at) for row in rows)
    others = [type_ for type_ in types if type_ not in taken]  # one job of a type at a time
    return Claimed(jobs, connection.execute(_NEXT_OWN, {"types": others}).scalar_one())


def claim(connection: Connection, channels: Collection[Channel], now: datetime, limit: int) -> Claimed[Job]:
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
        sent_as=row.platform_id,
    )
