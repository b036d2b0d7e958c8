"""What trials come to."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figures:
    """What some trials came to; nothing but the first two, and what was durable without being told, may be over 0."""

    trials: int = 0
    acknowledged: int = 0  #: items, or ops, of which it was said that they are kept
    lost: int = 0  #: acknowledged, and not there
    doubled: int = 0  #: there more than once
    not_found: int = 0  #: there, and not in the index
    unacknowledged: int = 0  #: there, though nobody was told so: no fault
    faults: tuple[str, ...] = field(default=())  #: whatever else was wrong

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.not_found or self.faults)

    @staticmethod
    def of_all(parts: Iterable["Figures"]) -> "Figures":
        """Returns what several series came to together."""
        all_parts = list(parts)
        return Figures(
            trials=sum(one.trials for one in all_parts),
            acknowledged=sum(one.acknowledged for one in all_parts),
            lost=sum(one.lost for one in all_parts),
            doubled=sum(one.doubled for one in all_parts),
            not_found=sum(one.not_found for one in all_parts),
            unacknowledged=sum(one.unacknowledged for one in all_parts),
            faults=tuple(fault for one in all_parts for fault in one.faults),
        )
