"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"  #: nothing to do
    MENDED = "mended"  #: it was wrong, and is no longer
    WARN = "warn"  #: works, and should be seen to
    BAD = "bad"  #: does not work as promised


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    verdict: Verdict
    told: str  #: one or two plain sentences
    remedy: str = ""  #: what to do about it
