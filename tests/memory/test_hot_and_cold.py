"""The hot cache before the database: whatever happens, it answers what the database holds."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from memory import Channel, ItemId, Memory, NewMemory, NotFound, OpenTurn, Trust
from memory.tables.erasures import erasing
from tests.memory.scene import DM, GENERAL, STAFF, Scene, opened

Seen = dict[tuple[str, str, object], object]


@pytest.mark.parametrize("hot_items", [0, 3, 100])
async def test_what_the_cache_answers_is_what_the_database_holds_after_anything(tmp_path: Path, hot_items: int) -> None:
    """The same operations on a real memory, small caches too, compared with one that has just been opened."""
    choose = random.Random(hot_items)
    async with opened(tmp_path, hot_items=hot_items) as scene:
        people = [await scene.person(name) for name in ("Ana", "Bob")]
        kept: list[Memory] = []
        turns: list[OpenTurn] = []
        for number in range(60):
            person = choose.choice(people)
            place = scene.place(choose.choice([DM, GENERAL, STAFF]), person)
            own = [memory for memory in kept if memory.owner == person.id]
            what = choose.choice(["add", "add", "supersede", "erase", "list", "take back", "say", "say", "call"])
            scene.clock.advance(timedelta(seconds=1))
            try:
                if what == "add":
                    kept.append(
                        await scene.store.memories.add(place, person.id, NewMemory(f"fact {number}", Trust.SAID))
                    )
                elif what == "supersede" and own:
                    old = choose.choice(own)
                    new = NewMemory(f"newer {number}", Trust.SAID)
                    kept.append(await scene.store.memories.supersede(place, person.id, old.id, new))
                elif what == "erase" and own:
                    await scene.store.erasure.erase(place, person.id, choose.choice(own).id)
                elif what == "take back" and own:
                    await scene.store.erasure.take_back(place, person.id, choose.choice(own).id)
                elif what == "list":
                    await scene.store.memories.of_owner(place, person.id)
                elif what == "say":
                    turns.append(
                        await scene.asks_and_hears(person.name, f"line {number}", place=choose.choice([DM, GENERAL]))
                    )
                    await scene.store.talk.conversation(place, turns[-1].session, ItemId(0))
                elif what == "call":
                    await scene.store.people.meet(
                        Channel.DISCORD, f"address of {person.name}", f"{person.name} {number}"
                    )
            except NotFound:
                continue
        hot = await _all_that_is_seen(scene, kept, turns)
    async with opened(tmp_path, hot_items=0) as cold:
        cold.people = scene.people
        assert await _all_that_is_seen(cold, kept, turns) == hot
    assert len(hot) > 5


async def _all_that_is_seen(
    scene: Scene, kept: list[Memory], turns: list[OpenTurn]
) -> dict[tuple[str, str, object], object]:
    seen: dict[tuple[str, str, object], object] = {}
    lines = [ItemId(int(str(row[0]))) for row in scene.rows("SELECT id FROM messages")]
    for person in scene.people.values():
        for name, where in (("dm", DM), ("general", GENERAL), ("staff", STAFF)):
            place = scene.place(where, person)
            seen[person.name, name, "all"] = await scene.store.memories.of_owner(place, person.id)
            for session in {turn.session for turn in turns}:
                seen[person.name, name, ("said", session)] = await scene.store.talk.conversation(
                    place, session, ItemId(0)
                )
            for one in [*(memory.id for memory in kept), *lines]:
                seen[person.name, name, one] = await scene.store.search.item(place, one)
                seen[person.name, name, ("get", one)] = await scene.store.memories.get(place, one)
    return seen


async def test_the_newest_memories_are_the_last_to_leave_after_a_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ana = await scene.person("Ana")
        place = scene.place(DM, ana)
        kept = [
            await scene.store.memories.add(place, ana.id, NewMemory(f"fact {number}", Trust.SAID))
            for number in range(4)
        ]
    async with opened(tmp_path, hot_items=4) as again:
        again.people = scene.people
        cache = again.store.memories._ground.cache
        await again.store.memories.add(place, ana.id, NewMemory("one more", Trust.SAID))
        numbers = again.store.memories._scopes.read_in(place)
        assert cache.get(kept[0].id, numbers) is None
        assert cache.get(kept[3].id, numbers) == kept[3]


async def test_a_conversation_is_answered_without_the_database_after_a_start_and_through_writes(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("Ana", "hello", place=GENERAL)
    async with opened(tmp_path) as again:
        await again.asks_and_hears("Ana", "hello again", place=GENERAL)
        cache = again.store.memories._ground.cache
        before = cache.misses
        said = await again.store.talk.conversation(turn.place, turn.session, ItemId(0))
        assert [message.content for message in said] == ["hello", "Understood.", "hello again", "Understood."]
        assert cache.misses == before


async def test_a_conversation_that_was_read_once_is_answered_without_the_database(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("Ana", "hello", place=GENERAL)
        cache = scene.store.memories._ground.cache
        cache.clear()
        first = await scene.store.talk.conversation(turn.place, turn.session, ItemId(0))
        before = cache.misses
        assert await scene.store.talk.conversation(turn.place, turn.session, ItemId(0)) == first
        assert len(first) == 2
        assert cache.misses == before


async def test_what_is_being_forgotten_is_not_warmed(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("Ana", "I like tea", place=GENERAL)
        memory = await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("Ana likes tea", Trust.SAID))
        line = await scene.line_of(turn)
        for item in (memory.id, line.id):
            await scene.store.memories._ground.queue.write(hidden(item))
    async with opened(tmp_path) as again:
        assert len(again.store.memories._ground.cache) == 1  # the reply
        assert await again.store.memories.of_owner(turn.place, turn.asker.id) == []
        assert await again.store.search.item(turn.place, line.id) is None


async def test_a_line_that_is_being_forgotten_does_not_come_back_with_its_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks("Ana", "I like tea", place=GENERAL)
        line = await scene.line_of(turn)
        cache = scene.store.memories._ground.cache
        await scene.store.memories._ground.queue.write(hidden(line.id), lambda _: cache.erased([line.id]))
        await scene.finishes(turn)
        assert await scene.store.search.item(turn.place, line.id) is None
        said = await scene.store.talk.conversation(turn.place, turn.session, ItemId(0))
        assert [message.content for message in said] == ["Understood."]


async def test_a_new_name_stands_on_what_was_said_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("Ana", "hello", place=GENERAL)
        await scene.store.people.meet(Channel.DISCORD, "address of Ana", "Anna")
        said = await scene.store.talk.conversation(turn.place, turn.session, ItemId(0))
        assert {message.owner_name for message in said} == {"Anna"}


def hidden(item: ItemId) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(insert(erasing), {"item_id": item, "erasure_id": 1}).rowcount
