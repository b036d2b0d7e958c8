"""What belongs to an item, as a place may see it: for whoever looks at one item closely."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, or_, select

from memory.place import Place
from memory.records import Item, ItemId
from memory.scope import ScopeNumber
from memory.tables.ground import Ground
from memory.tables.memories import alive, memories, read_memories, readable_memories
from memory.tables.messages import message_query, messages, read_messages, readable_messages
from memory.tables.relationships import RelationshipKind, memory_relationships
from memory.tables.scopes import ScopeNumbers

SHOWN: Final = 100  #: related items at most


@dataclass(frozen=True, slots=True)
class Related:
    """Another item that one belongs to, or that belongs to it."""

    kind: RelationshipKind
    item: Item
    forward: bool  #: the one asked about is it to the other: it extends the other, it was made from the other


class RelatedItems:
    """Relationships by place."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def of(self, place: Place, item: ItemId) -> list[Related]:
        """Returns what belongs to an item and may be used in a place, oldest first; the item itself has to be."""
        readable = self._scopes.read_in(place)
        now = self._ground.clock.now()

        def read(connection: Connection) -> list[Related]:
            table = memory_relationships.c
            rows = select(memory_relationships).where(or_(table.from_id == item, table.to_id == item))
            found = connection.execute(rows.order_by(table.from_id, table.to_id).limit(SHOWN)).all()
            ids = {item, *(row.from_id for row in found), *(row.to_id for row in found)}
            remembered = select(memories).where(memories.c.id.in_(ids), readable_memories(readable), alive(now))
            items = {one.id: one for one in [*read_memories(connection, remembered), *_said(connection, ids, readable)]}
            if item not in items:
                return []
            related = (
                (row.kind, items.get(row.to_id if row.from_id == item else row.from_id), row.from_id == item)
                for row in found
            )
            return [Related(kind, other, forward) for kind, other, forward in related if other is not None]

        return await self._ground.reads.read(read)


def _said(connection: Connection, ids: set[ItemId], readable: tuple[ScopeNumber, ...]) -> list[Item]:
    said = message_query().where(messages.c.id.in_(ids), messages.c.content != "", readable_messages(readable))
    return [*read_messages(connection, said)]
