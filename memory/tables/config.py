"""`config`: what admins have set for the installation, a guild or a channel; every version stays, with who and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Column, Connection, ForeignKey, Integer, Row, Select, String, Table, func, insert, select

from memory.errors import ChangedMeanwhile
from memory.place import IdentityId
from memory.tables.ground import Ground
from memory.tables.people import user_identities
from memory.tables.types import JsonOf, UtcDateTime, metadata

EVERYWHERE: Final = ""  #: the target of what holds in the whole installation

config = Table(
    "config",
    metadata,
    Column("name", String, primary_key=True),
    Column("target", String, primary_key=True),  # EVERYWHERE, `guild:ID` or `channel:ID`
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("value", JsonOf(TypeAdapter(JsonValue))),  # NULL: no longer set
    Column("author_id", ForeignKey("user_identities.id"), nullable=False),
    Column("reason", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One version of something that was set."""

    name: str
    target: str
    version: int  #: from 1
    value: JsonValue  #: None: no longer set
    author: str
    reason: str
    created_at: datetime


class Config:
    """Reads and writes what was set; the newest version of each is in force."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def in_force(self) -> list[Setting]:
        """Returns the newest version of all that is set: few rows, which whoever asks keeps."""
        newest = select(config.c.name, config.c.target, func.max(config.c.version).label("version"))
        last = newest.group_by(config.c.name, config.c.target).subquery()
        same = (config.c.name == last.c.name) & (config.c.target == last.c.target)
        query = _versions().join(last, same & (config.c.version == last.c.version)).where(config.c.value.is_not(None))
        return await self._ground.reads.read(lambda connection: [_setting(row) for row in connection.execute(query)])

    async def history(self, name: str, target: str, limit: int) -> list[Setting]:
        """Returns the versions of something, newest first."""
        query = _versions().where(config.c.name == name, config.c.target == target)
        query = query.order_by(config.c.version.desc()).limit(limit)
        return await self._ground.reads.read(lambda connection: [_setting(row) for row in connection.execute(query)])

    async def set(
        self, name: str, target: str, value: JsonValue, author: IdentityId, reason: str = "", after: int | None = None
    ) -> int:
        """Sets something, None to unset it, and returns its version.

        `after` is the version that the author has seen, 0 for none: raises ChangedMeanwhile when there is a newer one.
        """
        now = self._ground.clock.now()

        def op(connection: Connection) -> int:
            newest = select(func.max(config.c.version)).where(config.c.name == name, config.c.target == target)
            version: int = connection.execute(newest).scalar_one() or 0
            if after is not None and version != after:
                raise ChangedMeanwhile(name=name, version=version)
            row = {"name": name, "target": target, "version": version + 1, "value": value}
            connection.execute(insert(config), {**row, "author_id": author, "reason": reason, "created_at": now})
            return version + 1

        return await self._ground.queue.write(op)


def _versions() -> Select[tuple[object, ...]]:
    """Selects versions whole, with their authors' names."""
    return select(config, user_identities.c.name.label("author")).join(
        user_identities, user_identities.c.id == config.c.author_id
    )


def _setting(row: Row[tuple[object, ...]]) -> Setting:
    return Setting(row.name, row.target, row.version, row.value, row.author, row.reason, row.created_at)
