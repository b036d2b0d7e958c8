"""The server: starts and stops with a test, lets it play the people, break the network, and wait for the bot."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from aiohttp import web

from tests.servers.discord.answers import Answers
from tests.servers.discord.bell import Bell
from tests.servers.discord.clock import Clock
from tests.servers.discord.commands import Commands
from tests.servers.discord.edge import Edge, Fault, FaultKind, Request, fail
from tests.servers.discord.events import ApplicationFlag
from tests.servers.discord.gateway import Gateway, Op
from tests.servers.discord.interactions import Interactions
from tests.servers.discord.message_routes import MessageRoutes
from tests.servers.discord.people import People
from tests.servers.discord.rate_limits import USUAL, Limit, RateLimits
from tests.servers.discord.reaction_routes import ReactionRoutes
from tests.servers.discord.rest import Rest
from tests.servers.discord.thread_routes import ThreadRoutes
from tests.servers.discord.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from tests.servers.discord.bell import Found
    from tests.servers.discord.records import Channel, Message, Payload, User

API = "/v10"

#: Bytes that the server reads of a request before it can refuse it as Discord does.
MAX_REQUEST = 64 * 1024 * 1024


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DiscordServer(People):
    """One application with one bot, and the world it lives in.

    Args:
        token: The bot's token; any other is refused.
        bot_name: The name of the bot's user.
        flags: Which privileged intents the application was given; may be changed at any time.
        now: The time that ids, timestamps and the nonce window are made of.
    """

    def __init__(
        self,
        *,
        token: str = "bot-token",
        bot_name: str = "ember",
        flags: ApplicationFlag = ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.token = token
        self.flags = flags
        self.base = ""
        self._bell = Bell()
        self.gateway = Gateway(token, lambda: self.flags, self._bell)
        self.clock = Clock(now)
        self.world = World(bot_name, self.clock.now, self.gateway.publish, self._bell)
        self.commands = Commands(self.world)
        self.interactions = Interactions(self.world, self.clock, self.gateway.publish, self._bell)
        self._rest = Rest(self.world, lambda: self.flags, lambda: self.gateway_url)
        self._edge = Edge(token, API, RateLimits(self.clock.seconds), self._bell)
        self._runner: web.AppRunner | None = None
        self.downloads: list[str] = []
        self._read: dict[tuple[int, int], int] = {}

    # Start and stop

    async def __aenter__(self) -> Self:
        api = web.Application(middlewares=[self._edge.middleware])
        api.add_routes(self._routes())
        app = web.Application(client_max_size=MAX_REQUEST)
        app.add_subapp(API, api)
        app.router.add_get("/gateway", self._handle_gateway)
        app.router.add_get("/files/{attachment_id}/{filename}", self._get_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        self.gateway.url = self.gateway_url
        self.world.files_url = f"{self.base}/files"
        return self

    def _routes(self) -> list[web.RouteDef]:
        def flags() -> ApplicationFlag:
            return self.flags

        return [
            *self._rest.routes(),
            # Before the messages, one of which "pins" would be.
            *ReactionRoutes(self.world, flags).routes(),
            *MessageRoutes(self.world, flags).routes(),
            *ThreadRoutes(self.world, flags).routes(),
            *self.commands.routes(),
            *Answers(self.world, self.interactions).routes(),
        ]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        self.gateway.refusing = True
        self.gateway.admitting.set()
        await self.gateway.drop(resumable=False, code=1001)
        await self._runner.cleanup()

    @property
    def gateway_url(self) -> str:
        """The websocket's address, as GET /gateway/bot answers it."""
        return self.base.replace("http", "ws", 1) + "/gateway"

    async def _handle_gateway(self, request: web.Request) -> web.StreamResponse:
        return await self.gateway.handle(self.world, request)

    async def _get_file(self, request: web.Request) -> web.Response:
        """Serve a file as Discord's CDN does; the faults of `fail_next` happen to it too."""
        self.downloads.append(request.path)
        fault = self._edge.take_fault(request.method, request.path)
        if fault is not None:
            return fail(request, fault)
        attachment = self.world.attachment(int(request.match_info["attachment_id"]))
        if attachment is None:
            return web.Response(status=404)
        return web.Response(body=attachment.data, content_type=attachment.content_type.partition(";")[0])

    # What goes wrong

    def fail_next(
        self,
        method: str,
        path: str,
        status: FaultKind = 500,
        *,
        retry_after: float = 0.01,
        times: int = 1,
        globally: bool = False,
    ) -> None:
        """Let the next requests whose path matches the regular expression fail.

        `status` is an HTTP status (429 with `retry_after` seconds, `globally` or for the route), "reset" to drop the
        connection without doing or answering anything, or "after_effect" to do it and then drop the connection. aiohttp
        repeats a GET by itself when a connection that served before is reset: give `times=2` for it to be felt.
        """
        self._edge.faults.append(Fault(method, re.compile(path), status, retry_after, times, globally))

    def limit(self, method: str | None = None, path: str = "", count: int = 5, seconds: float = 5.0) -> None:
        """Keep rate limits from now on: those that Discord usually keeps, or `count` requests in `seconds` of one kind.

        `method` and `path` are regular expressions; each channel, guild and webhook has windows of its own.
        """
        more = USUAL if method is None else (Limit.of(method, path, count, seconds),)
        self._edge.limits.limits += more

    def limit_globally(self, count: int = 50, seconds: float = 1.0) -> None:
        """Keep the limit on everything that the bot's token does; answers to interactions are not under it."""
        everything = r"^/(?!interactions/|webhooks/)"
        self._edge.limits.limits += (Limit.of(".*", everything, count, seconds, everywhere=True),)

    def unlimit(self) -> None:
        """Keep no rate limits any more."""
        self._edge.limits.limits = ()

    def advance(self, seconds: float) -> None:
        """Let time pass: for the deadlines of interactions, new ids and stamps, the nonce window and rate limits."""
        self.clock.advance(seconds)

    async def replay(self, message: Message) -> None:
        """Dispatch the same MESSAGE_CREATE once more."""
        self.world.announce(message)

    async def drop_connections(self, *, resumable: bool = True, code: int = 4000) -> None:
        """Close every gateway connection; a session that is not resumable is answered with op 9 when it returns."""
        await self.gateway.drop(resumable=resumable, code=code)

    @asynccontextmanager
    async def outage(self, *, resumable: bool = True) -> AsyncIterator[None]:
        """Drop every connection and keep clients waiting, connected but not greeted, until the block is left."""
        self.gateway.admitting.clear()
        await self.gateway.drop(resumable=resumable, code=4000)
        try:
            yield
        finally:
            self.gateway.admitting.set()

    def refuse_connections(self, refuse: bool) -> None:
        """Answer new gateway connections with 503; discord.py then waits up to some seconds between attempts."""
        self.gateway.refusing = refuse

    async def ask_to_reconnect(self) -> None:
        """Send op 7 to every connected session."""
        self.gateway.broadcast(Op.RECONNECT, None)

    async def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Send op 9 to every connected session, with d true when it may resume."""
        self.gateway.invalidate(resumable=resumable)

    async def restart_gateway(self) -> None:
        """Forget every session and close every connection: who comes back missed everything in between."""
        await self.gateway.drop(resumable=False, code=4000)

    # What the bot did

    @property
    def requests(self) -> list[Request]:
        """Every REST request that arrived, in order."""
        return self._edge.requests

    @property
    def typing(self) -> list[tuple[Channel, User]]:
        """Where the bot was seen typing, in order."""
        return self._rest.typing

    @property
    def too_many(self) -> list[Request]:
        """The requests that were answered with 429, in order; a well-behaved bot leaves it empty."""
        return self._edge.too_many

    @property
    def presences(self) -> list[Payload]:
        """What the bot said of its presence while connected (op 3), in order."""
        return self.gateway.presences

    @property
    def application(self) -> Payload:
        """What the application answers beyond the usual; a test may write into it."""
        return self._rest.application

    def messages(self, channel: Channel) -> list[Message]:
        return [channel.messages[each] for each in sorted(channel.messages)]

    def sent_by_bot(self, channel: Channel) -> list[Message]:
        """Return what the bot posted, without what Discord wrote in its name."""
        own = [message for message in self.messages(channel) if message.author == self.world.bot]
        return [message for message in own if not message.system]

    async def wait_for(
        self, probe: Callable[[], Found | None], timeout_seconds: float = 5.0, what: str = "it"
    ) -> Found:
        """Return the first truthy answer of `probe`, asked again whenever something changed here."""
        return await self._bell.wait_for(probe, timeout_seconds, what)

    async def wait_connected(self, timeout_seconds: float = 5.0) -> None:
        """Return when a session is connected: what is dispatched from now on reaches it after READY."""
        await self.wait_for(lambda: self.gateway.connected, timeout_seconds, "a gateway session")

    async def next_message(
        self, channel: Channel, *, author: User | None = None, timeout_seconds: float = 5.0
    ) -> Message:
        """Return the author's (the bot's) first message in the channel that was not returned before."""
        author = author or self.world.bot
        key = (channel.id, author.id)

        def probe() -> Message | None:
            new = (each for each in self.messages(channel) if each.id > self._read.get(key, 0))
            unread = (each for each in new if not each.system)
            return next((each for each in unread if each.author == author), None)

        message = await self.wait_for(probe, timeout_seconds, f"a message of {author.name}")
        self._read[key] = message.id
        return message

    async def wait_messages(self, channel: Channel, count: int, *, timeout_seconds: float = 5.0) -> list[Message]:
        """Return the bot's messages in the channel once there are `count` or more."""

        def probe() -> list[Message]:
            sent = self.sent_by_bot(channel)
            return sent if len(sent) >= count else []

        return await self.wait_for(probe, timeout_seconds, f"{count} messages of the bot")
