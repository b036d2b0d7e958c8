"""Memories: kept whole, seen by whoever may, and never changed in place."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from memory import CONTENT_LIMIT, IdentityId, NewMemory, NotFound, TooLong, Trust, look_into_memory
from tests.memory.scene import CONSOLE, DM, GENERAL, OTHER_GUILD, Scene


async def test_a_memory_is_kept_whole_and_given_back_the_same(scene: Scene) -> None:
    ej = await scene.person("EJ")
    new = NewMemory("EJ likes pizza", Trust.DERIVED, importance=9, confidence=0.5, language="de")
    memory = await scene.store.memories.add(GENERAL, ej.id, new)
    async with look_into_memory(scene.path, scene.clock) as cold:
        assert await cold.memories.get(GENERAL, memory.id) == memory
        assert await cold.memories.of_owner(GENERAL, ej.id) == [memory]


async def test_a_memory_longer_than_the_limit_is_refused(scene: Scene) -> None:
    ej = await scene.person("EJ")
    place = scene.place(CONSOLE, ej)
    kept = await scene.store.memories.add(place, ej.id, NewMemory("x" * CONTENT_LIMIT, Trust.SAID))
    with pytest.raises(TooLong):
        await scene.store.memories.add(place, ej.id, NewMemory("x" * (CONTENT_LIMIT + 1), Trust.SAID))
    with pytest.raises(TooLong):
        await scene.store.memories.supersede(place, ej.id, kept.id, NewMemory("y" * (CONTENT_LIMIT + 1), Trust.SAID))


async def test_an_edit_is_seen_where_it_was_said_and_nowhere_else(scene: Scene) -> None:
    ej = await scene.person("EJ")
    old = await scene.store.memories.add(GENERAL, ej.id, NewMemory("EJ lives in Berlin", Trust.SAID))
    private = scene.place(DM, ej)
    new = await scene.store.memories.supersede(private, ej.id, old.id, NewMemory("EJ lives in Paris", Trust.SAID))
    assert await scene.store.memories.of_owner(GENERAL, ej.id) == []
    assert await scene.store.memories.of_owner(private, ej.id) == [new]
    before = await scene.store.memories.get(GENERAL, old.id)
    assert before is not None
    assert (before.superseded_by, before.content) == (new.id, "EJ lives in Berlin")


async def test_only_a_memory_of_ones_own_in_force_and_in_sight_can_be_superseded(scene: Scene) -> None:
    ej, bob = await scene.person("EJ"), await scene.person("Bob")
    memories = scene.store.memories
    old = await memories.add(GENERAL, ej.id, NewMemory("EJ lives in Berlin", Trust.SAID))
    newer = NewMemory("EJ lives in Paris", Trust.SAID)
    with pytest.raises(NotFound):
        await memories.supersede(GENERAL, bob.id, old.id, newer)
    with pytest.raises(NotFound):
        await memories.supersede(OTHER_GUILD, ej.id, old.id, newer)
    await memories.supersede(GENERAL, ej.id, old.id, newer)
    with pytest.raises(NotFound):
        await memories.supersede(GENERAL, ej.id, old.id, newer)
    assert scene.rows("SELECT count(*) FROM memories") == [(2,)]


async def test_the_last_change_is_the_newest_since_a_moment(scene: Scene) -> None:
    ej = await scene.person("EJ")
    place = scene.place(DM, ej)
    since = scene.clock.now()
    await scene.store.memories.add(place, ej.id, NewMemory("one", Trust.SAID))
    last = await scene.store.memories.add(place, ej.id, NewMemory("two", Trust.SAID))
    assert await scene.store.memories.last_change(place, ej.id, since) == last
    assert await scene.store.memories.last_change(place, ej.id, since + timedelta(seconds=1)) is None


async def test_a_row_of_nobody_is_refused(scene: Scene) -> None:
    with pytest.raises(IntegrityError):
        await scene.store.memories.add(GENERAL, IdentityId(99), NewMemory("whose?", Trust.SAID))
