"""What the shell runs first: from here on a signal is an orderly end, also in the second that the imports take."""

import os
import signal
import sys
from types import FrameType
from typing import Final

#: These end well when they are asked to end; of all others the status says that they did not do what they were to do.
TALKING: Final = frozenset({"run", "chat"})


def main() -> None:
    """Runs `ember`."""
    signal.signal(signal.SIGTERM, _leave)
    interrupt = signal.getsignal(signal.SIGINT)  # ignored, where a shell runs this behind its back
    if interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from bot.cli.main import main as ember

    signal.signal(signal.SIGINT, interrupt)
    ember()


def _leave(number: int, _frame: FrameType | None) -> None:
    """Nothing is under way yet, or any more: what was acknowledged is durable.

    An exception would do, but for the places where Python only prints it and goes on: inside a destructor, or inside a
    callback of an import.
    """
    talks = sys.argv[1:2] and sys.argv[1] in TALKING
    os._exit(0 if talks and number == signal.SIGTERM else 128 + number)


if __name__ == "__main__":
    main()
