"""All tables together: what the migrations have to arrive at."""

from memory.tables import memories, people, prompts, receipts, scopes, spending, steps, talk, work
from memory.tables.types import metadata

__all__ = ["memories", "metadata", "people", "prompts", "receipts", "scopes", "spending", "steps", "talk", "work"]
