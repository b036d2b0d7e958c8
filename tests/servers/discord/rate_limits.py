"""Rate limits as Discord keeps them: so many requests of a kind in a window that begins with the first of them."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

#: The part of a path that has windows of its own.
MAJOR = re.compile(r"^/(?:channels|guilds|webhooks/\d+)/([^/]+)")


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` requests in `seconds` for each channel, guild or webhook; one for everything when `everywhere`."""

    method: re.Pattern[str]
    path: re.Pattern[str]
    count: int
    seconds: float
    everywhere: bool = False

    @classmethod
    def of(cls, method: str, path: str, count: int, seconds: float, *, everywhere: bool = False) -> Limit:
        return cls(re.compile(method), re.compile(path), count, seconds, everywhere)

    def covers(self, method: str, path: str) -> bool:
        return self.method.fullmatch(method) is not None and self.path.search(path) is not None

    @property
    def bucket(self) -> str:
        return _hash(f"{self.method.pattern} {self.path.pattern}")


#: What Discord is seen to allow; it documents only that the headers tell.
USUAL = (
    Limit.of("POST", r"^/channels/\d+/messages$", 5, 5.0),
    Limit.of("PATCH", r"^/channels/\d+/messages/\d+$", 5, 5.0),
    Limit.of("DELETE", r"^/channels/\d+/messages/\d+$", 5, 1.0),
    Limit.of("PUT|DELETE", r"^/channels/\d+/messages/\d+/reactions", 1, 0.25),
    Limit.of("POST|PATCH|DELETE", r"^/webhooks/", 5, 2.0),
    Limit.of("POST", r"^/channels/\d+/typing$", 5, 5.0),
)


@dataclass(slots=True)
class Window:
    """The requests of one kind since the first of them."""

    began: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the headers say of a request, and whether it may pass."""

    bucket: str
    limit: int
    remaining: int
    reset_after: float
    allowed: bool
    everywhere: bool = False

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Bucket": self.bucket,
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset-After": f"{math.ceil(self.reset_after * 1000) / 1000:.3f}",
        }


class RateLimits:
    """The limits in force; none until a test asks for them."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.limits: tuple[Limit, ...] = ()
        self._seconds = seconds
        self._windows: dict[tuple[Limit, str], Window] = {}

    def judge(self, request: web.Request, path: str) -> Verdict:
        """Count a request, and say whether it is one too many and what the headers of its answer are."""
        found = [limit for limit in self.limits if limit.covers(request.method, path)]
        # Of the limits for one kind of request the newest counts: a test's own before the usual one.
        kept = [limit for limit in found if limit.everywhere] + [limit for limit in found if not limit.everywhere][-1:]
        verdicts = [self._use(limit, path) for limit in kept]
        refusal = next((each for each in verdicts if not each.allowed), None)
        if refusal is not None:
            return refusal
        own = [each for each in verdicts if not each.everywhere]
        return own[0] if own else _unlimited(request)

    def _use(self, limit: Limit, path: str) -> Verdict:
        major = MAJOR.match(path)
        key = (limit, "" if limit.everywhere or major is None else major[0])
        now = self._seconds()
        window = self._windows.get(key)
        if window is None or now - window.began >= limit.seconds:
            window = self._windows[key] = Window(now)
        allowed = window.used < limit.count
        window.used += int(allowed)
        rest = limit.seconds - (now - window.began)
        return Verdict(limit.bucket, limit.count, limit.count - window.used, rest, allowed, limit.everywhere)


def _unlimited(request: web.Request) -> Verdict:
    route = request.match_info.route.resource
    return Verdict(_hash(f"{request.method} {route and route.canonical}"), 50, 49, 1.0, True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
