"""The gateway websocket: identifying, heartbeats, dispatches by intent, and resuming a session that lost its socket."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.servers.discord.events import ApplicationFlag, Intent
from tests.servers.discord.payloads import guild_create_json, member_json, user_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.discord.bell import Bell
    from tests.servers.discord.events import Event
    from tests.servers.discord.records import Guild, Payload
    from tests.servers.discord.world import World

HEARTBEAT_MS = 41_250

#: How many events a session without a connection keeps; a client further behind must identify anew.
BUFFER = 1000


class Op(IntEnum):
    """The opcodes of the gateway that this server speaks."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class GatewayClosed(Exception):
    """The gateway ends a connection with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Connection:
    """One websocket: what is sent leaves in order, by its own task, compressed as the client asked."""

    def __init__(self, socket: web.WebSocketResponse, compress: str | None) -> None:
        self.socket = socket
        self.session: Session | None = None
        self._deflate = zlib.compressobj() if compress else None
        self._outgoing: asyncio.Queue[Payload] = asyncio.Queue()

    def send(self, op: Op, data: object, *, sequence: int | None = None, name: str | None = None) -> None:
        self._outgoing.put_nowait({"op": int(op), "d": data, "s": sequence, "t": name})

    async def write(self) -> None:
        """Send what is queued until the socket is gone."""
        while True:
            text = json.dumps(await self._outgoing.get())
            try:
                if self._deflate is None:
                    await self.socket.send_str(text)
                else:
                    frame = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(frame)
            except ConnectionError:
                return


class Session:
    """What the gateway remembers of one identified client, whether or not it is connected."""

    def __init__(self, session_id: str, intents: int, connection: Connection) -> None:
        self.id = session_id
        self.intents = intents
        self.connection: Connection | None = connection
        self.sequence = 0
        self._sent: deque[tuple[int, str, Payload]] = deque(maxlen=BUFFER)

    def dispatch(self, name: str, data: Payload) -> None:
        self.sequence += 1
        self._sent.append((self.sequence, name, data))
        if self.connection is not None:
            self.connection.send(Op.DISPATCH, data, sequence=self.sequence, name=name)

    def can_resume_from(self, sequence: int) -> bool:
        return not self._sent or self._sent[0][0] <= sequence + 1 <= self.sequence + 1

    def resume(self, connection: Connection, sequence: int) -> None:
        """Take over a new connection, send what the old one missed, then RESUMED."""
        self.connection = connection
        for number, name, data in self._sent:
            if number > sequence:
                connection.send(Op.DISPATCH, data, sequence=number, name=name)
        connection.send(Op.DISPATCH, {"_trace": []}, sequence=self.sequence, name="RESUMED")


class Gateway:
    """All sessions and connections, and the faults a test makes them suffer."""

    def __init__(self, token: str, flags: Callable[[], ApplicationFlag], bell: Bell) -> None:
        self.token = token
        self.url = ""
        self.arrived = 0
        self.identified = 0
        self.resumed = 0
        self.refusing = False
        self.closed_with: list[int] = []
        self.presences: list[Payload] = []
        self.admitting = asyncio.Event()
        self.admitting.set()
        self._flags = flags
        self._bell = bell
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()

    @property
    def connected(self) -> list[Session]:
        """Return the sessions that have a connection."""
        return [session for session in self._sessions.values() if session.connection is not None]

    def publish(self, event: Event) -> None:
        """Tell every session, connected or not, what its intents let it know."""
        for session in self._sessions.values():
            data = event.seen_with(session.intents)
            if data is not None:
                session.dispatch(event.name, data)

    def broadcast(self, op: Op, data: object) -> None:
        for session in self.connected:
            assert session.connection is not None
            session.connection.send(op, data)

    def invalidate(self, *, resumable: bool) -> None:
        """Send op 9 to every connection; without `resumable` their sessions are forgotten."""
        connections = [session.connection for session in self.connected]
        if not resumable:
            for session in self._sessions.values():
                session.connection = None
            self._sessions.clear()
        for connection in connections:
            assert connection is not None
            connection.send(Op.INVALID_SESSION, resumable)

    async def drop(self, *, resumable: bool, code: int) -> None:
        """Close every connection; a session that is not resumable is forgotten."""
        for session in self._sessions.values():
            session.connection = None
        if not resumable:
            self._sessions.clear()
        await asyncio.gather(*(connection.socket.close(code=code) for connection in self._connections))

    async def handle(self, world: World, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until it ends."""
        if self.refusing:
            return web.Response(status=503, text="the gateway refuses connections")
        compress = request.query.get("compress")
        if compress not in (None, "zlib-stream"):
            return web.Response(status=400, text=f"this server speaks zlib-stream, not {compress}")
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=4096 * 4)
        await socket.prepare(request)
        connection = Connection(socket, compress)
        self._connections.add(connection)
        self.arrived += 1
        self._bell.ring()
        writer = asyncio.create_task(connection.write())
        try:
            await self.admitting.wait()
            await self._converse(world, connection)
        except GatewayClosed as closed:
            self.closed_with.append(closed.code)
            await socket.close(code=closed.code, message=closed.reason.encode())
        finally:
            writer.cancel()
            self._connections.discard(connection)
            self._left(connection)
            self._bell.ring()
        return socket

    def _left(self, connection: Connection) -> None:
        """Keep the session for resuming, unless the client said goodbye with 1000 or 1001, which ends it."""
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if connection.socket.close_code in (1000, 1001):
            self._sessions.pop(session.id, None)

    async def _converse(self, world: World, connection: Connection) -> None:
        connection.send(Op.HELLO, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                raise GatewayClosed(4002, "Error while decoding payload.")
            payload = json.loads(message.data)
            self._receive(world, connection, int(payload["op"]), payload.get("d"))
            self._bell.ring()

    def _receive(self, world: World, connection: Connection, op: int, data: object) -> None:
        if op == Op.HEARTBEAT:
            connection.send(Op.HEARTBEAT_ACK, None)
            return
        body = data if isinstance(data, dict) else {}
        match op:
            case Op.IDENTIFY:
                self._identify(world, connection, body)
            case Op.RESUME:
                self._resume(connection, body)
            case _ if connection.session is None:
                raise GatewayClosed(4003, "Not authenticated.")
            case Op.REQUEST_MEMBERS:
                self._send_members(world, connection.session, body)
            case Op.PRESENCE:
                self.presences.append(body)
            case Op.VOICE_STATE:
                pass
            case _:
                raise GatewayClosed(4001, "Unknown opcode.")

    def _authenticate(self, connection: Connection, body: Payload) -> None:
        if connection.session is not None:
            raise GatewayClosed(4005, "Already authenticated.")
        if body.get("token") != self.token:
            raise GatewayClosed(4004, "Authentication failed.")

    def _identify(self, world: World, connection: Connection, body: Payload) -> None:
        self._authenticate(connection, body)
        intents = int(str(body.get("intents", 0)))
        if not self._flags().allows(intents):
            raise GatewayClosed(4014, "Disallowed intent(s).")
        session = Session(f"{world.next_id():x}", intents, connection)
        self._sessions[session.id] = connection.session = session
        guilds = [guild for guild in world.guilds.values() if world.bot.id in guild.members]
        session.dispatch("READY", self._ready(world, session, guilds))
        if intents & Intent.GUILDS:
            everybody = bool(intents & Intent.GUILD_PRESENCES)
            for guild in (each for each in guilds if not each.unavailable):
                session.dispatch("GUILD_CREATE", guild_create_json(guild, world.bot, all_members=everybody))
        self.identified += 1

    def _ready(self, world: World, session: Session, guilds: list[Guild]) -> Payload:
        return {
            "v": 10,
            "user": user_json(world.bot) | {"verified": True, "mfa_enabled": False, "email": None, "flags": 0},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "private_channels": [],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(world.bot.id), "flags": int(self._flags())},
            "shard": [0, 1],
        }

    def _resume(self, connection: Connection, body: Payload) -> None:
        self._authenticate(connection, body)
        session = self._sessions.get(str(body.get("session_id")))
        sequence = int(str(body.get("seq") or 0))
        if session is None or not session.can_resume_from(sequence):
            connection.send(Op.INVALID_SESSION, False)
            return
        connection.session = session
        session.resume(connection, sequence)
        self.resumed += 1

    def _send_members(self, world: World, session: Session, body: Payload) -> None:
        guild = world.guilds[int(str(body["guild_id"]))]
        wanted = body.get("user_ids")
        ids = {int(str(each)) for each in wanted} if isinstance(wanted, list) else set(guild.members)
        query = str(body.get("query") or "").lower()
        found = [m for m in guild.members.values() if m.user.id in ids and m.user.name.lower().startswith(query)]
        data: Payload = {
            "guild_id": str(guild.id),
            "members": [member_json(member) for member in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": body.get("nonce"),
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", data)
