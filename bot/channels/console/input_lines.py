"""Lines of standard input, from a pipe or a file."""

import asyncio
import queue
import threading
from typing import Final, TextIO

_ENCODING: Final = "utf-8"


class InputLines:
    """Reads a line when one is asked for, in a daemon thread of its own.

    The loop cannot read files, asyncio.to_thread would keep the process alive at its end, and the buffer of
    sys.stdin, should a thread wait in it then, would crash the interpreter.
    """

    def __init__(self, source: TextIO | None) -> None:
        self._source = source  #: None: there is no standard input
        self._loop = asyncio.get_running_loop()
        self._wanted: queue.SimpleQueue[asyncio.Future[bytes]] = queue.SimpleQueue()
        if source is not None:
            threading.Thread(target=self._read, args=(source.fileno(),), name="ember-input", daemon=True).start()

    async def next(self) -> str | None:
        """Returns the next line without its end, None after the last; bytes that are no UTF-8 are replaced."""
        if self._source is None:
            return None
        wanted: asyncio.Future[bytes] = self._loop.create_future()
        self._wanted.put(wanted)
        line = await wanted
        return line.decode(_ENCODING, errors="replace").rstrip("\r\n") if line else None

    def _read(self, descriptor: int) -> None:
        with open(descriptor, "rb", closefd=False) as source:
            while True:
                wanted = self._wanted.get()
                try:
                    line = source.readline()
                except OSError:  # a directory, or a terminal that was closed: nothing more will come
                    line = b""
                try:
                    self._loop.call_soon_threadsafe(_settle, wanted, line)
                except RuntimeError:  # the loop was closed while the thread waited for input
                    return


def _settle(wanted: asyncio.Future[bytes], line: bytes) -> None:
    if not wanted.done():
        wanted.set_result(line)
