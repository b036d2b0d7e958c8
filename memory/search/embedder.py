"""Gives items their vectors in the background: the newest first, a few at a time, never in the way of a reply.

It hears of what was written from the hot cache, after COMMIT, and looks through everything at the start and after
something was erased. With another model it does so too; the old model's vectors go once all items have new ones.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import Connection

from memory.errors import StoreError
from memory.place import IdentityId
from memory.records import ItemId
from memory.scope import ScopeNumber
from memory.search.embedding import EmbeddingFailed, embed, stored
from memory.search.semantic import Semantic
from memory.search.sentences import Prepared, prepared
from memory.tables.embeddings import (
    Vector,
    VectorKind,
    Wording,
    count_items,
    drop_other_models,
    drop_vectors_without_words,
    items_of_other_models,
    keep_vectors,
    neighbours_of,
    page_of_lacking,
    read_wordings,
    vectors_by_hash,
)
from memory.tables.ground import Ground

ITEMS_AT_ONCE: Final = 8
WAITING_LIMIT: Final = 10_000  #: items; of more, all are looked through
BATCH_SECONDS: Final = 60.0  #: how long a provider may take for a few items
PAUSE_SHARE: Final = 0.25  #: of the time that a batch took: something else may need the processor
FIRST_DELAY_SECONDS: Final = 5.0  #: after a failure; doubled with each one that follows
LONGEST_DELAY_SECONDS: Final = 600.0
TOLD_EVERY: Final = 500  #: items, in the log
_BLANK: Final = Prepared(VectorKind.WINDOW, 0, "").hash

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EmbeddingProgress:
    """How far the vectors have come, of what has come up since all was done last."""

    done: int  #: items
    total: int

    @property
    def waiting(self) -> int:
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An item with all that is to be embedded of it."""

    item: Wording
    texts: Sequence[Prepared]
    window_scopes: tuple[ScopeNumber, ...]

    def scopes_of(self, text: Prepared) -> tuple[ScopeNumber, ...]:
        return self.window_scopes if text.kind is VectorKind.WINDOW else self.item.scopes


@dataclass(slots=True)
class _Waiting:
    """What is to be looked at: the newest written, and a look through everything."""

    items: dict[ItemId, None] = field(default_factory=dict)
    looking_through: bool = True
    before: ItemId | None = None  #: everything from here on has been looked at
    refused: dict[ItemId, None] = field(default_factory=dict)  #: by the provider, each by itself; tried again at last

    def add(self, item: ItemId) -> None:
        if len(self.items) < WAITING_LIMIT:
            self.items[item] = None
        else:
            self.look_through()

    def look_through(self) -> None:
        self.looking_through, self.before = True, None

    def take(self, most: int) -> list[ItemId]:
        """Takes the newest of them."""
        taken = sorted(self.items, reverse=True)[:most]
        for item in taken:
            del self.items[item]
        return taken


class Embedder:
    """Keeps the vectors of one provider as the items are."""

    def __init__(self, ground: Ground, semantic: Semantic) -> None:
        self._ground = ground
        self._semantic = semantic
        self._provider = semantic.provider
        self._waiting = _Waiting()
        self._done = self._total = self._told = 0
        self._dimension = self._provider.dimension
        self._failures = 0
        self._others_behind: ItemId | None = ItemId(0)  # there may be vectors of other models
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._woken.set()
        ground.cache.watch(self)

    @property
    def progress(self) -> EmbeddingProgress:
        return EmbeddingProgress(min(self._done, self._total), self._total)

    async def idle(self) -> None:
        """Waits until every item has its vectors, or the provider has failed."""
        await self._idle.wait()

    async def run(self) -> None:
        """Works until it is cancelled; what was not embedded is found at the next start."""
        while True:
            await self._woken.wait()
            started = asyncio.get_running_loop().time()
            try:
                await self._some()
                delay = PAUSE_SHARE * (asyncio.get_running_loop().time() - started)
            except (EmbeddingFailed, StoreError) as error:
                delay = self._put_off(error)
            await asyncio.sleep(delay)

    def written(self, item: ItemId) -> None:
        self._total += item not in self._waiting.items
        self._waiting.add(item)
        self._wake()

    def erased(self) -> None:
        self._waiting.look_through()
        self._wake()

    def _wake(self) -> None:
        self._idle.clear()
        self._woken.set()

    def _put_off(self, error: StoreError) -> float:
        if not self._failures:
            log.warning("items get no vectors for now", error=str(error))
        self._failures += 1
        self._idle.set()  # nothing can be done now
        return min(FIRST_DELAY_SECONDS * 2.0 ** (self._failures - 1), LONGEST_DELAY_SECONDS)

    async def _some(self) -> None:
        """Embeds what is newest, else looks through the next page, else rests."""
        waiting = self._waiting
        if waiting.items:
            # While it fails, one by one: an item that a provider refuses must not hold back the others.
            await self._try(waiting.take(1 if self._failures else ITEMS_AT_ONCE))
        elif waiting.looking_through:
            await self._look_through()
        elif waiting.refused:
            waiting.items, waiting.refused = waiting.refused, {}
        elif self._others_behind is not None:
            await self._drop_other_models()
        else:
            self._woken.clear()
            self._idle.set()
            self._done = self._total = self._told = 0

    async def _try(self, items: Sequence[ItemId]) -> None:
        self._idle.clear()
        try:
            await self._embed(items)
        except (EmbeddingFailed, StoreError):
            again = self._waiting.refused if len(items) == 1 else self._waiting.items
            again |= dict.fromkeys(items)
            raise
        self._failures = 0
        self._count(len(items))

    async def _embed(self, items: Sequence[ItemId]) -> None:
        model = self._provider.name
        missing = await self._ground.reads.read(lambda connection: _missing(connection, model, self._dimension, items))
        made: dict[bytes, bytes] = {}
        for owner, texts in missing.items():
            vectors = await embed(self._provider, [text.text for text in texts], owner, BATCH_SECONDS)
            made |= {text.hash: vector.tobytes() for text, vector in zip(texts, stored(vectors), strict=True)}
        dimension = self._provider.dimension
        if dimension is None:  # nothing here says anything, and the provider was never asked
            return
        if dimension != self._dimension:  # what has vectors of another length has to be found
            self._dimension = dimension
            self._waiting.look_through()
        await self._ground.queue.write(
            lambda connection: _keep(connection, model, dimension, items, made), self._tell_blocks
        )

    def _tell_blocks(self, kept: Sequence["_Kept"]) -> None:
        for one in kept:
            self._semantic.blocks.put(one.item, one.scopes, one.vectors)
            self._ground.cache.found_otherwise(one.scopes)

    async def _look_through(self) -> None:
        before = self._waiting.before
        if before is None:
            self._total += await self._ground.reads.read(count_items)
        page = await self._ground.reads.read(
            lambda connection: page_of_lacking(connection, self._provider.name, self._dimension, before)
        )
        if self._waiting.before != before:  # something was erased meanwhile
            return
        self._waiting.items |= dict.fromkeys(page.lacking)
        self._waiting.before, self._waiting.looking_through = page.before, page.before is not None
        self._count(page.looked_at - len(page.lacking))

    async def _drop_other_models(self) -> None:
        """Drops a page of them; found by a read, for the writer must not look through everything."""
        model, after = self._provider.name, ItemId(self._others_behind or 0)
        items = await self._ground.reads.read(lambda connection: items_of_other_models(connection, model, after))
        if items:
            await self._ground.queue.write(lambda connection: drop_other_models(connection, model, items))
        self._others_behind = items[-1] if items else None

    def _count(self, items: int) -> None:
        self._done += items
        if self._done - self._told >= TOLD_EVERY:
            self._told = self._done
            log.info("items get their vectors", model=self._provider.name, done=self._done, total=self._total)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What became of an item's vectors."""

    item: ItemId
    scopes: tuple[ScopeNumber, ...]
    vectors: Sequence[Vector]


def _missing(
    connection: Connection, model: str, dimension: int | None, items: Collection[ItemId]
) -> Mapping[IdentityId, list[Prepared]]:
    """Returns the texts that are to be embedded, by whose they are."""
    wanted = _wanted(connection, items)
    have = vectors_by_hash(connection, model, dimension, [one.item.id for one in wanted])
    missing: dict[bytes, tuple[IdentityId, Prepared]] = {}
    for one in wanted:
        for text in one.texts:
            if text.text and text.hash not in have[one.item.id]:
                missing[text.hash] = (one.item.owner, text)
    by_owner: dict[IdentityId, list[Prepared]] = {}
    for owner, text in missing.values():
        by_owner.setdefault(owner, []).append(text)
    return by_owner


def _keep(
    connection: Connection, model: str, dimension: int, items: Collection[ItemId], made: Mapping[bytes, bytes]
) -> list[_Kept]:
    """Puts vectors beside the items as they are now: what was erased or has changed meanwhile gets none of them."""
    wanted = _wanted(connection, items)
    have = vectors_by_hash(connection, model, dimension, [one.item.id for one in wanted])
    kept: list[_Kept] = []
    for one in wanted:
        known = {**made, **have[one.item.id], _BLANK: bytes(dimension)}
        changed = {text.hash for text in one.texts} != set(have[one.item.id])
        if changed and all(text.hash in known for text in one.texts):
            vectors = [
                Vector(one.item.id, text.kind, text.part, text.hash, known[text.hash], one.scopes_of(text))
                for text in one.texts
            ]
            kept.append(_Kept(one.item.id, one.item.scopes, vectors))
    gone = drop_vectors_without_words(connection, set(items) - {one.item.id for one in wanted})
    keep_vectors(connection, model, {one.item: one.vectors for one in kept})
    return [*kept, *(_Kept(item, scopes, ()) for item, scopes in gone.items())]


def _wanted(connection: Connection, items: Collection[ItemId]) -> list[_Wanted]:
    """Returns what some items and those next to them, whose windows they are in, are to have."""
    wordings = read_wordings(connection, {*items, *neighbours_of(connection, items)})
    known = {wording.id: wording for wording in wordings}
    beside = {near for wording in wordings for near in (wording.before, wording.after) if near is not None}
    known |= {wording.id: wording for wording in read_wordings(connection, beside - known.keys())}
    return [_of(wording, known) for wording in wordings]


def _of(item: Wording, known: Mapping[ItemId, Wording]) -> _Wanted:
    before = None if item.before is None else known.get(item.before)
    after = None if item.after is None else known.get(item.after)
    alike = all(near is None or near.scopes == item.scopes for near in (before, after))
    # Whoever reads only the owner's own scope may not see the neighbours that others have said.
    return _Wanted(item, prepared(item, before, after), item.scopes if alike else item.scopes[:1])
