"""Does Ember's own work when it is due: one loop, one job of a type at a time, off the way of every reply."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.clockwork.queue_loop import QueueLoop
from memory import Claimed, JobType, OwnJob, Store, StoreError, without_words

ATTEMPTS: Final = 8  #: over about an hour, with the delays below; then a person has to look
FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(minutes=30)
SLACK: Final = timedelta(days=1)  #: by which a period may be stretched
_BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)

log = structlog.get_logger()

#: Does one job; what it raises is tried again later.
Handler = Callable[[OwnJob], Awaitable[None]]


class Background(QueueLoop[OwnJob]):
    """Runs handlers by type. `periods` says which types are due again and again, and how often, as it is now."""

    def __init__(
        self,
        store: Store,
        handlers: Mapping[JobType, Handler],
        periods: Callable[[], Mapping[JobType, timedelta]] = dict,
    ) -> None:
        super().__init__(store)
        self._handlers = handlers
        self._periods = periods
        self._busy: set[JobType] = set()
        self._scheduled: dict[JobType, datetime] = {}  # until when the periodic ones are known to wait

    async def _claim(self) -> Claimed[OwnJob]:
        await self._schedule()
        claimed = await self._store.work.claim_own(self._free)
        taken = {job.type for job in claimed.jobs}
        self._busy |= taken
        for type_ in taken:
            self._scheduled.pop(type_, None)
        return claimed

    async def _do(self, job: OwnJob) -> None:
        try:
            await self._try(job)
        finally:
            self._busy.discard(job.type)

    @property
    def _free(self) -> Collection[JobType]:
        return [type_ for type_ in self._handlers if type_ not in self._busy]

    async def _schedule(self) -> None:
        """Sees to it that each periodic type waits in the queue; what was missed is done once.

        What waits for much longer than its period was put there by a clock that was wrong.
        """
        now = self._store.clock.now()
        for type_, period in self._periods().items():
            latest = now + period + SLACK
            if type_ in self._busy or self._scheduled.get(type_, latest + SLACK) <= latest:
                continue
            due = await self._store.work.next_own_due([type_])
            if due is None or due > latest:
                turn = (now - _BEGINNING) // period + 1
                due = _BEGINNING + turn * period
                await self._store.work.enqueue(type_, str(turn), due=due)
            self._scheduled[type_] = due

    async def _try(self, job: OwnJob) -> None:
        try:
            await self._handlers[job.type](job)
        except StoreError as error:  # its text is ours, and its cause's comes without what was bound
            await self._try_again(job, f"{type(error).__name__}: {error}")
        except Exception as error:  # a job's edge: whatever went wrong must not end the others
            await self._try_again(job, without_words(error))
        else:
            await self._store.work.complete_own(job)

    async def _try_again(self, job: OwnJob, error: str) -> None:
        if job.attempts >= ATTEMPTS:
            log.error("a job was given up", job=job.id, type=job.type, error=error)
            await self._store.work.fail_own(job, error)
            return
        delay = min(FIRST_DELAY * 2 ** (job.attempts - 1), LONGEST_DELAY)
        log.info("a job is tried again", job=job.id, type=job.type, seconds=delay.total_seconds(), error=error)
        await self._store.work.retry(job, error, delay)
