"""The conversation of the terminal, however its lines come in."""

import asyncio
import uuid
from collections import deque
from typing import Final

import structlog

from bot.channel import ChannelAdapter, Delivery
from bot.clockwork.background import Background
from bot.clockwork.worker import Worker
from bot.conversation.router import Router
from bot.conversation.turn_taking import TurnTaking
from bot.turn import Incoming, OwnerNow
from memory import Channel, IncomingMessage, ItemId, OneReader, Person, Place, StoreError

LOCAL: Final = "local"  #: the address of the terminal's person
TERMINAL: Final = Place(Channel.CONSOLE, OneReader(None), channel_id="terminal")
LEARNING_SECONDS: Final = 10.0  #: what learning from the last lines gets; the next start goes on with it
_PRINTED_KEPT: Final = 64  #: deliveries; one that could not be recorded as done comes again within a minute

log = structlog.get_logger()


class Terminal:
    """One person talks with Ember, a line at a time: the next one comes when the last has been answered."""

    def __init__(
        self,
        router: Router,
        turns: TurnTaking,
        worker: Worker,
        background: Background,
        owner: Person,
        owner_now: OwnerNow,
    ) -> None:
        self.owner = owner  #: whose words are said, as of the last line
        self._owner_now = owner_now
        self._router = router
        self._turns = turns
        self._worker = worker
        self._background = background
        self._printed: deque[tuple[ItemId, int]] = deque(maxlen=_PRINTED_KEPT)

    async def attend(self, adapter: ChannelAdapter) -> None:
        """Answers and prints what an earlier process left behind."""
        await self._router.attend(adapter)
        await self._settled()

    async def say(self, text: str) -> str | None:
        """Hands a line on and waits until its answer has been printed, or stopped.

        A sentence comes back when the line could not be kept.
        """
        try:
            self.owner = await self._owner_now()
        except StoreError as error:
            log.error("the terminal's person is not known", error=str(error))  # nor will the line be kept then
        message = IncomingMessage(
            external_id=uuid.uuid4().hex,
            place=TERMINAL,
            link_kind=Channel.CONSOLE,
            address=LOCAL,
            name=self.owner.name,
            content=text,
        )
        trouble = await self._router.receive(Incoming(message, addressed=True))
        await self._settled()
        return trouble

    async def learned(self) -> None:
        """Waits a while until what was said has been learned from."""
        try:
            async with asyncio.timeout(LEARNING_SECONDS):
                await self._background.idle()
        except TimeoutError:
            return

    def stop(self) -> bool:
        """Ends the answer under way; False when there is none."""
        return self._router.stop(TERMINAL, self.owner.id)

    def place(self, key: str) -> Place | None:
        return TERMINAL if key == TERMINAL.key else None

    def was_printed(self, delivery: Delivery) -> bool:
        return (delivery.item, delivery.part) in self._printed

    def printed(self, delivery: Delivery) -> None:
        """Notes that a delivery stands on the screen: should its job come again, it is not printed twice."""
        self._printed.append((delivery.item, delivery.part))

    async def _settled(self) -> None:
        await self._turns.idle()
        await self._worker.idle()
