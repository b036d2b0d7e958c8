"""What every REST request passes: its body, the log, the faults a test ordered, the token, refusals as JSON."""

from __future__ import annotations

import json
import math
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from aiohttp import BodyPartReader, web

from tests.servers.discord.draft import Draft, File
from tests.servers.discord.errors import ApiError

if TYPE_CHECKING:
    import re
    from collections.abc import Awaitable, Callable

    from tests.servers.discord.bell import Bell
    from tests.servers.discord.rate_limits import RateLimits
    from tests.servers.discord.records import Payload

#: An HTTP status to answer with; "reset" drops the connection unanswered; "after_effect" does the thing first.
FaultKind: TypeAlias = int | Literal["reset", "after_effect"]

#: Bytes of a file that a bot may upload.
MAX_UPLOAD = 10 * 1024 * 1024

#: Interactions are answered with their own token, which stands in the path.
WITHOUT_BOT_TOKEN = ("/interactions/", "/webhooks/")


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request as it arrived; `path` is without the API's version, `json` None when there was no body."""

    method: str
    path: str
    json: object


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: its JSON and the files beside it."""

    json: object
    files: tuple[File, ...]

    @property
    def fields(self) -> Payload:
        return self.json if isinstance(self.json, dict) else {}

    @property
    def draft(self) -> Draft:
        return Draft.from_body(self.fields, self.files)


@dataclass(slots=True)
class Fault:
    """Something that goes wrong with the next requests of one kind."""

    method: str
    path: re.Pattern[str]
    kind: FaultKind
    retry_after: float
    times: int
    globally: bool = False


BODY = web.RequestKey("body", Body)


def answer(data: object, status: int = 200) -> web.Response:
    # The bare type: discord.py reads a body as text when a charset follows.
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json")


def nothing() -> web.Response:
    return web.Response(status=204)


class Edge:
    """The middleware of the API, with its log and its faults."""

    def __init__(self, token: str, prefix: str, limits: RateLimits, bell: Bell) -> None:
        self.requests: list[Request] = []
        self.too_many: list[Request] = []
        self.limits = limits
        self.faults: list[Fault] = []
        self._token = token
        self._prefix = prefix
        self._bell = bell

    @property
    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def handle(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            path = request.path.removeprefix(self._prefix)
            request[BODY] = body = await _read(request)
            arrived = Request(request.method, path, body.json)
            self.requests.append(arrived)
            fault = self.take_fault(request.method, path)
            verdict = self.limits.judge(request, path)
            response: web.StreamResponse
            if fault is not None and fault.kind != "after_effect":
                response = fail(request, fault)
            elif not verdict.allowed:
                response = _too_many(verdict.reset_after, globally=verdict.everywhere)
            else:
                response = await self._serve(request, handler, path)
                if fault is not None:
                    _hang_up(request)
            if response.status == 429:
                self.too_many.append(arrived)
            response.headers.update(verdict.headers())
            self._bell.ring()
            return response

        return handle

    async def _serve(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], path: str
    ) -> web.StreamResponse:
        try:
            if not path.startswith(WITHOUT_BOT_TOKEN) and request.headers.get("Authorization") != f"Bot {self._token}":
                raise ApiError(401, 0, "401: Unauthorized")
            if any(len(file.data) > MAX_UPLOAD for file in request[BODY].files):
                raise ApiError(413, 40005, "Request entity too large")
            return await handler(request)
        except ApiError as error:
            return answer(error.body, error.status)
        except (KeyError, ValueError) as error:
            return answer({"message": f"Invalid Form Body: {error!r}", "code": 50035}, 400)
        except web.HTTPException as error:
            return answer({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)

    def take_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == method and fault.path.search(path):
                fault.times -= 1
                return fault
        return None


async def _read(request: web.Request) -> Body:
    if not request.can_read_body:
        return Body(None, ())
    if not request.content_type.startswith("multipart/"):
        return Body(await request.json(), ())
    fields: object = None
    files: list[File] = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "payload_json":
            fields = json.loads(await part.text())
        else:
            name = part.filename or "file"
            data = bytes(await part.read())
            # Discord tells the type by the name, for libraries send none.
            files.append(File(name, data, mimetypes.guess_type(name)[0] or "application/octet-stream"))
    return Body(fields, tuple(files))


def fail(request: web.Request, fault: Fault) -> web.Response:
    if fault.kind == "reset":
        _hang_up(request)
        return nothing()
    assert isinstance(fault.kind, int)
    if fault.kind != 429:
        return answer({"message": f"{fault.kind}: made to fail", "code": 0}, fault.kind)
    return _too_many(fault.retry_after, globally=fault.globally)


def _too_many(retry_after: float, *, globally: bool) -> web.Response:
    retry_after = math.ceil(retry_after * 1000) / 1000
    response = answer({"message": "You are being rate limited.", "retry_after": retry_after, "global": globally}, 429)
    # Without Via, discord.py takes a 429 for a ban by the proxy in front of Discord and gives up.
    response.headers.update({"Via": "1.1 google", "Retry-After": str(math.ceil(retry_after))})
    response.headers["X-RateLimit-Scope"] = "global" if globally else "user"
    if globally:
        response.headers["X-RateLimit-Global"] = "true"
    return response


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
