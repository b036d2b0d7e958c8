"""Recordings written down by an OpenAI-compatible endpoint."""

import asyncio
from typing import Final

from openai import APIError, AsyncOpenAI
from pydantic import BaseModel, NonNegativeFloat, NonNegativeInt

from bot.models.model import ModelRefused, ModelUnavailable
from bot.models.openai_errors import translate
from bot.models.openai_model import NO_KEY, OPENAI_URL
from bot.models.transcriber import TOKENS_PER_SECOND, Recording, Transcript

LONGEST_TEXT: Final = 40_000  #: characters; an hour of fast speech has more, but no message


class _Usage(BaseModel):
    input_tokens: NonNegativeInt | None = None
    output_tokens: NonNegativeInt | None = None
    seconds: NonNegativeFloat | None = None


class _Answer(BaseModel):
    text: str
    usage: _Usage | None = None


class OpenAITranscriber:
    """A model that listens. It never retries: the caller does, for each attempt is booked."""

    def __init__(self, name: str, api_key: str, base_url: str | None = None, deadline_seconds: float = 45) -> None:
        self.name = name
        self._deadline_seconds = deadline_seconds
        self._client = AsyncOpenAI(
            api_key=api_key.strip() or NO_KEY, base_url=base_url or OPENAI_URL, max_retries=0, timeout=None
        )

    async def transcribe(self, recording: Recording) -> Transcript:
        """Writes a recording down. Raises ModelError."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                # Raw, for the SDK does not check what it reads: a text that is left out would be None.
                given = await self._client.audio.transcriptions.with_raw_response.create(
                    model=self.name, file=(recording.name, recording.data, recording.media_type)
                )
            answer = _Answer.model_validate_json(given.content)
        except APIError as error:
            raise translate(error, self._client.api_key) from None
        except TimeoutError:
            raise ModelUnavailable("the endpoint took too long to listen") from None
        except UnicodeEncodeError:
            raise ModelRefused("the API key or the file's name holds a character that cannot be sent") from None
        except ValueError:
            raise ModelUnavailable("what the endpoint wrote down cannot be read") from None
        return Transcript(answer.text.strip()[:LONGEST_TEXT], *_tokens(answer.usage))

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _tokens(usage: _Usage | None) -> tuple[int | None, int]:
    """Returns what came in and what went out."""
    if usage is None:
        return None, 0
    if usage.input_tokens is None and usage.seconds is not None:
        return int(usage.seconds * TOKENS_PER_SECOND) + 1, 0
    return usage.input_tokens, usage.output_tokens or 0
