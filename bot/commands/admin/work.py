"""`admin queue|retry|drop|backup`: what waits to be done, what was given up, and the copies of the database."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.commands.admin.naming import moment
from bot.commands.page import Asking, BadArgument, Button, Command, Option, OptionKind, Page, Rank, short_id
from memory import Backup, FailedJob, JobId, JobState, Store, UnreadableBackup

FAILED_SHOWN: Final = 5  #: with two buttons each
BACKUPS_SHOWN: Final = 20
_JOB: Final = "job"
_NOW: Final = "now"
_YES: Final = "yes"
_NOT_GIVEN_UP: Final = "I have given up nothing of that id. "
_MEGABYTE: Final = 1_000_000
_STATES: Final = {
    JobState.PENDING: "waiting",
    JobState.IN_PROGRESS: "under way",
    JobState.COMPLETED: "done",
    JobState.FAILED: "given up",
    JobState.CANCELLED: "no longer wanted",
}


class WorkCommands:
    """The commands about work. `wake` has what is due done now."""

    def __init__(self, store: Store, default_zone: str, wake: Callable[[], None]) -> None:
        self._store = store
        self._default_zone = default_zone
        self._wake = wake

    def commands(self) -> tuple[Command, ...]:
        job = Option(_JOB, "Its id, as /admin queue shows it", OptionKind.NAME, required=True)
        now = Option(_NOW, "Make one now", OptionKind.NAME, choices=(_YES,))
        return (
            Command("admin queue", "Show what waits to be done, and what I gave up", self.queue, rank=Rank.OWNER),
            Command("admin retry", "Try something again that I gave up", self.retry, (job,), Rank.OWNER),
            Command("admin drop", "Drop something that I gave up", self.drop, (job,), Rank.OWNER),
            Command("admin backup", "Show the backups, or make one now", self.backup, (now,), Rank.OWNER),
        )

    async def queue(self, asking: Asking) -> Page:
        """Shows how many jobs there are, since when the oldest waits, and those that were given up last."""
        return await self._queue(asking, "")

    async def retry(self, asking: Asking) -> Page:
        """Has a job that was given up done now."""
        retried = await self._store.jobs.retry(_job(asking))
        self._wake()
        return await self._queue(asking, "It is tried again. " if retried else _NOT_GIVEN_UP)

    async def drop(self, asking: Asking) -> Page:
        """Takes a job that was given up out of sight."""
        dropped = await self._store.jobs.drop(_job(asking))
        return await self._queue(asking, "It is dropped. " if dropped else _NOT_GIVEN_UP)

    async def backup(self, asking: Asking) -> Page:
        """Lists the backups, newest first; or makes one."""
        made = ""
        if asking.text(_NOW):
            new = await self._store.backups.make()
            made = f"Made, opened and checked: {new.file.name}. "
        found = list(reversed(await self._store.backups.all()))
        rows = tuple(self._backup_row(asking, one) for one in found[:BACKUPS_SHOWN])
        text = f"{made}{'1 backup' if len(found) == 1 else f'{len(found)} backups'}, each checked when it was made."
        button = Button("Make one now", "admin backup", {_NOW: _YES})
        return Page("Backups", text, ("file", "up to", "holds", "size"), rows, (button,))

    async def _queue(self, asking: Asking, done: str) -> Page:
        oldest = await self._store.jobs.oldest_due()
        since = "Nothing is overdue." if oldest is None else f"The oldest is due since {self._moment(asking, oldest)}."
        failed = await self._store.jobs.failed(FAILED_SHOWN)
        counts = ((one.type, _STATES[one.state], f"{one.count:,}") for one in await self._store.jobs.counts())
        rows = (*counts, *(self._failed_row(asking, one) for one in failed))
        buttons = tuple(
            Button(f"{label} {short_id(one.id)}", f"admin {path}", {_JOB: short_id(one.id)}, danger=path == "drop")
            for one in failed
            for label, path in (("Retry", "retry"), ("Drop", "drop"))
        )
        return Page("Queue", f"{done}{since}", ("what", "is", "how many"), rows, buttons)

    def _failed_row(self, asking: Asking, job: FailedJob) -> tuple[str, str, str]:
        when = "" if job.finished_at is None else f" on {self._moment(asking, job.finished_at)}"
        why = job.error or "no type of error"
        return f"{job.type} {short_id(job.id)}", f"given up{when}", f"after {job.attempts} attempts: {why}"

    def _backup_row(self, asking: Asking, one: Backup | UnreadableBackup) -> tuple[str, str, str, str]:
        size = f"{one.bytes / _MEGABYTE:,.1f} MB"
        if isinstance(one, UnreadableBackup):
            return one.file.name, "unknown", "it cannot be read", size
        newest = "empty" if one.content.newest is None else self._moment(asking, one.content.newest)
        return one.file.name, newest, f"{one.content.memories:,} memories, {one.content.messages:,} messages", size

    def _moment(self, asking: Asking, at: datetime) -> str:
        return moment(at, asking, self._default_zone)


def _job(asking: Asking) -> JobId:
    try:
        return JobId(int(asking.text(_JOB), 16))
    except ValueError:
        raise BadArgument("That is no id of a job. /admin queue shows them.") from None
