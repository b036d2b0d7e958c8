"""What somebody points at on a platform: a message of theirs, or a reply to them, and the replies they may choose from.

Whoever points at what is not theirs is told nothing: "not found" and "not yours" read the same.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, select

from memory.place import Channel, IdentityId, Place
from memory.records import Direction, ItemId, Message, MessageState
from memory.scope import ScopeNumber
from memory.tables.ground import Ground
from memory.tables.jobs import JobType, queue
from memory.tables.messages import message_query, messages, read_messages, readable_messages
from memory.tables.scopes import ScopeNumbers


class PointedAt:
    """One's own messages by what the platform calls them, as a place may show them."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def said(self, place: Place, owner: IdentityId, channel: Channel, external_id: str) -> Message | None:
        """Returns the message of somebody's that has an id on a platform; None for one that is forgotten."""
        this = (messages.c.channel == channel) & (messages.c.external_id == external_id)
        found = await self._own(
            place, owner, this & (messages.c.direction == Direction.IN) & (messages.c.content != "")
        )
        return found[0] if found else None

    async def reply(self, place: Place, asker: IdentityId, channel: Channel, platform_id: str) -> Message | None:
        """Returns the finished reply to somebody that a message of Ember's is a part of."""
        delivered = select(queue.c.item_id).where(
            queue.c.platform_id == platform_id, queue.c.channel == channel, queue.c.type == JobType.DELIVERY
        )
        found = await self._own(place, asker, messages.c.id.in_(delivered) & _FINISHED)
        return found[0] if found else None

    async def reply_by_id(self, place: Place, asker: IdentityId, reply: ItemId) -> Message | None:
        """Returns a finished reply to somebody."""
        found = await self._own(place, asker, (messages.c.id == reply) & _FINISHED)
        return found[0] if found else None

    async def replies(self, place: Place, asker: IdentityId, limit: int) -> list[Message]:
        """Returns the newest finished replies to somebody, newest first, wherever they were given."""
        readable = self._scopes.read_in(place)
        theirs = messages.c.owner_scope_id.in_(self._scopes.private_to(asker)) & (messages.c.owner_id == asker)
        query = message_query().where(theirs, _FINISHED, messages.c.content != "", readable_messages(readable))
        query = query.order_by(messages.c.id.desc()).limit(limit)
        return await self._ground.reads.read(lambda connection: read_messages(connection, query))

    async def _own(self, place: Place, owner: IdentityId, which: ColumnElement[bool]) -> list[Message]:
        readable = self._scopes.read_in(place)
        return await self._ground.reads.read(lambda connection: _own(connection, readable, owner, which))


_FINISHED = (messages.c.direction == Direction.OUT) & (messages.c.state == MessageState.DONE)


def _own(
    connection: Connection, readable: Collection[ScopeNumber], owner: IdentityId, which: ColumnElement[bool]
) -> list[Message]:
    theirs = (messages.c.owner_id == owner) & messages.c.forgotten_at.is_(None)
    return read_messages(connection, message_query().where(which, theirs, readable_messages(readable)).limit(1))
