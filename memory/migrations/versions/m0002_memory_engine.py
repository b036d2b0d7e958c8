"""Blocks, working memories, summaries, relationships, vectors, forgetting in steps, work of Ember's own, metrics."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

snowflake = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.String(32)

_JOBS = ("delivery", "notice")
_OWN_JOBS = ("extraction", "condensing", "retention", "backup", "erasure")
_STATES = ("pending", "in_progress", "completed", "failed", "cancelled")
_PARTS = ("line", "reply", "recalled", "frame", "words", "call", "result")
_QUEUE = (
    "id, type, state, channel, respond_to, item_id, part, text, platform_id, attempts, lease_until, due_at,"
    " idempotency_key, error, created_at, finished_at"
)


def closed(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    op.execute("DROP VIEW item_words")
    _add_columns()
    op.execute(ITEM_WORDS)
    _make_queue(closed("job_type", *_JOBS, *_OWN_JOBS), sa.Column("payload", sa.String()), must_go_out=False)
    _make_parts(closed("part_kind", "schema", "system", "block", *_PARTS))
    _create_tables()


def downgrade() -> None:
    for table in ("performance_metrics", "tombstones"):
        op.drop_table(table)
    op.drop_index("ix_erasing_erasure_id", table_name="erasing")
    op.drop_table("erasing")
    op.drop_table("erasures")
    for index in ("ix_embeddings_owner_scope_id", "ix_embeddings_scope_id"):
        op.drop_index(index, table_name="embeddings")
    op.drop_table("embeddings")
    op.drop_index("ix_memory_relationships_to_id", table_name="memory_relationships")
    op.drop_table("memory_relationships")
    op.execute("UPDATE prompt_parts SET kind = 'system' WHERE kind = 'block'")
    _make_parts(closed("part_kind", "schema", "system", *_PARTS))
    op.execute("DELETE FROM queue WHERE type NOT IN ('delivery', 'notice')")
    _make_queue(closed("job_type", *_JOBS), None, must_go_out=True)
    op.execute("DROP VIEW item_words")
    _drop_columns()
    op.execute(ITEM_WORDS_OF_0001)
    # What stood behind a summary is found by its own words again.
    op.execute("INSERT INTO items_fts(items_fts) VALUES ('rebuild')")


def _add_columns() -> None:
    for column in (
        sa.Column("label", sa.String()),
        sa.Column("read_only", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("session_id", snowflake),
        sa.Column("access_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("accessed_at", moment),
        sa.Column("compressed_into", snowflake),
    ):
        op.add_column("memories", column)
    op.add_column("messages", sa.Column("compressed_into", snowflake))
    op.create_index(
        "ix_memories_label",
        "memories",
        ["scope_id", "owner_id", "label"],
        unique=True,
        sqlite_where=sa.text("label IS NOT NULL AND superseded_at IS NULL"),
    )
    op.create_index(
        "ix_memories_session_id", "memories", ["session_id"], sqlite_where=sa.text("session_id IS NOT NULL")
    )
    for table in ("memories", "messages"):
        op.create_index(
            f"ix_{table}_compressed_into",
            table,
            ["compressed_into"],
            sqlite_where=sa.text("compressed_into IS NOT NULL"),
        )


def _drop_columns() -> None:
    for table in ("messages", "memories"):
        op.drop_index(f"ix_{table}_compressed_into", table_name=table)
    op.drop_index("ix_memories_session_id", table_name="memories")
    op.drop_index("ix_memories_label", table_name="memories")
    # Alembic would copy the whole table for each; SQLite can drop a column since 3.35.
    op.execute("ALTER TABLE messages DROP COLUMN compressed_into")
    for column in ("compressed_into", "accessed_at", "access_count", "session_id", "read_only", "label"):
        op.execute(f"ALTER TABLE memories DROP COLUMN {column}")


def _make_queue(job_type: sa.Enum, more: sa.Column[str] | None, *, must_go_out: bool) -> None:
    """Makes the table anew with what is in it: a CHECK cannot be changed in place."""
    for index in ("ix_queue_due", "ix_queue_item_id", "ix_queue_respond_to"):
        op.drop_index(index, table_name="queue")
    op.rename_table("queue", "queue_before")
    op.create_table(
        "queue",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("type", job_type, nullable=False),
        sa.Column("state", closed("job_state", *_STATES), nullable=False),
        sa.Column("channel", closed("channel", "console", "discord", "email"), nullable=not must_go_out),
        sa.Column("respond_to", sa.String(), nullable=not must_go_out),
        sa.Column("item_id", snowflake, nullable=not must_go_out),
        sa.Column("part", sa.Integer(), nullable=False),
        *([more] if more is not None else []),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_queue"),
        sa.UniqueConstraint("idempotency_key", name="uq_queue_idempotency_key"),
    )
    op.execute(f"INSERT INTO queue ({_QUEUE}) SELECT {_QUEUE} FROM queue_before")  # noqa: S608
    op.drop_table("queue_before")
    op.create_index("ix_queue_due", "queue", ["state", "due_at"], unique=False)
    op.create_index("ix_queue_item_id", "queue", ["item_id"], unique=False)
    op.create_index("ix_queue_respond_to", "queue", ["respond_to", "state"], unique=False)


def _make_parts(part_kind: sa.Enum) -> None:
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
        "memory_relationships",
        sa.Column("from_id", snowflake, autoincrement=False, nullable=False),
        sa.Column("to_id", snowflake, autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            closed(
                "relationship_kind",
                "relates_to",
                "contradicts",
                "extends",
                "implements",
                "supersedes",
                "derived_from",
            ),
            nullable=False,
        ),
        sa.Column(
            "confidence",
            sa.Float(),
            sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
            nullable=False,
        ),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("from_id", "to_id", "kind", name="pk_memory_relationships"),
    )
    op.create_index("ix_memory_relationships_to_id", "memory_relationships", ["to_id"], unique=False)
    op.create_table(
        "embeddings",
        sa.Column("item_id", snowflake, autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("kind", closed("vector_kind", "sentence", "window"), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("owner_scope_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_scope_id"], ["scopes.number"], name="fk_embeddings_owner_scope_id"),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.number"], name="fk_embeddings_scope_id"),
        sa.PrimaryKeyConstraint("item_id", "model", "kind", "part", name="pk_embeddings"),
    )
    op.create_index("ix_embeddings_scope_id", "embeddings", ["scope_id", "model"], unique=False)
    op.create_index("ix_embeddings_owner_scope_id", "embeddings", ["owner_scope_id", "model"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("kind", closed("erasure_kind", "item", "topic", "person", "retention"), nullable=False),
        sa.Column("state", closed("erasure_state", "hidden", "erased", "done"), nullable=False),
        sa.Column("owner_id", snowflake, nullable=True),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("erased_at", moment, nullable=True),
        sa.Column("done_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_table(
        "erasing",
        sa.Column("item_id", snowflake, autoincrement=False, nullable=False),
        sa.Column("erasure_id", snowflake, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_erasing"),
    )
    op.create_index("ix_erasing_erasure_id", "erasing", ["erasure_id"], unique=False)
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_tombstones"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "performance_metrics",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "at", name="pk_performance_metrics"),
    )


# What a summary stands for is not found by its own words.
ITEM_WORDS = """
CREATE VIEW item_words AS
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM memories
WHERE compressed_into IS NULL
UNION ALL
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM messages
WHERE content <> '' AND compressed_into IS NULL
"""

ITEM_WORDS_OF_0001 = """
CREATE VIEW item_words AS
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM memories
UNION ALL
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM messages
WHERE content <> ''
"""
