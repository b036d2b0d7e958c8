"""The queue as an admin looks at it: how much waits, what was given up, and what is to become of that."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update

from memory.errors import error_type
from memory.tables.ground import Ground
from memory.tables.jobs import JobId, JobState, JobType, queue


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a type are in a state."""

    type: JobType
    state: JobState
    count: int


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that was given up."""

    id: JobId
    type: JobType
    attempts: int
    error: str  #: its type alone: the rest may hold what somebody said
    finished_at: datetime | None


class Jobs:
    """Shows jobs, and has those that were given up tried again, or dropped."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def counts(self) -> list[JobCount]:
        """Returns how many there are by type and state."""
        query = select(queue.c.type, queue.c.state, func.count()).group_by(queue.c.type, queue.c.state)
        rows = await self._ground.reads.read(lambda connection: connection.execute(query).all())
        return [JobCount(*row) for row in sorted(rows)]

    async def oldest_due(self) -> datetime | None:
        """Returns since when the longest of all has been due; None when nothing is."""
        now = self._ground.clock.now()
        query = select(func.min(queue.c.due_at)).where(queue.c.state == JobState.PENDING, queue.c.due_at <= now)
        return await self._ground.reads.read(lambda connection: connection.execute(query).scalar_one())

    async def failed(self, limit: int) -> list[FailedJob]:
        """Returns what was given up last, newest first."""
        query = select(queue).where(queue.c.state == JobState.FAILED).order_by(queue.c.due_at.desc()).limit(limit)
        rows = await self._ground.reads.read(lambda connection: connection.execute(query).all())
        return [FailedJob(row.id, row.type, row.attempts, error_type(row.error or ""), row.finished_at) for row in rows]

    async def retry(self, job: JobId) -> bool:
        """Makes a job that was given up due now, with the later parts of the same reply; False when it is none."""
        values = {"state": JobState.PENDING, "attempts": 0, "due_at": self._ground.clock.now(), "finished_at": None}
        return await self._settle(job, values)

    async def drop(self, job: JobId) -> bool:
        """Has no one look at a job again that was given up, nor at the later parts; False when it is none."""
        return await self._settle(job, {"state": JobState.CANCELLED})

    async def _settle(self, job: JobId, values: dict[str, object]) -> bool:
        item = select(queue.c.item_id).where(queue.c.id == job).scalar_subquery()
        part = select(queue.c.part).where(queue.c.id == job).scalar_subquery()
        these = or_(queue.c.id == job, (queue.c.item_id == item) & (queue.c.part > part))
        change = update(queue).where(these, queue.c.state == JobState.FAILED).values(values)
        return bool(await self._ground.queue.write(lambda connection: connection.execute(change).rowcount))
