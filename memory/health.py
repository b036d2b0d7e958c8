"""How the memory is doing, without asking the disk: it has to be told while the disk fails, and within milliseconds."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from memory.clock import Clock
from memory.data_directory import DataDirectory
from memory.hot_cache import HotCache
from memory.write_queue import QueueFigures

RECORD_EVERY: Final = timedelta(minutes=10)
FEWEST_ASKED: Final = 100  #: how often the hot cache was asked before its hit ratio says anything


@dataclass(frozen=True, slots=True)
class Health:
    """The figures of a moment."""

    hot_cache_size: int  #: items
    cold_storage_connected: bool  #: False: the database refused what was tried last
    write_queue_depth: int  #: ops that wait or are under way
    oldest_waiting_seconds: float  #: the age of the op that waits longest
    batch_mean: float  #: ops in a batch, over the last hundred
    batch_largest: int
    failures: int  #: ops that the disk refused since the start
    posts_waiting: int
    posts_dropped: int  #: figures of the second grade that were lost since the start
    last_sync_time: datetime | None
    disk_usage: int  #: bytes in the data directory, at the last sync
    wal_file_size: int  #: bytes
    hit_ratio: Mapping[str, float | None]  #: by cache: answered without the work it saves; None: never asked


class Counted(Protocol):
    """A cache that counts."""

    @property
    def hits(self) -> int: ...
    @property
    def misses(self) -> int: ...


class Queue(Protocol):
    """What a queue says of itself."""

    def figures(self) -> QueueFigures: ...


class HealthRecord:
    """Puts the figures together; what takes longer was measured by the last sync."""

    def __init__(
        self, clock: Clock, directory: DataDirectory, queue: Queue, cache: HotCache, caches: Mapping[str, Counted]
    ) -> None:
        self._clock = clock
        self._directory = directory
        self._queue = queue
        self._cache = cache
        self._caches = {"hot": cache, **caches}
        self._disk_usage = 0
        self._last_sync: datetime | None = None
        self._recorded: datetime | None = None

    def now(self) -> Health:
        """Returns the figures of this moment."""
        queue = self._queue.figures()
        return Health(
            hot_cache_size=len(self._cache),
            cold_storage_connected=queue.connected,
            write_queue_depth=queue.depth,
            oldest_waiting_seconds=queue.oldest_seconds,
            batch_mean=queue.batch_mean,
            batch_largest=queue.batch_largest,
            failures=queue.failures,
            posts_waiting=queue.posts_waiting,
            posts_dropped=queue.posts_dropped,
            last_sync_time=self._last_sync,
            disk_usage=self._disk_usage,
            wal_file_size=_size(self._directory.wal),
            hit_ratio={name: _ratio(cache) for name, cache in self._caches.items()},
        )

    async def measure(self) -> None:
        """Measures the data directory, in a thread: it may hold many files."""
        self._disk_usage = await asyncio.to_thread(_bytes_below, self._directory.path)

    def hit_ratio_due(self) -> tuple[datetime, float] | None:
        """Returns this moment and the hot cache's hit ratio when it is to be recorded; None when it is not."""
        now, ratio = self._clock.now(), _ratio(self._cache)
        early = self._recorded is not None and now < self._recorded + RECORD_EVERY
        if early or ratio is None or self._cache.hits + self._cache.misses < FEWEST_ASKED:
            return None
        self._recorded = now
        return now, ratio

    def synced(self) -> None:
        """Notes that all that was posted is written, and the WAL moved into the database."""
        self._last_sync = self._clock.now()


def _ratio(cache: Counted) -> float | None:
    asked = cache.hits + cache.misses
    return cache.hits / asked if asked else None


def _bytes_below(folder: Path) -> int:
    return sum(_size(Path(path, name)) for path, _, names in os.walk(folder) for name in names)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # gone meanwhile, or the disk is
        return 0
