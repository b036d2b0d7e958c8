"""One request, and the way back to its client."""

import asyncio
import json
import socket
import struct
from collections.abc import Iterable
from typing import Protocol

from aiohttp import web
from pydantic import JsonValue

Body = dict[str, JsonValue]

#: Closing with this set sends RST instead of FIN.
_LINGER_NOT = struct.pack("ii", 1, 0)


class Gate:
    """Holds answers back until the test lets them go on."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._chunks_free = 0

    def hold(self, after_chunks: int) -> None:
        self._chunks_free = after_chunks
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def pass_through(self, chunks_sent: int) -> None:
        if chunks_sent >= self._chunks_free:
            await self._open.wait()


class Exchange:
    """One request, and the way back to its client."""

    def __init__(self, request: web.Request, body: Body, gate: Gate) -> None:
        self.body = body
        self.was_dropped = False  #: by us, not by the client
        self._request = request
        self._gate = gate
        self._response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self._chunks_sent = 0

    async def answer(self, status: int, body: JsonValue, headers: dict[str, str] | None = None) -> web.StreamResponse:
        """Answers in one piece."""
        await self._gate.pass_through(0)
        return web.json_response(body, status=status, headers=headers)

    async def stream(self, events: Iterable[JsonValue | str]) -> web.StreamResponse:
        """Sends the events as they stand (a str) or as JSON, each through the gate, and leaves the stream open."""
        await self._response.prepare(self._request)
        for event in events:
            await self._gate.pass_through(self._chunks_sent)
            self._chunks_sent += 1
            await self.write(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n".encode())
        await self._gate.pass_through(self._chunks_sent)
        return self._response

    async def write(self, data: bytes) -> None:
        """Sends bytes of a stream that has begun."""
        await self._response.write(data)

    async def hang(self) -> web.StreamResponse:
        """Sends nothing more; ends when the client goes or the server closes."""
        await asyncio.Event().wait()
        return self._response

    async def drop(self) -> web.StreamResponse:
        """Closes the connection, however much is still to come."""
        self.was_dropped = True
        if self._request.transport is not None:
            self._request.transport.abort()
        return await self.hang()

    async def reset(self) -> web.StreamResponse:
        """Drops the connection with an RST."""
        if self._request.transport is not None:
            connection: socket.socket = self._request.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        return await self.drop()


class Answer(Protocol):
    """What the server does with a request."""

    async def give(self, exchange: Exchange) -> web.StreamResponse: ...
