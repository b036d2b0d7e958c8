"""Taking one memory back: what it superseded is in force again, and what was said stays."""

from sqlalchemy import Connection, delete, exists, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from memory.records import Item, ItemId, Memory
from memory.tables.embeddings import drop_vectors
from memory.tables.index import unindex
from memory.tables.memories import block_in_force, memories, read_memories
from memory.tables.messages import messages
from memory.tables.receipts import FORGOTTEN, prompt_parts, recalls
from memory.tables.relationships import memory_relationships
from memory.upkeep.erase_rows import blank_what_was_taken_in, bring_back_from_summaries


def take_back(connection: Connection, taken: Memory) -> list[Item]:
    """Takes a memory away and returns what counts again: what it superseded, and what a summary stood for.

    What was made with it counts from then on as made with the message that it was taken from: whoever forgets that
    one later has to find those replies.
    """
    restored = read_memories(connection, select(memories).where(memories.c.superseded_by == taken.id))
    unindex(connection, taken)
    connection.execute(update(prompt_parts).where(prompt_parts.c.item_id == taken.id).values(text=FORGOTTEN))
    if taken.source is not None:
        _hand_on(connection, taken)
    _hand_on_to_originals(connection, taken)
    left = delete(recalls).where(recalls.c.item_id == taken.id).returning(recalls.c.reply_id)  # nobody could take over
    blank_what_was_taken_in(connection, [ItemId(reply) for reply in connection.execute(left).scalars()])
    originals = bring_back_from_summaries(connection, [taken.id])
    joined = or_(memory_relationships.c.from_id == taken.id, memory_relationships.c.to_id == taken.id)
    connection.execute(delete(memory_relationships).where(joined))
    drop_vectors(connection, [taken.id])
    connection.execute(delete(memories).where(memories.c.id == taken.id))
    for one in restored:  # a block not before the one that is taken back is gone
        connection.execute(update(memories).where(memories.c.id == one.id).values(_again(connection, one, taken)))
    ids = [one.id for one in restored]
    return [*originals, *read_memories(connection, select(memories).where(memories.c.id.in_(ids)))]


def _again(connection: Connection, one: Memory, taken: Memory) -> dict[str, object]:
    """Says what is of a memory: in force again, or behind what has superseded the one that is taken back.

    A block that was shared stays behind another of its name that its scope has got meanwhile.
    """
    if one.label is not None and taken.superseded_at is None:
        other = block_in_force(connection, one.scopes[0], one.owner, one.label)
        if other is not None:
            return {"superseded_by": other.id}
    return {"superseded_at": taken.superseded_at, "superseded_by": taken.superseded_by}


def _hand_on(connection: Connection, taken: Memory) -> None:
    connection.execute(update(prompt_parts).where(prompt_parts.c.item_id == taken.id).values(item_id=taken.source))
    others = recalls.alias("others")
    both = exists().where(others.c.reply_id == recalls.c.reply_id, others.c.item_id == taken.source)
    with_it = recalls.c.item_id == taken.id
    connection.execute(delete(recalls).where(with_it, both))
    connection.execute(update(recalls).where(with_it).values(item_id=taken.source))


def _hand_on_to_originals(connection: Connection, summary: Memory) -> None:
    """A reply that was made with a summary was made with all that it stood for."""
    held = (
        select(recalls.c.reply_id, messages.c.id, recalls.c.step_id, recalls.c.score, recalls.c.reason)
        .join(messages, messages.c.compressed_into == recalls.c.item_id)
        .where(recalls.c.item_id == summary.id)
    )
    columns = ["reply_id", "item_id", "step_id", "score", "reason"]
    connection.execute(insert(recalls).from_select(columns, held).on_conflict_do_nothing())
