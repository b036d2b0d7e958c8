"""The first schema: people, talk, memories, search, work, prompts, receipts, spending."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

snowflake = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.String(32)
json = sa.String()


def closed(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    op.create_table(
        "prompts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_prompts"),
    )
    op.create_table(
        "queue",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("type", closed("job_type", "delivery", "notice"), nullable=False),
        sa.Column(
            "state", closed("job_state", "pending", "in_progress", "completed", "failed", "cancelled"), nullable=False
        ),
        sa.Column("channel", closed("channel", "console", "discord", "email"), nullable=False),
        sa.Column("respond_to", sa.String(), nullable=False),
        sa.Column("item_id", snowflake, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
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
    op.create_index("ix_queue_due", "queue", ["state", "due_at"], unique=False)
    op.create_index("ix_queue_item_id", "queue", ["item_id"], unique=False)
    op.create_index("ix_queue_respond_to", "queue", ["respond_to", "state"], unique=False)
    op.create_table(
        "scopes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_scopes"),
        sa.UniqueConstraint("name", name="uq_scopes_name"),
    )
    op.create_table(
        "user_identities",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_identities"),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("place_key", sa.String(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("conversation_from", snowflake, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_sessions"),
    )
    op.create_index("ix_user_sessions_place_key", "user_sessions", ["place_key"], unique=False)
    op.create_table(
        "identity_links",
        sa.Column("kind", closed("channel", "console", "discord", "email"), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("identity_id", snowflake, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["user_identities.id"], name="fk_identity_links_identity_id"),
        sa.PrimaryKeyConstraint("kind", "address", name="pk_identity_links"),
    )
    op.create_index("ix_identity_links_identity_id", "identity_links", ["identity_id"], unique=False)
    op.create_table(
        "memories",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("owner_kind", closed("owner_kind", "person", "agent"), nullable=False),
        sa.Column("owner_id", snowflake, nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("owner_scope_id", sa.Integer(), nullable=False),
        sa.Column("trust", closed("trust", "said", "derived", "external"), nullable=False),
        sa.Column("tier", closed("tier", "working", "episodic", "semantic", "shared"), nullable=False),
        sa.Column(
            "content", sa.String(), sa.CheckConstraint("length(content) <= 4000", name="content"), nullable=False
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column(
            "importance",
            sa.Integer(),
            sa.CheckConstraint("importance BETWEEN 1 AND 10", name="importance"),
            nullable=False,
        ),
        sa.Column(
            "confidence",
            sa.Float(),
            sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
            nullable=False,
        ),
        sa.Column("source", snowflake, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("valid_from", moment, nullable=False),
        sa.Column("superseded_at", moment, nullable=True),
        sa.Column("superseded_by", snowflake, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user_identities.id"], name="fk_memories_owner_id"),
        sa.ForeignKeyConstraint(["owner_scope_id"], ["scopes.number"], name="fk_memories_owner_scope_id"),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.number"], name="fk_memories_scope_id"),
        sa.PrimaryKeyConstraint("id", name="pk_memories"),
    )
    op.create_index("ix_memories_owner_scope_id", "memories", ["owner_scope_id"], unique=False)
    op.create_index("ix_memories_scope_id", "memories", ["scope_id"], unique=False)
    op.create_index(
        "ix_memories_superseded_by",
        "memories",
        ["superseded_by"],
        unique=False,
        sqlite_where=sa.text("superseded_by IS NOT NULL"),
    )
    op.create_index(
        "ix_memories_source", "memories", ["source"], unique=False, sqlite_where=sa.text("source IS NOT NULL")
    )
    op.create_table(
        "messages",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("channel", closed("channel", "console", "discord", "email"), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("direction", closed("direction", "in", "out"), nullable=False),
        sa.Column(
            "state", closed("message_state", "received", "answering", "done", "declined", "streaming"), nullable=False
        ),
        sa.Column("owner_kind", closed("owner_kind", "person", "agent"), nullable=False),
        sa.Column("owner_id", snowflake, nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("owner_scope_id", sa.Integer(), nullable=False),
        sa.Column("trust", closed("trust", "said", "derived", "external"), nullable=False),
        sa.Column("session_id", snowflake, nullable=False),
        sa.Column("turn_id", snowflake, nullable=True),
        sa.Column("response_id", snowflake, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("attachments", json, nullable=False),
        sa.Column("notices", json, nullable=False),
        sa.Column("receipt", json, nullable=False),
        sa.Column("prompt_name", sa.String(), nullable=True),
        sa.Column("prompt_version", sa.Integer(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("forgotten_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user_identities.id"], name="fk_messages_owner_id"),
        sa.ForeignKeyConstraint(["owner_scope_id"], ["scopes.number"], name="fk_messages_owner_scope_id"),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.number"], name="fk_messages_scope_id"),
        sa.ForeignKeyConstraint(["session_id"], ["user_sessions.id"], name="fk_messages_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("channel", "external_id", name="uq_messages_channel_external_id"),
    )
    op.create_index("ix_messages_owner_scope_id", "messages", ["owner_scope_id"], unique=False)
    op.create_index("ix_messages_scope_id", "messages", ["scope_id"], unique=False)
    op.create_index("ix_messages_session_id", "messages", ["session_id", "id"], unique=False)
    op.create_index("ix_messages_turn_id", "messages", ["turn_id"], unique=False)
    op.create_index(
        "ix_messages_unanswered",
        "messages",
        ["channel"],
        unique=False,
        sqlite_where=sa.text("state IN ('received', 'answering')"),
    )
    op.create_table(
        "model_usage_stats",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("state", closed("usage_state", "reserved", "settled", "released"), nullable=False),
        sa.Column("turn_id", snowflake, nullable=False),
        sa.Column("identity_id", snowflake, nullable=False),
        sa.Column("guild", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("reserved_input_tokens", sa.Integer(), nullable=False),
        sa.Column("reserved_output_tokens", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("cached_input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("settled_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["user_identities.id"], name="fk_model_usage_stats_identity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_model_usage_stats"),
    )
    op.create_index(
        "ix_model_usage_stats_reserved",
        "model_usage_stats",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state = 'reserved'"),
    )
    op.create_index("ix_model_usage_stats_turn_id", "model_usage_stats", ["turn_id"], unique=False)
    op.create_table(
        "prompt_history",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("variables", json, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["name"], ["prompts.name"], name="fk_prompt_history_name"),
        sa.PrimaryKeyConstraint("name", "version", name="pk_prompt_history"),
    )
    op.create_table(
        "prompt_parts",
        sa.Column("owner_id", snowflake, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column(
            "kind",
            closed("part_kind", "schema", "system", "line", "reply", "recalled", "frame", "words", "call", "result"),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("item_id", snowflake, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user_identities.id"], name="fk_prompt_parts_owner_id"),
        sa.PrimaryKeyConstraint("owner_id", "hash", name="pk_prompt_parts"),
    )
    op.create_index("ix_prompt_parts_item_id", "prompt_parts", ["item_id"], unique=False)
    op.create_table(
        "steps",
        sa.Column("id", snowflake, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("turn_id", snowflake, nullable=False),
        sa.Column("owner_id", snowflake, nullable=False),
        sa.Column("capability", sa.String(), nullable=False),
        sa.Column("arguments", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("success", sa.Boolean(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user_identities.id"], name="fk_steps_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_steps"),
        sa.UniqueConstraint("key", name="uq_steps_key"),
    )
    op.create_index("ix_steps_effect", "steps", ["effect"], unique=False, sqlite_where=sa.text("effect IS NOT NULL"))
    op.create_index("ix_steps_turn_id", "steps", ["turn_id"], unique=False)
    op.create_table(
        "user_preferences",
        sa.Column("identity_id", snowflake, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", json, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["user_identities.id"], name="fk_user_preferences_identity_id"),
        sa.PrimaryKeyConstraint("identity_id", "name", name="pk_user_preferences"),
    )
    op.create_table(
        "recalls",
        sa.Column("reply_id", snowflake, nullable=False),
        sa.Column("item_id", snowflake, nullable=False),
        sa.Column("step_id", snowflake, nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["messages.id"], name="fk_recalls_reply_id"),
        sa.PrimaryKeyConstraint("reply_id", "item_id", name="pk_recalls"),
    )
    op.create_index("ix_recalls_item_id", "recalls", ["item_id"], unique=False)

    op.execute(ITEM_WORDS)
    op.execute(ITEMS_FTS)
    op.execute(ITEMS_VOCAB)


def downgrade() -> None:
    op.execute("DROP TABLE items_vocab")
    op.execute("DROP TABLE items_fts")
    op.execute("DROP VIEW item_words")
    op.drop_index("ix_recalls_item_id", table_name="recalls")
    op.drop_table("recalls")
    op.drop_table("user_preferences")
    op.drop_index("ix_steps_turn_id", table_name="steps")
    op.drop_index("ix_steps_effect", table_name="steps", sqlite_where=sa.text("effect IS NOT NULL"))
    op.drop_table("steps")
    op.drop_index("ix_prompt_parts_item_id", table_name="prompt_parts")
    op.drop_table("prompt_parts")
    op.drop_table("prompt_history")
    op.drop_index("ix_model_usage_stats_turn_id", table_name="model_usage_stats")
    op.drop_index(
        "ix_model_usage_stats_reserved", table_name="model_usage_stats", sqlite_where=sa.text("state = 'reserved'")
    )
    op.drop_table("model_usage_stats")
    op.drop_index(
        "ix_messages_unanswered", table_name="messages", sqlite_where=sa.text("state IN ('received', 'answering')")
    )
    op.drop_index("ix_messages_turn_id", table_name="messages")
    op.drop_index("ix_messages_session_id", table_name="messages")
    op.drop_index("ix_messages_scope_id", table_name="messages")
    op.drop_index("ix_messages_owner_scope_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_memories_source", table_name="memories", sqlite_where=sa.text("source IS NOT NULL"))
    op.drop_index("ix_memories_superseded_by", table_name="memories", sqlite_where=sa.text("superseded_by IS NOT NULL"))
    op.drop_index("ix_memories_scope_id", table_name="memories")
    op.drop_index("ix_memories_owner_scope_id", table_name="memories")
    op.drop_table("memories")
    op.drop_index("ix_identity_links_identity_id", table_name="identity_links")
    op.drop_table("identity_links")
    op.drop_index("ix_user_sessions_place_key", table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_table("user_identities")
    op.drop_table("scopes")
    op.drop_index("ix_queue_respond_to", table_name="queue")
    op.drop_index("ix_queue_item_id", table_name="queue")
    op.drop_index("ix_queue_due", table_name="queue")
    op.drop_table("queue")
    op.drop_table("prompts")


# The words are made by a function that every writing connection registers, so that a check of the index can compare
# each word with what its item would give now.
ITEM_WORDS = """
CREATE VIEW item_words AS
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM memories
UNION ALL
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM messages
WHERE content <> ''
"""

# ascii: unicode61 would split a keyed word at characters that are part of it.
ITEMS_FTS = """
CREATE VIRTUAL TABLE items_fts USING fts5(words, content='item_words', content_rowid='id', tokenize='ascii')
"""

ITEMS_VOCAB = "CREATE VIRTUAL TABLE items_vocab USING fts5vocab('items_fts', 'row')"
