"""Taking one memory back: what it superseded is in force again, and what was said stays."""

from sqlalchemy import Connection, delete, exists, or_, select, update

from memory.records import Memory
from memory.tables.embeddings import embeddings
from memory.tables.index import unindex
from memory.tables.memories import memories, read_memories
from memory.tables.receipts import FORGOTTEN, prompt_parts, recalls
from memory.tables.relationships import memory_relationships


def take_back(connection: Connection, taken: Memory) -> list[Memory]:
    """Takes a memory away and returns those that are in force again.

    What was made with it counts from then on as made with the message that it was taken from: whoever forgets that
    one later has to find those replies.
    """
    before = select(memories.c.id).where(memories.c.superseded_by == taken.id)
    restored = list(connection.execute(before).scalars())
    unindex(connection, taken)
    connection.execute(update(prompt_parts).where(prompt_parts.c.item_id == taken.id).values(text=FORGOTTEN))
    if taken.source is not None:
        _hand_on(connection, taken)
    joined = or_(memory_relationships.c.from_id == taken.id, memory_relationships.c.to_id == taken.id)
    connection.execute(delete(memory_relationships).where(joined))
    connection.execute(delete(embeddings).where(embeddings.c.item_id == taken.id))
    connection.execute(delete(memories).where(memories.c.id == taken.id))
    # In force again, or behind what has superseded the one that is taken back; a block not before that is gone.
    again = {"superseded_at": taken.superseded_at, "superseded_by": taken.superseded_by}
    connection.execute(update(memories).where(memories.c.id.in_(restored)).values(again))
    return read_memories(connection, select(memories).where(memories.c.id.in_(restored)))


def _hand_on(connection: Connection, taken: Memory) -> None:
    connection.execute(update(prompt_parts).where(prompt_parts.c.item_id == taken.id).values(item_id=taken.source))
    others = recalls.alias("others")
    both = exists().where(others.c.reply_id == recalls.c.reply_id, others.c.item_id == taken.source)
    with_it = recalls.c.item_id == taken.id
    connection.execute(delete(recalls).where(with_it, both))
    connection.execute(update(recalls).where(with_it).values(item_id=taken.source))
