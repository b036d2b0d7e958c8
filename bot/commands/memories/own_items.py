"""A person's own items as commands take and name them; whatever is somebody else's is not found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.page import LABEL_LIMIT, SUGGESTED, Asking, BadArgument, Choice, Option, OptionKind
from bot.turn import short_id
from memory import Item, ItemId, Memory, OwnerKind, Scope, ScopeKind, Store

ITEM: Final = "item"
_NO_SUCH: Final = "You have no such item. /memory list shows what I keep of you."


class OwnItems:
    """Finds and names what is the asker's own. A day is a day where they are."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    def option(self, description: str, required: bool = True) -> Option:
        """Returns the option that takes one of the asker's memories."""
        return Option(ITEM, description, OptionKind.ITEM, required, suggest=self.suggest)

    async def suggest(self, asking: Asking, typed: str) -> Sequence[Choice]:
        """Returns the asker's memories that hold what was typed, newest first."""
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        wanted = typed.casefold().strip()
        found = [memory for memory in reversed(kept) if wanted in memory.content.casefold()]
        return [Choice(cut(memory.content, LABEL_LIMIT), short_id(memory.id)) for memory in found[:SUGGESTED]]

    async def item(self, asking: Asking) -> Item:
        """Returns the asker's memory or message that an id names. Raises BadArgument."""
        return await self.by_id(asking, _given(asking))

    async def memory(self, asking: Asking) -> Memory:
        """Returns the asker's memory that an id names, in force or not. Raises BadArgument."""
        found = await self.item(asking)
        if not isinstance(found, Memory):
            raise BadArgument("That is something you said, not a memory; /memory show shows it.")
        return found

    async def by_id(self, asking: Asking, item: ItemId) -> Item:
        """Returns the asker's memory or message. Raises BadArgument."""
        found = await self._store.search.item(asking.private, item)
        if found is None or found.owner != asking.person.id:
            raise BadArgument(_NO_SUCH)
        if isinstance(found, Memory) and found.owner_kind is not OwnerKind.PERSON:
            raise BadArgument(_NO_SUCH)
        return found

    def zone(self, asking: Asking) -> ZoneInfo:
        return ZoneInfo(self.zone_name(asking))

    def zone_name(self, asking: Asking) -> str:
        return asking.person.time_zone or self._default_zone

    def day(self, asking: Asking, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone(asking)):%Y-%m-%d}"


def _given(asking: Asking) -> ItemId:
    item = asking.item(ITEM)
    if item is None:
        raise BadArgument("Say item too: /memory list shows the ids.")
    return item


def seen_by(scope: Scope, asking: Asking) -> str:
    """Says who sees an item of the asker's."""
    match scope.kind:
        case ScopeKind.PRIVATE:
            return "you alone"
        case ScopeKind.GUILD if scope.key == asking.place.guild:
            return "you, and everybody in this server"
        case ScopeKind.GUILD:
            return "you, and everybody in one other server"
        case ScopeKind.CHANNEL:
            return "you, and whoever reads the channel where you said it"
        case ScopeKind.THREAD:
            return "you, and the readers of one mail thread"
        case ScopeKind.EVERYONE:
            return "everybody"


def cut(text: str, limit: int) -> str:
    """Returns a text on one line, at most so many characters of it."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
