"""Work in a thread: it has ended when who waits for it goes on, cancelled too."""

import asyncio
import threading

import pytest

from memory.in_thread import until_ended


async def test_who_is_cancelled_goes_on_only_when_the_thread_has_ended() -> None:
    begun, stopping, ended = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        assert stopping.wait(20)
        ended.set()

    waiting = asyncio.ensure_future(until_ended(run, stopping.set))
    await asyncio.to_thread(begun.wait, 20)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_what_it_gives_and_raises_is_handed_on() -> None:
    assert await until_ended(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await until_ended(lambda: 1 // 0)
