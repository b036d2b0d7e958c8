"""Runs one call: found, allowed, read, within its time. What goes wrong becomes a result that the model can read."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from capabilities.framework.arguments import parse_arguments
from capabilities.framework.context import Context
from capabilities.framework.decorator import Capability
from capabilities.framework.errors import TellTheModel
from capabilities.framework.registry import Registry
from capabilities.framework.rules import Rules
from memory import Place, without_words

FAILED: Final = "Failed: "  #: begins the text of every failed result, for the text is all that a model is shown

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a call came to."""

    text: str
    success: bool

    @classmethod
    def failed(cls, why: str) -> "CallResult":
        return cls(FAILED + why, success=False)


class Runner:
    """Runs the calls of a model."""

    def __init__(self, registry: Registry, rules: Rules) -> None:
        self._registry = registry
        self._rules = rules

    def is_read_only(self, call_name: str) -> bool:
        """Whether a call changes nothing; one of a capability that there is not fails, and does not either."""
        capability = self._registry.get(call_name)
        return capability is None or capability.read_only

    async def run(self, call_name: str, raw_arguments: str, context: Context, *, is_owner: bool) -> CallResult:
        """Returns the result of a call, which may be a failed one; only cancellation passes."""
        try:
            capability, timeout_seconds = self._allowed(call_name, context.place, is_owner=is_owner)
            arguments = parse_arguments(capability, raw_arguments)
            async with asyncio.timeout(timeout_seconds):
                return CallResult(await capability.function(context, **dict(arguments)), success=True)
        except TellTheModel as error:
            return CallResult.failed(str(error))
        except TimeoutError:
            return CallResult.failed(f"{call_name} took too long and was given up")
        except Exception as error:
            # A call is an edge: whatever a capability raises, the turn goes on. Logged without its text, which could
            # show what a person said.
            log.error("capability_failed", capability=call_name, error=without_words(error))
            return CallResult.failed(f"{call_name} failed inside; this is not about its arguments")

    def _allowed(self, name: str, place: Place, *, is_owner: bool) -> tuple[Capability, float]:
        """Returns a capability and the seconds that it may take. One that is off here is none, as the schemas say."""
        capability = self._registry.get(name)
        rule = None if capability is None else self._rules.rule_for(capability, place)
        if capability is None or rule is None or not rule.on:
            known = ", ".join(one.name for one in self._registry if self._rules.rule_for(one, place).on)
            raise TellTheModel(f'there is no capability "{name}"; there are: {known}')
        if rule.admin_only and not is_owner:
            raise TellTheModel(f"only Ember's owner may use {name}")
        return capability, rule.timeout_seconds
