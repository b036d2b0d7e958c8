"""Ember as somebody has it on their disk: a copy, so that a developer's own `.env` and data stay out of the tests."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str


class Installation:
    """A copy of the four packages, and the command `ember` in it."""

    command = (sys.executable, "-m", "bot.cli.start")

    def __init__(self, root: Path) -> None:
        self.root = root
        for package in ("bot", "capabilities", "prompts", "memory"):
            shutil.copytree(ROOT / package, root / package)

    def environment(self, **settings: object) -> dict[str, str]:
        """The settings and nothing else of this machine. Without an embedding model, unless one is asked for: it
        takes half a second to open."""
        chosen = {"EMBEDDING_PROVIDER": "none"} | {name.upper(): str(value) for name, value in settings.items()}
        return {"PATH": os.defpath, "PYTHONPATH": str(self.root), "LANG": "C.UTF-8", "TERM": "xterm", **chosen}

    def start(
        self,
        *arguments: str,
        stdin: int = subprocess.PIPE,
        stdout: int = subprocess.PIPE,
        cwd: Path | None = None,
        before: Callable[[], None] | None = None,
        **settings: object,
    ) -> subprocess.Popen[bytes]:
        """Starts `ember` with some arguments; `before` runs in the new process."""
        return subprocess.Popen(
            [*self.command, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=cwd or self.root,
            env=self.environment(**settings),
            preexec_fn=lambda: _begin(before),
        )

    def run(
        self,
        *arguments: str,
        said: bytes = b"",
        cwd: Path | None = None,
        before: Callable[[], None] | None = None,
        **settings: object,
    ) -> Ended:
        """Runs `ember` to its end; `said` is its standard input."""
        return ended(self.start(*arguments, cwd=cwd, before=before, **settings), said)


def _begin(before: Callable[[], None] | None) -> None:
    """Takes Ctrl-C as in a shell: tests that run in the background were started with it ignored, and so are theirs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if before is not None:
        before()


def ended(process: subprocess.Popen[bytes], said: bytes | None = None) -> Ended:
    """Waits for the end of a process."""
    try:
        out, err = process.communicate(said, timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())


def all_ended(processes: Sequence[subprocess.Popen[bytes]], said: bytes = b"") -> list[Ended]:
    """Waits for processes that run side by side."""
    return [ended(process, said) for process in processes]
