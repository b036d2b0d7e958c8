"""What a person sees while a reply is made: that Ember is typing, then the growing text.

    text comes -> typing until there is enough of it -> the reply's first message -> edits at a pace -> the delivery

The message is the delivery's own: the same nonce, and its id is durable as soon as it is known, so that the delivery,
or a later process, goes on in it. Whatever fails here is left to the delivery.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.client import EmberClient
from bot.channels.discord.delivery import nonce_of
from bot.channels.discord.drawing import disarmed
from bot.channels.discord.places import messageable_id
from bot.channels.discord.request import discord_request
from bot.channels.discord.sending import SMALL_PRINT, edit, first_of_reply, own_messages, send
from bot.delivery.unfinished import shown_of
from memory import Channel, OpenTurn, PlatformMessages, StoreError

REQUEST_SECONDS: Final = 10.0
WITHDRAWN: Final = "…"  #: what stands there while a call runs

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly a reply is shown; all in seconds."""

    first: float = 1.5  #: of text before its first message: a short answer comes whole
    edit: float = 1.2  #: between two edits; Discord takes five in five seconds
    typing_after: float = 0.1  #: of silence; the model is asked first
    typing: float = 8.0  #: between two typing marks; Discord shows one for ten
    asker_types: float = 3.0  #: since the asker was last seen typing; a further line may come


class StreamedReply:
    """A LiveReply in a channel of Discord."""

    def __init__(
        self,
        client: EmberClient,
        kept: PlatformMessages,
        turn: OpenTurn,
        reply_to: str | None,
        pace: Pace,
        view: discord.ui.View | None = None,
    ) -> None:
        """`view` are the buttons below it while it grows."""
        self.turn = turn
        self._client = client
        self._channel = client.get_partial_messageable(messageable_id(turn.place))
        self._kept = kept
        self._reply_to = reply_to
        self._pace = pace
        self._view = view
        self._time = asyncio.get_running_loop().time
        self._text = ""
        self._text_since = 0.0
        self._asker_typed = 0.0
        self._shown = ""  #: what the message says
        self._message: str | None = None  #: its id
        self._begun = False  #: it is in front of the person, or on its way there
        self._next_request = 0.0  #: not before
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._typing = asyncio.create_task(self._type())
        self._streaming = asyncio.create_task(self._stream())

    async def show(self, text: str) -> bool:
        if not self._text.strip():
            self._text_since = self._time()
        self._text += text
        self._changed.set()
        return self._begun

    async def withdraw(self) -> None:
        self._text = ""
        self._changed.set()

    def asker_types(self) -> None:
        """The asker was seen typing."""
        self._asker_typed = self._time()

    async def let_join(self) -> None:
        while not self._begun and (left := self._asker_typed + self._pace.asker_types - self._time()) > 0:
            await self._pause(left)

    async def close(self) -> None:
        """Waits for the request under way, which must not come behind the delivery's."""
        self._ended.set()
        self._changed.set()
        self._typing.cancel()
        try:
            await asyncio.wait([self._typing, self._streaming])
        finally:
            self._streaming.cancel()

    async def stop(self, mark: str) -> None:
        await self.close()
        try:
            first = await self._kept.first(self.turn.place, self.turn.reply)
            if first is None or first.platform_id is None:
                return
            shown = self._shown if self._shown != WITHDRAWN else ""
            async with discord_request(REQUEST_SECONDS):
                await edit(self._channel, first.platform_id, f"{shown}\n{SMALL_PRINT}{mark}".lstrip())
        except (NotDelivered, Undeliverable, StoreError) as error:
            log.debug("a stopped reply could not be marked", error=str(error))

    async def _type(self) -> None:
        await asyncio.sleep(self._pace.typing_after)
        while True:
            try:
                if not self._shown or self._shown == WITHDRAWN:
                    async with discord_request(REQUEST_SECONDS):
                        await self._channel.typing()
            except NotDelivered as error:
                log.debug("typing was not shown", error=str(error))
            except Undeliverable as error:
                log.debug("typing cannot be shown", error=str(error))
                return
            await asyncio.sleep(self._pace.typing)

    async def _stream(self) -> None:
        """Shows the last state, again and again; never two requests at once."""
        while True:
            await self._changed.wait()
            while (left := self._wait()) > 0 and not self._ended.is_set():
                await self._pause(left)
            if self._ended.is_set():
                return
            self._changed.clear()
            began = self._time()
            try:
                await self._show_last()
            except NotDelivered as error:
                log.debug("a reply could not be shown as it grew", error=str(error))
                self._next_request = self._time() + max(self._pace.edit, _seconds(error.retry_after))
                self._changed.set()
            except (Undeliverable, StoreError) as error:
                log.debug("a reply cannot be shown as it grows", error=str(error))
                return
            # discord.py waits within a request for what a rate limit asks for; as much again eases it.
            self._next_request = max(self._next_request, self._time() + self._time() - began)

    def _wait(self) -> float:
        """Returns how long to wait before the next request."""
        until = self._next_request
        if not self._begun:
            until = max(until, self._text_since + self._pace.first, self._asker_typed + self._pace.asker_types)
        return until - self._time()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return

    async def _show_last(self) -> None:
        text = disarmed(shown_of(self._text, Channel.DISCORD)) or (WITHDRAWN if self._message else "")
        if not text or text == self._shown:
            return
        self._next_request = self._time() + self._pace.edit
        if self._message is None and not await self._begin(text):
            return
        if self._message is not None and text != self._shown:
            async with discord_request(REQUEST_SECONDS):
                there = await edit(self._channel, self._message, text, view=self._view)
            if not there:
                raise Undeliverable("somebody has deleted it")
            self._shown = text

    async def _begin(self, text: str) -> bool:
        """Finds or sends the message; False while an earlier answer is still to come."""
        first = await self._kept.first(self.turn.place, self.turn.reply)
        if first is None or first.held_back:
            self._changed.set()
            return False
        self._begun = True
        if first.platform_id is not None:
            self._message = first.platform_id
            return True
        async with discord_request(REQUEST_SECONDS):
            found = await self._look() if first.in_doubt else None
            if found is None:
                await self._kept.sending(self.turn.reply)
                nonce = nonce_of(self.turn.reply, 0)
                found = await send(self._channel, text, nonce, self._reply_to, view=self._view)
        self._message, self._shown = str(found.id), found.content
        await self._kept.sent(self.turn.reply, self._message)
        return True

    async def _look(self) -> discord.Message | None:
        if self._reply_to is None:
            return None
        return first_of_reply(await own_messages(self._channel, self._client.me, self._reply_to), self._reply_to)


def _seconds(wait: timedelta | None) -> float:
    return 0.0 if wait is None else wait.total_seconds()
