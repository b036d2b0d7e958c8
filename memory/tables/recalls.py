"""How often a memory was recalled, and when last: posted, for it may be lost."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, update

from memory.posts import AMOUNT, KEY, VALUE, Added, Latest, Post
from memory.records import ItemId
from memory.tables.memories import memories
from memory.tables.types import UtcDateTime

_COUNT_RECALL: Final = (
    update(memories)
    .where(memories.c.id == bindparam(KEY))
    .values(access_count=memories.c.access_count + bindparam(AMOUNT))
)
_NOTE_RECALL: Final = (
    update(memories).where(memories.c.id == bindparam(KEY)).values(accessed_at=bindparam(VALUE, type_=UtcDateTime))
)


def recalled(items: Iterable[ItemId], now: datetime) -> list[Post]:
    """Returns the posts that count a use of some items; of messages none is counted."""
    return [post for item in items for post in (Added(_COUNT_RECALL, item), Latest(_NOTE_RECALL, item, now))]
