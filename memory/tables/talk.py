"""`messages` and `user_sessions`: what was said, in which session of which place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, TypeAdapter
from sqlalchemy import (
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    UniqueConstraint,
    and_,
    insert,
    or_,
    select,
    text,
    update,
)

from memory.place import Channel, IdentityId, Place
from memory.records import (
    Direction,
    IncomingMessage,
    ItemId,
    Message,
    MessageState,
    Notice,
    OwnerKind,
    Person,
    SessionId,
    Trust,
    TurnId,
)
from memory.scope import ScopeNumber
from memory.secrets import without_secrets
from memory.tables.erasures import Tombstones, is_buried, not_erasing
from memory.tables.ground import Ground
from memory.tables.index import index
from memory.tables.people import meet_person, user_identities
from memory.tables.scopes import ScopeNumbers, item_scopes, number_scopes
from memory.tables.types import JsonOf, Snowflake, UtcDateTime, closed, metadata
from memory.words import DEFAULT_LANGUAGE, storable

SESSION_GAP: Final = timedelta(minutes=30)  #: a longer silence begins a new session

user_sessions = Table(
    "user_sessions",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("place_key", String, nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    #: Messages before this one were cut from the conversation when it had outgrown the prompt.
    Column("conversation_from", Snowflake, nullable=False),
)

_texts: Final = TypeAdapter(tuple[str, ...])


def _as_notice(kept: object) -> object:
    """A row of a former Ember holds texts alone."""
    return Notice(kept) if isinstance(kept, str) else kept


_notices: Final = TypeAdapter(tuple[Annotated[Notice, BeforeValidator(_as_notice)], ...])

messages = Table(
    "messages",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("channel", closed(Channel), nullable=False),
    Column("external_id", String),
    Column("direction", closed(Direction), nullable=False),
    Column("state", closed(MessageState), nullable=False),
    Column("owner_kind", closed(OwnerKind), nullable=False),
    Column("owner_id", ForeignKey("user_identities.id"), nullable=False),
    Column("scope_id", ForeignKey("scopes.number"), nullable=False),
    Column("owner_scope_id", ForeignKey("scopes.number"), nullable=False),
    Column("trust", closed(Trust), nullable=False),
    Column("session_id", ForeignKey("user_sessions.id"), nullable=False),
    Column("turn_id", Snowflake, index=True),
    Column("response_id", Snowflake),
    Column("attempts", Integer, nullable=False),
    Column("content", String, nullable=False),
    Column("language", String, nullable=False),
    Column("attachments", JsonOf(_texts), nullable=False),
    Column("notices", JsonOf(_notices), nullable=False),
    Column("receipt", JsonOf(_texts), nullable=False),
    Column("prompt_name", String),
    Column("prompt_version", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("forgotten_at", UtcDateTime),
    Column("compressed_into", Snowflake),  # the summary that stands for it in the index
    Column("edited_at", UtcDateTime),  # of an incoming one: its author has changed it since
    Column("reward", Integer, CheckConstraint("reward IN (-1, 1)", name="reward")),  # of a reply: its asker's verdict
    Column("unasked", Boolean, nullable=False, server_default=text("0")),  # Ember spoke up by itself
    UniqueConstraint("channel", "external_id"),
    Index("ix_messages_scope_id", "scope_id"),
    Index("ix_messages_owner_scope_id", "owner_scope_id"),
    Index("ix_messages_session_id", "session_id", "id"),
    Index("ix_messages_compressed_into", "compressed_into", sqlite_where=text("compressed_into IS NOT NULL")),
    Index("ix_messages_unanswered", "channel", sqlite_where=text("state IN ('received', 'answering')")),
)

#: Not the receipts: they are long, and nobody but a receipt's reader asks for them.
_CARRIED: Final = tuple(
    messages.c[name]
    for name in (
        "id", "channel", "external_id", "direction", "state", "owner_id", "scope_id", "owner_scope_id", "trust",
        "content", "language", "created_at", "session_id", "turn_id", "response_id", "notices", "compressed_into",
    )
)  # fmt: skip

_FRESH_LIMIT: Final = 500  #: messages that one read brings into the hot cache
_ENDED: Final = frozenset({MessageState.DONE, MessageState.DECLINED})

#: Incoming messages that wait for an answer, as the index says it: SQLite does not see that two bound values mean it.
UNANSWERED: Final = text("messages.state IN ('received', 'answering')")


@dataclass(frozen=True, slots=True)
class Received:
    """An incoming message as it was recorded."""

    message: Message
    person: Person
    conversation_from: ItemId  #: the session's conversation begins with this message


class Talk:
    """Messages by place and session."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, secret: bytes) -> None:
        self._ground = ground
        self._scopes = scopes
        self._tombstones = Tombstones(secret)

    async def receive(self, incoming: IncomingMessage) -> Received | None:
        """Records an incoming message with its author, session and scope in one op.

        None when it was seen before, be it that it was forgotten since. Secrets in it are cut out before anything else
        sees it: no row, index or prompt ever holds them.
        """
        ids = self._ground.ids
        new = _NewIds(IdentityId(ids.next()), SessionId(ids.next()), ItemId(ids.next()))
        now = self._ground.clock.now()
        forgotten = self._tombstones.of_external(incoming.place.channel, incoming.external_id)

        def op(connection: Connection) -> tuple[Received | None, Mapping[str, ScopeNumber]]:
            if is_buried(connection, forgotten):
                return None, {}
            return _receive(connection, incoming, new, now)

        def changed(outcome: tuple[Received | None, Mapping[str, ScopeNumber]]) -> None:
            received, numbers = outcome
            self._scopes.learn(numbers)
            if received is not None:
                self._ground.cache.named(received.person.id, received.person.name)
                self._ground.cache.wrote([received.message])

        return (await self._ground.queue.write(op, changed))[0]

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
            _readable_messages(readable)
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
            _readable_messages(readable)
            .join(user_sessions, user_sessions.c.id == messages.c.session_id)
            .where(user_sessions.c.place_key == place.key, messages.c.owner_id == asker)
            .where(messages.c.direction == Direction.IN, messages.c.content != "")
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        found = await self._ground.reads.read(lambda connection: read_messages(connection, query))
        return [message.content for message in reversed(found)]

    async def cut_conversation(self, session: SessionId, since: ItemId) -> None:
        """Leaves what came before a message out of the session's conversation from now on."""
        change = update(user_sessions).where(user_sessions.c.id == session).values(conversation_from=since)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def end_session(self, place: Place) -> bool:
        """Ends a place's session; the next message begins a new one. False when none was open."""
        now = self._ground.clock.now()
        change = (
            update(user_sessions)
            .where(user_sessions.c.place_key == place.key, user_sessions.c.ended_at.is_(None))
            .values(ended_at=now)
            .returning(user_sessions.c.last_at)
        )
        last = await self._ground.queue.write(lambda connection: list(connection.execute(change).scalars()))
        return any(_is_open(place, last_at, now) for last_at in last)


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What was said in the scopes of a place from a message on, oldest first."""

    messages: list[Message]
    of_all_sessions: bool  #: False: of the one that was asked for, for all would be too many


def _fresh(connection: Connection, readable: Collection[ScopeNumber], session: SessionId, since: ItemId) -> _Fresh:
    """Reads what the hot cache needs to answer for these scopes from now on, if that is not too much."""
    worded = _readable_messages(readable).where(messages.c.id >= since, messages.c.content != "")
    said = read_messages(connection, worded.order_by(messages.c.id).limit(_FRESH_LIMIT + 1))
    if len(said) <= _FRESH_LIMIT:
        return _Fresh(said, of_all_sessions=True)
    of_session = worded.where(messages.c.session_id == session).order_by(messages.c.id)
    return _Fresh(read_messages(connection, of_session), of_all_sessions=False)


def recent_messages(connection: Connection, limit: int) -> list[Message]:
    """Returns the newest messages of everybody with a word in them, oldest first: only for warming the hot cache."""
    worded = message_query().where(messages.c.content != "", not_erasing(messages.c.id))
    return read_messages(connection, worded.order_by(messages.c.id.desc()).limit(limit))[::-1]


def _replies_behind_their_lines(said: list[Message]) -> list[Message]:
    """A reply is named when its turn opens, so a line that joined the turn later comes behind it by its id."""
    last_line = {message.turn: message.id for message in said if message.direction is Direction.IN}
    return sorted(said, key=lambda message: (max(message.id, last_line.get(message.turn, message.id)), message.id))


@dataclass(frozen=True, slots=True)
class _NewIds:
    """Made before the op, for it may run twice."""

    identity: IdentityId
    session: SessionId
    message: ItemId


def _receive(
    connection: Connection, incoming: IncomingMessage, new: _NewIds, now: datetime
) -> tuple[Received | None, Mapping[str, ScopeNumber]]:
    same = (messages.c.channel == incoming.place.channel) & (messages.c.external_id == incoming.external_id)
    if connection.execute(select(messages.c.id).where(same)).first() is not None:
        return None, {}
    name = storable(incoming.name)
    person = meet_person(connection, incoming.link_kind, incoming.address, name, new.identity, now)
    session, since_id = open_session(connection, incoming.place, new.session, now)
    numbers = number_scopes(connection, item_scopes(incoming.place.read_by(person.id), person.id))
    scopes = tuple(numbers.values())
    row = {
        **blank_message(new.message, person.id, scopes, session, now),
        "channel": incoming.place.channel,
        "external_id": incoming.external_id,
        "direction": Direction.IN,
        "state": MessageState.RECEIVED,
        "trust": Trust.SAID,
        "content": without_secrets(storable(incoming.content)),
        "language": person.language,
        "attachments": tuple(without_secrets(storable(name)) for name in incoming.attachments),
    }
    connection.execute(insert(messages), row)
    (message,) = read_messages(connection, message_query().where(messages.c.id == new.message))
    index(connection, message)
    return Received(message, person, since_id), numbers


def open_session(connection: Connection, place: Place, new: SessionId, now: datetime) -> tuple[SessionId, ItemId]:
    """Returns the place's open session and where its conversation begins; or begins one."""
    last = connection.execute(
        select(user_sessions)
        .where(user_sessions.c.place_key == place.key, user_sessions.c.ended_at.is_(None))
        .order_by(user_sessions.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and _is_open(place, last.last_at, now):
        connection.execute(update(user_sessions).where(user_sessions.c.id == last.id).values(last_at=now))
        return SessionId(last.id), ItemId(last.conversation_from)
    row = {"id": new, "place_key": place.key, "started_at": now, "last_at": now, "conversation_from": 0}
    connection.execute(insert(user_sessions), row)
    return new, ItemId(0)


def session_is_open(now: datetime) -> ColumnElement[bool]:
    """`_is_open` as a condition; the key of a thread's place has the thread behind a slash."""
    recent = or_(user_sessions.c.last_at >= now - SESSION_GAP, user_sessions.c.place_key.contains("/"))
    return and_(user_sessions.c.ended_at.is_(None), recent)


def _is_open(place: Place, last_at: datetime, now: datetime) -> bool:
    return place.thread is not None or now - last_at <= SESSION_GAP


def blank_message(
    message: ItemId, owner: IdentityId, scopes: tuple[ScopeNumber, ...], session: SessionId, now: datetime
) -> dict[str, object]:
    """A row with what every message has, and its other columns empty."""
    return {
        "id": message,
        "owner_kind": OwnerKind.PERSON,
        "owner_id": owner,
        "scope_id": scopes[0],
        "owner_scope_id": scopes[-1],
        "session_id": session,
        "attempts": 0,
        "content": "",
        "language": DEFAULT_LANGUAGE,
        "attachments": (),
        "notices": (),
        "receipt": (),
        "created_at": now,
    }


def message_query() -> Select[tuple[object, ...]]:
    """Selects messages as records carry them, with their owners' names."""
    return select(*_CARRIED, user_identities.c.name.label("owner_name")).join(
        user_identities, user_identities.c.id == messages.c.owner_id
    )


def readable_messages(readable: Collection[ScopeNumber] | BindParameter[Sequence[int]]) -> ColumnElement[bool]:
    """The rule as a condition: a scope of the item is one that the place reads, and nobody is forgetting it."""
    shared = or_(messages.c.scope_id.in_(readable), messages.c.owner_scope_id.in_(readable))
    return and_(shared, not_erasing(messages.c.id))


def _readable_messages(readable: Collection[ScopeNumber]) -> Select[tuple[object, ...]]:
    return message_query().where(readable_messages(readable))


def read_messages(
    connection: Connection, query: Select[tuple[object, ...]], values: Mapping[str, object] | None = None
) -> list[Message]:
    return [_message(row) for row in connection.execute(query, values)]


def _message(row: Row[tuple[object, ...]]) -> Message:
    return Message(
        id=ItemId(row.id),
        channel=row.channel,
        external_id=row.external_id,
        direction=row.direction,
        state=row.state,
        owner=IdentityId(row.owner_id),
        owner_name=row.owner_name,
        scopes=item_numbers(row.scope_id, row.owner_scope_id),
        trust=row.trust,
        content=row.content,
        language=row.language,
        created_at=row.created_at,
        session=SessionId(row.session_id),
        turn=None if row.turn_id is None else TurnId(row.turn_id),
        response=None if row.response_id is None else ItemId(row.response_id),
        notices=row.notices,
        compressed_into=row.compressed_into,
    )


def item_numbers(scope: int, owner_scope: int) -> tuple[ScopeNumber, ...]:
    """Returns what an item stands in, as records carry it."""
    own, owners = ScopeNumber(scope), ScopeNumber(owner_scope)
    return (own,) if own == owners else (own, owners)
