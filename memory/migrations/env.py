"""What Alembic runs for each upgrade and downgrade, on the connection that `upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from memory.tables.schema import metadata

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
# One BEGIN IMMEDIATE stands around everything (see `upgrade`), for SQLite rolls back schema changes too.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False, render_as_batch=True)
context.run_migrations()
