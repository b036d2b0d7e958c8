"""Which work of Ember's own there is, who does it, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.clockwork.background import Handler
from memory import JobType, OwnJob, Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OwnWork:
    """Handlers by type of job; `periods` are the types that come again and again."""

    handlers: Mapping[JobType, Handler] = field(default_factory=dict)
    periods: Mapping[JobType, timedelta] = field(default_factory=dict)


def own_work(store: Store, backup_every: timedelta) -> OwnWork:
    """Returns all of it. `backup_every` may be zero: no backup is made by itself."""

    async def back_up(_job: OwnJob) -> None:
        made = await store.backups.make()
        log.info("a backup was made and checked", file=str(made.file), bytes=made.bytes)

    async def go_on_forgetting(job: OwnJob) -> None:
        await store.erasure.go_on(job.payload)

    handlers: dict[JobType, Handler] = {JobType.BACKUP: back_up, JobType.ERASURE: go_on_forgetting}
    return OwnWork(handlers, {JobType.BACKUP: backup_every} if backup_every else {})
