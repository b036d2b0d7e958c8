"""Waiting for the server to reach a state: woken when something happens, never by polling."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")


class Bell:
    """Rings whenever something changed, so that who waits looks again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait_for(self, probe: Callable[[], Found | None], timeout_seconds: float, what: str) -> Found:
        """Return the first truthy answer of `probe`, asked now and after every change.

        Raises:
            TimeoutError: nothing came within the deadline; its message says what was awaited.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := probe()):
                    future = asyncio.get_running_loop().create_future()
                    self._waiting.add(future)
                    await future
                return found
        except TimeoutError:
            raise TimeoutError(f"{what} did not come within {timeout_seconds:g} s") from None
