"""Blocks: memories with a label, always in the prompt of the places that may see them.

A scope has one of somebody's blocks of a label in force; each edit supersedes it, so that it has a history and can be
taken back.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cachetools import LRUCache
from sqlalchemy import Connection, func, select

from memory.errors import BadLabel, BlockTooLong, HoldsSecret, NoSuchPassage, ReadOnlyBlock, TooManyBlocks
from memory.place import IdentityId, Place
from memory.records import ItemId, Memory, OwnerKind, Person, Tier, Trust
from memory.scope import EVERYONE, ScopeNumber
from memory.secrets import is_secret
from memory.tables.ground import Ground
from memory.tables.memories import BLOCK_LIMIT, Memories, block_in_force, insert_instead, insert_memory, memories
from memory.tables.people import user_identities
from memory.tables.scopes import ScopeNumbers
from memory.tables.steps import INSERT_STEP, StepStart, effect_row
from memory.words import DEFAULT_LANGUAGE, storable

BLOCKS_LIMIT: Final = 20  #: of the scopes that a place reads
PERSONA: Final = "persona"  #: what Ember is here: the installation's owner writes it, and every place reads it
PROFILE: Final = "profile"  #: what somebody is: private, unless they share it

_LABEL: Final = re.compile(r"[a-z0-9_-]{1,32}")
_NAMES_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Block:
    """A block as a place shows it."""

    memory: Memory
    label: str
    owner_name: str


@dataclass(frozen=True, slots=True)
class BlockEdit:
    """How a block becomes another text."""

    text: str
    trust: Trust
    passage: str | None = None  #: the text takes the place of this one; None: of the whole
    append: bool = False  #: the text comes behind the whole, on a line of its own
    language: str = DEFAULT_LANGUAGE
    source: ItemId | None = None  #: the message that asked for it

    def applied(self, before: Memory | None) -> tuple[str, Trust]:
        """Returns the block's text and trust from then on. Raises NoSuchPassage."""
        text = storable(self.text)
        if before is None and self.passage is None:
            return text, self.trust
        if before is None or (self.passage is not None and self.passage not in before.content):
            raise NoSuchPassage
        if self.passage is not None:
            return before.content.replace(self.passage, text, 1), Trust.least(self.trust, before.trust)
        if self.append:
            return f"{before.content}\n{text}", Trust.least(self.trust, before.trust)
        return text, self.trust


def is_label(text: str) -> bool:
    """Whether a block can be called so."""
    return _LABEL.fullmatch(text) is not None


class Blocks:
    """Blocks by place."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, kept: Memories) -> None:
        self._ground = ground
        self._scopes = scopes
        self._kept = kept
        self._names: LRUCache[IdentityId, str] = LRUCache(_NAMES_KEPT)

    async def of_place(self, place: Place, asker: Person) -> list[Block]:
        """Returns the blocks that a place may see, by label, then by age; at most as many as a place may have.

        The persona comes first: whoever fills a place with blocks must not push out who Ember is.
        """
        self._names[asker.id] = asker.name  # it changes with something that they say, and what is said leads here
        found = await self._kept.labelled(place)
        unnamed = {memory.owner for memory in found if memory.owner not in self._names}
        if unnamed:
            query = select(user_identities.c.id, user_identities.c.name).where(user_identities.c.id.in_(unnamed))
            for row in await self._ground.reads.read(lambda connection: connection.execute(query).all()):
                self._names[row.id] = row.name
        blocks = [
            Block(memory, memory.label, self._names.get(memory.owner, ""))
            for memory in found
            if memory.label is not None
        ]
        return sorted(blocks, key=_place_in_prompt)[:BLOCKS_LIMIT]

    async def edit(
        self,
        place: Place,
        owner: IdentityId,
        label: str,
        edit: BlockEdit,
        step: StepStart | None = None,
        *,
        as_owner: bool = False,
        read_only: bool = False,
    ) -> Memory:
        """Makes somebody's block, or puts another text in its place; whoever reads in the place then sees it.

        A profile is always private. `as_owner`: the installation's owner asks, who alone writes the persona and
        read-only blocks. Raises BadLabel, BlockTooLong, TooManyBlocks, ReadOnlyBlock, NoSuchPassage, HoldsSecret.
        """
        if not is_label(label):
            raise BadLabel(label=label)
        is_persona = label == PERSONA
        if (is_persona or read_only) and not as_owner:
            raise ReadOnlyBlock(label=label)
        seen_in = place.only_for(owner) if label == PROFILE else place
        if is_persona:
            scopes = await self._scopes.of_scope(EVERYONE, owner)
        else:
            scopes = await self._scopes.of_item(seen_in, owner)
        known = [one for one in await self._kept.labelled(seen_in) if (one.owner, one.label) == (owner, label)]
        readable = {*self._scopes.read_in(seen_in), scopes[0]}
        new, now = ItemId(self._ground.ids.next()), self._ground.clock.now()

        def op(connection: Connection) -> list[Memory]:
            before = block_in_force(connection, scopes[0], owner, label) or _still_in_force(connection, known)
            if before is None and _count(connection, readable) >= BLOCKS_LIMIT:
                raise TooManyBlocks
            if before is not None and before.read_only and not as_owner:
                raise ReadOnlyBlock(label=label)
            block = _made(new, owner, scopes, edit, before, now)
            if is_persona:
                block = replace(block, owner_kind=OwnerKind.AGENT)
            stays_so = before is not None and before.read_only
            block = replace(block, label=label, read_only=is_persona or read_only or stays_so)
            ended = [insert_instead(connection, block, before)] if before is not None else []
            if before is None:
                insert_memory(connection, block)
            if step is not None:
                connection.execute(INSERT_STEP, effect_row(step, str(block.id)))
            return [block, *ended]

        return (await self._ground.queue.write(op, self._ground.cache.wrote))[0]


def _place_in_prompt(block: Block) -> tuple[bool, str, ItemId]:
    return block.memory.owner_kind is not OwnerKind.AGENT, block.label, block.memory.id


def _made(
    new: ItemId,
    owner: IdentityId,
    scopes: tuple[ScopeNumber, ...],
    edit: BlockEdit,
    before: Memory | None,
    now: datetime,
) -> Memory:
    content, trust = edit.applied(before)
    if is_secret(content):
        raise HoldsSecret
    if len(content) > BLOCK_LIMIT:
        raise BlockTooLong(characters=len(content))
    return Memory(
        id=new,
        owner=owner,
        scopes=scopes,
        trust=trust,
        tier=Tier.SEMANTIC if len(scopes) == 1 else Tier.SHARED,
        content=content,
        importance=before.importance if before is not None else 5,
        confidence=1.0,
        language=edit.language,
        created_at=now,
        valid_from=now,
        source=edit.source,
    )


def _still_in_force(connection: Connection, known: Collection[Memory]) -> Memory | None:
    """Of the blocks that were known when the edit was asked for, the newest that nobody has edited meanwhile."""
    query = select(memories.c.id).where(
        memories.c.id.in_([block.id for block in known]), memories.c.superseded_at.is_(None)
    )
    still = set(connection.execute(query).scalars())
    return max((block for block in known if block.id in still), key=lambda block: block.id, default=None)


def _count(connection: Connection, readable: Collection[ScopeNumber]) -> int:
    in_force = memories.c.label.is_not(None) & memories.c.superseded_at.is_(None)
    counted = select(func.count()).select_from(memories).where(memories.c.scope_id.in_(readable), in_force)
    return connection.execute(counted).scalar_one()
