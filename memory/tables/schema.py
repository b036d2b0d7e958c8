"""All tables together: what the migrations have to arrive at."""

from memory.tables import (
    embeddings,
    erasures,
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
    "embeddings",
    "erasures",
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
