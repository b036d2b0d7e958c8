"""All tables together: what the migrations have to arrive at."""

from memory.tables import (
    audit,
    config,
    cursors,
    embeddings,
    erasures,
    jobs,
    logs,
    memories,
    messages,
    metrics,
    people,
    prompts,
    receipts,
    relationships,
    scopes,
    spending,
    steps,
)
from memory.tables.types import metadata

__all__ = [
    "audit",
    "config",
    "cursors",
    "embeddings",
    "erasures",
    "jobs",
    "logs",
    "memories",
    "messages",
    "metadata",
    "metrics",
    "people",
    "prompts",
    "receipts",
    "relationships",
    "scopes",
    "spending",
    "steps",
]
