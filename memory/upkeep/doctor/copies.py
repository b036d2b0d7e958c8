"""The backups that a memory has: whether one is there, and young enough."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from memory.data_directory import DataDirectory
from memory.ids import first_id_at, moment_of
from memory.tables.memories import memories
from memory.tables.messages import messages
from memory.upkeep.backup import backups_made
from memory.upkeep.doctor.findings import Finding, Verdict
from memory.upkeep.whole_database import NoEmberDatabase, looked_at

MOST_PERIODS: Final = 3  #: between two backups that are made by themselves


def examine_backups(connection: Connection, directory: DataDirectory, now: datetime, every: timedelta) -> Finding:
    """Looks for a backup of what has been kept for some time; `every` is how often one is made, zero for never."""
    made = backups_made(directory)
    newest = max((one for one in made if one <= now), default=None)
    if newest is not None:
        told = f"The last backup is of {newest:%Y-%m-%d %H:%M} UTC."
        try:
            looked_at(made[newest])
        except NoEmberDatabase as error:
            problem = f"The last backup, {made[newest].name}, cannot be read: {error.facts['problem']}."
            return Finding("backups", Verdict.BAD, problem, "Make another one with: ember backup")
    else:
        told = (
            "Every backup is of a time that is still to come: the clock was wrong." if made else "There is no backup."
        )
    since = min(_kept_since(connection, newest), default=now)
    if not every or since >= now - MOST_PERIODS * every:
        return Finding("backups", Verdict.OK, told)
    remedy = "Make one with: ember backup. A running Ember makes them by itself; its log says what stands in the way."
    return Finding("backups", Verdict.WARN, f"{told} What was kept since {since:%Y-%m-%d} is in none.", remedy)


def _kept_since(connection: Connection, moment: datetime | None) -> Iterator[datetime]:
    """Yields when the first message and the first memory since a moment were kept."""
    for table in (messages, memories):
        first = select(func.min(table.c.id))
        if moment is not None:
            first = first.where(table.c.id >= first_id_at(moment))
        if (found := connection.execute(first).scalar_one()) is not None:
            yield moment_of(found)
