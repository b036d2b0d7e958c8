"""Does Ember's own work when it is due: one loop, one job of a type at a time, off the way of every reply."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from memory import JobType, OwnJob, Store, StoreError

ATTEMPTS: Final = 8  #: over about an hour, with the delays below; then a person has to look
FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(minutes=30)
LONGEST_SLEEP: Final = timedelta(seconds=30)  #: the clock may have been set; look again now and then
_BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)

log = structlog.get_logger()

#: Does one job; what it raises is tried again later.
Handler = Callable[[OwnJob], Awaitable[None]]


class Background:
    """Runs handlers by type. `periods` are the types that are due again and again, and how often."""

    def __init__(
        self, store: Store, handlers: Mapping[JobType, Handler], periods: Mapping[JobType, timedelta] | None = None
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._periods = periods or {}
        self._busy: set[JobType] = set()
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Looks at the queue now."""
        self._idle.clear()
        self._woken.set()

    async def idle(self) -> None:
        """Waits until all that is due has been tried, and nothing is being done."""
        await self._idle.wait()

    def stop(self) -> None:
        """Claims nothing more; `run` ends when what is being done has ended."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Works until it is stopped; cancelled, it leaves what it was doing to the next start."""
        async with asyncio.TaskGroup() as working:
            while not self._stopping:
                self._woken.clear()
                try:
                    await self._schedule()
                    for job in await self._store.work.claim_own(self._free):
                        self._busy.add(job.type)
                        working.create_task(self._work(job))
                    if not self._busy and not self._woken.is_set():
                        self._idle.set()
                    await self._sleep()
                except StoreError as error:
                    log.error("the queue cannot be read", error=str(error))
                    self._idle.set()  # nothing can be tried now
                    await asyncio.sleep(FIRST_DELAY.total_seconds())

    @property
    def _free(self) -> Collection[JobType]:
        return [type_ for type_ in self._handlers if type_ not in self._busy]

    async def _schedule(self) -> None:
        """Sees to it that each periodic type waits in the queue; what was missed is done once."""
        now = self._store.clock.now()
        for type_, period in self._periods.items():
            if type_ not in self._busy and await self._store.work.next_own_due([type_]) is None:
                turn = (now - _BEGINNING) // period + 1
                await self._store.work.enqueue(type_, str(turn), due=_BEGINNING + turn * period)

    async def _sleep(self) -> None:
        """Waits until there may be something to do."""
        due = await self._store.work.next_own_due(self._free) if self._free else None
        longest = LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, due - self._store.clock.now())
        try:
            async with asyncio.timeout(max(0.0, longest.total_seconds())):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _work(self, job: OwnJob) -> None:
        try:
            await self._try(job)
        except StoreError as error:
            log.error("a job could not be settled", job=job.id, type=job.type, error=str(error))
        finally:
            self._busy.discard(job.type)
            self.wake()

    async def _try(self, job: OwnJob) -> None:
        try:
            await self._handlers[job.type](job)
        except Exception as error:  # a job's edge: whatever went wrong must not end the others
            await self._try_again(job, f"{type(error).__name__}: {error}")
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
