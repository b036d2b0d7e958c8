"""What a badly behaved endpoint does."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web
from pydantic import JsonValue

from tests.servers.openai.exchange import Exchange
from tests.servers.openai.replies import Reply, chunk


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answers with an error status: 429, 500, 401, 400 and the like."""

    status: int
    message: str = "the endpoint is unwell"
    retry_after: str | None = None  #: the header, as it stands

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        return await exchange.answer(self.status, {"error": {"message": self.message, "code": None}}, headers)


@dataclass(frozen=True, slots=True)
class Reset:
    """Resets the connection before any header."""

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        return await exchange.reset()


@dataclass(frozen=True, slots=True)
class Hang:
    """Takes the request and says nothing."""

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        return await exchange.hang()


class Ending(StrEnum):
    """How a stream ends that is not ended well."""

    CLOSE = "close"  #: the body ends as HTTP wants it
    DROP = "drop"  #: the connection is closed
    HANG = "hang"  #: nothing more comes


@dataclass(frozen=True, slots=True)
class RawStream:
    """Sends events as they are written here: a str as it stands, anything else as JSON."""

    events: tuple[JsonValue, ...]
    ending: Ending = Ending.CLOSE

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        response = await exchange.stream(self.events)
        if self.ending is Ending.DROP:
            return await exchange.drop()
        return await exchange.hang() if self.ending is Ending.HANG else response


@dataclass(frozen=True, slots=True)
class Drip:
    """Sends one event byte by byte, and never comes to its end."""

    seconds_between_bytes: float

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        await exchange.stream(Reply(("Drop by drop",)).chunks()[:1])
        await exchange.write(b"data: ")
        while True:
            await exchange.write(b" ")
            await asyncio.sleep(self.seconds_between_bytes)


def drop_after(chunks: int, reply: Reply) -> RawStream:
    """Half a stream: the connection is dropped after some chunks."""
    return RawStream(tuple(reply.chunks()[:chunks]), Ending.DROP)


def hang_after(chunks: int, reply: Reply) -> RawStream:
    """Half a stream, and then silence."""
    return RawStream(tuple(reply.chunks()[:chunks]), Ending.HANG)


def invalid_json() -> RawStream:
    """An event that is no JSON."""
    return RawStream((chunk({"content": "Well"}), '{"choices": [{"del'))


def empty_choices() -> RawStream:
    """Chunks without a choice, as filters and keep-alives send them, around an answer."""
    empty: JsonValue = {"choices": []}
    return RawStream((empty, chunk({"content": "Here."}), {"choices": None}, chunk({}, "stop"), empty, "[DONE]"))


def no_answer() -> RawStream:
    """A stream that finishes without a word or a call."""
    return RawStream((chunk({"role": "assistant", "content": ""}), chunk({}, "stop"), "[DONE]"))


def huge_line(characters: int = 5_000_000) -> RawStream:
    """One event of five megabytes."""
    return RawStream((chunk({"content": "x" * characters}), chunk({}, "stop"), "[DONE]"))
