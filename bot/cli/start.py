"""What the shell runs first: from here on a SIGTERM is an orderly end, also in the second that the imports take."""

import os
import signal
from types import FrameType


def main() -> None:
    """Runs `ember`."""
    signal.signal(signal.SIGTERM, _leave)
    from bot.cli.main import main as ember

    ember()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Nothing is under way yet, or any more: what was acknowledged is durable.

    An exception would do, but for the places where Python only prints it and goes on: inside a destructor, or inside a
    callback of an import.
    """
    os._exit(0)


if __name__ == "__main__":
    main()
