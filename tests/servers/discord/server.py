"""The server: starts and stops with a test, lets it play the people, break the network, and wait for the bot."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from aiohttp import web

from tests.servers.discord.bell import Bell
from tests.servers.discord.commands import Commands
from tests.servers.discord.draft import Draft, File
from tests.servers.discord.edge import Edge, Fault, FaultKind, Request
from tests.servers.discord.events import ApplicationFlag
from tests.servers.discord.gateway import Gateway, Op
from tests.servers.discord.interactions import Interaction, InteractionKind, Interactions
from tests.servers.discord.rest import Rest
from tests.servers.discord.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from types import TracebackType

    from tests.servers.discord.bell import Found
    from tests.servers.discord.commands import OptionValue
    from tests.servers.discord.records import Channel, Message, Payload, User

API = "/v10"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DiscordServer:
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
        self.world = World(bot_name, now, self.gateway.publish, self._bell)
        self.commands = Commands(self.world)
        self._interactions = Interactions(self.world, self.gateway.publish, self._bell)
        self._rest = Rest(self.world, lambda: self.flags, lambda: self.gateway_url)
        self._edge = Edge(token, API, self._bell)
        self._runner: web.AppRunner | None = None
        self._read: dict[tuple[int, int], int] = {}

    # Start and stop

    async def __aenter__(self) -> Self:
        api = web.Application(middlewares=[self._edge.middleware])
        api.add_routes([*self._rest.routes(), *self.commands.routes(), *self._interactions.routes()])
        app = web.Application()
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
        wanted = int(request.match_info["attachment_id"])
        every = (each for channel in self.world.channels.values() for each in channel.messages.values())
        for attachment in (attachment for message in every for attachment in message.attachments):
            if attachment.id == wanted:
                return web.Response(body=attachment.data, content_type=attachment.content_type)
        return web.Response(status=404)

    # What people do

    async def say(
        self,
        user: User,
        channel: Channel,
        content: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Sequence[File] = (),
    ) -> Message:
        """Let a user post a message; whom it mentions is read from the text, `<@id>`, and from what it replies to.

        Raises:
            PermissionError: the user may not write there.
        """
        if not channel.may_send(user):
            raise PermissionError(f"{user.name} may not write in {channel.name or 'this conversation'}")
        reference: Payload | None = None
        if reply_to is not None:
            reference = {"message_id": str(reply_to.id), "channel_id": str(channel.id)}
        allowed: Payload | None = None if ping else {"parse": ["users", "roles", "everyone"], "replied_user": False}
        draft = Draft(content, reference=reference, allowed_mentions=allowed, files=tuple(attachments))
        return self.world.deliver(self.world.compose(channel, user, draft))

    async def edit(self, message: Message, content: str) -> Message:
        return self.world.edit(message, Draft(content, fields=frozenset({"content"})))

    async def delete(self, message: Message) -> None:
        self.world.delete(message)

    def type(self, user: User, channel: Channel) -> None:
        self.world.type(user, channel)

    async def slash(
        self, user: User, channel: Channel, command: str, options: Mapping[str, OptionValue] | None = None
    ) -> Interaction:
        """Let a user run a registered command, such as "why" or "memory forget".

        Neither the command's default_member_permissions nor an option's choices are enforced: that is for the bot.

        Raises:
            LookupError: the bot has not registered it like this.
        """
        data = self.commands.invocation(command, channel.guild, options or {})
        return self._interactions.start(InteractionKind.COMMAND, user, channel, data)

    async def autocomplete(
        self, user: User, channel: Channel, command: str, focused: str, options: Mapping[str, OptionValue]
    ) -> Interaction:
        """Let a user type into the option `focused`, whose text so far is among the options."""
        data = self.commands.invocation(command, channel.guild, options, focused)
        return self._interactions.start(InteractionKind.AUTOCOMPLETE, user, channel, data)

    async def click(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Let a user press a button of a message."""
        data: Payload = {"custom_id": custom_id, "component_type": 2}
        return self._interactions.start(InteractionKind.COMPONENT, user, message.channel, data, message)

    async def submit(self, user: User, form: Interaction, texts: Mapping[str, str]) -> Interaction:
        """Let a user send the form that the bot opened in answer to an earlier interaction."""
        inputs = [{"type": 4, "custom_id": name, "value": text} for name, text in texts.items()]
        rows: list[Payload] = [{"type": 1, "components": [each]} for each in inputs]
        data: Payload = {"custom_id": form.response_data["custom_id"], "components": rows}
        return self._interactions.start(InteractionKind.MODAL, user, form.channel, data, form.message)

    # What goes wrong

    def fail_next(
        self, method: str, path: str, status: FaultKind = 500, *, retry_after: float = 0.01, times: int = 1
    ) -> None:
        """Let the next requests whose path matches the regular expression fail.

        `status` is an HTTP status (429 with `retry_after` seconds), "reset" to drop the connection without doing or
        answering anything, or "after_effect" to do it and then drop the connection. aiohttp repeats a GET by itself
        when a connection that served before is reset: give `times=2` for a reset GET to be felt.
        """
        self._edge.faults.append(Fault(method, re.compile(path), status, retry_after, times))

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

    # What the bot did

    @property
    def requests(self) -> list[Request]:
        """Every REST request that arrived, in order."""
        return self._edge.requests

    @property
    def typing(self) -> list[tuple[Channel, User]]:
        """Where the bot was seen typing, in order."""
        return self._rest.typing

    def messages(self, channel: Channel) -> list[Message]:
        return [channel.messages[each] for each in sorted(channel.messages)]

    def sent_by_bot(self, channel: Channel) -> list[Message]:
        return [message for message in self.messages(channel) if message.author == self.world.bot]

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
            unread = (each for each in self.messages(channel) if each.id > self._read.get(key, 0))
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
