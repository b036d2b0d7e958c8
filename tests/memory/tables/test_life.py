"""The life of a memory: how long it counts, what it was before, and how its owner widens it."""

from datetime import timedelta

import pytest

from memory import (
    BlockEdit,
    FinishedReply,
    Memory,
    NewMemory,
    NoGuild,
    NotFound,
    Place,
    Question,
    Recall,
    RelationshipKind,
    Tier,
    Trust,
)
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, STAFF, Scene, opened

MINUTE = timedelta(minutes=1)


async def texts(scene: Scene, place: Place, name: str = "EJ") -> list[str]:
    person = await scene.person(name)
    return [memory.content for memory in await scene.store.memories.of_owner(scene.place(place, person), person.id)]


async def finds(scene: Scene, place: Place, word: str, name: str = "EJ") -> list[str]:
    person = await scene.person(name)
    found = await scene.store.search.find(Question(scene.place(place, person), person.id, word, 10))
    return [hit.item.content for hit in found.hits]


async def working(scene: Scene, place: Place = DM) -> Memory:
    turn = await scene.asks_and_hears("EJ", "hello", place=place)
    new = NewMemory("EJ is called Zed today", Trust.SAID, tier=Tier.WORKING, session=turn.session)
    return await scene.store.memories.add(turn.place, turn.asker.id, new)


@pytest.mark.parametrize("hot_items", [0, 1_000])
async def test_a_working_memory_ends_with_its_session(scene: Scene, hot_items: int) -> None:
    async with opened(scene.path.parent / "other", scene.clock, hot_items) as scene:
        memory = await working(scene)
        ej = await scene.person("EJ")
        private = scene.place(DM, ej)
        scene.clock.advance(29 * MINUTE)
        assert await texts(scene, DM) == await finds(scene, DM, "") == [memory.content]
        assert memory.content in await finds(scene, DM, "Zed")
        assert await scene.store.memories.get(private, memory.id) == memory
        scene.clock.advance(2 * MINUTE)
        assert await texts(scene, DM) == await finds(scene, DM, "Zed") == await finds(scene, DM, "") == []
        assert await scene.store.memories.get(private, memory.id) is None
        assert await scene.store.search.item(private, memory.id) is None
        assert await scene.store.memories.history(private, memory.id) == []
        assert await scene.store.memories.as_of(private, ej.id, scene.clock.now()) == []


async def test_a_session_that_is_ended_by_hand_takes_its_working_memories_along(scene: Scene) -> None:
    await working(scene)
    await scene.store.talk.end_session(scene.place(DM, scene.people["EJ"]))
    assert await texts(scene, DM) == []


async def test_what_was_true_at_a_moment_can_be_asked(scene: Scene) -> None:
    ej = await scene.person("EJ")
    private, memories = scene.place(DM, ej), scene.store.memories
    before = scene.clock.now() - MINUTE
    old = await memories.add(private, ej.id, NewMemory("EJ lives in Berlin", Trust.SAID))
    scene.clock.advance(MINUTE)
    meanwhile = scene.clock.now()
    scene.clock.advance(MINUTE)
    new = await memories.supersede(private, ej.id, old.id, NewMemory("EJ lives in Paris", Trust.SAID))
    assert [one.content for one in await memories.as_of(private, ej.id, before)] == []
    assert [one.content for one in await memories.as_of(private, ej.id, meanwhile)] == [old.content]
    assert await memories.as_of(private, ej.id, scene.clock.now()) == [new]


async def test_the_history_of_a_memory_is_what_a_place_may_see_of_it_oldest_first(scene: Scene) -> None:
    ej = await scene.person("EJ")
    private, memories = scene.place(DM, ej), scene.store.memories
    first = await memories.add(GENERAL, ej.id, NewMemory("EJ lives in Berlin", Trust.SAID))
    second = await memories.supersede(private, ej.id, first.id, NewMemory("EJ lives in Paris", Trust.SAID))
    third = await memories.supersede(private, ej.id, second.id, NewMemory("EJ lives in Rome", Trust.SAID))
    for memory in (first, second, third):
        history = await memories.history(private, memory.id)
        assert [one.content for one in history] == ["EJ lives in Berlin", "EJ lives in Paris", "EJ lives in Rome"]
    assert [one.id for one in await memories.history(GENERAL, first.id)] == [first.id]
    assert await memories.history(GENERAL, third.id) == []


async def test_what_is_shared_is_found_in_the_guild_and_still_in_its_owner_s_dm(scene: Scene) -> None:
    ej = await scene.person("EJ")
    private, memories = scene.place(DM, ej), scene.store.memories
    secret = await memories.add(private, ej.id, NewMemory("EJ bakes pretzels", Trust.SAID, importance=8))
    assert await texts(scene, GENERAL) == await texts(scene, GENERAL, "Bob") == []
    shared = await memories.share(GENERAL, ej.id, secret.id)
    assert (shared.tier, shared.importance, shared.trust) == (Tier.SHARED, 8, Trust.SAID)
    assert await texts(scene, GENERAL) == await texts(scene, DM) == ["EJ bakes pretzels"]
    assert await finds(scene, GENERAL, "pretzels", "Bob") == await finds(scene, DM, "pretzels") == ["EJ bakes pretzels"]
    assert await texts(scene, OTHER_GUILD) == await finds(scene, OTHER_GUILD, "pretzels") == []
    assert await memories.share(STAFF, ej.id, shared.id) == shared


async def test_sharing_in_a_second_guild_takes_nothing_from_the_first(scene: Scene) -> None:
    ej = await scene.person("EJ")
    memories = scene.store.memories
    secret = await memories.add(scene.place(DM, ej), ej.id, NewMemory("EJ bakes pretzels", Trust.SAID))
    shared = await memories.share(GENERAL, ej.id, secret.id)
    await memories.share(OTHER_GUILD, ej.id, shared.id)
    assert await finds(scene, GENERAL, "pretzels") == await finds(scene, OTHER_GUILD, "pretzels") == [secret.content]
    assert await finds(scene, DM, "pretzels") == [secret.content]


async def test_nobody_shares_what_is_not_theirs_and_nothing_goes_further_than_a_guild_by_itself(scene: Scene) -> None:
    ej, bob = await scene.person("EJ"), await scene.person("Bob")
    private, memories = scene.place(DM, ej), scene.store.memories
    secret = await memories.add(private, ej.id, NewMemory("EJ bakes pretzels", Trust.SAID))
    with pytest.raises(NotFound):
        await memories.share(GENERAL, bob.id, secret.id)
    with pytest.raises(NoGuild):
        await memories.share(private, ej.id, secret.id)
    with pytest.raises(NotFound):
        await memories.share(GENERAL, ej.id, (await working(scene)).id)
    assert await finds(scene, GENERAL, "pretzels Zed", "Bob") == []
    await memories.share(private, ej.id, secret.id, everyone=True)
    assert await finds(scene, OTHER_GUILD, "pretzels", "Bob") == [secret.content]


async def test_taking_a_shared_memory_back_makes_it_private_again(scene: Scene) -> None:
    ej = await scene.person("EJ")
    private, memories = scene.place(DM, ej), scene.store.memories
    secret = await memories.add(private, ej.id, NewMemory("EJ bakes pretzels", Trust.SAID))
    shared = await memories.share(GENERAL, ej.id, secret.id)
    await scene.store.erasure.take_back(private, ej.id, shared.id)
    assert await memories.of_owner(private, ej.id) == [secret]
    assert await texts(scene, GENERAL) == []


async def test_taking_a_shared_block_back_leaves_the_one_that_took_its_name_meanwhile(scene: Scene) -> None:
    ej = await scene.person("EJ")
    private, blocks, memories = scene.place(DM, ej), scene.store.blocks, scene.store.memories
    first = await blocks.edit(private, ej.id, "notes", BlockEdit("first", Trust.SAID))
    shared = await memories.share(GENERAL, ej.id, first.id)
    await memories.share(OTHER_GUILD, ej.id, shared.id)  # the next edit takes the place of this one
    second = await blocks.edit(private, ej.id, "notes", BlockEdit("second", Trust.SAID))
    await scene.store.erasure.take_back(private, ej.id, shared.id)
    assert await memories.labelled(private) == [second]
    assert [one.content for one in await memories.history(private, second.id)] == ["first", "first", "second"]


async def test_a_memory_that_goes_into_a_reply_is_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("counted")
    async with opened(path) as scene:
        ej = await scene.person("EJ")
        memory = await scene.store.memories.add(scene.place(DM, ej), ej.id, NewMemory("EJ likes figs", Trust.SAID))
        for _ in range(3):
            turn = await scene.asks("EJ", "what do I like?")
            reply = FinishedReply("Figs.", Trust.DERIVED, recalled=(Recall(memory.id, 1.0, "holds like"),))
            assert await scene.finishes(turn, reply)
            assert not await scene.finishes(turn, reply)
        now = scene.clock.now()
    async with opened(path) as scene:
        assert scene.rows("SELECT access_count, accessed_at FROM memories") == [
            (3, now.isoformat(timespec="microseconds"))
        ]


async def test_a_memory_is_kept_with_what_it_belongs_to(scene: Scene) -> None:
    ej = await scene.person("EJ")
    private, memories = scene.place(DM, ej), scene.store.memories
    step = scene.store.steps.begin("key", (await scene.asks("EJ", "hello")).id, ej.id, "remember", "{}")
    one = await memories.add(private, ej.id, NewMemory("EJ has a cat", Trust.SAID))
    two = await memories.add(private, ej.id, NewMemory("EJ has a dog", Trust.SAID))
    new = NewMemory("EJ's pets get on", Trust.SAID, relationship=RelationshipKind.EXTENDS, related=(one.id, two.id))
    three = await memories.add(private, ej.id, new, step)
    assert scene.rows("SELECT from_id, to_id, kind FROM memory_relationships ORDER BY to_id") == [
        (three.id, one.id, "extends"),
        (three.id, two.id, "extends"),
    ]
