"""What admins set and did, the log's worst lines, cursors, edited messages, verdicts on replies, passing context."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

snowflake = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.String(32)

_PARTS_BEFORE = ("schema", "system", "block", "line", "reply")
_PARTS_BEHIND = ("recalled", "frame", "words", "call", "result")


def closed(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    op.add_column("messages", sa.Column("edited_at", moment))
    # SQLite takes a CHECK with a new column, and Alembic would copy the table for it.
    op.execute("ALTER TABLE messages ADD COLUMN reward INTEGER CONSTRAINT ck_messages_reward CHECK (reward IN (-1, 1))")
    op.add_column("messages", sa.Column("unasked", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.add_column("messages", sa.Column("paused", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "ix_model_usage_stats_identity_id", "model_usage_stats", ["identity_id", "created_at"], unique=False
    )
    op.create_index("ix_queue_platform_id", "queue", ["platform_id"], sqlite_where=sa.text("platform_id IS NOT NULL"))
    _make_parts(closed("part_kind", *_PARTS_BEFORE, "context", *_PARTS_BEHIND))
    _create_tables()


def downgrade() -> None:
    op.drop_table("cursors")
    op.drop_index("ix_logs_created_at", table_name="logs")
    op.drop_table("logs")
    for index in ("ix_policy_audit_log_actor_id", "ix_policy_audit_log_guild"):
        op.drop_index(index, table_name="policy_audit_log")
    op.drop_table("policy_audit_log")
    op.drop_table("config")
    op.execute("UPDATE prompt_parts SET kind = 'recalled' WHERE kind = 'context'")
    _make_parts(closed("part_kind", *_PARTS_BEFORE, *_PARTS_BEHIND))
    op.drop_index("ix_queue_platform_id", table_name="queue")
    op.drop_index("ix_model_usage_stats_identity_id", table_name="model_usage_stats")
    for column in ("paused", "unasked", "reward", "edited_at"):
        op.execute(f"ALTER TABLE messages DROP COLUMN {column}")


def _make_parts(part_kind: sa.Enum) -> None:
    """Makes the table anew with what is in it: a CHECK cannot be changed in place."""
    op.drop_index("ix_prompt_parts_item_id", table_name="prompt_parts")
    op.rename_table("prompt_parts", "prompt_parts_before")
    op.create_table(
        "prompt_parts",
        sa.Column("owner_id", snowflake, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("kind", part_kind, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("item_id", snowflake, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user_identities.id"], name="fk_prompt_parts_owner_id"),
        sa.PrimaryKeyConstraint("owner_id", "hash", name="pk_prompt_parts"),
    )
    columns = "owner_id, hash, kind, text, item_id"
    op.execute(f"INSERT INTO prompt_parts ({columns}) SELECT {columns} FROM prompt_parts_before")  # noqa: S608
    op.drop_table("prompt_parts_before")
    op.create_index("ix_prompt_parts_item_id", "prompt_parts", ["item_id"], unique=False)


def _create_tables() -> None:
    op.create_table(
        "config",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("author_id", snowflake, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user_identities.id"], name="fk_config_author_id"),
        sa.PrimaryKeyConstraint("name", "target", "version", name="pk_config"),
    )
    op.create_table(
        "policy_audit_log",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("actor_id", snowflake, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("guild", sa.String(), nullable=True),
        sa.Column("outcome", closed("outcome", "done", "refused", "failed"), nullable=False),
        sa.Column("turn_id", snowflake, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_identities.id"], name="fk_policy_audit_log_actor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_audit_log"),
    )
    op.create_index("ix_policy_audit_log_guild", "policy_audit_log", ["guild", "id"], unique=False)
    op.create_index("ix_policy_audit_log_actor_id", "policy_audit_log", ["actor_id"], unique=False)
    op.create_table(
        "logs",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("level", closed("log_level", "warning", "error"), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("turn_id", snowflake, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_logs"),
    )
    op.create_index("ix_logs_created_at", "logs", ["created_at"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("channel", closed("channel", "console", "discord", "email"), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_cursors"),
    )
