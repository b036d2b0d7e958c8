"""What a turn's words teach: what to look at, and one op that keeps what was found and takes the job off the queue.

It happens after the reply, from a job of Ember's own. The job holds ids and scope numbers, never a word: whatever was
forgotten meanwhile teaches nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, select

from memory.place import Channel, IdentityId
from memory.records import Direction, ItemId, Memory, Message, Person, Tier, Trust, TurnId
from memory.scope import ScopeNumber
from memory.tables.ground import Ground
from memory.tables.jobs import JobId, OwnJob, insert_learned_notice, queue
from memory.tables.learned_notice import LearnedNotice
from memory.tables.memories import end, insert_instead, insert_memory, memories, read_memories, readable_memories
from memory.tables.messages import message_query, messages, read_messages, readable_messages, user_sessions
from memory.tables.people import person_by_id
from memory.tables.relationships import RelationshipKind, relate

KNOWN_READ: Final = 1_000  #: of somebody's memories, the newest, that a new fact is compared with


@dataclass(frozen=True, slots=True)
class TurnToLearnFrom:
    """The payload of an extraction."""

    turn: int
    reads: tuple[int, ...]  #: the scopes that the turn's place read
    guild: str | None  #: on whose account a model is asked


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody said in a turn, and what is known of them where they said it."""

    turn: TurnId
    guild: str | None
    asker: Person
    lines: tuple[Message, ...]  #: their own
    known: tuple[Memory, ...]  #: theirs, in force, newest first
    reads: tuple[ScopeNumber, ...]

    @property
    def words(self) -> str:
        return "\n".join(line.content for line in self.lines)


@dataclass(frozen=True, slots=True)
class Learned:
    """One fact to keep."""

    content: str
    tier: Tier
    importance: int  #: 1 to 10
    confidence: float  #: 0 to 1
    replaces: tuple[ItemId, ...] = ()  #: the known memories that it takes the place of
    extends: ItemId | None = None  #: the known memory that it adds to


_payload: Final = TypeAdapter(TurnToLearnFrom)


def extraction_payload(turn: TurnId, reads: Sequence[ScopeNumber], guild: str | None) -> str:
    return _payload.dump_json(TurnToLearnFrom(turn, tuple(reads), guild)).decode()


class Learning:
    """Reads what there is to learn from, and keeps what was learned."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def told(self, job: OwnJob) -> Told | None:
        """Returns what was said in the job's turn; None when all of it is forgotten, or its person wants none kept."""
        about = _payload.validate_json(job.payload)
        return await self._ground.reads.read(lambda connection: _told(connection, about))

    async def learn(self, job: OwnJob, told: Told, learned: Sequence[Learned]) -> list[Memory]:
        """Keeps facts, has their person told, and ends the job, in one op; returns the new memories.

        Nothing is kept when the job was done before, something that was said has been forgotten meanwhile, or its
        person lets nothing be learned any more.
        """
        now = self._ground.clock.now()
        made = [(self._memory(told, one, now), one) for one in learned]
        notice, item = JobId(self._ground.ids.next()), ItemId(self._ground.ids.next())

        def op(connection: Connection) -> tuple[list[Memory], list[Memory]]:
            if not _ends(connection, job) or not _still_there(connection, told):
                return [], []
            if not _wants_it(person_by_id(connection, told.asker.id), told.lines):
                return [], []
            ended: list[Memory] = []
            for memory, one in made:
                ended += _keep(connection, told, memory, one)
            new = [memory for memory, _ in made]
            channel, place_key = _place(connection, told)
            tells = LearnedNotice(told.asker.id, tuple(memory.id for memory in new))
            insert_learned_notice(connection, notice, channel, place_key, item, tells, now)
            return new, ended

        def changed(outcome: tuple[list[Memory], list[Memory]]) -> None:
            self._ground.cache.wrote([*outcome[0], *outcome[1]])

        return (await self._ground.queue.write(op, changed))[0]

    def _memory(self, told: Told, one: Learned, now: datetime) -> Memory:
        source = told.lines[-1]
        return Memory(
            id=ItemId(self._ground.ids.next()),
            owner=told.asker.id,
            scopes=source.scopes,
            trust=Trust.SAID,
            tier=one.tier,
            content=one.content,
            importance=one.importance,
            confidence=one.confidence,
            language=told.asker.language,
            created_at=now,
            valid_from=source.created_at,
            source=source.id,
        )


def _told(connection: Connection, about: TurnToLearnFrom) -> Told | None:
    reads = tuple(ScopeNumber(number) for number in about.reads)
    said = message_query().where(messages.c.turn_id == about.turn, messages.c.direction == Direction.IN)
    said = said.where(readable_messages(reads), messages.c.trust == Trust.SAID, messages.c.content != "")
    lines = read_messages(connection, said.order_by(messages.c.id))
    if not lines:
        return None
    asker = person_by_id(connection, lines[0].owner)
    if not _wants_it(asker, lines):
        return None
    known = select(memories).where(_own(asker.id, lines[0].scopes[-1], reads), memories.c.label.is_(None))
    newest = known.order_by(memories.c.id.desc()).limit(KNOWN_READ)
    return Told(
        turn=TurnId(about.turn),
        guild=about.guild,
        asker=asker,
        lines=tuple(line for line in lines if line.owner == asker.id),
        known=tuple(read_memories(connection, newest)),
        reads=reads,
    )


def _wants_it(asker: Person, lines: Sequence[Message]) -> bool:
    """Whether somebody still lets Ember learn: they may have thought otherwise since they said it."""
    return asker.teaches and not any(asker.pauses(line.session) for line in lines)


def _own(owner: IdentityId, private: ScopeNumber, reads: Sequence[ScopeNumber]) -> ColumnElement[bool]:
    """Somebody's memories in force; found by their private scope, in which all of theirs stand."""
    own = (memories.c.owner_scope_id == private) & (memories.c.owner_id == owner)
    return own & readable_memories(reads) & memories.c.superseded_at.is_(None)


def _ends(connection: Connection, job: OwnJob) -> bool:
    """Takes the job off the queue; False when it was done before, or another has it."""
    held = (queue.c.id == job.id) & (queue.c.attempts == job.attempts)
    return connection.execute(delete(queue).where(held)).rowcount > 0


def _still_there(connection: Connection, told: Told) -> bool:
    """Says whether all that was said still is, in the same words and the same turn."""
    said = {line.id: line.content for line in told.lines}
    there = select(messages.c.id, messages.c.content).where(messages.c.id.in_(said), messages.c.turn_id == told.turn)
    rows = connection.execute(there.where(readable_messages(told.reads)))
    return {ItemId(row.id): row.content for row in rows} == said


def _keep(connection: Connection, told: Told, memory: Memory, one: Learned) -> list[Memory]:
    """Keeps one fact, and returns what it took the place of."""
    if one.extends is not None:
        relate(connection, memory.id, [one.extends], RelationshipKind.EXTENDS, one.confidence, memory.created_at)
    own = _own(told.asker.id, memory.scopes[-1], told.reads)
    replaced = read_memories(connection, select(memories).where(own, memories.c.id.in_(one.replaces)))
    if not replaced:
        insert_memory(connection, memory)
        return []
    first, *others = replaced
    return [insert_instead(connection, memory, first), *(end(connection, before, memory) for before in others)]


def _place(connection: Connection, told: Told) -> tuple[Channel, str]:
    """Returns where it was said."""
    source = told.lines[-1]
    place_key: str = connection.execute(
        select(user_sessions.c.place_key).where(user_sessions.c.id == source.session)
    ).scalar_one()
    return source.channel, place_key
