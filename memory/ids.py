"""63-bit snowflake ids: 42 bits of milliseconds since 2020, 8 bits of worker, 13 bits of sequence.

Made before anything is stored. They never go back when the clock does, and start after the largest one stored.
"""

from datetime import UTC, datetime
from typing import Final

from memory.clock import Clock

EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
WORKER_BITS: Final = 8
SEQUENCE_BITS: Final = 13
_SEQUENCE_END: Final = 1 << SEQUENCE_BITS


class IdMaker:
    """Makes ids that only grow.

    `after` is the largest id stored so far; `worker` is 0 to 255, different for each process that shares a database.
    """

    def __init__(self, clock: Clock, worker: int = 0, after: int = 0) -> None:
        if not 0 <= worker < 1 << WORKER_BITS:
            raise ValueError(f"a worker is 0 to {(1 << WORKER_BITS) - 1}, not {worker}")
        self._clock = clock
        self._worker = worker
        self._millisecond = after >> (WORKER_BITS + SEQUENCE_BITS)
        # A stored id of another worker may share the millisecond: begin with the next one.
        self._sequence = _SEQUENCE_END - 1 if after else -1

    def next(self) -> int:
        now = int((self._clock.now() - EPOCH).total_seconds() * 1000)
        if now > self._millisecond:
            self._millisecond, self._sequence = now, 0
        else:
            self._sequence += 1
            if self._sequence == _SEQUENCE_END:
                self._millisecond, self._sequence = self._millisecond + 1, 0
        return ((self._millisecond << WORKER_BITS | self._worker) << SEQUENCE_BITS) | self._sequence


def first_id_at(moment: datetime) -> int:
    """Returns the smallest id that is made in the millisecond of a moment; moments before the epoch count as it."""
    milliseconds = int((moment - EPOCH).total_seconds() * 1000)
    return max(milliseconds, 0) << (WORKER_BITS + SEQUENCE_BITS)
