"""One turn at a time: for each person in a place, a lane of what they said.

A further line, before the first word of the answer was shown or a call ran, cancels the model call and starts the turn
again with both; later ones wait and make the next turn together. In a guild's channel up to four people's turns run
side by side; their answers go out in the order of asking, which the queue sees to.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.channel import ChannelAdapter, Delivery, LiveReply, NotDelivered, Undeliverable
from bot.conversation.conversation import Conversation, Progress
from bot.delivery.outbox import Outbox
from bot.sentences import Sentence, Sentences
from bot.turn import Asked, short_id
from memory import (
    Channel,
    IdentityId,
    ItemId,
    Message,
    NotFound,
    OpenTurn,
    Person,
    Place,
    Said,
    SessionId,
    Store,
    StoreError,
)

SIDE_BY_SIDE: Final = 4  #: turns in one place
ATTEMPTS: Final = 3  #: processes that may end over one turn before it is given up

log = structlog.get_logger()

LaneKey = tuple[str, IdentityId]


@dataclass(frozen=True, slots=True)
class Line:
    """A recorded line on its way into a turn."""

    message: Message
    place: Place
    asker: Person
    conversation_from: ItemId


@dataclass(frozen=True, slots=True)
class Anew:
    """An answer that is wanted another time."""

    former: ItemId  #: the reply that it takes the place of
    asker: Person
    place: Place
    session: SessionId


@dataclass(slots=True)
class _Lane:
    """What one person said in one place and is to be answered."""

    place: Place
    waiting: deque[Line] = field(default_factory=deque)
    again: deque[Asked] = field(default_factory=deque)  #: turns that a dead process left behind
    anew: deque[Anew] = field(default_factory=deque)  #: answers that are wanted another time
    asked: Asked | None = None  #: what is being answered
    running: asyncio.Task[None] | None = None  #: the answer under way
    live: LiveReply | None = None  #: what is shown of it
    progress: Progress = field(default_factory=Progress)
    stopped: bool = False
    left: bool = False  #: it is answered anew, or what it answers was deleted: nothing of it is to be seen
    dropped: list[ItemId] = field(default_factory=list)  #: waited when it was stopped, and gets no answer either


class TurnTaking:
    """Runs turns. Every lane's task is owned here; `close` ends them."""

    def __init__(
        self,
        store: Store,
        conversation: Conversation,
        outbox: Outbox,
        sentences: Sentences,
        is_silent: Callable[[Place], bool],
    ) -> None:
        """`is_silent`: whether Ember may say nothing in a place by now."""
        self._store = store
        self._conversation = conversation
        self._outbox = outbox
        self._sentences = sentences
        self._is_silent = is_silent
        self._adapters: dict[Channel, ChannelAdapter] = {}
        self._lanes: dict[LaneKey, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._side_by_side: dict[str, asyncio.Semaphore] = {}
        self._unkept: dict[str, list[Asked]] = {}  # by place

    def attend(self, adapter: ChannelAdapter) -> None:
        """Takes turns on a channel from now on."""
        self._adapters[adapter.channel] = adapter

    def take(self, line: Line) -> None:
        """Takes up a line; it joins the turn under way when that is still possible."""
        for asked in self._unkept.pop(line.place.key, []):
            self.take_again(asked)  # what could not be kept before can be now, and holds back what comes after it
        lane = self._lane(line.place, line.asker.id)
        lane.waiting.append(line)
        if lane.running is not None and not lane.progress.committed and not lane.stopped:
            lane.running.cancel()

    def take_again(self, asked: Asked) -> None:
        """Takes up a turn that a dead process left behind, or that could not be kept."""
        self._lane(asked.turn.place, asked.turn.asker.id).again.append(asked)

    def take_anew(self, anew: Anew) -> None:
        """Answers once more what a reply answers; one that is still being made ends."""
        lane = self._lane(anew.place, anew.asker.id)
        if anew not in lane.anew:  # it will find the words as they are then
            lane.anew.append(anew)
        if lane.asked is not None and lane.asked.turn.reply == anew.former:
            lane.left = _end(lane)

    def is_busy(self, place: Place, asker: IdentityId) -> bool:
        """Whether something of somebody's is being answered, or waits for that."""
        return (place.key, asker) in self._lanes

    def reword(self, place: Place, message: Message) -> bool:
        """Puts an edited line in the place of the one that waits; False when it does not wait any more."""
        lane = self._lanes.get((place.key, message.owner))
        for index, line in enumerate(lane.waiting if lane is not None else ()):
            if lane is not None and line.message.id == message.id:
                lane.waiting[index] = replace(line, message=message)
                return True
        return False

    def drop(self, said: Said) -> None:
        """Answers a line no more that was deleted, be it under way: nothing of that stays to be seen."""
        lane = self._lanes.get((said.place_key, said.owner))
        if lane is None:
            return
        lane.waiting = deque(line for line in lane.waiting if line.message.id != said.id)
        asked = lane.asked
        if asked is not None and said.id in {line.id for line in asked.lines}:
            lane.left = lane.stopped = _end(lane)

    async def drop_unkept(self, said: Said) -> None:
        """The same of a line whose turn could not be kept before. Raises StoreError."""
        for asked in self._unkept.get(said.place_key, []).copy():
            if said.id in {line.id for line in asked.lines}:
                await self._outbox.decline(asked.turn)
                if asked in self._unkept.get(said.place_key, []):  # it may have been taken up meanwhile
                    self._unkept[said.place_key].remove(asked)

    def stop(self, place: Place, asker: IdentityId, reply: ItemId | None = None) -> bool:
        """Ends somebody's turn under way, and what waits behind it, without an answer; False when there is none.

        With a reply, only the turn that makes it.
        """
        lane = self._lanes.get((place.key, asker))
        if reply is not None and (lane is None or lane.asked is None or lane.asked.turn.reply != reply):
            return False
        return self._stop(lane)

    def fall_silent(self) -> None:
        """Ends everybody's turns where Ember may say nothing any more."""
        for lane in self._lanes.values():
            if self._is_silent(lane.place):
                self._stop(lane)

    def stop_all(self, asker: IdentityId) -> None:
        """Ends somebody's turns in every place."""
        for (_, whose), lane in self._lanes.items():
            if whose == asker:
                self._stop(lane)

    def _stop(self, lane: _Lane | None) -> bool:
        if lane is None:
            return False
        waited = bool(lane.waiting or lane.anew)
        lane.dropped += [line.message.id for line in lane.waiting]
        lane.waiting.clear()
        lane.anew.clear()
        if not _end(lane):
            return waited
        lane.stopped = True
        return True

    async def idle(self) -> None:
        """Waits until every turn that was taken up has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, grace_seconds: float) -> None:
        """Lets turns finish for a while, then leaves them for the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_seconds)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _lane(self, place: Place, asker: IdentityId) -> _Lane:
        key = (place.key, asker)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(place)
            task = asyncio.create_task(self._run(key, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return lane

    async def _run(self, key: LaneKey, lane: _Lane) -> None:
        """Works a lane off; it is gone as soon as nothing waits in it."""
        side_by_side = self._side_by_side.setdefault(key[0], asyncio.Semaphore(SIDE_BY_SIDE))
        await asyncio.sleep(0)  # whoever made the lane puts its first line in
        try:
            while lane.again or lane.anew or lane.waiting or lane.dropped:
                async with side_by_side:
                    asked = await self._next(lane)
                    if asked is not None:
                        await self._turn(lane, asked)
        finally:
            del self._lanes[key]
            if not any(place == key[0] for place, _ in self._lanes):
                del self._side_by_side[key[0]]

    async def _next(self, lane: _Lane) -> Asked | None:
        """Returns what is to be answered; None when that was stopped, or is gone, while it waited."""
        while lane.dropped:
            await self._pass_over(lane.dropped.pop())
        if lane.again:
            return lane.again.popleft()
        if lane.anew:
            return await self._begun_anew(lane.anew.popleft())
        return self._begun(lane) if lane.waiting else None

    async def _pass_over(self, line: ItemId) -> None:
        try:
            await self._store.turns.pass_over(line)
        except StoreError as error:
            log.error("a line that was stopped could not be passed over", line=line, error=str(error))

    async def _begun_anew(self, wanted: Anew) -> Asked | None:
        """Names a turn over lines that have an answer; None when they are gone, or cannot be answered now."""
        turn = self._store.turns.new(wanted.asker, wanted.place, wanted.session)
        try:
            anew = await self._store.revisions.begin_anew(turn, wanted.former)
        except StoreError as error:
            log.error("an answer could not be begun anew", turn=short_id(turn.id), error=str(error))
            return None
        return None if anew is None else Asked(turn, anew.lines, anew.conversation_from)

    def _begun(self, lane: _Lane) -> Asked:
        """Names a turn over the lines that wait."""
        first = lane.waiting[0]
        turn = self._store.turns.new(first.asker, first.place, first.message.session)
        return Asked(turn, (), first.conversation_from)

    async def _turn(self, lane: _Lane, asked: Asked) -> None:
        """Answers a turn, beginning again as long as further lines join it.

        None joins one that is taken up again: it may have been finished already, when its last COMMIT was in doubt.
        """
        lane.stopped, lane.left, lane.live = False, False, None
        joinable = not asked.lines
        try:
            while True:
                if joinable:
                    asked = replace(asked, lines=(*asked.lines, *(line.message for line in lane.waiting)))
                    lane.waiting.clear()
                lane.asked = asked
                await self._outbox.open(asked.turn, [line.id for line in asked.lines], asked.attempt)
                lane.stopped |= self._is_silent(asked.turn.place)
                if await self._was_ended(lane, asked.turn):
                    return
                if joinable and lane.waiting:
                    continue  # somebody who types on in lines: one answer to all of them
                if await self._answered(lane, asked, Progress(committed=not joinable)):
                    return
        except NotFound:
            await self._of_nobody(asked.turn)
        except StoreError as error:
            # It stays as it is in the database, and is taken up with the next line there, or at the next start.
            log.error("a turn could not be kept", turn=short_id(asked.turn.id), error=str(error))
            self._unkept.setdefault(asked.turn.place.key, []).append(asked)
            await self._tell_unkept(asked)
        finally:
            lane.asked = None

    async def _answered(self, lane: _Lane, asked: Asked, progress: Progress) -> bool:
        """Runs one attempt; False when a further line has joined and the turn has to begin again."""
        lane.progress = progress
        lane.running = asyncio.create_task(self._attempt(lane, asked, progress))
        try:
            await asyncio.wait([lane.running])
        except asyncio.CancelledError:
            lane.running.cancel()
            await asyncio.wait([lane.running])
            raise
        attempt, lane.running = lane.running, None
        if attempt.cancelled():
            return await self._was_ended(lane, asked.turn)
        attempt.result()
        return True

    async def _was_ended(self, lane: _Lane, turn: OpenTurn) -> bool:
        """Says whether a turn was ended before its answer; one that was stopped is told so."""
        if lane.stopped:
            await self._stopped(lane, turn)
        return lane.stopped or lane.left

    async def _attempt(self, lane: _Lane, asked: Asked, progress: Progress) -> None:
        adapter = self._adapters[asked.turn.place.channel]
        live = await adapter.live(asked.turn, asked.lines[-1].external_id)
        lane.live = live
        try:
            if asked.attempt > ATTEMPTS:
                progress.ended = True
                await self._conversation.apologise(asked, "it ended every process that tried")
            else:
                await self._conversation.answer(asked, adapter, live, progress)
        except StoreError:
            raise
        except Exception as error:  # a turn's edge: whatever went wrong, its person hears of it
            log.exception("a turn failed", turn=short_id(asked.turn.id))
            await live.close()
            progress.ended = True
            await self._conversation.apologise(asked, type(error).__name__)
        finally:
            await live.close()

    async def _of_nobody(self, turn: OpenTurn) -> None:
        """Leaves a turn whose person was forgotten; what waits behind it goes out."""
        log.info("a turn came to nothing: its person was forgotten", turn=short_id(turn.id))
        try:
            await self._outbox.decline(turn)
        except StoreError as error:
            log.error("a turn of nobody's could not be ended", turn=short_id(turn.id), error=str(error))

    async def _tell_unkept(self, asked: Asked) -> None:
        """Says at once, past the queue, that nothing can be kept: the one word that does not go through the Outbox."""
        turn = asked.turn
        last = asked.lines[-1].external_id if asked.lines else None
        language = turn.asker.language
        text = self._sentences.say(Sentence.APOLOGY_NOT_KEPT, language)
        unkept = Delivery(turn.place, text, (), turn.reply, part=-1, reply_to=last, attempts=1, language=language)
        try:
            await self._adapters[turn.place.channel].deliver(unkept)
        except (NotDelivered, Undeliverable) as error:
            log.error("a person could not be told", turn=short_id(turn.id), error=str(error))

    async def _stopped(self, lane: _Lane, turn: OpenTurn) -> None:
        if lane.dropped:
            await self._outbox.open(turn, lane.dropped, attempt=1)
            lane.dropped.clear()
        if lane.live is not None and not lane.left:
            await lane.live.stop(self._sentences.say(Sentence.REPLY_STOPPED, turn.asker.language))
        await self._outbox.decline(turn)
        if lane.left:
            await self._outbox.take_away([turn.reply])


def _end(lane: _Lane) -> bool:
    """Ends what is being answered; False when nothing is, or its answer is being kept already."""
    if lane.running is None:
        return lane.asked is not None
    return not lane.progress.ended and lane.running.cancel()
