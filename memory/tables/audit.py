"""`policy_audit_log`: every use of an admin command, by whom, on what, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlalchemy import Column, ForeignKey, Index, Row, String, Table, insert, select, update

from memory.place import IdentityId
from memory.records import TurnId
from memory.tables.ground import Ground
from memory.tables.people import user_identities
from memory.tables.types import Snowflake, UtcDateTime, closed, metadata

AuditId = NewType("AuditId", int)


class Outcome(StrEnum):
    """What became of an admin command."""

    DONE = "done"  #: it ran
    REFUSED = "refused"  #: whoever asked may not
    FAILED = "failed"  #: it was allowed, and did not work, or its process ended over it


policy_audit_log = Table(
    "policy_audit_log",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("actor_id", ForeignKey("user_identities.id"), nullable=False),
    Column("action", String, nullable=False),  # the command
    Column("target", String, nullable=False),  # what it was used on: names and ids, never somebody's words
    Column("guild", String),
    Column("outcome", closed(Outcome), nullable=False),
    Column("turn_id", Snowflake),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_policy_audit_log_guild", "guild", "id"),
    Index("ix_policy_audit_log_actor_id", "actor_id"),
)


@dataclass(frozen=True, slots=True)
class Audited:
    """One use of an admin command."""

    actor: str
    action: str
    target: str
    guild: str | None
    outcome: Outcome
    created_at: datetime


class AuditLog:
    """Records and shows what admins did."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def record(
        self,
        actor: IdentityId,
        action: str,
        target: str,
        guild: str | None,
        outcome: Outcome,
        turn: TurnId | None = None,
    ) -> AuditId:
        """Records a use: one that is allowed as FAILED, before anything is done of it."""
        use = AuditId(self._ground.ids.next())
        row = {
            "id": use,
            "actor_id": actor,
            "action": action,
            "target": target,
            "guild": guild,
            "outcome": outcome,
            "turn_id": turn,
            "created_at": self._ground.clock.now(),
        }
        await self._ground.queue.write(lambda connection: connection.execute(insert(policy_audit_log), row).rowcount)
        return use

    async def done(self, use: AuditId, target: str) -> None:
        """Notes that a use has worked, and on what."""
        this = update(policy_audit_log).where(policy_audit_log.c.id == use)
        change = this.values(target=target, outcome=Outcome.DONE)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def last(self, limit: int, guild: str | None = None, before: AuditId | None = None) -> list[Audited]:
        """Returns the last uses, newest first; those in one guild, or all; those before one, which asks for them."""
        query = select(policy_audit_log, user_identities.c.name.label("actor")).join(
            user_identities, user_identities.c.id == policy_audit_log.c.actor_id
        )
        if guild is not None:
            query = query.where(policy_audit_log.c.guild == guild)
        if before is not None:
            query = query.where(policy_audit_log.c.id < before)
        query = query.order_by(policy_audit_log.c.id.desc()).limit(limit)
        return await self._ground.reads.read(lambda connection: [_audited(row) for row in connection.execute(query)])


def _audited(row: Row[tuple[object, ...]]) -> Audited:
    return Audited(row.actor, row.action, row.target, row.guild, row.outcome, row.created_at)
