"""`cursors`: how far a channel was read, so that what was missed meanwhile can be fetched."""

from typing import Final

from sqlalchemy import Column, String, Table, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from memory.place import Channel
from memory.posts import KEY, VALUE, Latest
from memory.tables.ground import Ground
from memory.tables.types import closed, metadata

cursors = Table(
    "cursors",
    metadata,
    Column("channel", closed(Channel), primary_key=True),
    Column("seen", String, nullable=False),  # the platform's id of the newest message that was looked at
)

_UPSERT: Final = (
    insert(cursors)
    .values(channel=bindparam(KEY), seen=bindparam(VALUE))
    .on_conflict_do_update(index_elements=["channel"], set_={"seen": bindparam(VALUE)})
)


class Cursors:
    """Reads and moves cursors. One may be behind after a crash: what was answered is known by its own id."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def seen(self, channel: Channel) -> str | None:
        """Returns how far a channel was read, None when it never was."""
        query = select(cursors.c.seen).where(cursors.c.channel == channel)
        return await self._ground.reads.read(lambda connection: connection.execute(query).scalar_one_or_none())

    def move(self, channel: Channel, seen: str) -> None:
        """Moves a cursor, with the next batch of writes."""
        self._ground.queue.post(Latest(_UPSERT, channel, seen))
