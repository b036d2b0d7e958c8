"""Takes what a channel's door brings: seen before? addressed? who is it? It is recorded, then it has its turn."""

from datetime import timedelta
from typing import Final

import stamina
import structlog

from bot.channel import ChannelAdapter, NotDelivered
from bot.clockwork.worker import Worker
from bot.conversation.speak_gate import SpeakGate, Speaking
from bot.conversation.turn_taking import Anew, Line, TurnTaking
from bot.conversation.unasked import Unasked
from bot.delivery.outbox import Outbox
from bot.sentences import ENGLISH, Sentence, Sentences
from bot.turn import Asked, Incoming
from memory import (
    Channel,
    IdentityId,
    IncomingMessage,
    ItemId,
    NotFound,
    OneReader,
    Person,
    Place,
    Store,
    StoreError,
    TooMuch,
    UnfinishedTurn,
)

MINUTE: Final = timedelta(minutes=1)
LONGEST_WAIT_SECONDS: Final = 60.0  #: between two questions to a platform that does not answer

log = structlog.get_logger()


class Router:
    """The way from the doors to the conversation."""

    def __init__(
        self,
        store: Store,
        turns: TurnTaking,
        worker: Worker,
        outbox: Outbox,
        sentences: Sentences,
        gate: SpeakGate,
        unasked: Unasked,
        most_a_minute: int,
    ) -> None:
        """`most_a_minute`: messages of one person."""
        self._store = store
        self._outbox = outbox
        self._turns = turns
        self._worker = worker
        self._sentences = sentences
        self._gate = gate
        self._unasked = unasked
        self._most_a_minute = most_a_minute
        self._still_there: list[tuple[Channel, str]] = []  # messages that were deleted and could not be forgotten

    async def attend(self, adapter: ChannelAdapter) -> None:
        """A channel is ready: what was left behind there is answered, what was not delivered goes out."""
        self._turns.attend(adapter)
        for left in await self._store.turns.unfinished(adapter.channel):
            await self._take_again(adapter, left)
        self._worker.attend(adapter)

    async def receive(self, incoming: Incoming) -> str | None:
        """Takes a message; it is durable when this returns. A sentence comes back when it could not be kept.

        What Ember does not answer leaves no trace.
        """
        place = incoming.message.place
        speaking = self._gate.decide(incoming)
        if speaking is Speaking.AMBIENT:
            self._unasked.consider(incoming, self._record)
            return None
        self._unasked.interrupted(place)
        if speaking is Speaking.NOTHING:
            return None
        if speaking is Speaking.ELSEWHERE:
            await self._notify(incoming, Sentence.CHANNEL_OTHER_SERVERS, once=f"other servers:{place.guild}")
            return None
        if incoming.withheld:
            await self._notify(incoming, Sentence.CHANNEL_CONTENT_WITHHELD, once=f"withheld:{place.key}")
            return None
        return await self._record(incoming)

    def listens(self, place: Place) -> bool:
        """Whether also what is said to nobody is to be brought here."""
        return self._gate.listens(place) and not self._gate.is_closed(place)

    def fall_silent(self) -> None:
        """Ends what is under way where Ember may say nothing any more."""
        self._turns.fall_silent()

    async def _notify(self, incoming: Incoming, sentence: Sentence, once: str, **values: object) -> None:
        """Tells everybody in the place, so in their language and not in the asker's."""
        place = incoming.message.place
        text = self._sentences.say(sentence, incoming.language, **values)
        await self._outbox.notify(place.channel, place.key, text, once)

    async def _record(self, incoming: Incoming) -> str | None:
        most = self._most_a_minute if incoming.counted else None
        try:
            received = await self._store.talk.receive(incoming.message, most)
        except StoreError as error:
            log.error("a message could not be kept", error=str(error))
            return self._sentences.say(Sentence.APOLOGY_NOT_KEPT, await self._language_of(incoming.message))
        if received is None:
            return None
        if isinstance(received, TooMuch):
            await self._tell_too_much(incoming, received.person, received.seconds)
            return None
        place = incoming.message.place.read_by(received.person.id)
        self._turns.take(Line(received.message, place, received.person, received.conversation_from))
        still_there, self._still_there = self._still_there, []
        for channel, external_id in still_there:  # what can be kept again can be forgotten
            await self.delete(channel, external_id)
        return None

    async def _tell_too_much(self, incoming: Incoming, person: Person, seconds: int) -> None:
        """Says so once a minute, in each place."""
        minute = int(self._store.clock.now().timestamp()) // 60
        once = f"too much:{person.id}:{minute}:{incoming.message.place.key}"
        await self._notify(incoming, Sentence.CHANNEL_TOO_MUCH, once, seconds=seconds)

    async def revise(self, edited: Incoming) -> None:
        """Takes what a message says now, and answers it anew where its answer is of no use any more.

        One that is not known leaves no trace.
        """
        channel, external_id = edited.message.place.channel, edited.message.external_id
        self._unasked.edited(edited)
        if self._gate.is_closed(edited.message.place):
            return
        try:
            if await self._store.platform_messages.said(channel, external_id) is None:
                return
            revised = await self._store.revisions.revise(edited.message)
            too_much = revised is not None and revised.is_latest and await self._asks_too_much(revised.person)
        except StoreError as error:
            log.error("an edited message could not be kept", error=str(error))
            return
        if revised is None:
            return
        place, message = edited.message.place.read_by(revised.person.id), revised.message
        if self._turns.reword(place, message) or not (edited.addressed and revised.is_latest):
            return
        if message.response is None:
            return
        if too_much:
            await self._tell_too_much(edited, revised.person, int(MINUTE.total_seconds()))
            return
        self._turns.take_anew(Anew(message.response, revised.person, place, message.session))

    async def answer_again(self, place: Place, asker: Person, reply: ItemId) -> bool:
        """Answers another time what a reply answers, in its place; False when it is not the asker's latest there."""
        here = place.read_by(asker.id)
        latest = await self._store.talk.last_reply(here, asker.id)
        if latest is None or latest.id != reply or latest.paused or self._turns.is_busy(here, asker.id):
            return False
        if asker.pauses(latest.session):  # another answer to words that are kept would be kept
            return False
        if self._gate.is_closed(here) or await self._asks_too_much(asker):
            return False
        self._turns.take_anew(Anew(reply, asker, here, latest.session))
        return True

    async def _asks_too_much(self, asker: Person) -> bool:
        """Whether somebody has had as many answers begun in a minute as they may ask for: one anew costs as much."""
        since = self._store.clock.now() - MINUTE
        return await self._store.ledger.turns_since(asker.id, since) >= self._most_a_minute

    async def delete(self, channel: Channel, external_id: str) -> None:
        """Forgets a message that its platform has deleted, with what came from it; the answers go there too."""
        self._unasked.deleted(channel, external_id)
        try:
            said = await self._store.platform_messages.said(channel, external_id)
            if said is None:
                return
            self._turns.drop(said)
            await self._turns.drop_unkept(said)
            await self._store.turns.pass_over(said.id)
            own = Place(channel, OneReader(said.owner))  # in which all that is somebody's may be used
            erased = await self._store.erasure.erase(own, said.owner, said.id)
            await self._outbox.take_away(erased.items)
        except NotFound:  # it was being forgotten already
            return
        except StoreError as error:
            log.error("a deleted message could not be forgotten", error=str(error))
            self._still_there.append((channel, external_id))

    def stop(self, place: Place, asker: IdentityId) -> bool:
        """Ends somebody's turn under way; False when there is none."""
        return self._turns.stop(place, asker)

    def stop_reply(self, place: Place, asker: IdentityId, reply: ItemId) -> bool:
        """Ends the turn that makes a reply; False when it is not under way."""
        return self._turns.stop(place, asker, reply)

    def stop_all(self, asker: IdentityId) -> None:
        """Ends whatever is under way for somebody, everywhere."""
        self._turns.stop_all(asker)
        self._unasked.drop_all()  # whoever is forgotten may be among them

    async def _language_of(self, message: IncomingMessage) -> str:
        """Reading often goes on where nothing can be written any more."""
        try:
            person = await self._store.people.known(message.link_kind, message.address)
        except StoreError:
            return ENGLISH
        return ENGLISH if person is None else person.language

    async def _take_again(self, adapter: ChannelAdapter, left: UnfinishedTurn) -> None:
        place = await _place_of(adapter, left)
        session = left.lines[0].session
        if place is None or self._gate.is_closed(place):
            log.warning("a turn's place is gone, or silent by now", line=left.lines[0].id)
            if left.turn is not None and left.reply is not None:  # should it come back, nothing is held back there
                await self._store.turns.decline(left.turn, left.reply)
            return
        turn = self._store.turns.new(left.asker, place.read_by(left.asker.id), session, left.turn, left.reply)
        # A process that was ended in order says nothing against the turn; another attempt it is all the same.
        attempt = max(2, left.attempts + self._store.left_uncleanly)
        self._turns.take_again(Asked(turn, left.lines, left.conversation_from, attempt))


@stamina.retry(on=NotDelivered, attempts=None, timeout=None, wait_max=LONGEST_WAIT_SECONDS)
async def _place_of(adapter: ChannelAdapter, left: UnfinishedTurn) -> Place | None:
    """Asks until the platform answers: a turn that is passed over would hold back every later answer in its place."""
    return await adapter.place(left.place_key)
