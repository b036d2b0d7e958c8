"""`messages` and `user_sessions`: what was said, in which session of which place; how both are read."""

from collections.abc import Collection, Mapping, Sequence
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
    or_,
    select,
    text,
)

from memory.place import Channel, IdentityId
from memory.records import (
    Direction,
    ItemId,
    Message,
    MessageState,
    Notice,
    OwnerKind,
    SessionId,
    Trust,
    TurnId,
)
from memory.scope import ScopeNumber
from memory.tables.erasures import not_erasing
from memory.tables.people import user_identities
from memory.tables.types import JsonOf, Snowflake, UtcDateTime, closed, metadata
from memory.words import DEFAULT_LANGUAGE

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
    Column("unasked", Boolean, nullable=False, server_default=text("0")),  # said to nobody: Ember spoke up by itself
    Column("paused", Boolean, nullable=False, server_default=text("0")),  # its words are not kept
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
        "paused",
    )
)  # fmt: skip


#: Incoming messages that wait for an answer, as the index says it: SQLite does not see that two bound values mean it.
UNANSWERED: Final = text("messages.state IN ('received', 'answering')")


def recent_messages(connection: Connection, limit: int) -> list[Message]:
    """Returns the newest messages of everybody with a word in them, oldest first: only for warming the hot cache."""
    worded = message_query().where(messages.c.content != "", not_erasing(messages.c.id))
    return read_messages(connection, worded.order_by(messages.c.id.desc()).limit(limit))[::-1]


def session_is_open(now: datetime) -> ColumnElement[bool]:
    """`_is_open` as a condition; the key of a thread's place has the thread behind a slash."""
    recent = or_(user_sessions.c.last_at >= now - SESSION_GAP, user_sessions.c.place_key.contains("/"))
    return and_(user_sessions.c.ended_at.is_(None), recent)


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


def messages_in(readable: Collection[ScopeNumber]) -> Select[tuple[object, ...]]:
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
        paused=row.paused,
    )


def item_numbers(scope: int, owner_scope: int) -> tuple[ScopeNumber, ...]:
    """Returns what an item stands in, as records carry it."""
    own, owners = ScopeNumber(scope), ScopeNumber(owner_scope)
    return (own,) if own == owners else (own, owners)
