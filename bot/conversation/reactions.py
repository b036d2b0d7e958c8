"""What the asker of an answer does to it with a reaction: others' reactions mean nothing to Ember."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog

from bot.channel import ChannelAdapter, NotDelivered, Undeliverable
from bot.conversation.router import Router
from memory import IdentityId, Person, Place, PlatformReply, Store, StoreError

REWARDS: Final = {"👍": 1, "👎": -1}
WHY: Final = "🧠"
REMOVE: Final = "🗑"
STOP: Final = frozenset({"⏹", "🛑"})

#: What the keyboard adds to an emoji: that it is to be drawn as one, and the colours of a hand.
_VARIANTS: Final = dict.fromkeys((0xFE0F, *range(0x1F3FB, 0x1F400)))

#: Tells where nobody else reads it what a reply in a place, known by one of its messages, was made from.
TellWhy = Callable[[Place, str], Awaitable[None]]

log = structlog.get_logger()


class Reactions:
    """Acts on reactions."""

    def __init__(self, store: Store, router: Router) -> None:
        self._store = store
        self._router = router

    async def added(
        self, adapter: ChannelAdapter, platform_id: str, person: Person, emoji: str, tell_why: TellWhy
    ) -> None:
        """Does what a reaction asks for, if it is the asker's."""
        await self._act(adapter, platform_id, person, emoji.translate(_VARIANTS), tell_why)

    async def removed(self, adapter: ChannelAdapter, platform_id: str, person: Person, emoji: str) -> None:
        """Takes back what a reaction said of an answer."""
        await self._act(adapter, platform_id, person, emoji.translate(_VARIANTS), None)

    async def _act(
        self, adapter: ChannelAdapter, platform_id: str, person: Person, emoji: str, tell_why: TellWhy | None
    ) -> None:
        """`tell_why` None: the reaction was taken away."""
        is_there = tell_why is not None
        if emoji not in {*REWARDS, WHY, REMOVE, *STOP}:
            return
        try:
            reply = await self._store.platform_messages.reply_of(adapter.channel, platform_id)
            if reply is None:
                if is_there and emoji in STOP:
                    await self._stop_what_was_asked(adapter, platform_id, person.id)
            elif reply.asker != person.id:
                return
            elif emoji in REWARDS:
                await self._reward(reply, REWARDS[emoji], is_there)
            elif tell_why is not None and (place := await adapter.place(reply.place_key)) is not None:
                await self._do(adapter, place, reply, person, emoji, partial(tell_why, place, platform_id))
        except (StoreError, NotDelivered, Undeliverable) as error:
            log.warning("a reaction could not be acted on", error=str(error))

    async def _reward(self, reply: PlatformReply, reward: int, is_there: bool) -> None:
        if is_there:
            await self._store.platform_messages.reward(reply.id, reward)
        else:
            await self._store.platform_messages.unreward(reply.id, reward)

    async def _do(
        self,
        adapter: ChannelAdapter,
        place: Place,
        reply: PlatformReply,
        person: Person,
        emoji: str,
        tell_why: Callable[[], Awaitable[None]],
    ) -> None:
        if emoji == WHY:
            await tell_why()
            return
        self._router.stop_reply(place, person.id, reply.id)
        if emoji == REMOVE:
            for part in reply.parts:
                await adapter.remove(place, part)
            await self._store.platform_messages.removed(reply.id)

    async def _stop_what_was_asked(self, adapter: ChannelAdapter, external_id: str, person: IdentityId) -> None:
        """On a question: its answer may not have a message yet."""
        said = await self._store.platform_messages.said(adapter.channel, external_id)
        if said is None or said.owner != person or said.reply is None:
            return
        place = await adapter.place(said.place_key)
        if place is not None:
            self._router.stop_reply(place, person, said.reply)
