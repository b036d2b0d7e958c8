"""The words of replies to people who have paused: in this process alone, from the end of a turn to their delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from memory import ItemId, Notice

HELD: Final = 256  #: replies; the oldest go, and their people are told that they were interrupted


@dataclass(frozen=True, slots=True)
class Held:
    """One reply."""

    text: str
    notices: tuple[Notice, ...]
    parts: int  #: in which it goes out


class HeldWords:
    """Holds replies that no database holds; a process that ends loses them."""

    def __init__(self) -> None:
        self._held: LRUCache[ItemId, Held] = LRUCache(HELD)

    def hold(self, reply: ItemId, text: str, notices: Sequence[Notice], parts: int) -> None:
        """Holds a reply until its last part is delivered."""
        self._held[reply] = Held(text, tuple(notices), parts)

    def of(self, reply: ItemId) -> Held | None:
        """Returns a reply; None when another process held it, or there were too many."""
        return self._held.get(reply)

    def let_go(self, reply: ItemId, part: int) -> None:
        """A part has arrived; with the last of them the words go."""
        held = self._held.get(reply)
        if held is not None and part >= held.parts - 1:
            del self._held[reply]
