"""`memories`: what Ember was told to remember, or concluded. A text is never changed in place: an edit supersedes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Insert,
    Integer,
    Select,
    String,
    Table,
    and_,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from memory.errors import BlockTooLong, HoldsSecret, LabelTaken, NotFound, ReadOnlyBlock, TooLong
from memory.op import Rows
from memory.place import IdentityId, Place
from memory.records import ItemId, Memory, OwnerKind, SessionId, Tier, Trust
from memory.scope import EVERYONE, Scope, ScopeNumber, scope_shared
from memory.secrets import is_secret
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.index import INDEX_WORDS, indexed
from memory.tables.memory_row import memory_of, memory_row
from memory.tables.messages import session_is_open, user_sessions
from memory.tables.relationships import INSERT_RELATIONSHIP, RelationshipKind, relate, relationship_row
from memory.tables.scopes import ScopeNumbers
from memory.tables.steps import INSERT_STEP, StepStart, effect_row
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata
from memory.words import DEFAULT_LANGUAGE, storable

CONTENT_LIMIT: Final = 4_000  #: characters
BLOCK_LIMIT: Final = 2_000  #: characters of a memory with a label
HISTORY: Final = 200  #: texts of one memory at most that are shown

memories = Table(
    "memories",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("owner_kind", closed(OwnerKind), nullable=False),
    Column("owner_id", ForeignKey("user_identities.id"), nullable=False),
    Column("scope_id", ForeignKey("scopes.number"), nullable=False),
    Column("owner_scope_id", ForeignKey("scopes.number"), nullable=False),
    Column("trust", closed(Trust), nullable=False),
    Column("tier", closed(Tier), nullable=False),
    Column("content", String, CheckConstraint(f"length(content) <= {CONTENT_LIMIT}", name="content"), nullable=False),
    Column("language", String, nullable=False),
    Column("importance", Integer, CheckConstraint("importance BETWEEN 1 AND 10", name="importance"), nullable=False),
    Column("confidence", Float, CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"), nullable=False),
    Column("source", Snowflake),
    Column("created_at", UtcDateTime, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("superseded_at", UtcDateTime),
    Column("superseded_by", Snowflake),
    Column("label", String),  # of a block
    Column("read_only", Boolean, nullable=False, server_default=text("0")),
    Column("session_id", Snowflake),  # a working memory ends with it
    Column("access_count", Integer, nullable=False, server_default=text("0")),
    Column("accessed_at", UtcDateTime),
    Column("compressed_into", Snowflake),  # the summary that stands for it in the index
    Index(
        "ix_memories_label",
        "scope_id",
        "owner_id",
        "label",
        unique=True,
        sqlite_where=text("label IS NOT NULL AND superseded_at IS NULL"),
    ),
    Index("ix_memories_session_id", "session_id", sqlite_where=text("session_id IS NOT NULL")),
    Index("ix_memories_compressed_into", "compressed_into", sqlite_where=text("compressed_into IS NOT NULL")),
    Index("ix_memories_scope_id", "scope_id"),
    Index("ix_memories_owner_scope_id", "owner_scope_id"),
    Index("ix_memories_superseded_by", "superseded_by", sqlite_where=text("superseded_by IS NOT NULL")),
    Index("ix_memories_source", "source", sqlite_where=text("source IS NOT NULL")),
)

INSERT_MEMORY: Final[Insert] = insert(memories)
_ADD: Final = (INSERT_MEMORY, INDEX_WORDS)


@dataclass(frozen=True, slots=True)
class NewMemory:
    """A memory to be kept."""

    content: str
    trust: Trust
    tier: Tier = Tier.SEMANTIC
    importance: int = 5
    confidence: float = 1.0
    source: ItemId | None = None  #: the message it was taken from
    language: str = DEFAULT_LANGUAGE
    session: SessionId | None = None  #: of a working memory
    relationship: RelationshipKind = RelationshipKind.RELATES_TO
    related: tuple[ItemId, ...] = ()  #: what it is so related to


class Memories:
    """Memories by place. What a call changes goes with its step, in one op."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def add(self, place: Place, owner: IdentityId, new: NewMemory, step: StepStart | None = None) -> Memory:
        """Keeps a memory and returns it once it is durable. Raises TooLong, HoldsSecret."""
        memory = await self._made(place, owner, new)
        inserts: tuple[Insert, ...] = _ADD
        rows = [memory_row(memory), indexed(memory.id, memory.content, memory.language, memory.scopes)]
        if step is not None:
            inserts = (*inserts, INSERT_STEP)
            rows.append(effect_row(step, str(memory.id)))
        for other in dict.fromkeys(new.related):
            inserts = (*inserts, INSERT_RELATIONSHIP)
            rows.append(relationship_row(memory.id, other, new.relationship, new.confidence, memory.created_at))
        op = Rows(inserts, tuple(rows), memory)
        return await self._ground.queue.write(op, lambda added: self._ground.cache.wrote([added]))

    async def supersede(
        self, place: Place, owner: IdentityId, old: ItemId, new: NewMemory, step: StepStart | None = None
    ) -> Memory:
        """Puts a new memory in force instead of an old one of the same owner; a block stays a block.

        It is seen by whoever reads where it was said: what is corrected in a DM does not go to the guild. Raises
        NotFound, TooLong, ReadOnlyBlock, HoldsSecret, LabelTaken.
        """
        made = await self._made(place, owner, new)
        own = readable_memories(self._scopes.read_in(place)) & (memories.c.owner_id == owner)

        def op(connection: Connection) -> tuple[Memory, Memory]:
            before = _one(connection, own & (memories.c.id == old) & memories.c.superseded_at.is_(None))
            memory = replace(made, label=before.label)
            if before.read_only:
                raise ReadOnlyBlock(label=before.label)
            if memory.label is not None and len(memory.content) > BLOCK_LIMIT:
                raise BlockTooLong(characters=len(memory.content))
            there = memory.label and block_in_force(connection, memory.scopes[0], owner, memory.label)
            if there and there.id != before.id:
                raise LabelTaken(label=memory.label)
            ended = insert_instead(connection, memory, before)
            if step is not None:
                connection.execute(INSERT_STEP, effect_row(step, str(memory.id)))
            return memory, ended

        return (await self._ground.queue.write(op, self._ground.cache.wrote))[0]

    async def share(self, place: Place, owner: IdentityId, memory: ItemId, everyone: bool = False) -> Memory:
        """Lets a guild see a memory of the owner's, which stays found in their own DM; asked for in that guild.

        It takes the place of the narrower one; what another guild sees already stays there. `everyone` is for the
        installation's owner alone, and the caller sees to that. Raises NoGuild, NotFound, LabelTaken.
        """
        numbers = await self._scopes.of_scope(EVERYONE if everyone else scope_shared(place), owner)
        wide_enough = {numbers[0], *self._scopes.everyone()}
        new, now = ItemId(self._ground.ids.next()), self._ground.clock.now()
        kept = readable_memories(self._scopes.private_to(owner)) & (memories.c.owner_id == owner)
        own = kept & (memories.c.id == memory) & memories.c.superseded_at.is_(None) & memories.c.session_id.is_(None)

        def op(connection: Connection) -> list[Memory]:
            before = _one(connection, own)
            if before.scopes[0] in wide_enough:
                return [before]
            if before.label is not None and block_in_force(connection, numbers[0], owner, before.label):
                raise LabelTaken(label=before.label)
            shared = replace(before, id=new, scopes=numbers, tier=Tier.SHARED, created_at=now, valid_from=now)
            if before.tier is Tier.SHARED:  # in another guild: whoever forgets the one means the other too
                insert_memory(connection, shared)
                relate(connection, new, [memory], RelationshipKind.DERIVED_FROM, 1.0, now)
                return [shared]
            return [shared, insert_instead(connection, shared, before)]

        return (await self._ground.queue.write(op, self._ground.cache.wrote))[0]

    async def get(self, place: Place, memory: ItemId) -> Memory | None:
        """Returns a memory that may be used in a place."""
        readable = self._scopes.read_in(place)
        cached = self._ground.cache.get(memory, readable)
        if isinstance(cached, Memory) and cached.session is None:
            return cached
        counters = self._ground.cache.counters(readable)
        query = select(memories).where(memories.c.id == memory, readable_memories(readable), self._alive())
        found = await self._ground.reads.read(lambda connection: read_memories(connection, query))
        self._ground.cache.keep(readable, counters, found)
        return found[0] if found else None

    async def of_owner(self, place: Place, owner: IdentityId) -> list[Memory]:
        """Returns somebody's memories in force that may be shown in a place, oldest first."""
        readable = self._scopes.read_in(place)
        found = self._ground.cache.memories(readable, owner)
        if found is None:
            found = [memory for memory in await self._fill(readable) if memory.owner == owner]
        return await self._still_alive([memory for memory in found if memory.owner_kind is OwnerKind.PERSON])

    async def labelled(self, place: Place) -> list[Memory]:
        """Returns the blocks in force that may be shown in a place, whoever wrote them."""
        readable = self._scopes.read_in(place)
        found = self._ground.cache.blocks(readable)
        return [one for one in await self._fill(readable) if one.label is not None] if found is None else found

    async def ever_of(self, place: Place, owner: IdentityId) -> list[Memory]:
        """Returns somebody's memories that may be shown in a place, in force or not, oldest first."""
        own = (memories.c.owner_id == owner) & (memories.c.owner_kind == OwnerKind.PERSON) & self._alive()
        query = select(memories).where(readable_memories(self._scopes.read_in(place)), own).order_by(memories.c.id)
        return await self._ground.reads.read(lambda connection: read_memories(connection, query))

    def scope_of(self, memory: Memory) -> Scope:
        """Returns who may see a memory, besides its owner."""
        return self._scopes.name_of(memory.scopes[0])

    async def as_of(self, place: Place, owner: IdentityId, moment: datetime) -> list[Memory]:
        """Returns somebody's memories that may be shown in a place as they were at a moment, oldest first."""
        query = (
            select(memories)
            .where(readable_memories(self._scopes.read_in(place)), memories.c.owner_id == owner)
            .where(memories.c.owner_kind == OwnerKind.PERSON, memories.c.session_id.is_(None))
            .where(true_at(moment))
            .order_by(memories.c.id)
        )
        return await self._ground.reads.read(lambda connection: read_memories(connection, query))

    async def history(self, place: Place, memory: ItemId) -> list[Memory]:
        """Returns a memory with what it superseded and what superseded it, oldest first; only what the place may see.

        Empty when the memory itself may not be seen there.
        """
        readable = readable_memories(self._scopes.read_in(place)) & self._alive()

        def read(connection: Connection) -> list[Memory]:
            if not read_memories(connection, select(memories).where(memories.c.id == memory, readable)):
                return []
            chain = select(memories).where(memories.c.id.in_(_chain(connection, memory)), readable)
            return read_memories(connection, chain.order_by(memories.c.id))

        return await self._ground.reads.read(read)

    async def last_change(self, place: Place, owner: IdentityId, since: datetime) -> Memory | None:
        """Returns the newest memory in force that somebody's words made since a moment."""
        newest = [memory for memory in await self.of_owner(place, owner) if memory.created_at >= since]
        return newest[-1] if newest else None

    async def _made(self, place: Place, owner: IdentityId, new: NewMemory) -> Memory:
        if len(new.content) > CONTENT_LIMIT:
            raise TooLong(characters=len(new.content))
        if is_secret(new.content):
            raise HoldsSecret
        now = self._ground.clock.now()
        return Memory(
            id=ItemId(self._ground.ids.next()),
            owner=owner,
            scopes=await self._scopes.of_item(place, owner),
            trust=new.trust,
            tier=new.tier,
            content=storable(new.content),
            importance=new.importance,
            confidence=new.confidence,
            language=new.language,
            created_at=now,
            valid_from=now,
            source=new.source,
            session=new.session,
        )

    def _alive(self) -> ColumnElement[bool]:
        return alive(self._ground.clock.now())

    async def _still_alive(self, found: list[Memory]) -> list[Memory]:
        """Leaves out working memories of sessions that have ended: only the database knows when."""
        sessions = {memory.session for memory in found if memory.session is not None}
        if not sessions:
            return found
        going_on = select(user_sessions.c.id).where(
            user_sessions.c.id.in_(sessions), session_is_open(self._ground.clock.now())
        )
        still = set(await self._ground.reads.read(lambda connection: connection.execute(going_on).scalars().all()))
        return [memory for memory in found if memory.session is None or memory.session in still]

    async def _fill(self, readable: tuple[ScopeNumber, ...]) -> list[Memory]:
        """Reads all the memories in force of some scopes, and gives them to the hot cache."""
        counters = self._ground.cache.counters(readable)
        query = select(memories).where(readable_memories(readable), memories.c.superseded_at.is_(None))
        query = query.order_by(memories.c.id)
        found = await self._ground.reads.read(lambda connection: read_memories(connection, query))
        self._ground.cache.keep_memories(readable, counters, found)
        return found


def readable_memories(readable: Collection[ScopeNumber] | BindParameter[Sequence[int]]) -> ColumnElement[bool]:
    """The rule as a condition: a scope of the item is one that the place reads, and nobody is forgetting it."""
    shared = or_(memories.c.scope_id.in_(readable), memories.c.owner_scope_id.in_(readable))
    return and_(shared, not_erasing(memories.c.id))


def alive(now: datetime) -> ColumnElement[bool]:
    """A working memory ends with its session; every other stays."""
    going_on = exists().where(user_sessions.c.id == memories.c.session_id, session_is_open(now))
    return or_(memories.c.session_id.is_(None), going_on)


def in_force(now: datetime) -> ColumnElement[bool]:
    """What counts now: nothing is true instead of it, and it has not ended with its session."""
    return and_(memories.c.superseded_at.is_(None), alive(now))


def true_at(moment: datetime) -> ColumnElement[bool]:
    """What counted at a moment, whatever is true now."""
    return and_(
        memories.c.valid_from <= moment,
        or_(memories.c.superseded_at.is_(None), memories.c.superseded_at > moment),
    )


def insert_memory(connection: Connection, memory: Memory) -> None:
    """Keeps a memory and makes it findable."""
    connection.execute(INSERT_MEMORY, memory_row(memory))
    connection.execute(INDEX_WORDS, indexed(memory.id, memory.content, memory.language, memory.scopes))


def insert_instead(connection: Connection, memory: Memory, before: Memory) -> Memory:
    """Puts a memory in force instead of another, which ends first: a scope has one block of a label in force."""
    ended = end(connection, before, memory)
    insert_memory(connection, memory)
    return ended


def end(connection: Connection, before: Memory, by: Memory) -> Memory:
    """Ends a memory for the sake of another, and returns it as it is from then on."""
    ended = {"superseded_at": by.created_at, "superseded_by": by.id}
    connection.execute(update(memories).where(memories.c.id == before.id).values(ended))
    return replace(before, superseded_at=by.created_at, superseded_by=by.id)


def block_in_force(connection: Connection, scope: ScopeNumber, owner: IdentityId, label: str) -> Memory | None:
    """Returns somebody's block of a label in one scope."""
    block = select(memories).where(
        memories.c.scope_id == scope,
        memories.c.owner_id == owner,
        memories.c.label == label,
        memories.c.superseded_at.is_(None),
    )
    return next(iter(read_memories(connection, block)), None)


def read_memories(
    connection: Connection, query: Select[tuple[object, ...]], values: Mapping[str, object] | None = None
) -> list[Memory]:
    return [memory_of(row) for row in connection.execute(query, values)]


def recent_memories(connection: Connection, limit: int) -> list[Memory]:
    """Returns the newest memories of everybody in force, oldest first: only for warming the hot cache."""
    in_force = select(memories).where(memories.c.superseded_at.is_(None), not_erasing(memories.c.id))
    return read_memories(connection, in_force.order_by(memories.c.id.desc()).limit(limit))[::-1]


def _one(connection: Connection, which: ColumnElement[bool]) -> Memory:
    found = read_memories(connection, select(memories).where(which))
    if not found:
        raise NotFound
    return found[0]


def _chain(connection: Connection, memory: ItemId) -> list[ItemId]:
    """The ids of all that stood and stands for a memory, whoever may see it."""
    ids, level = [memory], [memory]
    while level and len(ids) < HISTORY:
        before = select(memories.c.id).where(memories.c.superseded_by.in_(level))
        level = [ItemId(item) for item in connection.execute(before).scalars()]
        ids += level
    after: int | None = memory
    while after is not None and len(ids) < HISTORY:
        after = connection.execute(select(memories.c.superseded_by).where(memories.c.id == after)).scalar()
        ids += [] if after is None else [ItemId(after)]
    return ids
