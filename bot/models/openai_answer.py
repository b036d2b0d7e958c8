"""A streamed chat completion, put together from its chunks.

The SDK builds its own chunk types without checking them: what an endpoint leaves out is None there, whatever the
type says. So the events are read here, by types that expect that.
"""

import json
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, JsonValue

from bot.models.model import (
    Call,
    CallRequested,
    Finished,
    FinishReason,
    ModelEvent,
    ModelRequest,
    ModelUnavailable,
    Usage,
)

#: Unknown reasons count as STOP: there is an answer, and the endpoint calls it finished.
FINISH_REASONS: Final = {
    "stop": FinishReason.STOP,
    "tool_calls": FinishReason.CALLS,
    "function_call": FinishReason.CALLS,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
}

#: Far more than any tokenizer packs; it stops an endpoint that ignores max_tokens and never ends.
_CHARACTERS_PER_TOKEN: Final = 50


def _as_json(arguments: JsonValue) -> str | None:
    """Takes arguments as text; some endpoints send the object itself."""
    return arguments if isinstance(arguments, str | None) else json.dumps(arguments)


class FunctionDelta(BaseModel):
    """More of what a call calls."""

    name: str | None = None
    arguments: Annotated[str | None, BeforeValidator(_as_json)] = None


class CallDelta(BaseModel):
    """More of a call."""

    index: int | None = None
    id: str | None = None
    function: FunctionDelta | None = None


class Delta(BaseModel):
    """More of the answer."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[CallDelta] | None = None


class Choice(BaseModel):
    """One of the answers; we ask for one."""

    delta: Delta | None = None
    finish_reason: str | None = None


class CachedTokens(BaseModel):
    """How much of the prompt the provider had in its cache."""

    cached_tokens: int | None = None


class TokenCounts(BaseModel):
    """What the provider counted."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: CachedTokens | None = None


class Chunk(BaseModel):
    """One event of the stream."""

    choices: list[Choice] | None = None
    usage: TokenCounts | None = None


@dataclass(slots=True)
class _GrowingCall:
    """A call of which more may come."""

    index: int | None
    id: str | None
    name: str
    arguments: list[str] = field(default_factory=list)


class Answer:
    """An answer as it grows."""

    def __init__(self, request: ModelRequest) -> None:
        self._characters_left = request.max_output_tokens * _CHARACTERS_PER_TOKEN
        self._calls_before = sum(len(message.calls) for message in request.messages)
        self._has_text = False
        self._calls: list[_GrowingCall] = []
        self._reason: FinishReason | None = None
        self._usage: Usage | None = None

    @property
    def complete(self) -> bool:
        """Whether the endpoint has said that the answer is finished; its usage may be still to come."""
        return self._reason is not None

    def add(self, chunk: Chunk) -> str:
        """Takes a chunk in and returns the text that it adds. Raises ModelUnavailable when the answer has no end."""
        self._usage = _usage(chunk.usage) or self._usage
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        delta = choice.delta or Delta()
        for call in delta.tool_calls or ():
            self._add_to_call(call)
        text = delta.content or delta.refusal or ""
        self._spend(text)
        self._has_text = self._has_text or bool(text.strip())
        if choice.finish_reason:
            self._reason = FINISH_REASONS.get(choice.finish_reason, FinishReason.STOP)
        return text

    def finish(self) -> list[ModelEvent]:
        """Returns what ends the stream: the calls, and why the model stopped. Raises ModelUnavailable."""
        if self._reason is None:
            raise ModelUnavailable("the model broke off in the middle of its answer")
        reason = self._reason
        if reason in (FinishReason.STOP, FinishReason.CALLS):
            # Many endpoints say "stop" when there are calls; what there is says it better.
            reason = FinishReason.CALLS if self._calls else FinishReason.STOP
        # A call that was cut off is not whole, though its arguments may look so: none of them is handed on.
        calls = self._whole_calls() if reason is FinishReason.CALLS else []
        if not calls and not self._has_text and reason is not FinishReason.FILTERED:
            raise ModelUnavailable("the model answered nothing")
        return [*calls, Finished(reason, self._usage)]

    def _whole_calls(self) -> list[CallRequested]:
        return [
            CallRequested(
                # Where the endpoint gives no id, its place among the calls of this prompt is one.
                Call(call.id or f"call_{self._calls_before + place}", call.name, "".join(call.arguments) or "{}")
            )
            for place, call in enumerate(self._calls)
        ]

    def _add_to_call(self, delta: CallDelta) -> None:
        function = delta.function or FunctionDelta()
        call = self._call_at(delta.index)
        # A name opens a call, unless it comes again with the same id. The index alone does not tell: some endpoints
        # give none, or 0 to every call. Nor does the id: some give every piece a new one, but then no name.
        if function.name and (call is None or not delta.id or delta.id != call.id):
            call = _GrowingCall(delta.index, delta.id, function.name)
            self._calls.append(call)
        if call is not None and function.arguments:
            self._spend(function.arguments)
            call.arguments.append(function.arguments)

    def _call_at(self, index: int | None) -> _GrowingCall | None:
        """Returns the latest call with that index; where the endpoint gives none, the latest call."""
        return next((call for call in reversed(self._calls) if call.index == index), None)

    def _spend(self, text: str) -> None:
        self._characters_left -= len(text)
        if self._characters_left < 0:
            raise ModelUnavailable("the model's answer is far longer than was asked for")


def _usage(counts: TokenCounts | None) -> Usage | None:
    if counts is None or counts.prompt_tokens is None or counts.completion_tokens is None:
        return None
    cached = counts.prompt_tokens_details.cached_tokens if counts.prompt_tokens_details else None
    return Usage(counts.prompt_tokens, counts.completion_tokens, cached or 0)
