"""Messages by what their platform calls them, and the words of those that came spoken."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, Select, select, update

from memory.place import Place
from memory.records import Direction, Message, MessageState
from memory.scope import ScopeNumber
from memory.secrets import without_secrets
from memory.tables.embeddings import drop_vectors
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.index import index, unindex
from memory.tables.jobs import queue
from memory.tables.messages import message_query, messages, read_messages, readable_messages
from memory.tables.scopes import ScopeNumbers
from memory.words import storable

_UNANSWERED: Final = (MessageState.RECEIVED, MessageState.ANSWERING)


class Platform:
    """What stands on a platform and is kept here too."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def kept(self, place: Place, platform_ids: Collection[str]) -> dict[str, Message]:
        """Returns those of a platform's messages that are kept and may be used in a place: what was said to Ember, and
        the replies, by the id of any part of theirs."""
        readable = self._scopes.read_in(place)
        return await self._ground.reads.read(lambda connection: _kept(connection, place, readable, platform_ids))

    async def spoken(self, message: Message, words: str) -> Message | None:
        """Gives a message that waits for its answer the words that were spoken in it.

        None when its words are not what they were, it was answered meanwhile, or it is gone.
        """
        content = without_secrets(storable(words))
        waiting = (messages.c.direction == Direction.IN) & messages.c.state.in_(_UNANSWERED)
        unchanged = (messages.c.id == message.id) & (messages.c.content == message.content) & waiting

        def op(connection: Connection) -> list[Message]:
            before = read_messages(connection, message_query().where(unchanged, not_erasing(messages.c.id)))
            if not before:
                return []
            unindex(connection, *before)
            drop_vectors(connection, [message.id])
            connection.execute(update(messages).where(messages.c.id == message.id).values(content=content))
            after = read_messages(connection, message_query().where(messages.c.id == message.id))
            index(connection, after[0])
            return after

        written = await self._ground.queue.write(op, self._ground.cache.wrote)
        return written[0] if written else None


def _kept(
    connection: Connection, place: Place, readable: Collection[ScopeNumber], platform_ids: Collection[str]
) -> dict[str, Message]:
    said = _usable(readable).where(messages.c.channel == place.channel, messages.c.external_id.in_(platform_ids))
    found = {one.external_id: one for one in read_messages(connection, said) if one.external_id is not None}
    sent = select(queue.c.platform_id, queue.c.item_id).where(
        queue.c.platform_id.in_(platform_ids), queue.c.channel == place.channel
    )
    replies = {row.platform_id: row.item_id for row in connection.execute(sent)}
    answered = read_messages(connection, _usable(readable).where(messages.c.id.in_(set(replies.values()))))
    by_id = {one.id: one for one in answered}
    return found | {platform_id: by_id[item] for platform_id, item in replies.items() if item in by_id}


def _usable(readable: Collection[ScopeNumber]) -> Select[tuple[object, ...]]:
    return message_query().where(readable_messages(readable), messages.c.content != "")
