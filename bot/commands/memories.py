"""`memory list` shows what Ember keeps of somebody; `undo` takes the last of it back; `learning` is a switch."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.page import PAGE, ROWS, Asking, Button, Command, Option, OptionKind, Page, leafed
from bot.turn import short_id
from memory import TEACHES, Memory, Store

UNDO_WITHIN: Final = timedelta(hours=1)

_FORGOTTEN_SINCE: Final = (
    "The last thing you had me do was to forget, and nobody can bring that back. "
    "/memory list shows what I keep, and /memory forget WORDS takes more of it away."
)


class MemoryCommands:
    """The commands about one's own memories."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        page = Option(PAGE, "Which part of the list", OptionKind.NUMBER)
        return (
            Command("memory list", "Show what I remember of you", self.listed, (page,)),
            Command("undo", "Take back the last thing I remembered", self.undo),
            Command("privacy learning", "Switch on or off that I learn from what you say by myself", self.learning),
        )

    async def listed(self, asking: Asking) -> Page:
        """Lists the asker's memories in force, newest first."""
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        if not kept:
            return Page("Memories", 'I keep no memories of you yet. Say "remember that …" and I do.')
        zone = ZoneInfo(asking.person.time_zone or self._default_zone)
        rows = [
            (f"{memory.created_at.astimezone(zone):%Y-%m-%d}", memory.content, str(memory.trust), short_id(memory.id))
            for memory in reversed(kept)
        ]
        shown, buttons = leafed("memory list", rows, asking)
        count = f"{len(kept)} memories, the newest first." if len(kept) > ROWS else ""
        return Page("Memories", count, ("since", "what", "trust", "id"), shown, buttons)

    async def undo(self, asking: Asking) -> Page:
        """Takes back the last change of the last hour: one memory, or all that a turn's words taught together.

        What they replaced is given back. Behind something forgotten it reaches for nothing: that is what is meant then.
        """
        since = self._store.clock.now() - UNDO_WITHIN
        last = await self._store.memories.last_change(asking.private, asking.person.id, since)
        if last is None:
            return Page("Undo", "There is nothing to take back.")
        forgotten = [one.asked_at for one in await self._store.erasure.progress(asking.private, asking.person.id)]
        if forgotten and max(forgotten) >= last.created_at:
            return Page("Undo", _FORGOTTEN_SINCE)
        together = await self._learned_with(asking, last)
        for memory in reversed(together):
            await self._store.erasure.take_back(asking.private, asking.person.id, memory.id)
        return Page("Undo", f"Taken back: {'; '.join(memory.content for memory in together)}")

    async def learning(self, asking: Asking) -> Page:
        """Switches whether Ember learns from what the asker says by itself."""
        person = await self._store.people.by_id(asking.person.id)
        await self._store.people.prefer(person.id, TEACHES, not person.teaches)
        switch = Button("Switch it on again" if person.teaches else "Switch it off", "privacy learning")
        if person.teaches:
            return Page("Learning", "From now on I remember only what you ask me to.", buttons=(switch,))
        return Page("Learning", "From now on I also learn from what you tell me.", buttons=(switch,))

    async def _learned_with(self, asking: Asking, last: Memory) -> list[Memory]:
        """Returns a memory with those that were learned from the same words at the same time."""
        if last.source is None:
            return [last]
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        return [one for one in kept if (one.source, one.created_at) == (last.source, last.created_at)]
