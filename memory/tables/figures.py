"""Figures for admins: how many people, answers, messages and items there are; never what any of them says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, select

from memory.ids import first_id_at
from memory.records import Direction, MessageState, Tier
from memory.scope import Scope, ScopeKind
from memory.tables.embeddings import embeddings
from memory.tables.ground import Ground
from memory.tables.memories import memories
from memory.tables.messages import messages
from memory.tables.people import user_identities
from memory.tables.scopes import scopes

#: A scope's kind stands before the colon of its name.
_COLON: Final = func.instr(scopes.c.name, ":")
_KIND: Final = case((_COLON > 0, func.substr(scopes.c.name, 1, _COLON - 1)), else_=scopes.c.name)
_DAY: Final = func.substr(cast(messages.c.created_at, String), 1, 10)
_REWARD: Final = messages.c.reward


@dataclass(frozen=True, slots=True)
class Talks:
    """How much one person talks with Ember."""

    name: str
    answers: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Traffic:
    """How much was said."""

    people: int
    answers: int
    liked: int  #: answers
    disliked: int  #: answers
    messages_by_day: Mapping[str, int]  #: of people; the days in UTC, as 2026-11-21, those without any left out


@dataclass(frozen=True, slots=True)
class ItemCount:
    """How many items of a kind stand in scopes of a kind."""

    what: str  #: a tier, `block` or `message`
    kind: ScopeKind
    count: int


class Figures:
    """Counts. A guild's figures are those of what everybody in it can read: its closed channels count for nobody."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def people(self, days: int, limit: int, guild: str | None = None) -> list[Talks]:
        """Returns who was answered in the last days, most answers first; in a guild, or anywhere."""
        query = (
            select(user_identities.c.name, func.count().label("answers"), func.max(messages.c.created_at))
            .join(user_identities, user_identities.c.id == messages.c.owner_id)
            .where(*self._answers(days, guild))
            .group_by(user_identities.c.id)
            .order_by(func.count().desc(), user_identities.c.name)
            .limit(limit)
        )
        rows = await self._ground.reads.read(lambda connection: connection.execute(query).all())
        return [Talks(*row) for row in rows]

    async def traffic(self, days: int, guild: str | None = None) -> Traffic:
        """Returns what was said in the last days; in a guild, or anywhere."""
        totals = select(
            func.count(messages.c.owner_id.distinct()),
            func.count(),
            func.count(case((_REWARD == 1, 1))),
            func.count(case((_REWARD == -1, 1))),
        ).where(*self._answers(days, guild))
        said = self._since(days, guild)
        by_day = select(_DAY, func.count()).where(messages.c.direction == Direction.IN, *said).group_by(_DAY)

        def read(connection: Connection) -> Traffic:
            people, answers, liked, disliked = connection.execute(totals).one()
            counts = {row[0]: row[1] for row in connection.execute(by_day.order_by(_DAY))}
            return Traffic(people, answers, liked, disliked, counts)

        return await self._ground.reads.read(read)

    async def items(self) -> list[ItemCount]:
        """Returns how much is kept in force, by what it is and by who may see it."""
        what = case((memories.c.label.is_not(None), "block"), else_=cast(memories.c.tier, String))
        kept = (
            select(what, _KIND, func.count()).select_from(memories).join(scopes, scopes.c.number == memories.c.scope_id)
        )
        kept = kept.where(memories.c.superseded_at.is_(None)).group_by(what, _KIND)
        said = (
            select(_KIND, func.count())
            .select_from(messages)
            .join(scopes, scopes.c.number == messages.c.scope_id)
            .group_by(_KIND)
        )

        def read(connection: Connection) -> list[ItemCount]:
            found = [(name, kind, count) for name, kind, count in connection.execute(kept)]
            found += [("message", kind, count) for kind, count in connection.execute(said)]
            return [ItemCount(name, ScopeKind(kind), count) for name, kind, count in sorted(found, key=_order)]

        return await self._ground.reads.read(read)

    async def vectors(self) -> int:
        """Returns how many vectors there are."""
        query = select(func.count()).select_from(embeddings)
        return await self._ground.reads.read(lambda connection: connection.execute(query).scalar_one())

    def _answers(self, days: int, guild: str | None) -> tuple[ColumnElement[bool], ...]:
        ended = messages.c.state == MessageState.DONE
        return messages.c.direction == Direction.OUT, ended, *self._since(days, guild)

    def _since(self, days: int, guild: str | None) -> tuple[ColumnElement[bool], ...]:
        """By ids instead of times: ids are what a walk through the table can be cut short by."""
        since = messages.c.id >= first_id_at(self._ground.clock.now() - timedelta(days=days))
        if guild is None:
            return since, messages.c.forgotten_at.is_(None)
        number = select(scopes.c.number).where(scopes.c.name == str(Scope(ScopeKind.GUILD, guild))).scalar_subquery()
        return since, messages.c.forgotten_at.is_(None), messages.c.scope_id == number


def _order(row: tuple[str, str, int]) -> tuple[int, str]:
    """Tiers in their order, then blocks, then messages."""
    tiers = [tier.value for tier in Tier]
    return (tiers.index(row[0]) if row[0] in tiers else len(tiers) + (row[0] == "message")), row[1]
