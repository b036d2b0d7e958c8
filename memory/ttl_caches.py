"""Caches whose entries go after a while: what questions found, and the vectors of questions.

Their keys hold all that an answer depends on, so that nothing has to be told when something was written.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Generic, TypeVar

from cachetools import TTLCache

from memory.clock import Clock
from memory.records import Found
from memory.scope import ScopeNumber

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

QUERIES_KEPT_FOR: Final = timedelta(minutes=5)
EMBEDDINGS_KEPT_FOR: Final = timedelta(hours=2)
QUERIES_KEPT: Final = 1_000
EMBEDDINGS_KEPT: Final = 2_000


class TtlCache(Generic[K, V]):
    """Values that go after a time, or when so many newer ones have come; of a size of 0, none is kept."""

    def __init__(self, clock: Clock, kept_for: timedelta, size: int) -> None:
        self._values: TTLCache[K, V] = TTLCache(size, kept_for.total_seconds(), lambda: clock.now().timestamp())
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        value = self._values.get(key)
        self.hits += value is not None
        self.misses += value is None
        return value

    def put(self, key: K, value: V) -> None:
        if self._values.maxsize:
            self._values[key] = value

    def clear(self) -> None:
        """Forgets everything: the text of what was erased may stand in it."""
        self._values.clear()


@dataclass(frozen=True, slots=True)
class QueryKey:
    """All that the answer to a question depends on; a write to one of the scopes makes it another key."""

    request: Hashable  #: the whole question, its place and its limits
    today: date  #: where the asker is: "yesterday", and what was said lately, are told from it
    model: str | None  #: by which meanings are compared
    scopes: tuple[ScopeNumber, ...]  #: those read for the answer and for what is withheld
    counters: tuple[int, ...]  #: the hot cache's counters of these scopes, taken before the read


@dataclass(frozen=True, slots=True)
class SizeKey:
    """All that the number of items in some scopes depends on; a write to one of them makes it another key."""

    scopes: tuple[ScopeNumber, ...]
    counters: tuple[int, ...]  #: the hot cache's counters of these scopes, taken before the read


@dataclass(frozen=True, slots=True)
class EmbeddingKey:
    """What a question's vector depends on."""

    model: str
    text: str


class QueryCache(TtlCache[QueryKey, Found]):
    """What questions found, for five minutes."""

    def __init__(self, clock: Clock, size: int = QUERIES_KEPT) -> None:
        super().__init__(clock, QUERIES_KEPT_FOR, size)
        #: How many items some scopes hold: rarity is counted from it, and to count them all takes long.
        self.sizes: TtlCache[SizeKey, int] = TtlCache(clock, QUERIES_KEPT_FOR, size)


class EmbeddingCache(TtlCache[EmbeddingKey, V]):
    """The vectors of questions, for two hours."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, EMBEDDINGS_KEPT_FOR, EMBEDDINGS_KEPT)
