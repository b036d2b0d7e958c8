"""An embedding provider whose vectors tests can foresee: words that mean the same have a direction in common."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from memory import EmbeddingFailed, IdentityId, Vectors

MEANINGS = ({"cat", "kitten", "feline"}, {"eat", "food", "dinner", "pizza"}, {"car", "vehicle", "drives"})
SMALL = {"a", "an", "the", "i", "my", "is", "are", "was", "do", "does", "what", "which", "who", "of", "to", "in", "on"}


@dataclass(slots=True)
class WordEmbedding:
    """Each word has a direction, drawn by its hash. It fails, hangs or errs as a test wishes."""

    name: str = "words"
    dimension: int | None = 256
    failing: bool = False
    refused: str = "\0"  #: a text that holds this is refused
    held: str = ""  #: texts that hold this wait while `going_on` is cleared
    length: int = 256  #: of the vectors that it gives
    texts: list[str] = field(default_factory=list)  #: all that it was given
    owners: list[IdentityId] = field(default_factory=list)
    answered: int = 0  #: texts that got their vectors
    going_on: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.going_on.set()

    async def wait_for_texts(self, count: int) -> None:
        """Waits until it was given so many texts."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.texts) >= count)

    async def wait_for_answers(self, count: int) -> None:
        """Waits until it has given so many vectors."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.answered >= count)

    async def embed(self, texts: Sequence[str], owner: IdentityId) -> Vectors:
        self.texts += texts
        self.owners.append(owner)
        await self._tell()
        if any(self.held in text for text in texts):
            await self.going_on.wait()
        if self.failing or any(self.refused in text for text in texts):
            raise EmbeddingFailed(cause="a test wants it so")
        if self.dimension is None:
            self.dimension = self.length
        self.answered += len(texts)
        await self._tell()
        return np.array([self._vector(text) for text in texts], np.float32)

    async def close(self) -> None:
        pass

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _vector(self, text: str) -> Vectors:
        total = np.zeros(self.length, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            if word not in SMALL:
                total += self._direction(next((min(alike) for alike in MEANINGS if word in alike), word))
        return total

    def _direction(self, word: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
        return np.random.default_rng(seed).standard_normal(self.length).astype(np.float32)
