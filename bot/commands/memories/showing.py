"""`memory show`: one item of one's own, with all that there is to know of it."""

from collections.abc import Iterator
from typing import Final

from bot.commands.memories.own_items import ITEM, OwnItems, cut, seen_by
from bot.commands.page import Asking, Button, Command, Page
from bot.turn import short_id
from memory import Direction, Item, Memory, Message, RelationshipKind, Store

_SHOWN_TEXT: Final = 200  #: characters of another item
#: What stands before another item: as the shown one is to it, and as it is to the shown one.
_RELATED: Final = {
    RelationshipKind.RELATES_TO: ("related", "related"),
    RelationshipKind.CONTRADICTS: ("contradicts", "contradicted by"),
    RelationshipKind.EXTENDS: ("extends", "extended by"),
    RelationshipKind.IMPLEMENTS: ("carries out", "carried out by"),
    RelationshipKind.SUPERSEDES: ("replaces", "replaced by"),
    RelationshipKind.DERIVED_FROM: ("made from", "made into"),
}


class ShowingCommand:
    """Shows one item closely."""

    def __init__(self, store: Store, items: OwnItems) -> None:
        self._store = store
        self._items = items

    def commands(self) -> tuple[Command, ...]:
        option = self._items.option("Which one: its id, or choose it by its words")
        return (Command("memory show", "Show all about one thing I remember of you", self.show, (option,)),)

    async def show(self, asking: Asking) -> Page:
        """Shows an item whole: its text, who sees it, where it came from, what it was before, what belongs to it."""
        item = await self._items.item(asking)
        rows = [*self._own_rows(asking, item), *await self._history(asking, item)]
        for related in await self._store.related_items.of(asking.private, item.id):
            named = _RELATED[related.kind][0 if related.forward else 1]
            rows.append((named, f"{cut(related.item.content, _SHOWN_TEXT)} ({short_id(related.item.id)})"))
        if isinstance(item, Memory) and item.source is not None:
            source = await self._store.search.item(asking.private, item.source)
            gone = "a message that is gone, or that you may no longer see"
            rows.append(("taken from", gone if source is None else f"{_told(source)} ({short_id(source.id)})"))
        return Page("Memory" if isinstance(item, Memory) else "Message", item.content, _COLUMNS, tuple(rows), _do(item))

    def _own_rows(self, asking: Asking, item: Item) -> Iterator[tuple[str, str]]:
        yield "id", short_id(item.id)
        yield "since", self._items.day(asking, item.created_at)
        yield "trust", str(item.trust)
        if isinstance(item, Message):
            yield "what", "you said it" if item.direction is Direction.IN else "I answered it"
            return
        yield "seen by", seen_by(self._store.memories.scope_of(item), asking)
        yield "tier", str(item.tier)
        yield "importance", f"{item.importance} of 10"
        yield "confidence", f"{item.confidence:.0%}"
        yield "true from", self._items.day(asking, item.valid_from)
        if item.superseded_at is not None:
            yield "until", self._items.day(asking, item.superseded_at)
        if item.label is not None:
            yield "block", f"{item.label}, read-only" if item.read_only else item.label
        yield "went into", "1 answer" if item.access_count == 1 else f"{item.access_count} answers"

    async def _history(self, asking: Asking, item: Item) -> list[tuple[str, str]]:
        if not isinstance(item, Memory):
            return []
        rows: list[tuple[str, str]] = []
        for one in await self._store.memories.history(asking.private, item.id):
            if one.id != item.id:
                until = "now" if one.superseded_at is None else self._items.day(asking, one.superseded_at)
                text = f"{cut(one.content, _SHOWN_TEXT)} ({short_id(one.id)}, until {until})"
                rows.append(("before" if one.id < item.id else "later", text))
        return rows


_COLUMNS: Final = ("what", "value")


def _told(item: Item) -> str:
    return cut(item.content, _SHOWN_TEXT)


def _do(item: Item) -> tuple[Button, ...]:
    given = {ITEM: short_id(item.id)}
    forget = Button("Forget", "memory forget", given)
    if not isinstance(item, Memory) or item.superseded_at is not None:
        return (forget,)
    return (Button("Edit", "memory edit", given), Button("Share", "memory share", given), forget)
