"""The port to what turns texts into vectors, and how vectors are kept: a byte a dimension."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from memory.errors import StoreError
from memory.place import IdentityId

Vectors = NDArray[np.float32]  #: one row a text, each of length 1
StoredVectors = NDArray[np.int8]

#: What 1.0 is kept as. The scale is the same for all, so vectors of one model can be compared as they stand.
SCALE: Final = 127


class EmbeddingFailed(StoreError):
    """The embedding provider gives no vectors."""


class EmbeddingProvider(Protocol):
    """What turns texts into vectors. It pays for itself."""

    @property
    def name(self) -> str:
        """The model, as it stands beside each vector: another name, other vectors."""
        ...

    @property
    def dimension(self) -> int | None:
        """How long a vector is; None until the first answer."""
        ...

    async def embed(self, texts: Sequence[str], owner: IdentityId) -> Vectors:
        """Returns a vector a text, in their order. `owner` is whose words they are. Raises EmbeddingFailed."""
        ...

    async def close(self) -> None: ...


async def embed(provider: EmbeddingProvider, texts: Sequence[str], owner: IdentityId, within_seconds: float) -> Vectors:
    """Returns a vector a text, each of length 1, and all as they should be. Raises EmbeddingFailed."""
    try:
        async with asyncio.timeout(within_seconds):
            vectors = await provider.embed(texts, owner)
    except TimeoutError:
        raise EmbeddingFailed(cause=f"no answer within {within_seconds:g} seconds") from None
    if not vectors.size or vectors.shape != (len(texts), provider.dimension) or not np.isfinite(vectors).all():
        raise EmbeddingFailed(cause=f"{len(texts)} vectors were asked for, {vectors.shape} came")
    return normalised(vectors)


def normalised(vectors: Vectors) -> Vectors:
    """Scales each row to length 1; one of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def stored(vectors: Vectors) -> StoredVectors:
    return np.rint(vectors * SCALE).astype(np.int8)
