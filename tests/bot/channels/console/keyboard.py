"""Somebody at a keyboard: `ember chat` behind a pseudo terminal."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from types import TracebackType
from typing import Self

from tests.bot.installation import PATIENCE_SECONDS, Installation

ENTER, ALT_ENTER, UP, TAB = "\r", "\x1b\r", "\x1b[A", "\t"
CTRL_C, CTRL_D = "\x03", "\x04"

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>])|\r")
_ROWS, _COLUMNS = 50, 100


class Keyboard:
    """Types, and reads what comes onto the screen, in the order in which it comes."""

    def __init__(self, installation: Installation, **settings: object) -> None:
        self._screen, terminal = pty.openpty()
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            [*installation.command, "chat"],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=installation.root,
            # No terminal answers here where the cursor stands.
            env={**installation.environment(**settings), "PROMPT_TOOLKIT_NO_CPR": "1"},
            start_new_session=True,
        )
        os.close(terminal)
        self._raw = b""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._screen)

    def types(self, *keys: str) -> None:
        os.write(self._screen, "".join(keys).encode())

    async def says(self, *keys: str) -> str:
        """Types and sends, and returns what comes onto the screen before the next prompt."""
        self.types(*keys, ENTER)
        return await self.prompted()

    async def prompted(self) -> str:
        """Waits for a prompt, which stands below an empty line."""
        return await self.sees("\n\n> ")

    async def sees(self, text: str) -> str:
        """Waits for a text behind the last one that was waited for; returns what came before it."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (at := self._shown().find(text, self._seen)) < 0:
                    self._raw += await self._more()
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self._shown()[self._seen :]!r}") from None
        before = self._shown()[self._seen : at]
        self._seen = at + len(text)
        return before

    def is_told(self, what: signal.Signals) -> None:
        self._process.send_signal(what)

    async def ended(self) -> int:
        """Waits for the end of the process and returns its exit code."""
        return await asyncio.to_thread(self._process.wait, PATIENCE_SECONDS)

    @property
    def echoes(self) -> bool:
        """Whether the terminal itself shows what is typed, as a shell expects it to."""
        return bool(termios.tcgetattr(self._screen)[3] & termios.ECHO)

    def _shown(self) -> str:
        return _SEQUENCE.sub("", self._raw.decode(errors="replace"))

    async def _more(self) -> bytes:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._screen, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._screen)
        return os.read(self._screen, 65_536)
