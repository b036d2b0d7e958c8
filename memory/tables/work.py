"""The queue as others use it: jobs are claimed, settled, tried again, given up."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Update, delete, exists, func, or_, select, update

from memory.place import Channel
from memory.records import ItemId
from memory.tables.claims import claim, claim_own
from memory.tables.erasures import erasing
from memory.tables.ground import Ground
from memory.tables.jobs import (
    UNDER_WAY,
    Claimed,
    Job,
    JobId,
    JobState,
    JobType,
    OwnJob,
    delivery_row,
    insert_job,
    own_job_row,
    queue,
)
from memory.tables.messages import messages


class Work:
    """Claims and settles jobs."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def claim(self, channels: Collection[Channel], limit: int) -> Claimed[Job]:
        """Leases what is due on some channels, at most one job a place, in the order of asking."""
        now = self._ground.clock.now()
        return await self._ground.queue.write(lambda connection: claim(connection, channels, now, limit))

    async def complete(self, job: Job, platform_id: str | None) -> None:
        """Records that a job is done and what its part became on the platform.

        An answer anew may have taken it over while it was on its way: what has arrived is that one's to edit then. Or
        the reply was forgotten: what has arrived is due again, to be taken away.
        """
        values = {"state": JobState.COMPLETED, "platform_id": platform_id, "finished_at": self._ground.clock.now()}
        others = (queue.c.id == job.id) & (queue.c.item_id != job.item) & queue.c.platform_id.is_(None)
        again = update(queue).where(queue.c.id == job.id, _is_forgotten(job.item)).values(state=JobState.PENDING)

        def op(connection: Connection) -> None:
            settled = connection.execute(_settled(job, values)).rowcount
            if settled and platform_id is not None:
                connection.execute(again)
            elif platform_id is not None:
                connection.execute(update(queue).where(others).values(platform_id=platform_id))

        await self._ground.queue.write(op)

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

    async def drop_later_parts(self, job: Job) -> None:
        """Lets no later part of the same reply go out."""
        later = (queue.c.item_id == job.item) & (queue.c.part > job.part) & queue.c.state.in_(UNDER_WAY)
        change = update(queue).where(later).values(state=JobState.CANCELLED)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

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
        return await self._ground.queue.write(lambda connection: claim_own(connection, types, now))

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

    async def fail_own(self, job: OwnJob, error: str) -> None:
        """Gives up work of Ember's own; its row stays, for a person to look at."""
        await self._settle(job, {"state": JobState.FAILED, "error": error, "finished_at": self._ground.clock.now()})

    async def _settle(
        self, job: Job | OwnJob, values: Mapping[str, object], unless_claimed_again: bool = False
    ) -> None:
        change = _settled(job, values)
        if unless_claimed_again:
            change = change.where(queue.c.attempts == job.attempts)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)


def _settled(job: Job | OwnJob, values: Mapping[str, object]) -> Update:
    """A failure says nothing once the lease ran out and another has the job; what has arrived has arrived."""
    change = update(queue).where(queue.c.id == job.id, queue.c.state == JobState.IN_PROGRESS).values(values)
    # An answer anew may have taken it over meanwhile.
    return change.where(queue.c.item_id == job.item) if isinstance(job, Job) else change


def _is_forgotten(reply: ItemId) -> ColumnElement[bool]:
    hidden = exists().where(erasing.c.item_id == reply)
    return or_(hidden, exists().where(messages.c.id == reply, messages.c.forgotten_at.is_not(None)))
