"""What a capability is given: who asks, where, and one narrow handle per power, each fulfilled by `bot`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory import Found, ItemId, Memory, Person, Place, RelationshipKind, Tier


class Memories(Protocol):
    """The asker's memory as this place may see it. A call changes it at most once: its effect is one op."""

    async def add(
        self, content: str, importance: int, tier: Tier, related: Sequence[ItemId], relationship: RelationshipKind
    ) -> Memory:
        """Keeps a memory and returns it once it is durable. Raises TellTheModel when it cannot be kept."""

    async def search(self, query: str, limit: int) -> Found:
        """Finds what this place may see, best first."""

    async def supersede(self, memory: ItemId, content: str) -> Memory:
        """Replaces a memory of the asker's by a new one. Raises TellTheModel when there is no such memory here."""

    async def forget(self, item: ItemId) -> None:
        """Forgets an item of the asker's with all that was made of it. Raises TellTheModel when there is none here."""


class Blocks(Protocol):
    """The asker's blocks in this place. A call changes one at most once: its effect is one op."""

    async def edit(self, label: str, text: str, passage: str | None, append: bool) -> Memory:
        """Writes a block: the whole, a line behind it, or in the place of a passage. Raises TellTheModel."""


class Now(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, where, and what a capability may do."""

    asker: Person
    place: Place
    memories: Memories
    blocks: Blocks
    now: Now  #: UTC
    time_zone: str  #: the asker's, an IANA name
