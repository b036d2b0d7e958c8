"""What is said: received, read back by place and session, and sessions begun and ended."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    Connection,
    Integer,
    bindparam,
    func,
    insert,
    select,
    update,
)

from memory.ids import first_id_at
from memory.place import THREAD_MARK, Channel, IdentityId, Place
from memory.records import (
    Direction,
    IncomingMessage,
    ItemId,
    Message,
    MessageState,
    Person,
    SessionId,
    Trust,
)
from memory.scope import ScopeNumber
from memory.secrets import without_secrets
from memory.tables.erasures import Tombstones, is_buried
from memory.tables.ground import Ground
from memory.tables.index import index
from memory.tables.messages import (
    SESSION_GAP,
    blank_message,
    message_query,
    messages,
    messages_in,
    read_messages,
    user_sessions,
)
from memory.tables.people import OFF_THE_RECORD, meet_person, off_the_record, prefer, user_preferences
from memory.tables.scopes import ScopeNumbers, item_scopes, number_scopes
from memory.words import storable

MINUTE: Final = timedelta(minutes=1)
_FRESH_LIMIT: Final = 500  #: messages that one read brings into the hot cache


_ENDED: Final = frozenset({MessageState.DONE, MessageState.DECLINED})


@dataclass(frozen=True, slots=True)
class Received:
    """An incoming message as it was recorded."""

    message: Message
    person: Person
    conversation_from: ItemId  #: the session's conversation begins with this message


@dataclass(frozen=True, slots=True)
class TooMuch:
    """A message that was not recorded: its author has said as much as anybody may in a minute."""

    person: Person
    seconds: int  #: until the next one is taken


class Talk:
    """Messages by place and session."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, secret: bytes) -> None:
        self._ground = ground
        self._scopes = scopes
        self._tombstones = Tombstones(secret)

    async def receive(self, incoming: IncomingMessage, most_a_minute: int | None = None) -> Received | TooMuch | None:
        """Records an incoming message with its author, session and scope in one op.

        None when it was seen before, be it that it was forgotten since. Secrets in it are cut out before anything else
        sees it: no row, index or prompt ever holds them. Of somebody who has paused, only what is returned holds words.
        `most_a_minute`: of one author's; None for any number.
        """
        ids = self._ground.ids
        new = _NewIds(IdentityId(ids.next()), SessionId(ids.next()), ItemId(ids.next()))
        now = self._ground.clock.now()
        forgotten = self._tombstones.of_external(incoming.place.channel, incoming.external_id)

        def op(connection: Connection) -> _Outcome:
            if is_buried(connection, forgotten):
                return None, {}
            return _receive(connection, incoming, new, now, most_a_minute)

        def changed(outcome: _Outcome) -> None:
            received, numbers = outcome
            self._scopes.learn(numbers)
            if isinstance(received, Received):
                self._ground.cache.named(received.person.id, received.person.name)
                self._ground.cache.wrote([received.message])

        received = (await self._ground.queue.write(op, changed))[0]
        if not isinstance(received, Received) or not received.message.paused:
            return received
        return replace(received, message=replace(received.message, content=_words_of(incoming)))

    async def conversation(self, place: Place, session: SessionId, since: ItemId) -> list[Message]:
        """Returns what was said in a session and may be used in a place, from one message on, oldest first."""
        readable = self._scopes.read_in(place)
        start = ItemId(max(since, session))  # a session is named before its first message
        said = self._ground.cache.conversation(readable, session, start)
        if said is None:
            counters = self._ground.cache.counters(readable)
            fresh = await self._ground.reads.read(lambda connection: _fresh(connection, readable, session, start))
            if fresh.of_all_sessions:
                self._ground.cache.keep_messages(readable, start, counters, fresh.messages)
            said = [message for message in fresh.messages if message.session == session]
        return _replies_behind_their_lines([message for message in said if message.state in _ENDED])

    async def last_reply(self, place: Place, asker: IdentityId) -> Message | None:
        """Returns Ember's newest finished reply to somebody in a place."""
        readable = self._scopes.read_in(place)
        query = (
            messages_in(readable)
            .join(user_sessions, user_sessions.c.id == messages.c.session_id)
            .where(user_sessions.c.place_key == place.key, messages.c.owner_id == asker)
            .where(messages.c.direction == Direction.OUT, messages.c.state == MessageState.DONE)
            .order_by(messages.c.id.desc())
            .limit(1)
        )
        found = await self._ground.reads.read(lambda connection: read_messages(connection, query))
        return found[0] if found else None

    async def said_lines(self, place: Place, asker: IdentityId, limit: int) -> list[str]:
        """Returns what somebody last typed in a place, oldest first."""
        readable = self._scopes.read_in(place)
        query = (
            messages_in(readable)
            .join(user_sessions, user_sessions.c.id == messages.c.session_id)
            .where(user_sessions.c.place_key == place.key, messages.c.owner_id == asker)
            .where(messages.c.direction == Direction.IN, messages.c.content != "")
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        found = await self._ground.reads.read(lambda connection: read_messages(connection, query))
        return [message.content for message in reversed(found)]

    async def last_places(self, channel: Channel, limit: int) -> list[str]:
        """Returns the keys of the places of a channel, threads left out, that were last talked in, newest first."""
        key, last = user_sessions.c.place_key, func.max(user_sessions.c.last_at)
        of_channel = (key >= f"{channel}:") & (key < f"{channel};") & ~key.contains(THREAD_MARK)  # ";" follows ":"
        query = select(key).where(of_channel).group_by(key).order_by(last.desc()).limit(limit)
        return await self._ground.reads.read(lambda connection: list(connection.execute(query).scalars()))

    async def unasked_since(self, place: Place, since: datetime) -> int:
        """Returns how often Ember has spoken up by itself in a place since a moment."""
        there = select(user_sessions.c.id).where(user_sessions.c.place_key == place.key)
        recent = there.where(user_sessions.c.last_at >= since)
        count = select(func.count()).where(messages.c.session_id.in_(recent), messages.c.id >= first_id_at(since))
        query = count.where(messages.c.unasked)
        return await self._ground.reads.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def cut_conversation(self, session: SessionId, since: ItemId) -> None:
        """Leaves what came before a message out of the session's conversation from now on."""
        change = update(user_sessions).where(user_sessions.c.id == session).values(conversation_from=since)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def end_session(self, place: Place, by: IdentityId | None = None) -> bool:
        """Ends a place's session for somebody; the next message begins a new one. False when none was open.

        Others who are off the record in it stay so in the next one: it is not theirs that has ended.
        """
        new, now = SessionId(self._ground.ids.next()), self._ground.clock.now()

        def op(connection: Connection) -> bool:
            ended = connection.execute(_END_SESSION, {"place": place.key, "now": now}).all()
            going_on = {SessionId(row.id) for row in ended if _is_open(place, row.last_at, now)}
            _stay_off_the_record(connection, place, going_on, by, new, now)
            return bool(going_on)

        return await self._ground.queue.write(op)


_END_SESSION: Final = (
    update(user_sessions)
    .where(user_sessions.c.place_key == bindparam("place"), user_sessions.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
    .returning(user_sessions.c.id, user_sessions.c.last_at)
)


def _stay_off_the_record(
    connection: Connection,
    place: Place,
    ended: Collection[SessionId],
    but: IdentityId | None,
    new: SessionId,
    now: datetime,
) -> None:
    kept = connection.execute(select(user_preferences).where(user_preferences.c.name == OFF_THE_RECORD)).all()
    for one in kept:
        if one.identity_id != but and not {*off_the_record(one.value)}.isdisjoint(ended):
            session, _since = open_session(connection, place, new, now)
            prefer(connection, {**one._asdict(), "value": [*one.value, str(session)], "updated_at": now})


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What was said in the scopes of a place from a message on, oldest first."""

    messages: list[Message]
    of_all_sessions: bool  #: False: of the one that was asked for, for all would be too many


def _fresh(connection: Connection, readable: Collection[ScopeNumber], session: SessionId, since: ItemId) -> _Fresh:
    """Reads what the hot cache needs to answer for these scopes from now on, if that is not too much."""
    worded = messages_in(readable).where(messages.c.id >= since, messages.c.content != "")
    said = read_messages(connection, worded.order_by(messages.c.id).limit(_FRESH_LIMIT + 1))
    if len(said) <= _FRESH_LIMIT:
        return _Fresh(said, of_all_sessions=True)
    of_session = worded.where(messages.c.session_id == session).order_by(messages.c.id)
    return _Fresh(read_messages(connection, of_session), of_all_sessions=False)


def _replies_behind_their_lines(said: list[Message]) -> list[Message]:
    """A reply is named when its turn opens, so a line that joined the turn later comes behind it by its id."""
    lines = [message for message in said if message.direction is Direction.IN and message.turn is not None]
    last_line = {line.turn: line.id for line in lines}  # one that was passed over is of no turn
    return sorted(said, key=lambda message: (max(message.id, last_line.get(message.turn, message.id)), message.id))


@dataclass(frozen=True, slots=True)
class _NewIds:
    """Made before the op, for it may run twice."""

    identity: IdentityId
    session: SessionId
    message: ItemId


_SAME: Final = select(messages.c.id).where(
    messages.c.channel == bindparam("channel"), messages.c.external_id == bindparam("external_id")
)


_LAST_SESSION: Final = (
    select(user_sessions)
    .where(user_sessions.c.place_key == bindparam("place"), user_sessions.c.ended_at.is_(None))
    .order_by(user_sessions.c.id.desc())
    .limit(1)
)


_GOES_ON: Final = update(user_sessions).where(user_sessions.c.id == bindparam("one")).values(last_at=bindparam("now"))


#: What became of an incoming message, and the numbers of its scopes.
_Outcome = tuple[Received | TooMuch | None, Mapping[str, ScopeNumber]]


def _receive(
    connection: Connection, incoming: IncomingMessage, new: _NewIds, now: datetime, most_a_minute: int | None
) -> _Outcome:
    same = {"channel": incoming.place.channel, "external_id": incoming.external_id}
    if connection.execute(_SAME, same).first() is not None:
        return None, {}
    name = storable(incoming.name)
    person = meet_person(connection, incoming.link_kind, incoming.address, name, new.identity, now)
    numbers = number_scopes(connection, item_scopes(incoming.place.read_by(person.id), person.id))
    scopes = tuple(numbers.values())
    wait = 0 if most_a_minute is None else _wait(connection, scopes[-1], most_a_minute, now)
    if wait:
        return TooMuch(person, wait), numbers
    session, since_id = open_session(connection, incoming.place, new.session, now)
    paused = person.pauses(session)
    row = {
        **blank_message(new.message, person.id, scopes, session, now),
        "channel": incoming.place.channel,
        "external_id": incoming.external_id,
        "direction": Direction.IN,
        "state": MessageState.RECEIVED,
        "trust": Trust.SAID,
        "content": "" if paused else _words_of(incoming),
        "language": person.language,
        "attachments": () if paused else tuple(without_secrets(storable(name)) for name in incoming.attachments),
        "paused": paused,
        "unasked": incoming.unasked,
    }
    connection.execute(insert(messages), row)
    (message,) = read_messages(connection, _ONE, {"message": new.message})
    index(connection, message)
    return Received(message, person, since_id), numbers


def _words_of(incoming: IncomingMessage) -> str:
    return without_secrets(storable(incoming.content))


_SAID: Final = (
    select(messages.c.created_at)
    .where(messages.c.owner_scope_id == bindparam("own"), messages.c.id >= bindparam("since"))
    .where(messages.c.direction == Direction.IN)
    .order_by(messages.c.id.desc())
    .offset(bindparam("behind", type_=Integer))
    .limit(1)
)


def _wait(connection: Connection, own: ScopeNumber, most: int, now: datetime) -> int:
    """Returns for how many seconds somebody may say nothing more: until the last so many are a minute old."""
    values = {"own": own, "since": first_id_at(now - MINUTE), "behind": most - 1}
    earliest = connection.execute(_SAID, values).scalar_one_or_none()
    return 0 if earliest is None else max(1, math.ceil((earliest + MINUTE - now).total_seconds()))


def open_session(connection: Connection, place: Place, new: SessionId, now: datetime) -> tuple[SessionId, ItemId]:
    """Returns the place's open session and where its conversation begins; or begins one."""
    last = connection.execute(_LAST_SESSION, {"place": place.key}).one_or_none()
    if last is not None and _is_open(place, last.last_at, now):
        connection.execute(_GOES_ON, {"one": last.id, "now": now})
        return SessionId(last.id), ItemId(last.conversation_from)
    row = {"id": new, "place_key": place.key, "started_at": now, "last_at": now, "conversation_from": 0}
    connection.execute(insert(user_sessions), row)
    return new, ItemId(0)


def _is_open(place: Place, last_at: datetime, now: datetime) -> bool:
    return place.thread is not None or now - last_at <= SESSION_GAP


_ONE: Final = message_query().where(messages.c.id == bindparam("message"))
