"""`performance_metrics`: how the memory has been doing, as the background sync records it."""

from typing import Final

from sqlalchemy import Column, Float, String, Table
from sqlalchemy.dialects.sqlite import insert

from memory.tables.types import UtcDateTime, metadata

HIT_RATIO: Final = "hit_ratio"  #: of the hot cache, since the start

performance_metrics = Table(
    "performance_metrics",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("value", Float, nullable=False),
)

INSERT_METRIC: Final = insert(performance_metrics).on_conflict_do_nothing()  #: when the clock was set back
