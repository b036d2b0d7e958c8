"""`user_sessions`: turns in one place with no long silence between them."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, ColumnElement, Connection, String, Table, and_, insert, or_, select, update

from memory.place import THREAD_MARK, Place
from memory.records import ItemId, SessionId
from memory.tables.types import Snowflake, UtcDateTime, metadata

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


def open_session(connection: Connection, place: Place, new: SessionId, now: datetime) -> tuple[SessionId, ItemId]:
    """Returns the place's open session and where its conversation begins; or begins one."""
    last = connection.execute(
        select(user_sessions)
        .where(user_sessions.c.place_key == place.key, user_sessions.c.ended_at.is_(None))
        .order_by(user_sessions.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and is_open(place, last.last_at, now):
        connection.execute(update(user_sessions).where(user_sessions.c.id == last.id).values(last_at=now))
        return SessionId(last.id), ItemId(last.conversation_from)
    row = {"id": new, "place_key": place.key, "started_at": now, "last_at": now, "conversation_from": 0}
    connection.execute(insert(user_sessions), row)
    return new, ItemId(0)


def session_is_open(now: datetime) -> ColumnElement[bool]:
    """`is_open` as a condition; a thread's session stays open."""
    recent = or_(user_sessions.c.last_at >= now - SESSION_GAP, user_sessions.c.place_key.contains(THREAD_MARK))
    return and_(user_sessions.c.ended_at.is_(None), recent)


def is_open(place: Place, last_at: datetime, now: datetime) -> bool:
    return place.thread is not None or now - last_at <= SESSION_GAP
