"""Messages that were missed while Ember was away: they are fetched at every new session, and taken like any other.

The cursor is the newest message that was looked at, whoever it was for. It stands still from the moment a session
begins until what came before it was fetched, so a process that ends in between fetches it again. A channel that cannot
be read for the moment is tried again, and keeps the cursor where it is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.request import discord_request
from memory import Channel, Store, StoreError

MESSAGES: Final = 100  #: of one channel, the newest; one request
CHANNELS: Final = 50  #: at one session's begin, those with the newest messages
DIRECT: Final = 50  #: conversations with one person: nothing but a look says whether there is something new
PAUSE_SECONDS: Final = 0.1  #: between two channels; people who talk now come first
REQUEST_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = (10.0, 60.0, 300.0)  #: until a channel that could not be read is tried again

Take = Callable[[discord.Message], Awaitable[None]]
_Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread

log = structlog.get_logger()


class Backfill:
    """Fetches what was missed. `take` is given each message, a channel's in the order in which they were said."""

    def __init__(self, store: Store, hours: float, take: Take) -> None:
        self._store = store
        self._recent = timedelta(hours=hours)
        self._take = take
        self._seen = 0  #: the newest message that was looked at
        self._in_hand: set[int] = set()  #: messages that are being looked at
        self._missed_since: int | None = None  #: what came after this message was not told by the gateway
        self._is_new = False  #: nothing was ever looked at, so nothing was missed
        self._sessions = 0
        self._began = asyncio.Event()
        self._listed = asyncio.Event()
        self._waiting: dict[int, asyncio.Event] = {}  #: channels that are still to be caught up with
        self._order: deque[int] = deque()  #: the same, but for the one whose turn it is

    async def begin(self) -> None:
        """Finds the cursor, before the first session."""
        kept = await self._store.cursors.seen(Channel.DISCORD)
        self._is_new = kept is None
        if kept is None:
            self._seen = discord.utils.time_snowflake(self._store.clock.now())
            self._store.cursors.move(Channel.DISCORD, str(self._seen))
        else:
            self._seen = int(kept)

    def new_session(self) -> None:
        """A session begins: what the last one was not told was missed. One that is resumed is told it all."""
        self._sessions += 1
        self._listed.clear()
        if self._missed_since is None and not self._is_new:
            self._missed_since = self._seen
        self._is_new = False

    async def on_ready(self) -> None:
        """The guilds of a session are known."""
        self._began.set()

    async def run(self, client: discord.Client) -> None:
        """Catches up at every session's begin, until it is cancelled."""
        while True:
            await self._began.wait()
            self._began.clear()
            session, all_read = self._sessions, False
            try:
                all_read = await self._catch_up(client)
            finally:
                self._listed.set()
            if all_read and session == self._sessions:
                self._missed_since = None
                self._move()

    @asynccontextmanager
    async def looking_at(self, message: discord.Message) -> AsyncIterator[None]:
        """Moves the cursor behind a message once it was looked at and nothing older is still in hand."""
        self._in_hand.add(message.id)
        try:
            yield
        finally:
            self._in_hand.discard(message.id)
        self._seen = max(self._seen, message.id)
        self._move()

    async def caught_up(self, channel_id: int) -> None:
        """Waits until what was missed in a channel was taken, so that nothing is taken before what was said earlier."""
        await self._listed.wait()
        if channel_id in self._order:  # somebody talks there now
            self._order.remove(channel_id)
            self._order.appendleft(channel_id)
        if channel_id in self._waiting:
            await self._waiting[channel_id].wait()

    def _move(self) -> None:
        if self._missed_since is None:
            self._store.cursors.move(Channel.DISCORD, str(min(self._in_hand, default=self._seen + 1) - 1))

    async def _catch_up(self, client: discord.Client) -> bool:
        """Fetches what came after the cursor, so far as it is recent; False when some of it could not be read."""
        if self._missed_since is None:
            return True
        oldest = discord.utils.time_snowflake(self._store.clock.now() - self._recent)
        after = max(self._missed_since, oldest)
        behind = [channel.id for channel in _behind(client, after)]
        behind += [each for each in await self._direct() if client.get_channel(each) is None]
        unread = await self._fetch_all(client, behind, after)
        for seconds in AGAIN_SECONDS:
            if not unread or await self._another_begins(seconds):  # which fetches all of it
                break
            unread = await self._fetch_all(client, unread, after)
        return not unread

    async def _another_begins(self, seconds: float) -> bool:
        """Waits for another session."""
        try:
            async with asyncio.timeout(seconds):
                return await self._began.wait()
        except TimeoutError:
            return False

    async def _fetch_all(self, client: discord.Client, channels: list[int], after: int) -> list[int]:
        """Takes what was missed in some channels; returns those that could not be read now."""
        self._waiting = {channel_id: asyncio.Event() for channel_id in channels}
        self._order = deque(channels)
        self._listed.set()
        unread: list[int] = []
        while self._order:
            channel_id = self._order.popleft()
            try:
                if not await self._fetch(client, channel_id, after):
                    unread.append(channel_id)
            finally:
                self._waiting.pop(channel_id).set()
            await asyncio.sleep(PAUSE_SECONDS)
        return unread

    async def _direct(self) -> list[int]:
        """Returns the conversations with one person that were last talked in; a guild's are among them."""
        try:
            keys = await self._store.talk.last_places(Channel.DISCORD, DIRECT)
        except StoreError as error:
            log.error("what was missed in direct messages is not known", error=str(error))
            return []
        return [int(key.rpartition(":")[2]) for key in keys]

    async def _fetch(self, client: discord.Client, channel_id: int, after: int) -> bool:
        """Takes what was missed in a channel, oldest first; False when it cannot be read, or kept, now."""
        try:
            async with discord_request(REQUEST_SECONDS):
                channel = client.get_channel(channel_id)
                if channel is None and not await _missed(client.get_partial_messageable(channel_id), after, 1):
                    return True
                channel = channel or await client.fetch_channel(channel_id)
                missed = await _missed(channel, after, MESSAGES) if isinstance(channel, discord.abc.Messageable) else []
        except (NotDelivered, Undeliverable) as error:
            log.warning("what was missed in a channel cannot be read", channel=channel_id, error=str(error))
            return isinstance(error, Undeliverable)
        try:
            for message in reversed(missed):
                await self._take(message)
                self._seen = max(self._seen, message.id)
        except StoreError as error:
            log.error("what was missed in a channel could not be taken", channel=channel_id, error=str(error))
            return False
        return True


def _behind(client: discord.Client, after: int) -> list[_Readable]:
    """Returns the channels and threads of guilds in which something was said after a message, the newest first."""
    behind: list[tuple[int, _Readable]] = []
    for guild in client.guilds:
        every: list[_Readable] = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
        behind += [(each.last_message_id or 0, each) for each in every if (each.last_message_id or 0) > after]
    newest_first = sorted(behind, key=lambda found: found[0], reverse=True)
    return [channel for _, channel in newest_first if _may_read(channel)][:CHANNELS]


def _may_read(channel: _Readable) -> bool:
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.view_channel and allowed.read_message_history


async def _missed(channel: discord.abc.Messageable, after: int, limit: int) -> list[discord.Message]:
    """Returns the newest messages that came after one, newest first."""
    history = channel.history(limit=limit, after=discord.Object(after), oldest_first=False)
    return [message async for message in history]
