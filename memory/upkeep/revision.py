"""Editing and answering anew: what was said says something else from now on, or gets another answer.

    revise      the new words in place of the old; what was learned from those is taken back
    begin_anew  a new turn over lines that have an answer, which leaves the conversation

What the former answer became on the platform becomes the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from memory.place import Place
from memory.records import Direction, IncomingMessage, Item, ItemId, Message, MessageState, Person, TurnId
from memory.scope import ScopeKind, ScopeNumber, scope_learned
from memory.secrets import without_secrets
from memory.tables.embeddings import drop_vectors
from memory.tables.erasures import Tombstones, bury, not_erasing
from memory.tables.ground import Ground
from memory.tables.index import index, unindex
from memory.tables.jobs import JobId, JobType, insert_job, own_job_row, take_over_deliveries
from memory.tables.learning import extraction_payload
from memory.tables.memories import memories, read_memories
from memory.tables.messages import message_query, messages, read_messages, user_sessions
from memory.tables.people import identity_links, person_by_id
from memory.tables.scopes import ScopeNumbers, item_scopes, number_scopes
from memory.tables.steps import steps
from memory.tables.turns import OpenTurn, open_turn
from memory.upkeep.erase_rows import erase_items
from memory.upkeep.selection import items_by_id, made_with
from memory.upkeep.take_back import take_back
from memory.words import storable

FRESH: Final = timedelta(hours=1)  #: since it was answered; later its author has gone on, and so has the talk

_UNDER_WAY: Final = (MessageState.RECEIVED, MessageState.ANSWERING)


@dataclass(frozen=True, slots=True)
class Revised:
    """An edited message as it is stored now."""

    message: Message
    person: Person
    conversation_from: ItemId
    is_latest: bool  #: its author's latest question there, and fresh: an answer to the old words is of no use


@dataclass(frozen=True, slots=True)
class Anew:
    """Lines whose answer has gone, in the turn that answers them anew."""

    lines: tuple[Message, ...]
    conversation_from: ItemId


@dataclass(frozen=True, slots=True)
class _Changed:
    """What the hot cache is told."""

    wrote: tuple[Item, ...] = ()
    erased: tuple[ItemId, ...] = ()
    numbers: Mapping[str, ScopeNumber] = field(default_factory=dict)  #: of scopes, new ones among them


class Revisions:
    """Changes what was said, and answers it again."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, secret: bytes) -> None:
        self._ground = ground
        self._scopes = scopes
        self._tombstones = Tombstones(secret)

    async def revise(self, edited: IncomingMessage) -> Revised | None:
        """Replaces the words of a message in one op, secrets cut out, and takes back what its turn has taught.

        Behind doors that were closed since they stay there. None when its author did not say it here, it was forgotten,
        it says what it said, or its author has paused: what is kept then stays as it is.
        """
        now = self._ground.clock.now()
        extraction = JobId(self._ground.ids.next())

        def op(connection: Connection) -> tuple[Revised | None, _Changed]:
            before = _said(connection, edited)
            words = without_secrets(storable(edited.content))
            if before is None or before.content == words:
                return None, _Changed()
            person = person_by_id(connection, before.owner)
            if person.pauses(before.session):
                return None, _Changed()
            place = edited.place.read_by(person.id)
            numbers = number_scopes(connection, item_scopes(place, person.id))
            scopes = _narrower(place, before.scopes, tuple(numbers.values()))
            lines = _lines(connection, before.turn) or [before]
            taught = memories.c.source.in_([line.id for line in lines])
            changed = self._take_back(connection, taught, now)
            if before.compressed_into is not None:  # the summary tells of the old words
                changed = _joined(changed, self._take_back(connection, memories.c.id == before.compressed_into, now))
            names = tuple(without_secrets(storable(name)) for name in edited.attachments)
            after = _reword(connection, before.id, words, names, scopes, now)
            session = connection.execute(select(user_sessions).where(user_sessions.c.id == after.session)).one()
            is_latest = _is_latest(connection, after, session.place_key, now)
            if after.state is MessageState.DONE and after.turn is not None and not is_latest and person.teaches:
                reads = self._scopes.read_in(place)
                payload = extraction_payload(after.turn, reads, edited.place.guild)
                insert_job(connection, own_job_row(extraction, JobType.EXTRACTION, str(after.turn), payload, now))
            revised = Revised(after, person, ItemId(session.conversation_from), is_latest)
            return revised, _Changed((*changed.wrote, after), changed.erased, numbers)

        return (await self._ground.queue.write(op, lambda outcome: self._tell(outcome[1])))[0]

    async def begin_anew(self, turn: OpenTurn, former: ItemId) -> Anew | None:
        """Opens a turn over the lines of another, whose reply leaves the conversation, in one op.

        What that turn's calls remembered is taken back. None when there is nothing of it left to answer, or it is not
        the asker's.
        """
        now = self._ground.clock.now()
        scopes = await self._scopes.of_item(turn.place, turn.asker.id)

        def op(connection: Connection) -> tuple[Anew | None, _Changed]:
            own = message_query().where(messages.c.id == former, messages.c.owner_id == turn.asker.id)
            found = read_messages(connection, own.where(messages.c.direction == Direction.OUT))
            lines = _lines(connection, found[0].turn) if found else []
            if not lines:
                return None, _Changed()
            made = select(steps.c.effect).where(steps.c.turn_id == found[0].turn, steps.c.effect.is_not(None))
            effects = [int(effect) for effect in connection.execute(made).scalars()]
            changed = self._take_back(connection, memories.c.id.in_(effects), now)
            _take_away(connection, found[0], now)
            take_over_deliveries(connection, former, turn.reply, now)
            ids = [line.id for line in lines]
            again = {"state": MessageState.RECEIVED, "turn_id": None, "response_id": None}
            connection.execute(update(messages).where(messages.c.id.in_(ids)).values(again))
            opened = open_turn(connection, turn, ids, 1, _narrower(turn.place, found[0].scopes, scopes), now)
            session = connection.execute(select(user_sessions).where(user_sessions.c.id == turn.session)).one()
            anew = Anew(tuple(opened), ItemId(session.conversation_from))
            return anew, _Changed((*changed.wrote, *opened), (*changed.erased, former))

        return (await self._ground.queue.write(op, lambda outcome: self._tell(outcome[1])))[0]

    def _take_back(self, connection: Connection, which: ColumnElement[bool], now: datetime) -> _Changed:
        """Takes memories back, the newest first: each may stand on the one before."""
        changed = _Changed()
        newest = select(memories.c.id).where(which).order_by(memories.c.id.desc())
        for memory in list(connection.execute(newest).scalars()):
            found = read_memories(connection, select(memories).where(memories.c.id == memory))
            bury(connection, [self._tombstones.of_item(ItemId(memory))], now)
            for taken in found:
                changed = _joined(changed, _Changed(tuple(take_back(connection, taken)), (taken.id,)))
        return changed

    def _tell(self, changed: _Changed) -> None:
        self._scopes.learn(changed.numbers)
        self._ground.cache.erased(changed.erased)
        gone = set(changed.erased)
        self._ground.cache.wrote([item for item in changed.wrote if item.id not in gone])


def _joined(one: _Changed, other: _Changed) -> _Changed:
    return _Changed((*one.wrote, *other.wrote), (*one.erased, *other.erased))


def _said(connection: Connection, edited: IncomingMessage) -> Message | None:
    """Returns what was edited, if its author is who said it."""
    same = (messages.c.channel == edited.place.channel) & (messages.c.external_id == edited.external_id)
    author = (identity_links.c.kind == edited.link_kind) & (identity_links.c.address == edited.address)
    own = exists().where(author, identity_links.c.identity_id == messages.c.owner_id)
    query = message_query().where(same, own, messages.c.content != "", not_erasing(messages.c.id))
    found = read_messages(connection, query.where(messages.c.direction == Direction.IN))
    return found[0] if found else None


def _narrower(place: Place, before: tuple[ScopeNumber, ...], now: tuple[ScopeNumber, ...]) -> tuple[ScopeNumber, ...]:
    """What is said in a channel that is closed now stays there, and so does what was said when it was closed."""
    return now if scope_learned(place).kind is ScopeKind.CHANNEL else before


def _lines(connection: Connection, turn: TurnId | None) -> list[Message]:
    of_turn = (messages.c.turn_id == turn) & (messages.c.direction == Direction.IN) & (messages.c.content != "")
    return read_messages(connection, message_query().where(of_turn, not_erasing(messages.c.id)).order_by(messages.c.id))


def _reword(
    connection: Connection,
    message: ItemId,
    words: str,
    attachments: tuple[str, ...],
    scopes: tuple[ScopeNumber, ...],
    now: datetime,
) -> Message:
    (before,) = (item for item in items_by_id(connection, [message]) if isinstance(item, Message))
    unindex(connection, before)
    drop_vectors(connection, [message])
    values = {"content": words, "attachments": attachments, "edited_at": now}
    stands_in = {"scope_id": scopes[0], "owner_scope_id": scopes[-1]}
    connection.execute(update(messages).where(messages.c.id == message).values(values | stands_in))
    (after,) = read_messages(connection, message_query().where(messages.c.id == message))
    index(connection, after)
    return after


def _is_latest(connection: Connection, message: Message, place_key: str, now: datetime) -> bool:
    """Whether it is of the turn that its author asked last in a place, and under way or answered just now."""
    newest = (
        select(messages.c.id, messages.c.turn_id)
        .join(user_sessions, user_sessions.c.id == messages.c.session_id)
        .where(user_sessions.c.place_key == place_key, messages.c.owner_id == message.owner)
        .where(messages.c.direction == Direction.IN)
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    last = connection.execute(newest).one()
    if last.id != message.id and (message.turn is None or last.turn_id != message.turn):
        return False
    if message.state in _UNDER_WAY:
        return True
    answered = select(messages.c.created_at).where(messages.c.id == message.response)
    at = connection.execute(answered).scalar_one_or_none()
    return at is not None and now - at <= FRESH


def _take_away(connection: Connection, reply: Message, now: datetime) -> None:
    """Takes an answer out of the conversation: one that was still being made leaves nothing, another its empty row."""
    if reply.state is MessageState.STREAMING:
        connection.execute(delete(messages).where(messages.c.id == reply.id))
        connection.execute(update(steps).where(steps.c.turn_id == reply.turn).values(result=None))
    else:
        erase_items(connection, [reply], {reply.id, *made_with(connection, [reply])}, now)
