"""Vectors from an OpenAI-compatible endpoint."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from openai import APIError, AsyncOpenAI
from pydantic import BaseModel

from bot.models.model import ModelRefused, ModelUnavailable
from bot.models.openai_errors import translate
from bot.models.openai_model import NO_KEY, OPENAI_URL
from memory import Vectors

TEXTS_AT_ONCE: Final = 64  #: more are refused by some endpoints


class _Embedding(BaseModel):
    index: int
    embedding: list[float]


class _Usage(BaseModel):
    prompt_tokens: int


class _Answer(BaseModel):
    data: list[_Embedding]
    usage: _Usage | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a call gave."""

    vectors: Vectors
    input_tokens: int | None  #: None: the endpoint did not say


class OpenAIEmbedder:
    """An embedding model behind an endpoint. It never retries: the caller does, for each attempt is booked."""

    def __init__(self, name: str, api_key: str, base_url: str | None = None, deadline_seconds: float = 20) -> None:
        self.name = name
        self._deadline_seconds = deadline_seconds
        self._client = AsyncOpenAI(
            api_key=api_key.strip() or NO_KEY, base_url=base_url or OPENAI_URL, max_retries=0, timeout=None
        )

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Returns the vectors of at most TEXTS_AT_ONCE texts, in their order. Raises ModelError."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                # Not `embeddings.create`: it decodes what the endpoint sends before anything could be checked.
                given = await self._client.post(
                    "/embeddings",
                    body={"model": self.name, "input": list(texts), "encoding_format": "float"},
                    cast_to=object,
                )
            answer = _Answer.model_validate(given)
            in_order = sorted(answer.data, key=lambda one: one.index)
            vectors = np.array([one.embedding for one in in_order], np.float32)
        except APIError as error:
            raise translate(error, self._client.api_key, texts) from None
        except TimeoutError:
            raise ModelUnavailable("the embedding endpoint was silent for too long") from None
        except UnicodeEncodeError:
            raise ModelRefused("the API key or a text holds a character that cannot be sent") from None
        except (ValueError, RecursionError):
            # No JSON, JSON of another shape, or vectors of several lengths.
            raise ModelUnavailable("the embedding endpoint's answer cannot be read") from None
        if [one.index for one in in_order] != list(range(len(texts))):
            raise ModelUnavailable(f"the embedding endpoint gave {len(in_order)} vectors for {len(texts)} texts")
        return Embedded(vectors, answer.usage.prompt_tokens if answer.usage else None)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()
