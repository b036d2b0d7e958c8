"""Every half minute: writes what was posted, moves the WAL into the database and measures the data directory.

Now and then it notes how often the hot cache knew the answer. Nothing that was acknowledged waits for it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from memory.engines.sqlite import WAL_BYTES_KEPT
from memory.errors import NothingKept, QueueClosed
from memory.health import HealthRecord
from memory.posts import LogRow
from memory.tables.metrics import HIT_RATIO, INSERT_METRIC
from memory.write_queue import WriteQueue

DEFAULT_INTERVAL_SECONDS: Final = 30.0

log = structlog.get_logger()


class BackgroundSync:
    """Syncs once, or for ever."""

    def __init__(self, writes: WriteQueue, health: HealthRecord, interval_seconds: float) -> None:
        self._writes = writes
        self._health = health
        self._interval_seconds = interval_seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Syncs in a task of its own, until the end of the block."""
        task = asyncio.create_task(self._run(), name="ember-sync")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def once(self) -> None:
        """Raises NothingKept when the disk refuses, QueueClosed."""
        if (due := self._health.hit_ratio_due()) is not None:
            moment, ratio = due
            self._writes.post(LogRow(INSERT_METRIC, {"name": HIT_RATIO, "at": moment, "value": ratio}))
        await self._writes.flush()
        if self._health.now().wal_file_size > WAL_BYTES_KEPT:
            await self._writes.checkpoint_truncating()  # else readers, each short, could make it grow for ever
        else:
            await self._writes.checkpoint()
        self._health.synced()

    async def _run(self) -> None:
        while True:
            await self._health.measure()
            await asyncio.sleep(self._interval_seconds)
            try:
                await self.once()
            except NothingKept as error:
                log.warning("the background sync failed", error=str(error))
            except QueueClosed:
                return
