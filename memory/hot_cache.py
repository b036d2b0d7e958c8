"""The hot half of the memory: the most recent items in the process, holding nothing that the database does not.

A true LRU, indexed by scope, by identity and by session; messages leave it before memories. It is touched by the loop
alone, and by the write queue after COMMIT, in the order of the writes; so it needs no lock. It knows, for each scope
and kind, from which id on it holds everything, and then answers without the database.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar

from memory.place import IdentityId
from memory.records import Item, ItemId, Memory, Message, SessionId
from memory.scope import ScopeNumber, shared

DEFAULT_SIZE: Final = 10_000  #: items

_ALL: Final = ItemId(0)  #: held from this id on: everything
_NOTHING: Final = ItemId(1 << 63)  #: an id behind all others

K = TypeVar("K", bound=int)
ItemT = TypeVar("ItemT", Memory, Message)


@dataclass(frozen=True, slots=True)
class Warmth:
    """What a start has read, oldest first: the newest memories in force, and the newest messages."""

    memories: Sequence[Memory]
    messages: Sequence[Message]
    all_memories: bool
    all_messages: bool


class Watcher(Protocol):
    """Somebody who is told of writes."""

    def written(self, item: ItemId) -> None: ...

    def erased(self) -> None:
        """Something is gone, or nobody knows whether something was written."""
        ...


class HotCache:
    """Items by id, by scope, by identity and by session.

    `forget_copies` is called when items were taken out that others may have copied.
    """

    def __init__(self, size: int = DEFAULT_SIZE, forget_copies: Callable[[], None] | None = None) -> None:
        self._size = size
        self._forget_copies = forget_copies
        self._memories: _Kept[Memory] = _Kept()
        self._messages: _Kept[Message] = _Kept()
        self._written: defaultdict[ScopeNumber, int] = defaultdict(int)
        self._dropped = 0  # how often something was taken out, of whatever scope
        self._names: dict[IdentityId, str] = {}  # those that were told since the start
        self.hits = 0  #: answered without the database
        self.misses = 0
        self._watchers: list[Watcher] = []

    def __len__(self) -> int:
        return len(self._memories) + len(self._messages)

    def warm(self, start: Warmth) -> None:
        """Takes what a start has read, before anything is written."""
        if start.all_memories and self._size:
            self._memories.hold_elsewhere(_ALL)
        if start.all_messages and self._size:
            self._messages.hold_elsewhere(_ALL)
        elif start.messages:
            self._messages.hold_elsewhere(start.messages[0].id)
        for message in start.messages:
            self._put(message)
        for memory in start.memories:
            self._put(memory)

    def get(self, item: ItemId, readable: Collection[ScopeNumber]) -> Item | None:
        """Returns an item that a place reading these scopes may use; None also when only the database knows."""
        found = self._memories.get(item) or self._messages.get(item)
        if found is None or not shared(found.scopes, readable):
            self.misses += 1
            return None
        self.hits += 1
        return found

    def memories(self, readable: Collection[ScopeNumber], owner: IdentityId | None = None) -> list[Memory] | None:
        """Returns the memories in force that a place reading these scopes may use, oldest first: all, or somebody's.

        None when only the database knows.
        """
        if not self._answers(self._memories, readable, _ALL):
            return None
        found = self._memories.in_scopes(readable) if owner is None else self._memories.in_group(owner)
        return [one for one in found if one.superseded_at is None and shared(one.scopes, readable)]

    def blocks(self, readable: Collection[ScopeNumber]) -> list[Memory] | None:
        """Returns the memories in force with a label that a place reading these scopes may use.

        None when only the database knows.
        """
        if not self._answers(self._memories, readable, _ALL):
            return None
        labelled = self._memories.labelled(readable)
        return [one for one in labelled if one.superseded_at is None and shared(one.scopes, readable)]

    def conversation(
        self, readable: Collection[ScopeNumber], session: SessionId, since: ItemId
    ) -> list[Message] | None:
        """Returns the messages of a session, from an id on, that a place reading these scopes may use, oldest first.

        None when only the database knows. Messages without a word are left out.
        """
        if not self._answers(self._messages, readable, since):
            return None
        said = self._messages.in_group(session)
        return [message for message in said if message.id >= since and shared(message.scopes, readable)]

    def counters(self, scopes: Iterable[ScopeNumber]) -> tuple[int, ...]:
        """How often each scope was written to: taken before a read, and compared when its result is put here."""
        return (self._dropped, *(self._written.get(scope, 0) for scope in scopes))

    def keep(self, readable: Collection[ScopeNumber], counters: tuple[int, ...], items: Iterable[Item]) -> None:
        """Takes single items that a read of these scopes found, unless something was written since it began."""
        if self.counters(readable) == counters:
            for item in items:
                self._put(item)

    def keep_memories(
        self, scopes: Collection[ScopeNumber], counters: tuple[int, ...], memories: Iterable[Memory]
    ) -> None:
        """Takes all the memories in force of some scopes from a read, unless something was written since it began."""
        if self._size and self.counters(scopes) == counters:
            self._memories.hold(scopes, _ALL)  # before the items: what has to go to make room takes it back
            for memory in memories:
                self._put(memory)

    def keep_messages(
        self, scopes: Collection[ScopeNumber], since: ItemId, counters: tuple[int, ...], messages: Iterable[Message]
    ) -> None:
        """Takes all the messages of some scopes from an id on, unless something was written since the read began."""
        if self._size and self.counters(scopes) == counters:
            self._messages.hold(scopes, since)
            for message in messages:
                self._put(message)

    def watch(self, watcher: "Watcher") -> None:
        """Tells somebody of every write from now on, after its COMMIT."""
        self._watchers.append(watcher)

    def wrote(self, items: Iterable[Item]) -> None:
        """Takes what an op wrote; it is the newest there is."""
        for item in items:
            for scope in item.scopes:
                self._written[scope] += 1
            self._put(item)
            for watcher in self._watchers:
                watcher.written(item.id)

    def found_otherwise(self, scopes: Iterable[ScopeNumber]) -> None:
        """Counts as a write to some scopes: their items are as they were, but a question may find others of them."""
        for scope in scopes:
            self._written[scope] += 1

    def asked_otherwise(self) -> None:
        """Counts as a write to every scope: the same words of a question may be understood otherwise from now on."""
        self._dropped += 1

    def named(self, identity: IdentityId, name: str) -> None:
        """Takes somebody's name, which stands on all their messages, after an op may have changed it."""
        if self._names.get(identity) == name:
            return
        if len(self._names) >= max(self._size, 1):
            self._names.clear()
        self._names[identity] = name
        self._dropped += 1  # a read under way may hold the old name
        for message in self._messages.of_owner(identity):
            self._messages.put(replace(message, owner_name=name))

    def erased(self, items: Iterable[ItemId]) -> None:
        """Drops what an op erased."""
        self._dropped += 1  # of what is not here the scopes are not known; yet no older read may bring it back
        for item in items:
            self._memories.drop(item)
            self._messages.drop(item)
        self._drop_copies()

    def clear(self) -> None:
        """Forgets everything: after a COMMIT of which nobody knows whether it happened."""
        self._dropped += 1
        self._memories.clear()
        self._messages.clear()
        self._drop_copies()

    def _drop_copies(self) -> None:
        if self._forget_copies is not None:
            self._forget_copies()
        for watcher in self._watchers:
            watcher.erased()

    def _answers(self, kept: "_Kept[ItemT]", readable: Iterable[ScopeNumber], since: ItemId) -> bool:
        held = kept.holds(readable, since)
        self.hits += held
        self.misses += not held
        return held

    def _put(self, item: Item) -> None:
        if not self._size:
            return
        if isinstance(item, Memory):
            self._memories.put(item)
        elif item.content:
            self._messages.put(item)
        else:  # not yet written, or forgotten, or only files: the database tells these apart
            self._messages.drop(item.id)
        over = len(self._memories.items) + len(self._messages.items) - self._size
        for _ in range(over):
            (self._messages if self._messages.items else self._memories).evict()


class _Kept(Generic[ItemT]):
    """The items of one kind with their indexes; evicting one leaves its scopes held only from behind it on.

    An ordered dictionary, for `cachetools` takes longer to keep an item than all the rest of a write in the loop.
    """

    def __init__(self) -> None:
        self.items: OrderedDict[ItemId, ItemT] = OrderedDict()  # the least recently used first
        self._in_scope: defaultdict[ScopeNumber, set[ItemId]] = defaultdict(set)
        self._in_group: defaultdict[int, set[ItemId]] = defaultdict(set)
        self._blocks_in: defaultdict[ScopeNumber, set[ItemId]] = defaultdict(set)  # every prompt asks for these
        self._held_from: dict[ScopeNumber, ItemId] = {}
        self._held_elsewhere = _NOTHING

    def __len__(self) -> int:
        return len(self.items)

    def get(self, item: ItemId) -> ItemT | None:
        found = self.items.get(item)
        if found is not None:
            self.items.move_to_end(item)
        return found

    def in_scopes(self, scopes: Iterable[ScopeNumber]) -> list[ItemT]:
        """Returns what stands in any of some scopes, oldest first; that counts as use."""
        return self._used({item for scope in scopes for item in self._in_scope.get(scope, ())})

    def in_group(self, group: int) -> list[ItemT]:
        """Returns what is of one owner, or of one session, oldest first; that counts as use."""
        return self._used(self._in_group.get(group, ()))

    def labelled(self, scopes: Iterable[ScopeNumber]) -> list[ItemT]:
        """Returns the blocks that stand in any of some scopes, oldest first; that counts as use."""
        return self._used({item for scope in scopes for item in self._blocks_in.get(scope, ())})

    def of_owner(self, owner: IdentityId) -> list[ItemT]:
        """Looks at every item: for what happens seldom."""
        return [item for item in self.items.values() if item.owner == owner]

    def holds(self, scopes: Iterable[ScopeNumber], since: ItemId) -> bool:
        return all(self._held_from.get(scope, self._held_elsewhere) <= since for scope in scopes)

    def hold(self, scopes: Iterable[ScopeNumber], since: ItemId) -> None:
        for scope in scopes:
            self._held_from[scope] = min(since, self._held_from.get(scope, self._held_elsewhere))

    def hold_elsewhere(self, since: ItemId) -> None:
        """From which id on all is held of the scopes that are not known singly."""
        self._held_elsewhere = since

    def put(self, item: ItemT) -> None:
        if item.id in self.items:
            self.drop(item.id)
        self.items[item.id] = item
        self._in_group[_group(item)].add(item.id)
        for scope in item.scopes:
            self._in_scope[scope].add(item.id)
        if _is_block(item):
            for scope in item.scopes:
                self._blocks_in[scope].add(item.id)

    def drop(self, item: ItemId) -> None:
        found = self.items.pop(item, None)
        if found is not None:
            self._unindex(found)

    def evict(self) -> None:
        _, item = self.items.popitem(last=False)
        self._unindex(item)
        if isinstance(item, Memory) and item.superseded_at is not None:
            return  # only those in force are held whole
        behind = ItemId(item.id + 1)
        for scope in item.scopes:
            if self._held_from.get(scope, self._held_elsewhere) < behind:
                self._held_from[scope] = behind

    def clear(self) -> None:
        self.items.clear()
        self._in_scope.clear()
        self._in_group.clear()
        self._blocks_in.clear()
        self._held_from.clear()
        self._held_elsewhere = _NOTHING

    def _used(self, ids: Iterable[ItemId]) -> list[ItemT]:
        used = sorted(ids)
        for item in used:
            self.items.move_to_end(item)
        return [self.items[item] for item in used]

    def _unindex(self, item: ItemT) -> None:
        _take_out(self._in_group, _group(item), item.id)
        for scope in item.scopes:
            _take_out(self._in_scope, scope, item.id)
        if _is_block(item):
            for scope in item.scopes:
                _take_out(self._blocks_in, scope, item.id)


def _is_block(item: Item) -> bool:
    return isinstance(item, Memory) and item.label is not None


def _group(item: Item) -> int:
    """Beside their scopes, memories are asked for by owner and messages by session."""
    return item.owner if isinstance(item, Memory) else item.session


def _take_out(index: dict[K, set[ItemId]], key: K, item: ItemId) -> None:
    items = index[key]
    items.discard(item)
    if not items:
        del index[key]
