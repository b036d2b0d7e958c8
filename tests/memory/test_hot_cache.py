"""The hot cache by itself, and against the database that it stands before."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import IdentityId, ItemId, Memory, NewMemory, NotFound, Tier, Trust
from memory.hot_cache import HotCache
from memory.scope import ScopeNumber
from tests.memory.scene import DM, GENERAL, MORNING, STAFF, Scene, opened

EJ = IdentityId(7)


def memory(number: int, *scopes: int, superseded: bool = False) -> Memory:
    return Memory(
        id=ItemId(number),
        owner=EJ,
        scopes=tuple(ScopeNumber(scope) for scope in scopes),
        trust=Trust.SAID,
        tier=Tier.SEMANTIC,
        content=f"fact {number}",
        importance=5,
        confidence=1.0,
        language="en",
        created_at=MORNING,
        valid_from=MORNING,
        superseded_at=MORNING if superseded else None,
    )


def scopes(*numbers: int) -> tuple[ScopeNumber, ...]:
    return tuple(ScopeNumber(number) for number in numbers)


def test_the_least_recently_used_item_leaves_first() -> None:
    cache = HotCache(2)
    cache.wrote([memory(1, 1), memory(2, 1)])
    assert cache.get(ItemId(1), scopes(1)) is not None
    cache.wrote([memory(3, 1)])
    assert cache.get(ItemId(1), scopes(1)) is not None
    assert cache.get(ItemId(2), scopes(1)) is None
    assert len(cache) == 2


def test_an_item_is_given_only_to_a_place_that_shares_a_scope_with_it() -> None:
    cache = HotCache(10)
    cache.wrote([memory(1, 1, 2)])
    assert cache.get(ItemId(1), scopes(2, 9)) is not None
    assert cache.get(ItemId(1), scopes(3)) is None
    assert cache.memories(scopes(3)).found == ()


def test_a_scope_is_complete_only_once_all_of_it_was_read() -> None:
    cache = HotCache(10)
    cache.wrote([memory(1, 1)])
    assert not cache.memories(scopes(1)).complete
    cache.fill(scopes(1), cache.counters(scopes(1)), [memory(1, 1), memory(2, 1)])
    assert cache.memories(scopes(1)).complete
    assert not cache.memories(scopes(1, 2)).complete


def test_a_complete_scope_stays_complete_through_writes() -> None:
    cache = HotCache(10)
    cache.fill(scopes(1), cache.counters(scopes(1)), [])
    cache.wrote([memory(1, 1)])
    held = cache.memories(scopes(1))
    assert held.complete
    assert [found.id for found in held.found] == [1]


def test_evicting_a_memory_makes_its_scopes_incomplete_and_no_other() -> None:
    cache = HotCache(2)
    cache.fill(scopes(1), cache.counters(scopes(1)), [memory(1, 1)])
    cache.fill(scopes(2), cache.counters(scopes(2)), [memory(2, 2)])
    cache.wrote([memory(3, 3)])
    assert not cache.memories(scopes(1)).complete
    assert cache.memories(scopes(2)).complete


def test_a_scope_larger_than_the_cache_is_never_called_complete() -> None:
    cache = HotCache(2)
    cache.fill(scopes(1), cache.counters(scopes(1)), [memory(number, 1) for number in range(5)])
    assert not cache.memories(scopes(1)).complete


def test_an_old_read_does_not_overwrite_a_new_write() -> None:
    cache = HotCache(10)
    before = cache.counters(scopes(1))
    cache.wrote([memory(1, 1, superseded=True)])
    cache.fill(scopes(1), before, [memory(1, 1)])
    assert cache.memories(scopes(1)).found == ()


def test_an_old_read_does_not_bring_back_what_was_erased_meanwhile() -> None:
    cache = HotCache(10)
    before = cache.counters(scopes(1))
    cache.erased([ItemId(1)])  # which the cache did not hold, so it knows no scope of it
    cache.fill(scopes(1), before, [memory(1, 1)])
    assert cache.get(ItemId(1), scopes(1)) is None
    assert not cache.memories(scopes(1)).complete


def test_an_old_read_does_not_bring_back_what_was_cleared_meanwhile() -> None:
    cache = HotCache(10)
    before = cache.counters(scopes(1))
    cache.clear()
    cache.fill(scopes(1), before, [memory(1, 1)])
    assert len(cache) == 0


def test_a_cache_of_no_size_holds_nothing_and_never_claims_to_know_all() -> None:
    cache = HotCache(0)
    cache.wrote([memory(1, 1)])
    cache.fill(scopes(1), cache.counters(scopes(1)), [memory(1, 1)])
    cache.fill(scopes(2), cache.counters(scopes(2)), [])
    assert len(cache) == 0
    assert not cache.memories(scopes(1)).complete
    assert not cache.memories(scopes(2)).complete


@given(
    st.integers(1, 6),
    st.lists(
        st.tuples(
            st.sampled_from(["write", "supersede", "erase", "read", "clear"]), st.integers(1, 8), st.integers(1, 3)
        ),
        max_size=60,
    ),
)
def test_a_complete_answer_is_what_the_database_holds(size: int, steps: list[tuple[str, int, int]]) -> None:
    """A dictionary stands for the database; every complete answer of the cache has to equal it."""
    cache, database = HotCache(size), dict[ItemId, Memory]()
    for what, number, scope in steps:
        item = ItemId(number * 10 + scope)
        match what:
            case "write":
                database[item] = memory(item, scope, 9)
                cache.wrote([database[item]])
            case "supersede" if item in database:
                database[item] = memory(item, scope, 9, superseded=True)
                cache.wrote([database[item]])
            case "erase":
                database.pop(item, None)
                cache.erased([item])
            case "read":
                kept = [one for _, one in sorted(database.items()) if scope in one.scopes]
                cache.fill(scopes(scope), cache.counters(scopes(scope)), [m for m in kept if m.superseded_at is None])
            case _:
                cache.clear()
        for asked in ((1,), (2,), (9,), (1, 9)):
            held = cache.memories(scopes(*asked))
            true = [one for one in database.values() if set(asked) & set(one.scopes) and one.superseded_at is None]
            assert all(one in true for one in held.found)
            if held.complete:
                assert sorted(one.id for one in held.found) == sorted(one.id for one in true)
        assert len(cache) <= size


@pytest.mark.parametrize("hot_items", [0, 3, 100])
async def test_what_the_cache_answers_is_what_the_database_holds_after_anything(tmp_path: Path, hot_items: int) -> None:
    """The same operations on a real memory, small caches too, compared with one that has just been opened."""
    choose = random.Random(hot_items)
    async with opened(tmp_path, hot_items=hot_items) as scene:
        people = [await scene.person(name) for name in ("Ana", "Bob")]
        kept: list[Memory] = []
        for number in range(60):
            person = choose.choice(people)
            place = scene.place(choose.choice([DM, GENERAL, STAFF]), person)
            own = [memory for memory in kept if memory.owner == person.id]
            what = choose.choice(["add", "add", "supersede", "erase", "list", "take back", "say"])
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
                    await scene.asks_and_hears(person.name, f"line {number}", place=choose.choice([DM, GENERAL]))
            except NotFound:
                continue
        hot = await _all_that_is_seen(scene, kept)
    async with opened(tmp_path, hot_items=0) as cold:
        cold.people = scene.people
        assert await _all_that_is_seen(cold, kept) == hot
    assert len(hot) > 5


async def _all_that_is_seen(scene: Scene, kept: list[Memory]) -> dict[tuple[str, str, object], object]:
    seen: dict[tuple[str, str, object], object] = {}
    lines = [ItemId(int(str(row[0]))) for row in scene.rows("SELECT id FROM messages")]
    for person in scene.people.values():
        for name, where in (("dm", DM), ("general", GENERAL), ("staff", STAFF)):
            place = scene.place(where, person)
            seen[person.name, name, "all"] = await scene.store.memories.of_owner(place, person.id)
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
