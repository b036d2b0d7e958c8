"""`memories`: what Ember was told to remember, or concluded. A text is never changed in place: an edit supersedes."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import (
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
    Row,
    Select,
    String,
    Table,
    and_,
    insert,
    or_,
    select,
    text,
    update,
)

from memory.errors import NotFound, TooLong
from memory.place import IdentityId, Place
from memory.records import ItemId, Memory, OwnerKind, Tier, Trust
from memory.scope import ScopeNumber
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.index import INDEX_WORDS, indexed
from memory.tables.scopes import ScopeNumbers
from memory.tables.steps import INSERT_STEP, StepStart, effect_row
from memory.tables.talk import item_numbers
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata
from memory.words import DEFAULT_LANGUAGE, storable
from memory.write_queue import Rows

CONTENT_LIMIT: Final = 4_000  #: characters

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
_ADD_IN_STEP: Final = (INSERT_MEMORY, INDEX_WORDS, INSERT_STEP)


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


class Memories:
    """Memories by place. What a call changes goes with its step, in one op."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def add(self, place: Place, owner: IdentityId, new: NewMemory, step: StepStart | None = None) -> Memory:
        """Keeps a memory and returns it once it is durable. Raises TooLong."""
        memory = await self._made(place, owner, new)
        rows = (memory_row(memory), indexed(memory.id, memory.content, memory.language, memory.scopes))
        op = Rows(_ADD, rows, memory)
        if step is not None:
            op = Rows(_ADD_IN_STEP, (*rows, effect_row(step, str(memory.id))), memory)
        return await self._ground.queue.write(op, lambda added: self._ground.cache.wrote([added]))

    async def supersede(
        self, place: Place, owner: IdentityId, old: ItemId, new: NewMemory, step: StepStart | None = None
    ) -> Memory:
        """Puts a new memory in force instead of an old one of the same owner. Raises NotFound, TooLong.

        It is seen by whoever reads where it was said: what is corrected in a DM does not go to the guild.
        """
        memory = await self._made(place, owner, new)
        own = readable_memories(self._scopes.read_in(place)) & (memories.c.owner_id == owner)

        def op(connection: Connection) -> tuple[Memory, Memory]:
            before = _one(connection, own & (memories.c.id == old) & memories.c.superseded_at.is_(None))
            connection.execute(INSERT_MEMORY, memory_row(memory))
            connection.execute(INDEX_WORDS, indexed(memory.id, memory.content, memory.language, memory.scopes))
            ended = {"superseded_at": memory.created_at, "superseded_by": memory.id}
            connection.execute(update(memories).where(memories.c.id == old).values(ended))
            if step is not None:
                connection.execute(INSERT_STEP, effect_row(step, str(memory.id)))
            return memory, replace(before, superseded_at=memory.created_at, superseded_by=memory.id)

        return (await self._ground.queue.write(op, self._ground.cache.wrote))[0]

    async def get(self, place: Place, memory: ItemId) -> Memory | None:
        """Returns a memory that may be used in a place."""
        readable = self._scopes.read_in(place)
        cached = self._ground.cache.get(memory, readable)
        if isinstance(cached, Memory):
            return cached
        query = select(memories).where(memories.c.id == memory, readable_memories(readable))
        found = await self._ground.reads.read(lambda connection: read_memories(connection, query))
        return found[0] if found else None

    async def of_owner(self, place: Place, owner: IdentityId) -> list[Memory]:
        """Returns somebody's memories in force that may be shown in a place, oldest first."""
        readable = self._scopes.read_in(place)
        cached = self._ground.cache.memories(readable)
        if not cached.complete:
            await self._fill(readable)
            cached = self._ground.cache.memories(readable)
        if cached.complete:
            return [memory for memory in cached.found if memory.owner == owner]
        return [memory for memory in await self._read_in_force(readable) if memory.owner == owner]

    async def last_change(self, place: Place, owner: IdentityId, since: datetime) -> Memory | None:
        """Returns the newest memory in force that somebody's words made since a moment."""
        newest = [memory for memory in await self.of_owner(place, owner) if memory.created_at >= since]
        return newest[-1] if newest else None

    async def _made(self, place: Place, owner: IdentityId, new: NewMemory) -> Memory:
        if len(new.content) > CONTENT_LIMIT:
            raise TooLong(characters=len(new.content))
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
        )

    async def _fill(self, readable: tuple[ScopeNumber, ...]) -> None:
        counters = self._ground.cache.counters(readable)
        self._ground.cache.fill(readable, counters, await self._read_in_force(readable))

    async def _read_in_force(self, readable: tuple[ScopeNumber, ...]) -> list[Memory]:
        query = select(memories).where(readable_memories(readable), memories.c.superseded_at.is_(None))
        return await self._ground.reads.read(
            lambda connection: read_memories(connection, query.order_by(memories.c.id))
        )


def readable_memories(readable: Collection[ScopeNumber]) -> ColumnElement[bool]:
    """The rule as a condition: a scope of the item is one that the place reads, and nobody is forgetting it."""
    shared = or_(memories.c.scope_id.in_(readable), memories.c.owner_scope_id.in_(readable))
    return and_(shared, not_erasing(memories.c.id))


def read_memories(connection: Connection, query: Select[tuple[object, ...]]) -> list[Memory]:
    return [_memory(row) for row in connection.execute(query)]


def recent_memories(connection: Connection, limit: int) -> list[Memory]:
    """Returns the newest memories of everybody: only for warming the hot cache."""
    return read_memories(connection, select(memories).order_by(memories.c.id.desc()).limit(limit))


def _one(connection: Connection, which: ColumnElement[bool]) -> Memory:
    found = read_memories(connection, select(memories).where(which))
    if not found:
        raise NotFound
    return found[0]


def memory_row(memory: Memory) -> dict[str, object]:
    """Returns the row of a memory in force."""
    return {
        "id": memory.id,
        "owner_kind": OwnerKind.PERSON,
        "owner_id": memory.owner,
        "scope_id": memory.scopes[0],
        "owner_scope_id": memory.scopes[-1],
        "trust": memory.trust,
        "tier": memory.tier,
        "content": memory.content,
        "language": memory.language,
        "importance": memory.importance,
        "confidence": memory.confidence,
        "source": memory.source,
        "created_at": memory.created_at,
        "valid_from": memory.valid_from,
        "label": memory.label,
        "read_only": memory.read_only,
        "session_id": memory.session,
    }


def _memory(row: Row[tuple[object, ...]]) -> Memory:
    return Memory(
        id=ItemId(row.id),
        owner=IdentityId(row.owner_id),
        scopes=item_numbers(row.scope_id, row.owner_scope_id),
        trust=row.trust,
        tier=row.tier,
        content=row.content,
        importance=row.importance,
        confidence=row.confidence,
        language=row.language,
        created_at=row.created_at,
        valid_from=row.valid_from,
        source=row.source,
        superseded_at=row.superseded_at,
        superseded_by=row.superseded_by,
        label=row.label,
        read_only=row.read_only,
        session=row.session_id,
        access_count=row.access_count,
        compressed_into=row.compressed_into,
    )
