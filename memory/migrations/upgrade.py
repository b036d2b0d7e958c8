"""Brings a database to the schema of this code, or back; what is interrupted leaves it as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from memory.engines.sqlite import SqliteWriter
from memory.errors import StoreError


class NewerDatabase(StoreError):
    """The database was written by a newer Ember; update this one."""


class OlderDatabase(StoreError):
    """The database was written by an older Ember; bring it up to date with: ember migrate"""


def check_schema(connection: Connection) -> None:
    """Raises NewerDatabase or OlderDatabase when the database is not of this code's schema."""
    current, head = revisions(connection)
    if current != head:
        raise OlderDatabase(schema=current, needs=head)


def revisions(connection: Connection) -> tuple[str | None, str]:
    """Returns the revision of a database's schema, None before the first one, and that of this code.

    Raises NewerDatabase.
    """
    current, known, head = _revisions(connection)
    if current is not None and current not in known:
        raise NewerDatabase(schema=current, known=head)
    return current, head


def upgrade(writer: SqliteWriter) -> None:
    """Runs the migrations that a database lacks, as one transaction. Raises NewerDatabase."""
    try:
        check_schema(writer.core)
    except OlderDatabase:
        with _one_transaction(writer):
            command.upgrade(_config(writer.core), "head")


def downgrade(writer: SqliteWriter, to: str) -> None:
    """Takes migrations back to a revision, as one transaction; `base` takes all."""
    with _one_transaction(writer):
        command.downgrade(_config(writer.core), to)


def _revisions(connection: Connection) -> tuple[str | None, set[str], str]:
    script = ScriptDirectory.from_config(_config(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    return current, {revision.revision for revision in script.walk_revisions()}, str(script.get_current_head())


@contextmanager
def _one_transaction(writer: SqliteWriter) -> Iterator[None]:
    # SQLite ignores this pragma inside a transaction, and a table that is rebuilt would break its references.
    writer.core.exec_driver_sql("PRAGMA foreign_keys=OFF")
    writer.begin()
    try:
        yield
        writer.commit()
    finally:
        writer.rollback()
        writer.core.exec_driver_sql("PRAGMA foreign_keys=ON")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
