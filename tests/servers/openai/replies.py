"""What a well-behaved endpoint answers."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import JsonValue

from tests.servers.openai.exchange import Body, Exchange

DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A call that the model makes."""

    name: str
    arguments: str
    id: str | None = None  #: None: numbered


def call(name: str, arguments: Mapping[str, JsonValue] | str = "{}", call_id: str | None = None) -> ScriptedCall:
    """Writes a call; arguments given as text go out as they are."""
    return ScriptedCall(name, arguments if isinstance(arguments, str) else json.dumps(dict(arguments)), call_id)


Part = str | ScriptedCall


@dataclass(frozen=True, slots=True)
class Reply:
    """Text, calls, or text followed by calls; streamed when the client asks for it."""

    parts: tuple[Part, ...]
    finish_reason: str | None = None  #: None: "tool_calls" when there are calls, else "stop"
    input_tokens: int = 20
    output_tokens: int = 5
    cached_tokens: int = 0
    tells_usage: bool = True

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        if not exchange.body.get("stream"):
            return await exchange.answer(200, self.completion())
        return await exchange.stream([*self.chunks(), *self._usage_chunks(exchange.body), DONE])

    def chunks(self) -> list[JsonValue]:
        """The stream up to its finish reason: text word by word, each call in three pieces."""
        words = [word for text in self._texts() for word in re.split(r"(?<=\s)(?=\S)", text)]
        deltas: list[JsonValue] = [{"content": word} for word in words]
        for index, scripted in enumerate(self._calls()):
            deltas += [{"tool_calls": [{"index": index, **delta}]} for delta in _call_deltas(scripted, index)]
        return [*map(chunk, deltas), chunk({}, self._finish_reason())]

    def completion(self) -> Body:
        """The whole answer in one piece."""
        message: Body = {"role": "assistant", "content": "".join(self._texts()) or None}
        if calls := self._calls():
            message["tool_calls"] = [_whole_call(scripted, index) for index, scripted in enumerate(calls)]
        choice: Body = {"index": 0, "message": message, "finish_reason": self._finish_reason()}
        usage = {"usage": self._usage()} if self.tells_usage else {}
        return {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "choices": [choice], **usage}

    def _texts(self) -> list[str]:
        return [part for part in self.parts if isinstance(part, str)]

    def _calls(self) -> list[ScriptedCall]:
        return [part for part in self.parts if isinstance(part, ScriptedCall)]

    def _finish_reason(self) -> str:
        return self.finish_reason or ("tool_calls" if self._calls() else "stop")

    def _usage(self) -> Body:
        return {
            "prompt_tokens": self.input_tokens,
            "completion_tokens": self.output_tokens,
            "total_tokens": self.input_tokens + self.output_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
        }

    def _usage_chunks(self, body: Body) -> list[JsonValue]:
        options = body.get("stream_options")
        asked = isinstance(options, dict) and options.get("include_usage") is True
        return [{"object": "chat.completion.chunk", "choices": [], "usage": self._usage()}] * (
            asked and self.tells_usage
        )


@dataclass(frozen=True, slots=True)
class Embeddings:
    """A vector for each text, the same for the same text; the last first, for some endpoints keep no order."""

    dimension: int = 8
    left_out: int = 0  #: vectors that are missing
    tells_usage: bool = True

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        texts = exchange.body["input"]
        assert isinstance(texts, list)
        data: list[JsonValue] = [
            {"object": "embedding", "index": index, "embedding": vector_of(str(text), self.dimension)}
            for index, text in reversed(list(enumerate(texts)))
        ]
        words = sum(len(str(text).split()) for text in texts)
        usage: Body = {"usage": {"prompt_tokens": words, "total_tokens": words}} if self.tells_usage else {}
        answer: Body = {"object": "list", "model": exchange.body["model"], "data": data[self.left_out :]}
        return await exchange.answer(200, answer | usage)


@dataclass(frozen=True, slots=True)
class Transcription:
    """What is said in a recording; newer models count tokens, older ones seconds."""

    text: str = "I saw a lighthouse"
    usage: Body | None = field(default_factory=lambda: {"type": "tokens", "input_tokens": 14, "output_tokens": 6})

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        return await exchange.answer(200, {"text": self.text} | ({"usage": self.usage} if self.usage else {}))


def vector_of(text: str, dimension: int) -> list[JsonValue]:
    """Counts a text's words, each at a place of its own: texts that share words are near each other."""
    counts = [0.0] * dimension
    for word in re.findall(r"\w+", text.lower()):
        counts[hashlib.sha256(word.encode()).digest()[0] % dimension] += 1.0
    return list(counts)


def chunk(delta: JsonValue, finish_reason: str | None = None) -> JsonValue:
    """Writes one event of a stream."""
    choice: Body = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "choices": [choice], "usage": None}


def _call_id(scripted: ScriptedCall, index: int) -> str:
    return scripted.id or f"call_{scripted.name}_{index}"


def _whole_call(scripted: ScriptedCall, index: int) -> Body:
    function: Body = {"name": scripted.name, "arguments": scripted.arguments}
    return {"id": _call_id(scripted, index), "type": "function", "function": function}


def _call_deltas(scripted: ScriptedCall, index: int) -> list[Body]:
    half = len(scripted.arguments) // 2
    opening = _whole_call(ScriptedCall(scripted.name, "", scripted.id), index)
    pieces = (scripted.arguments[:half], scripted.arguments[half:])
    return [opening, *(Body(function={"arguments": piece}) for piece in pieces)]
