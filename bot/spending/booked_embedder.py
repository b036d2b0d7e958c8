"""Every call for vectors is a row of the ledger, on the account of the person whose words they are."""

from collections.abc import Sequence

import numpy as np

from bot.models.model import ModelRefused, ModelUnavailable
from bot.models.openai_embedder import TEXTS_AT_ONCE, Embedded, OpenAIEmbedder
from bot.models.token_count import tokens_of
from memory import Booking, EmbeddingFailed, IdentityId, Ledger, Vectors


class BookedEmbedder:
    """An embedding provider that pays."""

    def __init__(self, embedder: OpenAIEmbedder, ledger: Ledger) -> None:
        self._embedder = embedder
        self._ledger = ledger
        self._dimension: int | None = None

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int | None:
        return self._dimension

    async def embed(self, texts: Sequence[str], owner: IdentityId) -> Vectors:
        """Returns a vector a text. Raises EmbeddingFailed, and what the ledger raises when it cannot book."""
        parts = [texts[start : start + TEXTS_AT_ONCE] for start in range(0, len(texts), TEXTS_AT_ONCE)]
        given = [(await self._booked(part, owner)).vectors for part in parts]
        if len({some.shape[1:] for some in given}) > 1:
            raise EmbeddingFailed(cause="the endpoint gave vectors of several lengths")
        vectors = np.concatenate(given)
        self._dimension = vectors.shape[1]
        return vectors

    async def close(self) -> None:
        await self._embedder.close()

    async def _booked(self, texts: Sequence[str], owner: IdentityId) -> Embedded:
        tokens = sum(tokens_of(text) for text in texts)
        booked = await self._ledger.reserve(Booking(None, owner, None, self.name, tokens, 0))
        begun, embedded = True, None
        try:
            embedded = await self._embedder.embed(texts)
        except ModelRefused as error:
            begun = False
            raise EmbeddingFailed(cause=error) from error
        except ModelUnavailable as error:
            begun = error.begun
            raise EmbeddingFailed(cause=error) from error
        finally:  # also when nobody waits any more: a call that was cut off is paid for all the same
            if not begun:
                self._ledger.release(booked)
            elif embedded is None or embedded.input_tokens is None:
                self._ledger.settle_unknown(booked)
            else:
                self._ledger.settle(booked, embedded.input_tokens, 0, 0)
        return embedded
