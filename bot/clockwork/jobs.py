"""Which work of Ember's own there is, who does it, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clockwork.background import Handler
from memory import JobType


@dataclass(frozen=True, slots=True)
class OwnWork:
    """Handlers by type of job; `periods` are the types that come again and again."""

    handlers: Mapping[JobType, Handler] = field(default_factory=dict)
    periods: Mapping[JobType, timedelta] = field(default_factory=dict)
