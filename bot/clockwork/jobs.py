"""Which work of Ember's own there is, who does it, and how often."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.clockwork.background import Handler
from bot.clockwork.condensing import Condenser
from memory import JobType, KeptFor, OwnJob, Store

RETENTION_EVERY: Final = timedelta(hours=1)  #: working memories are unreadable at once, and gone within it
CONDENSING_EVERY: Final = timedelta(days=1)
LATEST: Final = timedelta(days=30)  #: a clock that is set years ahead makes everything too old at once
ANOTHER_LOOK: Final = timedelta(days=1)  #: until then somebody can put it right, or Ember was only off for long

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OwnWork:
    """Handlers by type of job; `periods` says which types come again and again, as it is now."""

    handlers: Mapping[JobType, Handler]
    periods: Callable[[], Mapping[JobType, timedelta]]


def own_work(
    store: Store,
    backup_every: Callable[[], timedelta],
    kept: Callable[[], KeptFor],
    condenser: Condenser,
    learn: Handler,
) -> OwnWork:
    """Returns all of it. `backup_every` may say zero: no backup is made by itself; `learn` reads what a turn said."""

    async def back_up(_job: OwnJob) -> None:
        made = await store.backups.make()
        log.info("a backup was made and checked", file=str(made.file), bytes=made.bytes)

    async def go_on_forgetting(job: OwnJob) -> None:
        await store.erasure.go_on(job.payload)

    async def let_go(job: OwnJob) -> None:
        await store.erasure.resume()  # what stood in the way may be gone by now
        late = store.clock.now() - job.due
        if late > LATEST:
            log.warning("is the clock right? what is too old stays for another day", late_days=late.days)
            due = store.clock.now() + ANOTHER_LOOK
            await store.work.enqueue(JobType.RETENTION, f"instead of {job.id}", due=due)
            return
        await store.retention.apply(kept())

    handlers: dict[JobType, Handler] = {
        JobType.BACKUP: back_up,
        JobType.ERASURE: go_on_forgetting,
        JobType.RETENTION: let_go,
        JobType.CONDENSING: condenser.run,
        JobType.EXTRACTION: learn,
    }

    def periods() -> Mapping[JobType, timedelta]:
        every, always = backup_every(), {JobType.RETENTION: RETENTION_EVERY, JobType.CONDENSING: CONDENSING_EVERY}
        return always | ({JobType.BACKUP: every} if every else {})

    return OwnWork(handlers, periods)
