"""The port to a language model: one request record in, one stream of events out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from capabilities.framework.schema import CapabilitySchema

#: The line of the last USER message below which stands what the person said, and nothing else.
WORDS_HEADING: Final = "Words:"


class Role(StrEnum):
    """Who speaks in a prompt."""

    SYSTEM = "system"  #: the agent's prompt
    USER = "user"  #: a person
    ASSISTANT = "assistant"  #: Ember
    TOOL = "tool"  #: the result of a call


@dataclass(frozen=True, slots=True)
class Call:
    """A capability that the model calls."""

    id: str  #: the provider's id, which the result must carry
    name: str
    arguments: str  #: as the model wrote them: JSON, it is hoped


@dataclass(frozen=True, slots=True)
class Image:
    """An image as it is shown to a model that sees."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of a prompt."""

    role: Role
    text: str
    calls: tuple[Call, ...] = ()  #: of an ASSISTANT message
    call_id: str | None = None  #: of a TOOL message: the call that it answers
    images: tuple[Image, ...] = ()  #: of a USER message, behind its text


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """All that a model is told for one call."""

    messages: tuple[ModelMessage, ...]
    capabilities: tuple[CapabilitySchema, ...]
    max_output_tokens: int
    model: str | None = None  #: another one than the endpoint is asked for otherwise


class FinishReason(StrEnum):
    """Why a model stopped."""

    STOP = "stop"  #: the answer is complete
    CALLS = "calls"  #: it waits for the results of its calls
    LENGTH = "length"  #: it ran into max_output_tokens
    FILTERED = "filtered"  #: the provider withheld the answer


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used, in tokens, as the provider counts."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0  #: part of input_tokens


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class CallRequested:
    """A call, whole."""

    call: Call


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every stream."""

    reason: FinishReason
    usage: Usage | None  #: None when the provider did not say


ModelEvent = TextDelta | CallRequested | Finished


class ModelError(Exception):
    """The model could not answer."""


class ModelUnavailable(ModelError):
    """The model is busy, out of reach, or broke off; trying again may help."""

    def __init__(self, what: str, retry_after_seconds: float | None = None, *, begun: bool = True) -> None:
        self.retry_after_seconds = retry_after_seconds
        self.begun = begun  #: False: the endpoint turned the request away and bills nothing for it
        super().__init__(what)


class ModelRefused(ModelError):
    """The model's endpoint refuses the request (key, model name, size); trying again does not help."""


class Model(Protocol):
    """A language model. Its stream ends with Finished, or raises ModelError; closing the stream cancels the call."""

    name: str

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]: ...

    async def close(self) -> None: ...
