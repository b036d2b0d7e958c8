"""A context as `bot` would give it, and a call in one line."""

from datetime import UTC, datetime

from capabilities import Context
from capabilities.framework.decorator import Capability
from capabilities.framework.registry import Registry, discover
from capabilities.framework.rules import Rule
from capabilities.framework.runner import CallResult, Runner
from memory import Channel, DrivenClock, IdentityId, OneReader, Person, Place
from tests.capabilities.memories_in_a_list import BlocksInADict, MemoriesInAList

EJ = IdentityId(7)
MORNING = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)


class AsWritten:
    """The rules of an installation in which nobody has changed any."""

    def rule_for(self, capability: Capability, place: Place) -> Rule:
        return Rule(True, capability.admin_only, capability.timeout_seconds)


class Asking:
    """EJ in Berlin, who asks from the terminal."""

    def __init__(self) -> None:
        clock = DrivenClock(MORNING)
        self.memories = MemoriesInAList(EJ, clock)
        self.blocks = BlocksInADict(self.memories)
        self.context = Context(
            asker=Person(EJ, "EJ"),
            place=Place(Channel.CONSOLE, OneReader(EJ)),
            memories=self.memories,
            blocks=self.blocks,
            now=clock.now,
            time_zone="Europe/Berlin",
        )
        registry = Registry()
        registry.register(discover())
        self.schemas = tuple(one.schema for one in registry)
        self._runner = Runner(registry, AsWritten())

    async def call(self, name: str, arguments: str) -> CallResult:
        return await self._runner.run(name, arguments, self.context, is_owner=False)
