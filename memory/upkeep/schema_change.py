"""Brings a database to the schema of this code, with a backup before it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from memory.data_directory import DataDirectory
from memory.engines.sqlite import SqliteWriter
from memory.migrations.upgrade import OlderDatabase, revisions, upgrade
from memory.upkeep.backup import make_backup


class Migrate(StrEnum):
    """When a database of an older Ember is brought up to date."""

    AUTO = "auto"  #: at start
    MANUAL = "manual"  #: by `ember migrate` alone; until then Ember refuses to start


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A database that was brought up to date."""

    before: str  #: the revision that it had
    after: str
    backup: Path | None  #: the database as it was; None when it held nothing


def bring_up_to_date(
    writer: SqliteWriter, directory: DataDirectory, policy: Migrate, now: datetime, backups_kept: int
) -> SchemaChange | None:
    """Runs the migrations that a database lacks; None when it lacked none, or was new.

    Raises NewerDatabase, OlderDatabase when that is not to be done now, BackupFailed.
    """
    before, after = revisions(writer.core)
    if before == after:
        return None
    if before is None:
        upgrade(writer)
        return None
    if policy is Migrate.MANUAL:
        raise OlderDatabase(schema=before, needs=after)
    backup = None
    if writer.core.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM user_identities)").scalar_one():
        backup = make_backup(directory, now, backups_kept, before=after).file
    upgrade(writer)
    return SchemaChange(before, after, backup)
