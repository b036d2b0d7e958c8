"""`admin health` tells the owner how the memory is doing, in plain words."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.page import Asking, Command, Page, Rank
from memory import EmbeddingProgress, Health, Store

_MEGABYTE: Final = 1_000_000
_WORKING: Final = "What I am told is kept."
_REFUSED: Final = "The disk refused what I tried to keep last. Look at it with: ember doctor"
_CACHES: Final = {"hot": "items", "queries": "searches"}


class HealthCommand:
    """Reads the figures of the moment. `progress` says how far the vectors are; None: meanings are not compared."""

    def __init__(self, store: Store, default_zone: str, progress: Callable[[], EmbeddingProgress] | None) -> None:
        self._store = store
        self._default_zone = default_zone
        self._progress = progress

    def commands(self) -> tuple[Command, ...]:
        return (Command("admin health", "Show how I am doing", self.health, rank=Rank.OWNER, looks_only=True),)

    async def health(self, asking: Asking) -> Page:
        """Shows how what is said comes to the disk, what the caches save and whether meanings are compared."""
        health = self._store.health()
        zone = ZoneInfo(asking.person.time_zone or self._default_zone)
        rows = (
            ("search", self._search()),
            ("waiting to be written", _waiting(health)),
            ("written at once", f"{health.batch_mean:.1f} changes on average, {health.batch_largest} at most"),
            ("refused by the disk", _since_the_start(health.failures, "change")),
            ("figures lost", _since_the_start(health.posts_dropped, "figure")),
            ("last tidied up", _moment(health.last_sync_time, zone)),
            ("on disk", _size(health.disk_usage) if health.disk_usage else "not measured yet"),
            ("write-ahead log", _size(health.wal_file_size)),
            ("held for fast reading", _count(health.hot_cache_size, "item")),
            *(
                (f"{_CACHES.get(name, name)} found there", f"{ratio:.0%}")
                for name, ratio in health.hit_ratio.items()
                if ratio is not None
            ),
        )
        return Page("Health", _WORKING if health.cold_storage_connected else _REFUSED, ("what", "how it is"), rows)

    def _search(self) -> str:
        progress = self._progress() if self._progress is not None else None
        how = how_compared(self._store.search.semantic)
        return f"{how}; {progress.waiting:,} items wait for it" if progress is not None and progress.waiting else how


def how_compared(semantic: str | None) -> str:
    """Says whether a search compares meanings, and by which model."""
    return "by words alone" if semantic is None else f"by words and by meaning ({semantic})"


def _waiting(health: Health) -> str:
    waiting = [_count(health.write_queue_depth, "change")] if health.write_queue_depth else []
    if waiting and health.oldest_waiting_seconds:
        waiting[0] += f", the oldest for {health.oldest_waiting_seconds:.1f} s"
    if health.posts_waiting:
        waiting.append(_count(health.posts_waiting, "figure"))
    return "; ".join(waiting) or "nothing"


def _since_the_start(count: int, of: str) -> str:
    return f"{_count(count, of)} since the start" if count else "none since the start"


def _count(number: int, of: str) -> str:
    return f"1 {of}" if number == 1 else f"{number:,} {of}s"


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return "not yet" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _size(size: int) -> str:
    return f"{size / _MEGABYTE:,.1f} MB"
