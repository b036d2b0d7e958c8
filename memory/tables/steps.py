"""`steps`: every capability call of a turn, keyed so that a turn begun again after a crash reuses what was done.

What a call changes is written in the op that inserts its row (`effect`), so there is never one without the other; the
result follows when the capability has returned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Insert,
    Integer,
    String,
    Table,
    insert,
    or_,
    select,
    text,
    update,
)

from memory.place import IdentityId
from memory.records import StepId, TurnId
from memory.secrets import without_secrets
from memory.tables.ground import Ground
from memory.tables.receipts import FORGOTTEN
from memory.tables.types import Snowflake, UtcDateTime, metadata
from memory.words import storable

steps = Table(
    "steps",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("turn_id", Snowflake, nullable=False, index=True),
    Column("owner_id", ForeignKey("user_identities.id"), nullable=False),
    Column("capability", String, nullable=False),
    Column("arguments", String, nullable=False),  # as the model wrote them
    Column("effect", String),  # the id of the memory that it made
    Column("result", String),
    Column("success", Boolean),
    Column("duration_ms", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_steps_effect", "effect", sqlite_where=text("effect IS NOT NULL")),
)

INSERT_STEP: Final[Insert] = insert(steps)


@dataclass(frozen=True, slots=True)
class StepStart:
    """A call that begins."""

    id: StepId
    key: str
    turn: TurnId
    owner: IdentityId
    capability: str
    arguments: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StepDone:
    """A call as it is stored."""

    id: StepId
    key: str
    capability: str
    arguments: str
    effect: str | None
    result: str | None  #: None: the process ended between the effect and the result
    success: bool | None


class Steps:
    """Keeps and finds the calls of turns."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def begin(self, key: str, turn: TurnId, owner: IdentityId, capability: str, arguments: str) -> StepStart:
        """Names a call; it is stored with its effect, or when it is finished."""
        step, now = StepId(self._ground.ids.next()), self._ground.clock.now()
        return StepStart(step, key, turn, owner, capability, without_secrets(storable(arguments)), now)

    async def finish(self, step: StepStart, result: str, success: bool) -> None:
        """Stores what a call gave."""
        duration = (self._ground.clock.now() - step.created_at) // timedelta(milliseconds=1)
        row = {**effect_row(step, None), "result": storable(result), "success": success, "duration_ms": duration}
        await self._ground.queue.write(lambda connection: _finish(connection, row))

    async def of_turn(self, turn: TurnId) -> list[StepDone]:
        """Returns the calls of a turn in their order: for the turn that is begun again, and for its asker's `why`."""
        query = select(steps).where(steps.c.turn_id == turn).order_by(steps.c.id)
        return await self._ground.reads.read(
            lambda connection: [
                StepDone(row.id, row.key, row.capability, row.arguments, row.effect, row.result, row.success)
                for row in connection.execute(query)
            ]
        )


def effect_row(step: StepStart, effect: str | None) -> dict[str, object]:
    """Returns the row of a call that has had its effect and no result yet."""
    return {
        "id": step.id,
        "key": step.key,
        "turn_id": step.turn,
        "owner_id": step.owner,
        "capability": step.capability,
        "arguments": step.arguments,
        "effect": effect,
        "created_at": step.created_at,
    }


def _finish(connection: Connection, row: Mapping[str, object]) -> None:
    """Completes the row that a call's effect has made, or that an attempt before a crash has left; else makes it."""
    same = or_(steps.c.id == row["id"], steps.c.key == row["key"])
    if connection.execute(select(steps.c.id).where(same)).first() is None:
        connection.execute(INSERT_STEP, row)
        return
    # A call beside it may have forgotten what this one's result would tell.
    kept = same & steps.c.result.is_distinct_from(FORGOTTEN)
    done = {name: row[name] for name in ("result", "success", "duration_ms")}
    connection.execute(update(steps).where(kept).values(done))
