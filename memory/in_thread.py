"""Work in a thread that outlives nobody: who is cancelled waits until the thread has ended, and only then goes on."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def until_ended(run: Callable[[], T], stop: Callable[[], None] = lambda: None) -> T:
    """Returns what a function gives that runs in a thread; it has ended when this ends, cancelled too.

    `stop` is called when it is no longer wanted. Else it would go on writing after the data directory was given back.
    """
    running = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait([running])
        running.exception()  # whatever the thread ended with, nobody waits for it any more
        raise
