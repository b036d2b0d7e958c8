"""`performance_metrics`: how the memory has been doing, as the background sync records it."""

from sqlalchemy import Column, Float, String, Table

from memory.tables.types import UtcDateTime, metadata

performance_metrics = Table(
    "performance_metrics",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("value", Float, nullable=False),
)
