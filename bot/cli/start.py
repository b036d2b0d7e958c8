"""What the shell runs first: from here on a SIGTERM is an orderly end, also in the second that the imports take."""

import signal
import sys
from types import FrameType


def main() -> None:
    """Runs `ember`."""
    signal.signal(signal.SIGTERM, _leave)
    from bot.cli.main import main as ember

    ember()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Nothing is under way yet, or any more: what was acknowledged is durable."""
    sys.exit(0)


if __name__ == "__main__":
    main()
