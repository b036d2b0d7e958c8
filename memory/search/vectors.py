"""The vectors of the scopes that are searched, in the process: a block a scope, compared exactly.

A place's scopes say which blocks are looked at, so what it may not see is never compared, let alone filtered out
afterwards. 100,000 vectors of 384 dimensions (about 30,000 items) take 10 ms of one core. Of a scope the newest vectors
are compared, as many as three quarters of BLOCK_BYTES hold (with 384 dimensions 513,000, about 170,000 items; with
1,536 130,000, about 43,000 items); what is older is found by its words.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.search.embedding import SCALE, StoredVectors
from memory.tables.embeddings import KeptVector, Vector, VectorKind, vectors_in
from memory.tables.ground import Ground

BLOCK_BYTES: Final = 256 * 1024 * 1024  #: of all blocks together
ON_THE_LOOP: Final = 4_000  #: vectors; more are compared in a thread, for they take longer than handing them over
_AT_ONCE: Final = 1_024  #: vectors made floats at a time: they stay in the processor's cache (three times as fast)
_PART: Final = 8_192  #: rows, at most
_FEWEST: Final = 64
_FILLED: Final = 0.75  #: of BLOCK_BYTES: the rest is for what arrives
_ROW_BYTES: Final = 8  #: of a vector, beside its dimensions

NOT_THERE: Final = -2.0  #: no cosine
_SENTENCE: Final = 0
_WINDOW: Final = 1
_GONE: Final = 2


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close an item is to a question, as cosines."""

    sentence: float  #: of its closest sentence; 0 when it has none
    window: float  #: of it and its neighbours


class Closest:
    """How close the items of some scopes are to a question."""

    def __init__(self, items: NDArray[np.int64], sentence: NDArray[np.float32], window: NDArray[np.float32]) -> None:
        self._items = items  # in their order, each once
        self._sentence = sentence
        self._window = window

    @classmethod
    def of(cls, parts: "Sequence[Closest]") -> "Closest":
        """Joins what several scopes hold; an item that stands in two is as close as in the closer one."""
        items = np.concatenate([part._items for part in parts] or [np.zeros(0, np.int64)])
        distinct, slots = np.unique(items, return_inverse=True)
        of_kind: list[NDArray[np.float32]] = []
        for kind in ([part._sentence for part in parts], [part._window for part in parts]):
            largest = np.full(len(distinct), NOT_THERE, np.float32)
            np.maximum.at(largest, slots, np.concatenate(kind or [np.zeros(0, np.float32)]))
            of_kind.append(largest)
        return cls(distinct, of_kind[0], of_kind[1])

    def get(self, item: ItemId) -> Closeness | None:
        """Returns how close an item is; None when it has no vectors."""
        at = int(np.searchsorted(self._items, item))
        if at == len(self._items) or self._items[at] != item:
            return None
        sentence, window = max(0.0, float(self._sentence[at])), float(self._window[at])
        # The window drew on what this place does not read, and so does not stand in its scopes.
        return Closeness(sentence, sentence if window == NOT_THERE else max(0.0, window))

    def best(self, most: int) -> list[ItemId]:
        """Returns the closest items, in no order."""
        if len(self._items) <= most:
            return [ItemId(int(item)) for item in self._items]
        close = np.maximum(self._sentence, 0) + np.maximum(self._window, 0)
        return [ItemId(int(item)) for item in self._items[np.argpartition(close, -most)[-most:]]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Some vectors, a row each."""

    vectors: StoredVectors
    slots: NDArray[np.int32]  #: whose each is
    kinds: NDArray[np.int8]

    @classmethod
    def empty(cls, count: int, dimension: int) -> "Rows":
        kinds = np.full(count, _GONE, np.int8)
        return cls(np.zeros((count, dimension), np.int8), np.zeros(count, np.int32), kinds)

    def first(self, count: int) -> "Rows":
        """Returns the first rows as they are: what is replaced later is marked as gone in the kinds, nothing else."""
        return Rows(self.vectors[:count], self.slots[:count], self.kinds[:count].copy())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A block as it is at a moment: to be compared in a thread while the block goes on growing."""

    items: NDArray[np.int64]  #: by slot
    parts: tuple[Rows, ...]

    @property
    def size(self) -> int:
        return sum(len(part.slots) for part in self.parts)

    def compare(self, question: NDArray[np.float32]) -> Closest:
        """Compares a question with every vector."""
        sentence = np.full(len(self.items), NOT_THERE, np.float32)
        window = np.full(len(self.items), NOT_THERE, np.float32)
        floats = np.empty((_AT_ONCE, len(question)), np.float32)
        for part in self.parts:
            for start in range(0, len(part.slots), _AT_ONCE):
                rows = slice(start, min(start + _AT_ONCE, len(part.slots)))
                some = floats[: rows.stop - start]
                np.copyto(some, part.vectors[rows])
                cosines = np.dot(some, question) / np.float32(SCALE)
                slots, kinds = part.slots[rows], part.kinds[rows]
                for kind, largest in ((_SENTENCE, sentence), (_WINDOW, window)):
                    of_kind = kinds == kind
                    np.maximum.at(largest, slots[of_kind], cosines[of_kind])
        there = (sentence > NOT_THERE) | (window > NOT_THERE)
        return Closest(self.items[there], sentence[there], window[there])


class Block:
    """The vectors of one scope, in parts that are filled one after the other, so that adding some copies nothing."""

    def __init__(self, dimension: int, kept: Sequence[KeptVector]) -> None:
        self.dimension = dimension
        self._parts: list[Rows] = []
        self._used = 0  # of the last part
        self._size = self._gaps = 0
        self._items = np.zeros(_FEWEST, np.int64)
        self._slot_of: dict[ItemId, int] = {}
        for start in range(0, len(kept), _PART):
            self._append(kept[start : start + _PART])

    @property
    def bytes(self) -> int:
        return sum(part.vectors.nbytes + _ROW_BYTES * len(part.slots) for part in self._parts)

    @property
    def is_full_of_gaps(self) -> bool:
        return self._gaps > max(_PART, self._size // 2)

    def snapshot(self) -> Snapshot:
        parts = [part.first(len(part.slots)) for part in self._parts[:-1]]
        parts += [part.first(self._used) for part in self._parts[-1:]]
        return Snapshot(self._items[: len(self._slot_of)], tuple(parts))

    def put(self, item: ItemId, kept: Sequence[KeptVector]) -> None:
        """Takes an item's vectors in the place of those that it had, which leave gaps."""
        slot = self._slot_of.get(item)
        if slot is not None:
            for part in self._parts:
                old = (part.slots == slot) & (part.kinds != _GONE)
                part.kinds[old] = _GONE
                self._gaps += int(old.sum())
        self._append(kept)

    def _append(self, kept: Sequence[KeptVector]) -> None:
        if not kept:
            return
        if not self._parts or self._used + len(kept) > len(self._parts[-1].slots):
            # The first ones small, for most scopes are.
            self._parts.append(Rows.empty(max(len(kept), _FEWEST, min(_PART, self._size)), self.dimension))
            self._used = 0
        for one in kept:
            self._name(one.item)
        part, rows = self._parts[-1], slice(self._used, self._used + len(kept))
        joined = np.frombuffer(b"".join(one.vector for one in kept), np.int8)
        part.vectors[rows] = joined.reshape(len(kept), self.dimension)
        part.slots[rows] = [self._slot_of[one.item] for one in kept]
        part.kinds[rows] = [_WINDOW if one.is_window else _SENTENCE for one in kept]
        self._used = rows.stop
        self._size += len(kept)

    def _name(self, item: ItemId) -> None:
        """Gives an item a slot."""
        if item in self._slot_of:
            return
        slot = self._slot_of[item] = len(self._slot_of)
        if slot == len(self._items):
            self._items = np.concatenate([self._items, np.zeros_like(self._items)])
        self._items[slot] = item


class VectorBlocks:
    """The blocks of one model, read at their first use; touched by the loop alone."""

    def __init__(self, ground: Ground, model: str, most_bytes: int = BLOCK_BYTES) -> None:
        self._ground = ground
        self._model = model
        self._most_bytes = most_bytes
        self._blocks = self._empty()
        self._dropped = ground.cache.counters(())
        self._arriving: dict[ScopeNumber, list[tuple[ItemId, Sequence[KeptVector]]]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def compare(self, question: NDArray[np.float32], scopes: Collection[ScopeNumber]) -> Closest:
        """Compares a question with every vector of some scopes, and with nothing else."""
        blocks = [(await self._block(scope, len(question))).snapshot() for scope in scopes]
        if sum(block.size for block in blocks) <= ON_THE_LOOP:
            return _compared(blocks, question)
        return await asyncio.to_thread(_compared, blocks, question)

    def put(self, item: ItemId, scopes: Iterable[ScopeNumber], vectors: Sequence[Vector]) -> None:
        """Takes an item's vectors after their COMMIT. `scopes` are the item's; not all vectors stand in each."""
        for scope in scopes:
            here = [one for one in vectors if scope in one.scopes]
            kept = [KeptVector(item, one.kind is VectorKind.WINDOW, one.vector) for one in here]
            if scope in self._arriving:
                self._arriving[scope].append((item, kept))
            block = self._blocks.pop(scope, None)  # and back, for its size has changed
            if block is not None and all(len(one.vector) == block.dimension for one in kept):
                block.put(item, kept)
                self._take(scope, block)

    async def _block(self, scope: ScopeNumber, dimension: int) -> Block:
        async with self._one_at_a_time:
            while True:
                dropped = self._ground.cache.counters(())
                if dropped != self._dropped:  # something was erased; of whose neighbours, only the database knows
                    self._blocks, self._dropped = self._empty(), dropped
                known = self._blocks.get(scope)
                if known is not None and known.dimension == dimension:
                    return known
                block = await self._read(scope, dimension)
                if self._ground.cache.counters(()) == dropped:
                    self._take(scope, block)
                    return block

    async def _read(self, scope: ScopeNumber, dimension: int) -> Block:
        arriving = self._arriving[scope] = []
        most = int(_FILLED * self._most_bytes) // (dimension + _ROW_BYTES)
        try:
            block = await self._ground.reads.read(
                lambda connection: Block(dimension, vectors_in(connection, scope, self._model, dimension, most))
            )
        finally:
            del self._arriving[scope]
        for item, kept in arriving:  # whether or not the read has seen them, they are newer
            block.put(item, [one for one in kept if len(one.vector) == dimension])
        return block

    def _take(self, scope: ScopeNumber, block: Block) -> None:
        if block.bytes <= self._most_bytes and not block.is_full_of_gaps:  # else it is read anew when it is needed
            self._blocks[scope] = block

    def _empty(self) -> LRUCache[ScopeNumber, Block]:
        return LRUCache(self._most_bytes, getsizeof=lambda block: block.bytes)


def _compared(blocks: Sequence[Snapshot], question: NDArray[np.float32]) -> Closest:
    return Closest.of([block.compare(question) for block in blocks])
