"""What a reply is on its platform, from the moment that its first words are shown there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, exists, select, update

from memory.place import Channel, IdentityId, Place
from memory.records import Direction, ItemId
from memory.tables.claims import something_earlier
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.jobs import JobState, JobType, queue
from memory.tables.messages import messages, user_sessions


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The first message of a reply under way."""

    platform_id: str | None  #: None: it is not known to be there
    in_doubt: bool  #: a process was about to send it, and nobody knows whether it arrived
    held_back: bool  #: something that was asked earlier in the place has not gone out


@dataclass(frozen=True, slots=True)
class PlatformReply:
    """The reply that a message of Ember's is a part of."""

    id: ItemId
    asker: IdentityId
    place_key: str
    parts: tuple[str, ...]  #: the platform's ids of all its messages, in order


@dataclass(frozen=True, slots=True)
class Said:
    """A person's message, by its id on the platform."""

    id: ItemId
    owner: IdentityId
    place_key: str
    reply: ItemId | None


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

    async def reply_of(self, channel: Channel, platform_id: str) -> PlatformReply | None:
        """Returns the reply that a message on the platform is a part of, for what its asker does to it."""
        return await self._ground.reads.read(lambda connection: _reply_of(connection, channel, platform_id))

    async def said(self, channel: Channel, external_id: str) -> Said | None:
        """Returns which message of somebody's has an id on the platform; None for one that is forgotten."""
        return await self._ground.reads.read(lambda connection: _said(connection, channel, external_id))

    async def take_away(self, replies: Collection[ItemId]) -> None:
        """Has what some replies became on the platform taken away there, as far as nothing is left to send of them."""
        there = exists().where(messages.c.id == queue.c.item_id, messages.c.content != "", not_erasing(messages.c.id))
        sent = queue.c.item_id.in_(replies) & queue.c.platform_id.is_not(None) & ~there
        again = {"state": JobState.PENDING, "due_at": self._ground.clock.now()}
        change = update(queue).where(sent, queue.c.type == JobType.DELIVERY).values(again)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def removed(self, reply: ItemId) -> None:
        """Notes that nothing of a reply stands on the platform any more: another answer is sent, and edits nothing."""
        sent = (queue.c.item_id == reply) & (queue.c.type == JobType.DELIVERY)
        change = update(queue).where(sent).values(platform_id=None)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def reward(self, reply: ItemId, reward: int) -> None:
        """Notes what its asker thinks of a reply: 1 or -1."""
        answer = (messages.c.id == reply) & (messages.c.direction == Direction.OUT)
        change = update(messages).where(answer).values(reward=reward)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def unreward(self, reply: ItemId, reward: int) -> None:
        """Takes back what its asker thought of a reply, unless they have come to think otherwise."""
        answer = (messages.c.id == reply) & (messages.c.reward == reward)
        change = update(messages).where(answer).values(reward=None)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)

    async def _set(self, reply: ItemId, values: Mapping[str, object]) -> None:
        # Nothing is changed once the turn has ended: a worker has the delivery then, and counts its own attempts.
        held = (queue.c.item_id == reply) & (queue.c.part == 0) & (queue.c.state == JobState.IN_PROGRESS)
        change = update(queue).where(held, queue.c.lease_until.is_(None)).values(values)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)


def _reply_of(connection: Connection, channel: Channel, platform_id: str) -> PlatformReply | None:
    found = select(queue.c.item_id, queue.c.respond_to, messages.c.owner_id).join(
        messages, messages.c.id == queue.c.item_id
    )
    this = (queue.c.platform_id == platform_id) & (queue.c.channel == channel) & (queue.c.type == JobType.DELIVERY)
    row = connection.execute(found.where(this)).first()
    if row is None:
        return None
    of_reply = (queue.c.item_id == row.item_id) & queue.c.platform_id.is_not(None)
    parts = connection.execute(select(queue.c.platform_id).where(of_reply).order_by(queue.c.part)).scalars()
    return PlatformReply(ItemId(row.item_id), IdentityId(row.owner_id), row.respond_to, tuple(parts))


def _said(connection: Connection, channel: Channel, external_id: str) -> Said | None:
    this = (messages.c.channel == channel) & (messages.c.external_id == external_id) & (messages.c.content != "")
    found = (
        select(messages.c.id, messages.c.owner_id, messages.c.response_id, user_sessions.c.place_key)
        .join(user_sessions, user_sessions.c.id == messages.c.session_id)
        .where(this, not_erasing(messages.c.id))
    )
    row = connection.execute(found).one_or_none()
    if row is None:
        return None
    reply = None if row.response_id is None else ItemId(row.response_id)
    return Said(ItemId(row.id), IdentityId(row.owner_id), row.place_key, reply)


def _first(connection: Connection, place_key: str, reply: ItemId) -> FirstMessage | None:
    held = (queue.c.item_id == reply) & (queue.c.part == 0) & (queue.c.state == JobState.IN_PROGRESS)
    query = select(queue.c.platform_id, queue.c.attempts).where(held, queue.c.respond_to == place_key)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    earlier = connection.execute(select(something_earlier(place_key, reply))).scalar_one()
    return FirstMessage(row.platform_id, row.platform_id is None and row.attempts > 0, bool(earlier))
