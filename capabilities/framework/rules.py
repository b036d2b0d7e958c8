"""What holds for a capability in a place: whether it is on, who may call it, how long it may take."""

from dataclasses import dataclass
from typing import Protocol

from capabilities.framework.decorator import Capability
from memory import Place


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one capability, the same for everybody in the place."""

    on: bool
    admin_only: bool  #: only the owner may call it
    timeout_seconds: float


class Rules(Protocol):
    """Says what holds, as it is now."""

    def rule_for(self, capability: Capability, place: Place) -> Rule: ...
