"""The asker's memory as a list: a neighbour of the real handle, for what is tested above it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from capabilities import TellTheModel
from memory import (
    Channel,
    Direction,
    DrivenClock,
    Found,
    Hit,
    IdentityId,
    Item,
    ItemId,
    Memory,
    Message,
    MessageState,
    RelationshipKind,
    SessionId,
    Tier,
    Trust,
)
from memory.scope import ScopeNumber

_SMALL = {
    "a", "an", "the", "is", "are", "am", "was", "do", "does", "did", "have", "has", "i", "i'm", "my", "me", "of",
    "in", "on", "at", "to", "for", "with", "about", "what", "which", "who", "when", "where", "how", "it", "that",
    "and", "you", "your", "what's", "or", "so", "no",
    "stuff",
}  # fmt: skip


class MemoriesInAList:
    """Finds by whole words, without their plural s, and ranks by how many an item holds, then by age."""

    def __init__(self, asker: IdentityId, clock: DrivenClock) -> None:
        self.items: list[Item] = []
        self.related: list[tuple[ItemId, RelationshipKind, ItemId]] = []
        self._asker = asker
        self._clock = clock
        self._ids = iter(range(2**62, 2**63))  # as long as ids get
        self.withheld = 0

    async def add(
        self, content: str, importance: int, tier: Tier, related: Sequence[ItemId], relationship: RelationshipKind
    ) -> Memory:
        memory = replace(self._memory(content, importance), tier=tier)
        self.related += [(memory.id, relationship, self._own(item).id) for item in related]
        self.items.append(memory)
        return memory

    async def search(self, query: str, limit: int) -> Found:
        asked = _words(query)
        hits = [_hit(item, asked) for item in reversed(self.items)]
        found = [hit for hit in hits if len(hit.lacks) < len(asked) or not asked]
        return Found(tuple(sorted(found, key=lambda hit: len(hit.lacks))[:limit]), self.withheld)

    async def supersede(self, memory: ItemId, content: str) -> Memory:
        old = self._own(memory)
        if not isinstance(old, Memory):
            raise TellTheModel("there is no such memory here")
        new = self._memory(content, old.importance)
        self.items[self.items.index(old)] = new
        return new

    async def forget(self, item: ItemId) -> None:
        gone = self._own(item)
        self.items.remove(gone)
        if isinstance(gone, Memory) and gone.source:
            self.items = [other for other in self.items if other.id != gone.source]

    def said(self, text: str, by: tuple[int, str] | None = None, direction: Direction = Direction.IN) -> Message:
        """Records a message, by default the asker's own."""
        identity, name = by or (self._asker, "EJ")
        message = Message(
            id=self._next(),
            channel=Channel.CONSOLE,
            external_id=None,
            direction=direction,
            state=MessageState.DONE,
            owner=IdentityId(identity),
            owner_name=name,
            scopes=(ScopeNumber(1),),
            trust=Trust.SAID if identity == self._asker else Trust.EXTERNAL,
            content=text,
            language="en",
            created_at=self._clock.now(),
            session=SessionId(1),
        )
        self.items.append(message)
        return message

    def remembered(self, text: str, source: ItemId | None = None, trust: Trust = Trust.SAID) -> Memory:
        """Keeps a memory that another turn made."""
        memory = self._memory(text, 5, source, trust)
        self.items.append(memory)
        return memory

    def _memory(self, content: str, importance: int, source: ItemId | None = None, trust: Trust = Trust.SAID) -> Memory:
        return Memory(
            id=self._next(),
            owner=self._asker,
            scopes=(ScopeNumber(1),),
            trust=trust,
            tier=Tier.SEMANTIC,
            content=content,
            importance=importance,
            confidence=1,
            language="en",
            created_at=self._clock.now(),
            valid_from=self._clock.now(),
            source=source,
        )

    def _next(self) -> ItemId:
        self._clock.advance(timedelta(seconds=1))
        return ItemId(next(self._ids))

    def _own(self, item: ItemId) -> Item:
        own = [one for one in self.items if one.id == item and one.owner == self._asker]
        if not own:
            raise TellTheModel("there is no such item here")
        return own[0]


class BlocksInADict:
    """The asker's blocks by label."""

    def __init__(self, memories: MemoriesInAList) -> None:
        self.texts: dict[str, str] = {}
        self._memories = memories

    async def edit(self, label: str, text: str, passage: str | None, append: bool) -> Memory:
        before = self.texts.get(label, "")
        if passage is not None and passage not in before:
            raise TellTheModel("the block does not hold that passage")
        text = before.replace(passage, text) if passage is not None else f"{before}\n{text}" if append else text
        self.texts[label] = text
        return replace(self._memories.remembered(text), label=label)


def _hit(item: Item, asked: Iterable[str]) -> Hit:
    held = {_stem(word) for word in _words(item.content)}
    return Hit(item, score=1, reason="words", lacks=tuple(word for word in asked if _stem(word) not in held))


def _words(text: str) -> list[str]:
    typed = re.findall(r"[\w'’]+", text.replace("’", "'"))
    return [word for word in dict.fromkeys(typed) if word.casefold() not in _SMALL]


def _stem(word: str) -> str:
    return word.casefold().removesuffix("'s").removesuffix("s").removesuffix("e").removesuffix("ed")
