"""The port to a model that listens."""

from dataclasses import dataclass
from typing import Final, Protocol

#: Of a second of speech. Some models count tokens, about so many; others seconds, which the ledger knows nothing of.
TOKENS_PER_SECOND: Final = 10
#: What a second takes in the leanest format that people send, so that a guess by size is never much too small.
_BYTES_PER_SECOND: Final = 2_000


@dataclass(frozen=True, slots=True)
class Recording:
    """A file with speech in it."""

    name: str  #: with its ending, by which endpoints know the format
    media_type: str
    data: bytes

    @property
    def tokens_at_most(self) -> int:
        """Estimates its tokens by its size."""
        return len(self.data) * TOKENS_PER_SECOND // _BYTES_PER_SECOND + 1


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said."""

    text: str
    input_tokens: int | None  #: None: the endpoint did not say
    output_tokens: int


class Transcriber(Protocol):
    """Writes recordings down. It never retries: the caller does, for each attempt is booked."""

    @property
    def name(self) -> str: ...

    async def transcribe(self, recording: Recording) -> Transcript:
        """Raises ModelError."""

    async def close(self) -> None:
        """Closes the connections."""
