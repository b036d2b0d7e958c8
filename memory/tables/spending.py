"""`model_usage_stats`: one row for each model call, reserved before it, settled or released after it.

`cost_usd` stays NULL until prices are known; a call is never booked at zero.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, func, insert, select, text, update

from memory.errors import QueueClosed
from memory.place import IdentityId
from memory.records import TurnId
from memory.tables.ground import Ground
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata

UsageId = NewType("UsageId", int)


class UsageState(StrEnum):
    """Where a booking stands."""

    RESERVED = "reserved"  #: the call may be under way; it counts as the most it can use
    SETTLED = "settled"  #: what the call used is known, or counted as all that was reserved
    RELEASED = "released"  #: the call was never made


model_usage_stats = Table(
    "model_usage_stats",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("state", closed(UsageState), nullable=False),
    Column("turn_id", Snowflake, nullable=False),
    Column("identity_id", ForeignKey("user_identities.id"), nullable=False),
    Column("guild", String),
    Column("model", String, nullable=False),
    Column("reserved_input_tokens", Integer, nullable=False),
    Column("reserved_output_tokens", Integer, nullable=False),
    Column("input_tokens", Integer),
    Column("cached_input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cost_usd", Float),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_model_usage_stats_turn_id", "turn_id"),
    Index("ix_model_usage_stats_identity_id", "identity_id", "created_at"),
    Index("ix_model_usage_stats_reserved", "state", sqlite_where=text("state = 'reserved'")),
)


@dataclass(frozen=True, slots=True)
class Booking:
    """A model call to be booked, at the most tokens that it can use."""

    turn: TurnId | None  #: None: work behind no turn, which is its own
    identity: IdentityId
    guild: str | None
    model: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Used:
    """What the model calls of a turn used."""

    calls: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    cost_usd: float | None  #: None: not known


@dataclass(frozen=True, slots=True)
class UsedAt:
    """What one model call used."""

    at: datetime
    used: Used


_INSERT: Final = insert(model_usage_stats)
_FIGURES: Final = ("input_tokens", "cached_input_tokens", "output_tokens", "cost_usd")


class Ledger:
    """Books model calls."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def reserve(self, booking: Booking) -> UsageId:
        """Books a call before it is made; whoever is cancelled over it makes none, and is booked nothing."""
        usage = UsageId(self._ground.ids.next())
        row = {
            "id": usage,
            "state": UsageState.RESERVED,
            "turn_id": booking.turn or usage,
            "identity_id": booking.identity,
            "guild": booking.guild,
            "model": booking.model,
            "reserved_input_tokens": booking.input_tokens,
            "reserved_output_tokens": booking.output_tokens,
            "created_at": self._ground.clock.now(),
        }
        try:
            await self._ground.queue.write(lambda connection: connection.execute(_INSERT, row).rowcount)
        except asyncio.CancelledError:  # the row is written all the same, and nobody would ever settle it
            with suppress(QueueClosed):  # the next start settles it then
                self.release(usage)
            raise
        return usage

    def settle(self, usage: UsageId, input_tokens: int, cached_input_tokens: int, output_tokens: int) -> None:
        """Books what a call used, once. Nobody waits for it: until then the call counts as the most it can use."""
        used = {
            "input_tokens": input_tokens,
            "cached_input_tokens": cached_input_tokens,
            "output_tokens": output_tokens,
        }
        self._move(usage, {"state": UsageState.SETTLED, **used})

    def settle_unknown(self, usage: UsageId) -> None:
        """Books a call that was cut off, or of which the provider did not say what it used, at all it reserved."""
        self._move(usage, {"state": UsageState.SETTLED, **_AS_RESERVED})

    def release(self, usage: UsageId) -> None:
        """Frees what was reserved for a call that the provider refused before doing anything."""
        self._move(usage, {"state": UsageState.RELEASED})

    async def settle_left_behind(self) -> int:
        """Settles the calls that a dead process had under way; called once at start."""
        change = (
            update(model_usage_stats)
            .where(model_usage_stats.c.state == UsageState.RESERVED)
            .values(state=UsageState.SETTLED, settled_at=self._ground.clock.now(), **_AS_RESERVED)
        )
        return await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def of_turn(self, turn: TurnId) -> Used:
        """Returns what a turn's calls used; for its asker."""
        query = select(model_usage_stats).where(
            model_usage_stats.c.turn_id == turn, model_usage_stats.c.state == UsageState.SETTLED
        )
        rows = await self._ground.reads.read(lambda connection: connection.execute(query).all())
        costs = [row.cost_usd for row in rows]
        return Used(
            calls=len(rows),
            input_tokens=sum(row.input_tokens for row in rows),
            cached_input_tokens=sum(row.cached_input_tokens for row in rows),
            output_tokens=sum(row.output_tokens for row in rows),
            cost_usd=None if None in costs or not costs else sum(costs),
        )

    async def turns_since(self, identity: IdentityId, since: datetime) -> int:
        """Returns how many of somebody's turns a model was asked for since a moment, whatever became of them."""
        table = model_usage_stats.c
        count = select(func.count(table.turn_id.distinct())).where(table.identity_id == identity)
        query = count.where(table.created_at >= since, table.turn_id != table.id)  # what is its own is behind no turn
        return await self._ground.reads.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def of_person(self, identity: IdentityId, since: datetime) -> list[UsedAt]:
        """Returns what somebody's calls used from a moment on, in the order of time; for them alone."""
        table = model_usage_stats.c
        query = select(table.created_at, *(table[name] for name in _FIGURES)).where(
            table.identity_id == identity, table.created_at >= since, table.state == UsageState.SETTLED
        )
        rows = await self._ground.reads.read(
            lambda connection: connection.execute(query.order_by(table.created_at)).all()
        )
        return [
            UsedAt(row.created_at, Used(1, row.input_tokens, row.cached_input_tokens, row.output_tokens, row.cost_usd))
            for row in rows
        ]

    def _move(self, usage: UsageId, values: dict[str, object]) -> None:
        reserved = (model_usage_stats.c.id == usage) & (model_usage_stats.c.state == UsageState.RESERVED)
        change = update(model_usage_stats).where(reserved).values(settled_at=self._ground.clock.now(), **values)
        self._ground.queue.send(lambda connection: connection.execute(change).rowcount)


_AS_RESERVED = {
    "input_tokens": model_usage_stats.c.reserved_input_tokens,
    "cached_input_tokens": 0,
    "output_tokens": model_usage_stats.c.reserved_output_tokens,
}
