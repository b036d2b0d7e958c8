"""The server's time, which a test can move on without waiting."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Clock:
    """Real time, or a test's, moved on by what the test advanced it.

    `advanced` counts the seconds that a test let pass: the deadlines of interactions are measured by it alone, so that
    a slow machine never misses one.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.advanced = 0.0

    def now(self) -> datetime:
        return self._now() + timedelta(seconds=self.advanced)

    def seconds(self) -> float:
        """Return seconds that run on by themselves and by being advanced: the windows of rate limits."""
        return time.monotonic() + self.advanced

    def advance(self, seconds: float) -> None:
        self.advanced += seconds
