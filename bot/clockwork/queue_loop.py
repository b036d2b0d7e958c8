"""One loop over the queue: claims what is due, has it done side by side, sleeps until it is woken or more is due."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import structlog

from memory import Claimed, Job, OwnJob, Store, StoreError

LONGEST_SLEEP: Final = timedelta(seconds=30)  #: the clock may have been set; look again now and then
UNREADABLE_SECONDS: Final = 1.0  #: until a queue that could not be read is looked at again

AnyJob = TypeVar("AnyJob", Job, OwnJob)

log = structlog.get_logger()


class QueueLoop(ABC, Generic[AnyJob]):
    """Says when to look and waits for the end; what is claimed, and how it is done, is its heir's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._under_way = 0
        self._stopping = False
        self._working: asyncio.TaskGroup | None = None  # while it runs

    @abstractmethod
    async def _claim(self) -> Claimed[AnyJob]:
        """Leases what is due now, and says when the next is due that could be claimed."""

    @abstractmethod
    async def _do(self, job: AnyJob) -> None:
        """Does a job and settles it. Raises StoreError alone."""

    @property
    def takes_work(self) -> bool:
        """Whether it runs and has not been told to stop."""
        return self._working is not None and not self._stopping

    def take(self, job: AnyJob, then: Callable[[], None] | None = None) -> None:
        """Does a job that whoever made it has leased at once; one that comes too late waits for the next start.

        `then` is called once it was tried.
        """
        if self._working is not None and not self._stopping:
            self._idle.clear()
            self._start(self._working, job, then)

    def wake(self) -> None:
        """Looks at the queue now."""
        self._idle.clear()
        self._woken.set()

    async def idle(self) -> None:
        """Waits until all that is due has been tried, and nothing is under way."""
        await self._idle.wait()

    def stop(self) -> None:
        """Claims nothing more; `run` ends when what is under way has been settled."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Works until it is stopped; cancelled, it leaves what was under way to the next start."""
        async with asyncio.TaskGroup() as working:
            self._working = working
            while not self._stopping:
                self._woken.clear()
                try:
                    claimed = await self._claim()
                    for job in claimed.jobs:
                        self._start(working, job)
                    if not self._under_way and not self._woken.is_set():
                        self._idle.set()
                    await self._sleep(claimed.next_due)
                except StoreError as error:
                    log.error("the queue cannot be read", error=str(error))
                    self._idle.set()  # nothing can be tried now
                    await asyncio.sleep(UNREADABLE_SECONDS)

    async def _sleep(self, due: datetime | None) -> None:
        """Waits until there may be something to do."""
        longest = LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, due - self._store.clock.now())
        try:
            async with asyncio.timeout(max(0.0, longest.total_seconds())):
                await self._woken.wait()
        except TimeoutError:
            return

    def _start(self, working: asyncio.TaskGroup, job: AnyJob, then: Callable[[], None] | None = None) -> None:
        self._under_way += 1
        working.create_task(self._work(job, then))

    async def _work(self, job: AnyJob, then: Callable[[], None] | None) -> None:
        try:
            await self._do(job)
        except StoreError as error:
            log.error("a job could not be settled", job=job.id, type=job.type, error=str(error))
        finally:
            self._under_way -= 1
            if then is not None:
                then()
            self.wake()
