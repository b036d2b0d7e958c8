"""How much is kept of somebody, counted for them alone: of which kind, since when, and seen by whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, func, select

from memory.errors import NotFound
from memory.place import IdentityId, OneReader, Place
from memory.records import Direction, OwnerKind
from memory.scope import Scope, ScopeNumber
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.memories import memories
from memory.tables.messages import messages
from memory.tables.people import user_preferences
from memory.tables.receipts import prompt_parts
from memory.tables.scopes import ScopeNumbers
from memory.tables.spending import model_usage_stats
from memory.tables.steps import steps

SAID: Final = "said"
REPLIES: Final = "replies"
FORMER: Final = "former"
BLOCKS: Final = "blocks"


@dataclass(frozen=True, slots=True)
class KeptItems:
    """Some items of one kind that the same people may see."""

    kind: str  #: SAID, REPLIES, BLOCKS, FORMER (texts that others have taken the place of), else a memory's tier
    scope: Scope  #: who sees them, besides their owner
    count: int
    since: datetime  #: the oldest


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of somebody."""

    items: tuple[KeptItems, ...]
    parts: int  #: of prompts, in receipts
    steps: int  #: capability calls
    calls: int  #: of models, with what they used
    preferences: int


class KeptOf:
    """Counts it."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def of(self, place: Place, person: IdentityId) -> Kept:
        """Returns what is kept of somebody; nobody else hears of it. Raises NotFound where others read."""
        if place.readers != OneReader(person):
            raise NotFound
        private = self._scopes.private_to(person)
        return await self._ground.reads.read(lambda connection: self._read(connection, person, private))

    def _read(self, connection: Connection, person: IdentityId, private: tuple[ScopeNumber, ...]) -> Kept:
        def own(table: Table) -> ColumnElement[bool]:
            theirs = table.c.owner_scope_id.in_(private) & (table.c.owner_id == person)
            return theirs & (table.c.owner_kind == OwnerKind.PERSON) & not_erasing(table.c.id)

        worded = messages.c.content != ""
        items: list[KeptItems] = []
        said = select(messages.c.direction, messages.c.scope_id, *_count(messages)).where(own(messages), worded)
        for direction, scope, count, since in connection.execute(
            said.group_by(messages.c.direction, messages.c.scope_id)
        ):
            kind = SAID if direction is Direction.IN else REPLIES
            items.append(KeptItems(kind, self._scopes.name_of(ScopeNumber(scope)), count, since))
        former = memories.c.superseded_at.is_not(None).label("former")
        block = memories.c.label.is_not(None).label("block")
        kinds = (former, block, memories.c.tier, memories.c.scope_id)
        remembered = select(*kinds, *_count(memories)).where(own(memories)).group_by(*kinds)
        for is_former, is_block, tier, scope, count, since in connection.execute(remembered):
            kind = FORMER if is_former else BLOCKS if is_block else str(tier)
            items.append(KeptItems(kind, self._scopes.name_of(ScopeNumber(scope)), count, since))
        return Kept(
            items=tuple(items),
            parts=_number(connection, prompt_parts.c.owner_id == person),
            steps=_number(connection, steps.c.turn_id.in_(select(messages.c.turn_id).where(own(messages)))),
            calls=_number(connection, model_usage_stats.c.identity_id == person),
            preferences=_number(connection, user_preferences.c.identity_id == person),
        )


def _count(table: Table) -> tuple[ColumnElement[int], ColumnElement[datetime]]:
    return func.count().label("count"), func.min(table.c.created_at).label("since")


def _number(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).where(which)).scalar_one()
