"""The vectors of the scopes that are searched, in the process: a block a scope, compared exactly.

A place's scopes say which blocks are looked at, so what it may not see is never compared, let alone filtered out
afterwards. Measured on one core: 100,000 vectors of 384 dimensions (about 30,000 items) in 6 to 16 ms; a scope of a
million takes ten times as long and 400 MB, which is where an index of neighbours would be needed.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.search.embedding import SCALE, StoredVectors
from memory.tables.embeddings import KeptVector, Vector, VectorKind, vectors_in
from memory.tables.ground import Ground

BLOCK_BYTES: Final = 256 * 1024 * 1024  #: of all blocks together; a larger scope is read anew for each question
ON_THE_LOOP: Final = 4_000  #: vectors; more are compared in a thread, for they take longer than handing them over
_AT_ONCE: Final = 1_024  #: vectors made floats at a time: they stay in the processor's cache (three times as fast)
_SPARE: Final = 64  #: rows that a block can take before it grows
_ROW_BYTES: Final = 8  #: of a vector, beside its dimensions

NOT_THERE: Final = -2.0  #: no cosine
_SENTENCE: Final = 0
_WINDOW: Final = 1
_GONE: Final = 2

Kind = TypeVar("Kind", bound=np.generic)


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
    """The vectors of one scope as they are at a moment: to be compared in a thread while the block goes on growing."""

    items: NDArray[np.int64]  #: by slot
    vectors: StoredVectors
    slots: NDArray[np.int32]  #: of each row: whose it is
    kinds: NDArray[np.int8]

    def compare(self, question: NDArray[np.float32]) -> Closest:
        """Compares a question with every vector."""
        cosines = np.empty(len(self.slots), np.float32)
        floats = np.empty((_AT_ONCE, len(question)), np.float32)
        for start in range(0, len(cosines), _AT_ONCE):
            some = floats[: min(_AT_ONCE, len(cosines) - start)]
            np.copyto(some, self.vectors[start : start + len(some)])
            np.dot(some, question, out=cosines[start : start + len(some)])
        cosines /= SCALE
        lives = np.zeros(len(self.items), bool)
        lives[self.slots[self.kinds != _GONE]] = True
        sentence, window = (self._largest(cosines, kind)[lives] for kind in (_SENTENCE, _WINDOW))
        return Closest(self.items[lives], sentence, window)

    def _largest(self, cosines: NDArray[np.float32], kind: int) -> NDArray[np.float32]:
        largest = np.full(len(self.items), NOT_THERE, np.float32)
        of_kind = self.kinds == kind
        np.maximum.at(largest, self.slots[of_kind], cosines[of_kind])
        return largest


class Block:
    """The vectors of one scope. Grows at its end; what was replaced stays as a gap until it grows anew."""

    def __init__(self, dimension: int, kept: Sequence[KeptVector]) -> None:
        self.dimension = dimension
        self._vectors: StoredVectors = np.zeros((0, dimension), np.int8)
        self._slots = np.zeros(0, np.int32)
        self._kinds = np.zeros(0, np.int8)
        self._items = np.zeros(0, np.int64)
        self._slot_of: dict[ItemId, int] = {}
        self._used = 0
        self._append(kept)

    @property
    def bytes(self) -> int:
        return self._vectors.nbytes + _ROW_BYTES * len(self._slots)

    def rows(self) -> Rows:
        used = self._used
        items = self._items[: len(self._slot_of)]
        # What is replaced later is marked as gone in the kinds; the rest of these rows is never written again.
        return Rows(items, self._vectors[:used], self._slots[:used], self._kinds[:used].copy())

    def put(self, item: ItemId, kept: Sequence[KeptVector]) -> None:
        """Takes an item's vectors in the place of those that it had."""
        slot = self._slot_of.get(item)
        if slot is not None:
            self._kinds[: self._used][self._slots[: self._used] == slot] = _GONE
        self._append(kept)

    def _append(self, kept: Sequence[KeptVector]) -> None:
        if not kept:
            return
        self._make_room(len(kept))
        for one in kept:
            if one.item not in self._slot_of:
                self._items[len(self._slot_of)] = one.item
                self._slot_of[one.item] = len(self._slot_of)
        rows = slice(self._used, self._used + len(kept))
        joined = np.frombuffer(b"".join(one.vector for one in kept), np.int8)
        self._vectors[rows] = joined.reshape(len(kept), self.dimension)
        self._slots[rows] = [self._slot_of[one.item] for one in kept]
        self._kinds[rows] = [_WINDOW if one.is_window else _SENTENCE for one in kept]
        self._used = rows.stop

    def _make_room(self, more: int) -> None:
        """Grows by half, leaving out the gaps; rows that were given out stay as they are."""
        if self._used + more <= len(self._slots):
            return
        lives = np.flatnonzero(self._kinds[: self._used] != _GONE)
        room = len(lives) + more + (max(_SPARE, len(lives) // 2) if self._used else 0)
        self._vectors = _moved(self._vectors[lives], room)
        self._slots = _moved(self._slots[lives], room)
        self._kinds = _moved(self._kinds[lives], room)
        self._items = _moved(self._items[: len(self._slot_of)], len(self._slot_of) + room)
        self._used = len(lives)


def _moved(values: NDArray[Kind], room: int) -> NDArray[Kind]:
    """Returns the values at the beginning of a new array."""
    moved = np.zeros((room, *values.shape[1:]), values.dtype)
    moved[: len(values)] = values
    return moved


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
        rows = [(await self._block(scope, len(question))).rows() for scope in scopes]
        if sum(len(one.slots) for one in rows) <= ON_THE_LOOP:
            return _compared(rows, question)
        return await asyncio.to_thread(_compared, rows, question)

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
        try:
            block = await self._ground.reads.read(
                lambda connection: Block(dimension, vectors_in(connection, scope, self._model, dimension))
            )
        finally:
            del self._arriving[scope]
        for item, kept in arriving:  # whether or not the read has seen them, they are newer
            block.put(item, [one for one in kept if len(one.vector) == dimension])
        return block

    def _take(self, scope: ScopeNumber, block: Block) -> None:
        if block.bytes <= self._most_bytes:
            self._blocks[scope] = block

    def _empty(self) -> LRUCache[ScopeNumber, Block]:
        return LRUCache(self._most_bytes, getsizeof=lambda block: block.bytes)


def _compared(rows: Sequence[Rows], question: NDArray[np.float32]) -> Closest:
    return Closest.of([one.compare(question) for one in rows])
