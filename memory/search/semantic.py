"""What is close in meaning to a question: the question becomes a vector, and is compared where its place may look.

Without a provider, or while it fails, nothing is close in meaning, and search goes on by words.
"""

import hashlib
from collections.abc import Collection
from typing import Final

import numpy as np
import structlog
from cachetools import TTLCache
from numpy.typing import NDArray

from memory.clock import Clock
from memory.errors import StoreError
from memory.place import IdentityId
from memory.scope import ScopeNumber
from memory.search.embedding import EmbeddingProvider, embed
from memory.search.vectors import Closest, VectorBlocks
from memory.tables.ground import Ground

QUESTION_SECONDS: Final = 2.0  #: a question waits no longer for its vector; words are answered at once
REST_SECONDS: Final = 30.0  #: after a failure, during which no question waits at all
QUESTION_LENGTH: Final = 2_000  #: characters; a longer one is a text, of which endpoints refuse more than a model reads
QUESTIONS: Final = 1_000  #: whose vectors are kept
KEPT_SECONDS: Final = 2 * 60 * 60

log = structlog.get_logger()


class Semantic:
    """Compares questions with items by the vectors of one provider."""

    def __init__(self, ground: Ground, provider: EmbeddingProvider) -> None:
        self.provider = provider
        self.blocks = VectorBlocks(ground, provider.name)
        self._clock = ground.clock
        self._failed_at: float | None = None
        self._questions: TTLCache[tuple[str, bytes], NDArray[np.float32]] = TTLCache(
            QUESTIONS, KEPT_SECONDS, timer=lambda: _seconds(ground.clock)
        )

    async def closest(self, question: str, asker: IdentityId, scopes: Collection[ScopeNumber]) -> Closest | None:
        """Returns how close the items of some scopes are to a question; None when that cannot be told now."""
        vector = await self._vector(question[:QUESTION_LENGTH], asker)
        return None if vector is None else await self.blocks.compare(vector, scopes)

    async def _vector(self, question: str, asker: IdentityId) -> NDArray[np.float32] | None:
        # Not the words themselves: they may be what somebody has forgotten by then.
        key = (self.provider.name, hashlib.sha256(question.encode()).digest())
        known = self._questions.get(key)
        if known is not None:
            return known
        now = _seconds(self._clock)
        if self._failed_at is not None and now - self._failed_at < REST_SECONDS:
            return None
        try:
            vectors = await embed(self.provider, [question], asker, QUESTION_SECONDS)
        except StoreError as error:  # also where the disk is full, and no call can be booked
            if self._failed_at is None:
                log.warning("search goes by words alone for now", error=str(error))
            self._failed_at = now
            return None
        self._failed_at = None
        vector: NDArray[np.float32] = vectors[0]
        self._questions[key] = vector
        return vector


def _seconds(clock: Clock) -> float:
    return clock.now().timestamp()
