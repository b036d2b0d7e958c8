"""The shell's door.

main      the command `ember` and its options
chat      `ember run` and `ember chat`
memory    `ember memory …`
failures  known errors as one line
output    tables, or the same as JSON

Importing this package comes before everything else that takes time, so a SIGTERM from here on is an orderly end.
"""

import signal
import sys
from types import FrameType


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Nothing is under way yet, or any more: what was acknowledged is durable."""
    sys.exit(0)


signal.signal(signal.SIGTERM, _leave)
