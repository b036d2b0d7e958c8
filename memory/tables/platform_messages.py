"""What a reply is on its platform, from the moment that its first words are shown there."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from memory.place import Place
from memory.records import ItemId
from memory.tables.ground import Ground
from memory.tables.work import JobState, queue, something_earlier


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The first message of a reply under way."""

    platform_id: str | None  #: None: it is not known to be there
    in_doubt: bool  #: a process was about to send it, and nobody knows whether it arrived
    held_back: bool  #: something that was asked earlier in the place has not gone out


class PlatformMessages:
    """Knows what stands on the platform, so that a later process goes on with it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def first(self, place: Place, reply: ItemId) -> FirstMessage | None:
        """Returns how far the first message of a reply has come; None when its turn has ended."""
        return await self._ground.reads.read(lambda connection: _first(connection, place.key, reply))

    async def sending(self, reply: ItemId) -> None:
        """Notes that the first message is about to be sent: what follows is a further attempt, and looks for it."""
        await self._set(reply, {"attempts": 1})

    async def sent(self, reply: ItemId, platform_id: str) -> None:
        """Notes what the first message became, which from now on is edited."""
        await self._set(reply, {"attempts": 1, "platform_id": platform_id})

    async def _set(self, reply: ItemId, values: Mapping[str, object]) -> None:
        # Nothing is changed once the turn has ended: a worker has the delivery then, and counts its own attempts.
        held = (queue.c.item_id == reply) & (queue.c.part == 0) & (queue.c.state == JobState.IN_PROGRESS)
        change = update(queue).where(held, queue.c.lease_until.is_(None)).values(values)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)


def _first(connection: Connection, place_key: str, reply: ItemId) -> FirstMessage | None:
    held = (queue.c.item_id == reply) & (queue.c.part == 0) & (queue.c.state == JobState.IN_PROGRESS)
    query = select(queue.c.platform_id, queue.c.attempts).where(held, queue.c.respond_to == place_key)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    earlier = connection.execute(select(something_earlier(place_key, reply))).scalar_one()
    return FirstMessage(row.platform_id, row.platform_id is None and row.attempts > 0, bool(earlier))
