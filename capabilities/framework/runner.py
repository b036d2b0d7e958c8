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
from memory import without_words

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

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def run(self, call_name: str, raw_arguments: str, context: Context, *, is_owner: bool) -> CallResult:
        """Returns the result of a call, which may be a failed one; only cancellation passes."""
        try:
            capability = self._allowed(call_name, is_owner=is_owner)
            arguments = parse_arguments(capability, raw_arguments)
            async with asyncio.timeout(capability.timeout_seconds):
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

    def _allowed(self, name: str, *, is_owner: bool) -> Capability:
        capability = self._registry.get(name)
        if capability is None:
            known = ", ".join(schema.name for schema in self._registry.schemas())
            raise TellTheModel(f'there is no capability "{name}"; there are: {known}')
        if capability.admin_only and not is_owner:
            raise TellTheModel(f"only Ember's owner may use {name}")
        return capability
