"""`memories` shows what Ember keeps of somebody; `undo` takes the last of it back."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.page import Asking, Page
from memory import Store

SHOWN: Final = 20  #: the newest; a page is read at a glance
UNDO_WITHIN: Final = timedelta(hours=1)


class MemoryCommands:
    """The commands about one's own memories."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    async def memories(self, asking: Asking) -> Page:
        """Lists the asker's memories in force, newest first."""
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        if not kept:
            return Page("Memories", 'I keep no memories of you yet. Say "remember that …" and I do.')
        zone = ZoneInfo(asking.person.time_zone or self._default_zone)
        rows = tuple(
            (f"{memory.created_at.astimezone(zone):%Y-%m-%d}", memory.content, str(memory.trust))
            for memory in reversed(kept[-SHOWN:])
        )
        more = f"The newest {SHOWN} of {len(kept)}." if len(kept) > SHOWN else ""
        return Page("Memories", more, ("since", "what", "trust"), rows)

    async def undo(self, asking: Asking) -> Page:
        """Takes back the newest memory of the last hour; one that replaced another gives that back."""
        since = self._store.clock.now() - UNDO_WITHIN
        last = await self._store.memories.last_change(asking.private, asking.person.id, since)
        if last is None:
            return Page("Undo", "There is nothing to take back.")
        await self._store.erasure.take_back(asking.private, asking.person.id, last.id)
        return Page("Undo", f"Taken back: {last.content}")
