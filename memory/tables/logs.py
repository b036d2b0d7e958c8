"""`logs`: the warnings and errors of late, for the owner to look at without a shell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Row, String, Table, insert, select

from memory.posts import LogRow
from memory.records import TurnId
from memory.tables.ground import Ground
from memory.tables.types import JsonOf, Snowflake, UtcDateTime, closed, metadata


class LogLevel(StrEnum):
    """How bad it is."""

    WARNING = "warning"  #: Ember goes on
    ERROR = "error"  #: somebody should look


logs = Table(
    "logs",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("level", closed(LogLevel), nullable=False),
    Column("event", String, nullable=False),
    Column("facts", JsonOf(TypeAdapter(dict[str, str])), nullable=False),
    Column("turn_id", Snowflake),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_logs_created_at", "created_at"),
)

_INSERT: Final = insert(logs)


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the log."""

    level: LogLevel
    event: str
    facts: Mapping[str, str]
    created_at: datetime


class Logs:
    """Keeps and shows lines; one may be lost with the process that wrote it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def keep(self, level: LogLevel, event: str, facts: Mapping[str, str], turn: TurnId | None = None) -> None:
        """Keeps a line, with the next batch of writes."""
        row = {
            "id": self._ground.ids.next(),
            "level": level,
            "event": event,
            "facts": dict(facts),
            "turn_id": turn,
            "created_at": self._ground.clock.now(),
        }
        self._ground.queue.post(LogRow(_INSERT, row))

    async def last(self, limit: int) -> list[Logged]:
        """Returns the last lines, newest first."""
        query = select(logs).order_by(logs.c.id.desc()).limit(limit)
        return await self._ground.reads.read(lambda connection: [_logged(row) for row in connection.execute(query)])


def _logged(row: Row[tuple[object, ...]]) -> Logged:
    return Logged(row.level, row.event, row.facts, row.created_at)
