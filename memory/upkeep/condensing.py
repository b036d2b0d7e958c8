"""Condensing: old talk becomes a summary, which is found in its place; what was said stays until retention takes it.

A summary is made of one person's part of one session in one scope, so that nobody's words mix and nobody else sees
them. Its originals leave the index, keep their rows, and can be brought back. Who writes the text is not known here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from memory.errors import NotFound
from memory.ids import first_id_at
from memory.place import IdentityId, Place
from memory.records import Item, ItemId, Memory, Message, MessageState, SessionId, Tier, Trust
from memory.scope import ScopeNumber
from memory.tables.embeddings import embeddings
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.index import unindex
from memory.tables.memories import CONTENT_LIMIT, insert_memory, memories
from memory.tables.messages import message_query, messages, read_messages, readable_messages, user_sessions
from memory.tables.relationships import RelationshipKind, relate
from memory.tables.scopes import ScopeNumbers
from memory.upkeep.erase import Erasure
from memory.words import storable

AT_LEAST: Final = 8  #: messages: fewer are found better by their own words
AT_MOST: Final = 60  #: messages of one summary; a longer talk becomes several
SESSIONS_READ: Final = 100  #: at once

_ENDED: Final = (MessageState.DONE, MessageState.DECLINED)
_SUMMARY_IMPORTANCE: Final = 4


@dataclass(frozen=True, slots=True)
class OldTalk:
    """What one person said in a session, with Ember's answers to it, oldest first."""

    owner: IdentityId
    session: SessionId
    scopes: tuple[ScopeNumber, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class OldTalks:
    """Some of what can be condensed."""

    talks: tuple[OldTalk, ...]
    next: SessionId | None  #: where to go on; None: there is no more


class Condensing:
    """Finds old talk, keeps its summaries, and gives the originals back."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, erasure: Erasure) -> None:
        self._ground = ground
        self._scopes = scopes
        self._erasure = erasure

    async def old_talks(self, before: datetime, after: SessionId | None = None) -> OldTalks:
        """Returns talk of sessions in which nothing was said since a moment: for the one who writes summaries."""
        return await self._ground.reads.read(lambda connection: _old_talks(connection, before, after or SessionId(0)))

    async def keep(self, talk: OldTalk, text: str) -> Memory | None:
        """Keeps the summary of a talk; None when one of its messages was changed or forgotten meanwhile."""
        first, last = talk.messages[0], talk.messages[-1]
        summary = Memory(
            id=ItemId(self._ground.ids.next()),
            owner=talk.owner,
            scopes=talk.scopes,
            trust=Trust.least(Trust.DERIVED, *(message.trust for message in talk.messages)),
            tier=Tier.EPISODIC,
            content=storable(text)[:CONTENT_LIMIT],
            importance=_SUMMARY_IMPORTANCE,
            confidence=1.0,
            language=first.language,
            created_at=last.created_at,  # it is as old as what it tells
            valid_from=first.created_at,
        )
        now = self._ground.clock.now()

        def op(connection: Connection) -> list[Item]:
            return _keep(connection, talk, summary, now)

        kept = await self._ground.queue.write(op, self._ground.cache.wrote)
        return summary if kept else None

    async def restore(self, place: Place, owner: IdentityId, summary: ItemId) -> int:
        """Lets what was said be found by its own words again and takes its summary away; returns how many messages.

        One that was edited or shared goes with what it was before. Raises NotFound, also when retention has taken all
        that the summary was made from.
        """
        readable = readable_messages(self._scopes.read_in(place))

        def read(connection: Connection) -> tuple[list[ItemId], int]:
            texts = _texts_of(connection, summary)
            own = messages.c.compressed_into.in_(texts) & (messages.c.owner_id == owner) & readable
            return texts, connection.execute(select(func.count()).select_from(messages).where(own)).scalar_one()

        texts, count = await self._ground.reads.read(read)
        if not count:
            raise NotFound
        for text in reversed(texts):  # the first of them stands for the messages; no other comes into force again
            await self._erasure.take_back(place, owner, text)
        return count


def _texts_of(connection: Connection, summary: ItemId) -> list[ItemId]:
    """Returns a summary and what it was before it was edited or shared, the newest first."""
    texts: list[ItemId] = []
    level = [summary]
    while level:
        texts += level
        # An imported file may say that each of two took the other's place.
        before = select(memories.c.id).where(memories.c.superseded_by.in_(level), memories.c.id.not_in(texts))
        level = [ItemId(item) for item in connection.execute(before).scalars()]
    return texts


def _old_talks(connection: Connection, before: datetime, after: SessionId) -> OldTalks:
    # A session is named when it begins, so the ids of old ones end where the moment's begin.
    old = select(user_sessions.c.id).where(user_sessions.c.id > after, user_sessions.c.id < first_id_at(before))
    quiet = old.where(user_sessions.c.last_at < before).order_by(user_sessions.c.id).limit(SESSIONS_READ)
    sessions = [SessionId(session) for session in connection.execute(quiet).scalars()]
    found = message_query().where(messages.c.session_id.in_(sessions), *_uncondensed())
    parts: dict[tuple[SessionId, IdentityId, tuple[ScopeNumber, ...]], list[Message]] = {}
    for message in read_messages(connection, found.order_by(messages.c.id)):
        parts.setdefault((message.session, message.owner, message.scopes), []).append(message)
    talks = (
        OldTalk(owner, session, scopes, some)
        for (session, owner, scopes), said in parts.items()
        for some in _in_pieces(said)
        if len(some) >= AT_LEAST
    )
    return OldTalks(tuple(talks), sessions[-1] if len(sessions) == SESSIONS_READ else None)


def _in_pieces(said: Sequence[Message]) -> Iterator[tuple[Message, ...]]:
    """Pieces of about the same length, so that none is left over."""
    pieces = -(-len(said) // AT_MOST)
    length = -(-len(said) // pieces)
    left = iter(said)
    while piece := tuple(islice(left, length)):
        yield piece


def _uncondensed() -> tuple[ColumnElement[bool], ...]:
    return (
        messages.c.compressed_into.is_(None),
        messages.c.content != "",
        messages.c.state.in_(_ENDED),
        not_erasing(messages.c.id),
    )


def _keep(connection: Connection, talk: OldTalk, summary: Memory, now: datetime) -> list[Item]:
    ids = [message.id for message in talk.messages]
    still = read_messages(connection, message_query().where(messages.c.id.in_(ids), *_uncondensed()))
    if {(message.id, message.content) for message in still} != {(one.id, one.content) for one in talk.messages}:
        return []
    insert_memory(connection, summary)
    relate(connection, summary.id, ids, RelationshipKind.DERIVED_FROM, 1.0, now)
    for message in still:
        unindex(connection, message)
    connection.execute(update(messages).where(messages.c.id.in_(ids)).values(compressed_into=summary.id))
    connection.execute(delete(embeddings).where(embeddings.c.item_id.in_(ids)))
    return [summary, *(replace(message, compressed_into=summary.id) for message in still)]
