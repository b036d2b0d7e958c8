"""Every word that leaves goes through here, in two ops: open, with the turn; finish, with everything of the answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.delivery.held_words import HeldWords
from bot.delivery.splitting import outgoing
from memory import Channel, FinishedReply, ItemId, Job, OpenTurn, Store


class Deliverer(Protocol):
    """Whoever takes what is in the queue to where it goes."""

    def delivers_for(self, channel: Channel) -> bool: ...
    def take(self, job: Job, then: Callable[[], None] | None) -> None: ...
    def wake(self) -> None: ...


class Outbox:
    """Opens, finishes and declines replies, hands them to whoever delivers, and wakes who learns from their turns."""

    def __init__(self, store: Store, held: HeldWords, deliverer: Deliverer, wake_learning: Callable[[], None]) -> None:
        self._store = store
        self._held = held
        self._deliverer = deliverer
        self._wake_learning = wake_learning

    async def open(self, turn: OpenTurn, lines: Sequence[ItemId], attempt: int) -> None:
        """From here on the lines are being answered, and a process that ends leaves a turn to be taken up again."""
        await self._store.turns.open(turn, lines, attempt)

    async def finish(self, turn: OpenTurn, reply: FinishedReply) -> None:
        """Makes an answer final and lets it go out; what it may teach is looked for behind that."""
        parts = outgoing(reply.text, turn.place.channel).parts
        if reply.paused and reply.text:  # before it is due: whoever delivers it finds it
            self._held.hold(turn.reply, reply.text, reply.notices, len(parts))
        lease = self._deliverer.delivers_for(turn.place.channel)
        finished = await self._store.turns.finish(turn, replace(reply, deliveries=max(1, len(parts))), lease)
        if finished.job is not None:
            self._deliverer.take(finished.job, self._wake_learning if reply.teaches else None)
            return
        self._deliverer.wake()  # what stands before it goes out first
        if reply.teaches:
            self._wake_learning()

    async def decline(self, turn: OpenTurn) -> None:
        """Ends a turn without an answer, and lets what waited behind it go out."""
        await self._store.turns.decline(turn.id, turn.reply)
        self._deliverer.wake()

    async def take_away(self, replies: Sequence[ItemId]) -> None:
        """Has what is gone of some replies taken away where it was shown."""
        await self._store.platform_messages.take_away(replies)
        self._deliverer.wake()

    async def notify(self, channel: Channel, place_key: str, text: str, once: str) -> None:
        """Says a sentence of Ember's own in a place, once for each key `once`, for ever."""
        await self._store.work.notify(channel, place_key, text, once)
        self._deliverer.wake()
