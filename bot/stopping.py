"""The process is asked to end."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def told_to_stop(stopping: asyncio.Event) -> Iterator[None]:
    """Sets the event at the first SIGTERM or SIGINT; a second one ends the process at once, which loses nothing."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(asked)

    before = {asked: signal.getsignal(asked) for asked in (signal.SIGTERM, signal.SIGINT)}
    for asked in before:
        loop.add_signal_handler(asked, stop)
    try:
        yield
    finally:
        for asked, handler in before.items():
            loop.remove_signal_handler(asked)
            signal.signal(asked, handler)
