"""`memory list`, `recent`, `search` and `as-of`: many of one's own items at once, each with its day and its id."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.commands.memories.own_items import ITEM, OwnItems
from bot.commands.page import PAGE, ROWS, Asking, BadArgument, Button, Command, Option, OptionKind, Page, leafed
from bot.turn import short_id
from memory import Direction, Hit, Item, Memory, Question, Store

RECENT: Final = 10  #: memories, each with its button
FOUND: Final = 50  #: items of one search
_WORDS: Final = "words"
_DAY: Final = "day"
#: How well an item answers, from a score on.
_HOW_WELL: Final = ((0.75, "very well"), (0.5, "well"), (0.25, "partly"), (0.0, "a little"))
#: It picks nothing: what is left when something is taken away from nothing.
ONLY_UNWANTED: Final = re.compile(r'(?:\s*(?:AND\s+)?NOT\s+(?:"[^"]*"|\([^()]*\)|[^\s()"]+))+\s*')


class ListingCommands:
    """The commands that show many."""

    def __init__(self, store: Store, items: OwnItems) -> None:
        self._store = store
        self._items = items

    def commands(self) -> tuple[Command, ...]:
        page = Option(PAGE, "Which part of the list", OptionKind.NUMBER)
        words = Option(_WORDS, 'Words, "a phrase", AND, OR, NOT, begin*', required=True)
        day = Option(_DAY, "A day, as 2026-03-31", OptionKind.NAME, required=True)
        some = replace(words, description="Only what holds these words", required=False)
        return (
            Command("memory list", "Show what I remember of you", self.listed, (page,)),
            Command("memory search", "Find what you said, or I remember of you", self.search, (words, page)),
            Command("memory recent", "Show what I remembered last, and take it back", self.recent),
            Command("memory as-of", "Show what I held to be true on a day", self.as_of, (day, some, page)),
        )

    async def listed(self, asking: Asking) -> Page:
        """Lists the asker's memories in force, newest first."""
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        if not kept:
            return Page("Memories", 'I keep no memories of you yet. Say "remember that …" and I do.')
        rows = [self._row(asking, memory) for memory in reversed(kept)]
        shown, buttons = leafed("memory list", rows, asking)
        return Page("Memories", _count(len(kept)), ("since", "what", "trust", "id"), shown, buttons)

    async def recent(self, asking: Asking) -> Page:
        """Lists what was remembered last, with a button for each that takes it back."""
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        newest = kept[: -RECENT - 1 : -1]
        if not newest:
            return Page("Recent", "I have remembered nothing of you yet.")
        rows = tuple((str(number), *self._row(asking, one)) for number, one in enumerate(newest, start=1))
        buttons = tuple(
            Button(f"Undo {number}", "undo", {ITEM: short_id(one.id)}) for number, one in enumerate(newest, start=1)
        )
        text = "The newest first. Undo takes one back, and puts in force again what it replaced."
        return Page("Recent", text, ("number", "since", "what", "trust", "id"), rows, buttons)

    async def search(self, asking: Asking) -> Page:
        """Finds the asker's items and what everybody may see, best first, each with why."""
        hits = await self._found(asking, None)
        rows = [(*self._found_row(asking, hit.item), _why(hit), short_id(hit.item.id)) for hit in hits]
        if not rows:
            return Page("Search", "I found nothing that fits.")
        shown, buttons = leafed("memory search", rows, asking)
        return Page("Search", _count(len(rows), best=True), ("when", "what", "why", "id"), shown, buttons)

    async def as_of(self, asking: Asking) -> Page:
        """Lists what of the asker's was held to be true at the end of a day, or what of it holds some words."""
        day = self._day_given(asking)
        end = datetime.combine(day + timedelta(days=1), time(), self._items.zone(asking)).astimezone(UTC)
        if asking.text(_WORDS):
            found: Sequence[Item] = [hit.item for hit in await self._found(asking, end)]
        else:
            found = (await self._store.memories.as_of(asking.private, asking.person.id, end))[::-1]
        if not found:
            return Page(f"As of {day}", "I knew nothing of that kind then.")
        rows = [(*self._found_row(asking, item), short_id(item.id)) for item in found]
        shown, buttons = leafed("memory as-of", rows, asking)
        return Page(f"As of {day}", _count(len(rows), best=bool(asking.text(_WORDS))), _COLUMNS, shown, buttons)

    async def _found(self, asking: Asking, as_of: datetime | None) -> Sequence[Hit]:
        words = asking.text(_WORDS)
        if ONLY_UNWANTED.fullmatch(words):
            raise BadArgument("That only says what you do not want. Say what to find, too: Rome NOT trip.")
        zone = self._items.zone_name(asking)
        question = Question(asking.private, asking.person.id, words, FOUND, time_zone=zone, as_of=as_of, operators=True)
        return (await self._store.search.find(question)).hits

    def _day_given(self, asking: Asking) -> date:
        today = self._store.clock.now().astimezone(self._items.zone(asking)).date()
        try:
            day = datetime.strptime(asking.text(_DAY), "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            raise BadArgument("day is a day such as 2026-03-31.") from None
        if day > today:
            raise BadArgument("day is today or earlier.")
        return day

    def _row(self, asking: Asking, memory: Memory) -> tuple[str, str, str, str]:
        since = self._items.day(asking, memory.created_at)
        return since, memory.content, str(memory.trust), short_id(memory.id)

    def _found_row(self, asking: Asking, item: Item) -> tuple[str, str]:
        return self._items.day(asking, item.created_at), told(item)


_COLUMNS: Final = ("since", "what", "id")


def told(item: Item) -> str:
    """Returns an item's text with what it is."""
    if isinstance(item, Memory):
        return item.content
    return f"you said: {item.content}" if item.direction is Direction.IN else f"I answered: {item.content}"


def _why(hit: Hit) -> str:
    how_well = next(words for least, words in _HOW_WELL if hit.score >= least)
    until = "; no longer so" if hit.until is not None else ""
    return f"fits {how_well} ({hit.score:.2f}): {hit.reason}{until}"


def _count(number: int, best: bool = False) -> str:
    first = "the best first" if best else "the newest first"
    return f"{number} items, {first}." if number > ROWS else ""
