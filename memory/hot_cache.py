"""The hot half of the memory: the most recent items in the process, holding nothing that the database does not.

A true LRU, indexed by scope. It is touched by the loop alone, and by the write queue after COMMIT, in the order of the
writes; so it needs no lock. It knows for which scopes it holds every memory, and then answers without the database.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from cachetools import LRUCache

from memory.records import Item, ItemId, Memory
from memory.scope import ScopeNumber, shared

DEFAULT_SIZE: Final = 10_000  #: items


@dataclass(frozen=True, slots=True)
class CachedMemories:
    """What the hot cache holds of some scopes."""

    found: tuple[Memory, ...]  #: in force, oldest first
    complete: bool  #: True: nothing else exists, the database need not be asked


class Watcher(Protocol):
    """Somebody who is told of writes."""

    def written(self, item: ItemId) -> None: ...

    def erased(self) -> None:
        """Something is gone, or nobody knows whether something was written."""
        ...


class HotCache:
    """Items by id and by scope."""

    def __init__(self, size: int = DEFAULT_SIZE) -> None:
        self._items = _ScopedItems(size)
        self._written: defaultdict[ScopeNumber, int] = defaultdict(int)
        self._dropped = 0  # how often something was taken out, of whatever scope
        self._watchers: list[Watcher] = []

    def __len__(self) -> int:
        return len(self._items)

    def get(self, item: ItemId, readable: Collection[ScopeNumber]) -> Item | None:
        """Returns an item that a place reading these scopes may use; None also when only the database knows."""
        found = self._items.get(item)
        return found if found is not None and shared(found.scopes, readable) else None

    def memories(self, readable: Iterable[ScopeNumber]) -> CachedMemories:
        """Returns the memories in force that a place reading these scopes may use."""
        wanted = tuple(readable)
        ids = sorted({item for scope in wanted for item in self._items.in_scope.get(scope, ())})
        found = (self._items[item] for item in ids)
        memories = tuple(item for item in found if isinstance(item, Memory) and item.superseded_at is None)
        return CachedMemories(memories, complete=self._items.complete.issuperset(wanted))

    def counters(self, scopes: Iterable[ScopeNumber]) -> tuple[int, ...]:
        """How often each scope was written to: taken before a read, and compared when its result is put here."""
        return (self._dropped, *(self._written[scope] for scope in scopes))

    def fill(self, scopes: tuple[ScopeNumber, ...], counters: tuple[int, ...], memories: Iterable[Memory]) -> None:
        """Takes the whole of some scopes' memories from a read, unless something was written since it began."""
        if not self._items.maxsize or self.counters(scopes) != counters:
            return
        for memory in memories:
            self._items[memory.id] = memory
        # Whatever had to go to make room has struck its scopes from the complete ones; all must be here now.
        if all(memory.id in self._items for memory in memories):
            self._items.complete.update(scopes)

    def watch(self, watcher: "Watcher") -> None:
        """Tells somebody of every write from now on, after its COMMIT."""
        self._watchers.append(watcher)

    def wrote(self, items: Iterable[Item]) -> None:
        """Takes what an op wrote; it is the newest there is."""
        for item in items:
            for scope in item.scopes:
                self._written[scope] += 1
            if self._items.maxsize:
                self._items[item.id] = item
            for watcher in self._watchers:
                watcher.written(item.id)

    def found_otherwise(self, scopes: Iterable[ScopeNumber]) -> None:
        """Counts as a write to some scopes: their items are as they were, but a question may find others of them."""
        for scope in scopes:
            self._written[scope] += 1

    def erased(self, items: Iterable[ItemId]) -> None:
        """Drops what an op erased."""
        self._dropped += 1  # of what is not here the scopes are not known; yet no older read may bring it back
        for item in items:
            self._items.pop(item, None)
        for watcher in self._watchers:
            watcher.erased()

    def clear(self) -> None:
        """Forgets everything: after a COMMIT of which nobody knows whether it happened."""
        self._dropped += 1
        self._items.clear()
        for watcher in self._watchers:
            watcher.erased()


class _ScopedItems(LRUCache[ItemId, Item]):
    """The items with their index; evicting one makes its scopes incomplete."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.in_scope: defaultdict[ScopeNumber, set[ItemId]] = defaultdict(set)
        self.complete: set[ScopeNumber] = set()

    def __setitem__(self, key: ItemId, item: Item) -> None:
        super().__setitem__(key, item)
        for scope in item.scopes:
            self.in_scope[scope].add(key)

    def __delitem__(self, key: ItemId) -> None:
        for scope in self[key].scopes:
            self.in_scope[scope].discard(key)
            if not self.in_scope[scope]:
                del self.in_scope[scope]
        super().__delitem__(key)

    def popitem(self) -> tuple[ItemId, Item]:
        key, item = super().popitem()
        if isinstance(item, Memory):
            self.complete.difference_update(item.scopes)
        return key, item

    def clear(self) -> None:
        super().clear()
        self.in_scope.clear()
        self.complete.clear()
