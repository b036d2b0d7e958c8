"""An OpenAI-compatible endpoint in the test's own loop, on a free port of the loopback."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.servers.openai.exchange import Answer, Body, Exchange, Gate
from tests.servers.openai.faults import Refusal
from tests.servers.openai.replies import Embeddings, Part, Reply, Transcription

#: Enough for handlers that are about to end by themselves; those that hang are cancelled then.
_SHUTDOWN_SECONDS = 0.01
#: The model of the work behind the conversation: its requests are counted, held and answered apart.
BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that was to be written down."""

    model: str
    name: str
    media_type: str
    data: bytes


class OpenAIServer:
    """The endpoint. What it answers is queued by the test, or decided by the test's function."""

    def __init__(self, api_key: str | None = None) -> None:
        self.api_key = api_key  #: None: anybody may ask
        self.base_url = ""
        self.models = ("test-model",)
        self.default: Answer = Reply(("Hello there.",))  #: when nothing is queued
        self.default_embeddings: Answer = Embeddings()
        self.default_transcription: Answer = Transcription()
        self.requests: list[Body] = []  #: the bodies, in order
        self.recordings: list[Recording] = []  #: that were to be written down, in order
        self.background_requests: list[Body] = []  #: those for the model BACKGROUND
        self.background: Callable[[Body], Answer] = lambda _: Reply(("[]",))
        self._queue: deque[Answer] = deque()
        self._decide: Callable[[Body], Answer] | None = None
        self._gate = Gate()
        self._background_gate = Gate()
        self._requested = asyncio.Condition()
        self._gone: asyncio.Queue[Body] = asyncio.Queue()
        self._runner = web.AppRunner(
            self._application(), handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS, access_log=None
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def answer(self, *parts: Part) -> None:
        """Queues one reply: text, calls, or text followed by calls."""
        self.queue(Reply(parts))

    def queue(self, *answers: Answer) -> None:
        """Queues replies and faults, one for each request to come."""
        self._queue.extend(answers)

    def answer_with(self, decide: Callable[[Body], Answer]) -> None:
        """Asks the function for an answer to each request for which nothing is queued."""
        self._decide = decide

    def hold(self, after_chunks: int = 0) -> None:
        """Holds every answer back once so many of its chunks are sent."""
        self._gate.hold(after_chunks)

    def release(self) -> None:
        """Lets the answers go on."""
        self._gate.release()

    def hold_background(self) -> None:
        """Holds the answers of the model BACKGROUND back."""
        self._background_gate.hold(0)

    def release_background(self) -> None:
        """Lets them go on."""
        self._background_gate.release()

    async def wait_for_background_requests(self, count: int) -> None:
        """The same as `wait_for_requests`, for the model BACKGROUND."""
        async with self._requested:
            await self._requested.wait_for(lambda: len(self.background_requests) >= count)

    async def wait_for_requests(self, count: int) -> None:
        """Waits until so many requests have come, since the start."""
        async with self._requested:
            await self._requested.wait_for(lambda: len(self.requests) >= count)

    async def client_gone(self) -> Body:
        """Waits until a client closes before its answer was whole, and returns its request; each is told once."""
        return await self._gone.get()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_post("/v1/chat/completions", self._complete)
        application.router.add_post("/v1/embeddings", self._complete)
        application.router.add_post("/v1/audio/transcriptions", self._transcribe)
        application.router.add_get("/v1/models", self._list_models)
        return application

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        recording = Recording(str(form["model"]), file.filename, file.content_type, file.file.read())
        self.recordings.append(recording)
        exchange = Exchange(request, {"model": recording.model}, Gate())
        if not self._may_ask(request):
            return await Refusal(401).give(exchange)
        return await self.default_transcription.give(exchange)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body: Body = await request.json()
        apart = body.get("model") == BACKGROUND
        async with self._requested:
            (self.background_requests if apart else self.requests).append(body)
            self._requested.notify_all()
        exchange = Exchange(request, body, self._background_gate if apart else self._gate)
        answer = self.background(body) if apart else self._next_answer(request, body)
        try:
            return await answer.give(exchange)
        except (asyncio.CancelledError, ConnectionResetError):
            if not exchange.was_dropped:
                self._gone.put_nowait(body)
            raise

    def _next_answer(self, request: web.Request, body: Body) -> Answer:
        if not self._may_ask(request):
            # As the worst of them do: the whole key stands in the error.
            return Refusal(401, f"Incorrect API key provided: {request.headers.get('Authorization')}")
        if self._queue:
            return self._queue.popleft()
        if "input" in body:
            return self.default_embeddings
        return self._decide(body) if self._decide is not None else self.default

    async def _list_models(self, request: web.Request) -> web.Response:
        if not self._may_ask(request):
            return web.json_response({"error": {"message": "Incorrect API key provided"}}, status=401)
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in self.models]
        return web.json_response({"object": "list", "data": data})

    def _may_ask(self, request: web.Request) -> bool:
        return self.api_key is None or request.headers.get("Authorization") == f"Bearer {self.api_key}"
