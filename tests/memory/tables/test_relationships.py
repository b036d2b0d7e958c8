"""Relationships: read from both ends, bounded, and each said once."""

from sqlalchemy import Connection, update

from memory import ItemId
from memory.tables.messages import messages
from memory.tables.relationships import RELATED, RelationshipKind, read_belonging, relate
from tests.memory.scene import Scene, writer_of

A, B, C, D = (ItemId(number) for number in range(1, 5))


def related(connection: Connection, *ids: ItemId) -> list[ItemId]:
    return [one.id for one in read_belonging(connection, ids)]


async def test_what_belongs_together_is_found_from_both_ends_the_surest_first(scene: Scene) -> None:
    with writer_of(scene.path) as writer:
        connection, now = writer.core, scene.clock.now()
        relate(connection, A, [B], RelationshipKind.RELATES_TO, 0.5, now)
        relate(connection, C, [A], RelationshipKind.CONTRADICTS, 0.9, now)
        relate(connection, C, [D], RelationshipKind.EXTENDS, 1.0, now)
        assert related(connection, A) == [C, B]
        assert related(connection, B) == [A]
        assert related(connection, A, C) == [D, B]
        assert related(connection, ItemId(99)) == []


async def test_what_something_was_made_from_belongs_to_it_unless_it_stands_for_that(scene: Scene) -> None:
    original, other = [await scene.says("EJ", text) for text in ("red roof", "blue roof")]
    assert original is not None
    assert other is not None
    first, second = original.message.id, other.message.id
    with writer_of(scene.path) as writer:
        connection = writer.core
        relate(connection, A, [first, second], RelationshipKind.DERIVED_FROM, 1.0, scene.clock.now())
        connection.execute(update(messages).where(messages.c.id == first).values(compressed_into=A))
        assert related(connection, A) == [second]
        assert related(connection, second) == [A]


async def test_saying_it_again_changes_nothing_and_nothing_belongs_to_itself(scene: Scene) -> None:
    with writer_of(scene.path) as writer:
        for confidence in (0.5, 1.0):
            relate(writer.core, A, [A, B], RelationshipKind.RELATES_TO, confidence, scene.clock.now())
    assert scene.rows("SELECT from_id, to_id, confidence FROM memory_relationships") == [(A, B, 0.5)]


async def test_no_more_are_given_than_the_limit(scene: Scene) -> None:
    with writer_of(scene.path) as writer:
        others = [ItemId(number) for number in range(10, 10 + 2 * RELATED)]
        relate(writer.core, A, others, RelationshipKind.RELATES_TO, 1.0, scene.clock.now())
        assert related(writer.core, A) == others[: RELATED - 1 : -1]
