"""All tables together: what the migrations have to arrive at."""

from memory.tables import (
    audit,
    config,
    cursors,
    embeddings,
    erasures,
    logs,
    memories,
    metrics,
    people,
    prompts,
    receipts,
    relationships,
    scopes,
    spending,
    steps,
    talk,
    work,
)
from memory.tables.types import metadata

__all__ = [
    "audit",
    "config",
    "cursors",
    "embeddings",
    "erasures",
    "logs",
    "memories",
    "metadata",
    "metrics",
    "people",
    "prompts",
    "receipts",
    "relationships",
    "scopes",
    "spending",
    "steps",
    "talk",
    "work",
]
