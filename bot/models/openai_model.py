"""A model behind an OpenAI-compatible endpoint, spoken to in streamed chat completions."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Final

from openai import APIError, AsyncOpenAI, AsyncStream, DefaultAioHttpClient

from bot.models.model import (
    Image,
    ModelEvent,
    ModelMessage,
    ModelRefused,
    ModelRequest,
    ModelUnavailable,
    Role,
    TextDelta,
)
from bot.models.openai_answer import Answer, Chunk
from bot.models.openai_errors import translate
from capabilities.framework.schema import CapabilitySchema

#: Given to the SDK in so many words: an OPENAI_BASE_URL that is set, but empty, would be its address.
OPENAI_URL: Final = "https://api.openai.com/v1"

#: Endpoints of one's own mostly want no key, but the SDK insists on one (and takes OPENAI_ADMIN_KEY for it).
NO_KEY: Final = "no-key"

_END: Final = object()


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint. It never retries: the caller does, for each attempt is booked."""

    def __init__(
        self,
        name: str,
        api_key: str,
        base_url: str | None = None,
        first_token_seconds: float = 30,
        between_tokens_seconds: float = 20,
    ) -> None:
        self.name = name
        self._first_token_seconds = first_token_seconds
        self._between_tokens_seconds = between_tokens_seconds
        self._client = AsyncOpenAI(
            # A key read from a file ends in a line break, which no header can hold.
            api_key=api_key.strip() or NO_KEY,
            base_url=base_url or OPENAI_URL,
            max_retries=0,
            # Our own deadlines bind: the SDK's start anew with every byte that drips in.
            timeout=None,
            http_client=DefaultAioHttpClient(),  # a quarter less work a call than its own
        )

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Streams the answer to a request. Raises ModelError; closing the stream closes the connection."""
        answer = Answer(request)
        try:
            async with aclosing(self._chunks(request)) as chunks:
                async for chunk in chunks:
                    if text := answer.add(chunk):
                        yield TextDelta(text)
        except ModelUnavailable:
            # A whole answer whose usage got lost on the way is not asked for, and paid, a second time.
            if not answer.complete:
                raise
        for event in answer.finish():
            yield event

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _chunks(self, request: ModelRequest) -> AsyncGenerator[Chunk, None]:
        """Reads the stream's events; whatever goes wrong is a ModelError. No cause is chained: it can hold the key."""
        try:
            async with aclosing(self._events(request)) as events:
                async for event in events:
                    yield Chunk.model_validate(event)
        except APIError as error:
            told = (message.text for message in request.messages if message.role is not Role.SYSTEM)
            raise translate(error, self._client.api_key, told) from None
        except TimeoutError:
            raise ModelUnavailable("the model was silent for too long") from None
        except UnicodeEncodeError:
            raise ModelRefused("the API key or the prompt holds a character that cannot be sent") from None
        except (ValueError, RecursionError):
            # No UTF-8, no JSON, JSON of another shape or too deep: they are all ValueErrors but the last.
            raise ModelUnavailable("the model's answer cannot be read") from None

    async def _events(self, request: ModelRequest) -> AsyncGenerator[object, None]:
        """Reads the stream, each event within its deadline, and closes it however it is left."""
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(self._first_token_seconds):
                stream = await stack.enter_async_context(await self._open(request))
                event = await anext(stream, _END)
            while event is not _END:
                yield event
                async with asyncio.timeout(self._between_tokens_seconds):
                    event = await anext(stream, _END)

    async def _open(self, request: ModelRequest) -> AsyncStream[object]:
        # Not `chat.completions.create`: its chunks are not as their types say (see openai_answer.py).
        return await self._client.post(
            "/chat/completions",
            body=request_body(request.model or self.name, request, output_limit(self._client.base_url.host)),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )


def output_limit(host: str) -> str:
    """Names the parameter that limits the answer: OpenAI's reasoning models refuse the one that all others speak."""
    return "max_completion_tokens" if f".{host}".endswith(".api.openai.com") else "max_tokens"


def request_body(model: str, request: ModelRequest, output_limit: str) -> dict[str, object]:
    """Writes the request as the endpoint wants it."""
    body: dict[str, object] = {
        "model": model,
        "messages": [_message(message) for message in request.messages],
        output_limit: request.max_output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.capabilities:  # an empty list is refused
        body["tools"] = [_tool(capability) for capability in request.capabilities]
    return body


def _message(message: ModelMessage) -> dict[str, object]:
    written: dict[str, object] = {"role": message.role.value, "content": message.text}
    if message.calls:
        written["content"] = message.text or None
        written["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.call_id is not None:
        written["tool_call_id"] = message.call_id
    if message.images:
        written["content"] = [{"type": "text", "text": message.text}, *map(_image, message.images)]
    return written


def _image(image: Image) -> dict[str, object]:
    url = f"data:{image.media_type};base64,{b64encode(image.data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def _tool(capability: CapabilitySchema) -> dict[str, object]:
    function = {
        "name": capability.name,
        "description": capability.description,
        "parameters": dict(capability.parameters),
    }
    return {"type": "function", "function": function}
