"""The hot cache by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import (
    Channel,
    Direction,
    IdentityId,
    ItemId,
    Memory,
    Message,
    MessageState,
    SessionId,
    Tier,
    Trust,
)
from memory.hot_cache import HotCache, Warmth
from memory.scope import ScopeNumber
from tests.memory.scene import MORNING

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


def message(number: int, *scopes: int, session: int = 1) -> Message:
    return Message(
        id=ItemId(number),
        channel=Channel.CONSOLE,
        external_id=None,
        direction=Direction.IN,
        state=MessageState.DONE,
        owner=EJ,
        owner_name="EJ",
        scopes=tuple(ScopeNumber(scope) for scope in scopes),
        trust=Trust.SAID,
        content=f"line {number}",
        language="en",
        created_at=MORNING,
        session=SessionId(session),
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


def held(cache: HotCache, *of: int) -> list[int] | None:
    """The ids of the memories that it answers with, or None when the database has to be asked."""
    found = cache.memories(scopes(*of))
    return None if found is None else [one.id for one in found]


def said(cache: HotCache, of: tuple[int, ...], since: int = 0, session: int = 1) -> list[int] | None:
    found = cache.conversation(scopes(*of), SessionId(session), ItemId(since))
    return None if found is None else [one.id for one in found]


def test_a_scope_is_held_whole_only_once_all_of_it_was_read() -> None:
    cache = HotCache(10)
    cache.wrote([memory(1, 1)])
    assert held(cache, 1) is None
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [memory(1, 1), memory(2, 1)])
    assert held(cache, 1) == [1, 2]
    assert held(cache, 1, 2) is None


def test_a_scope_that_is_held_whole_stays_so_through_writes() -> None:
    cache = HotCache(10)
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [])
    cache.wrote([memory(1, 1)])
    assert held(cache, 1) == [1]


def test_somebody_s_memories_are_found_without_those_of_others() -> None:
    cache = HotCache(10)
    ana = replace(memory(1, 1), owner=IdentityId(8))
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [ana, memory(2, 1), memory(3, 1, superseded=True)])
    assert cache.memories(scopes(1), EJ) == [memory(2, 1)]
    assert cache.memories(scopes(1), IdentityId(8)) == [ana]


def test_evicting_a_memory_leaves_its_scopes_to_the_database_and_no_other() -> None:
    cache = HotCache(2)
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [memory(1, 1)])
    cache.keep_memories(scopes(2), cache.counters(scopes(2)), [memory(2, 2)])
    cache.wrote([memory(3, 3)])
    assert held(cache, 1) is None
    assert held(cache, 2) == [2]


def test_evicting_what_is_superseded_leaves_its_scope_whole() -> None:
    cache = HotCache(2)
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [])
    cache.wrote([memory(1, 1, superseded=True), memory(2, 1), memory(3, 1)])
    assert held(cache, 1) == [2, 3]


def test_messages_leave_before_memories() -> None:
    cache = HotCache(2)
    cache.wrote([memory(1, 1), message(2, 1), memory(3, 1)])
    assert cache.get(ItemId(2), scopes(1)) is None
    assert cache.get(ItemId(1), scopes(1)) is not None
    cache.wrote([message(4, 1)])
    assert cache.get(ItemId(4), scopes(1)) is None
    assert cache.get(ItemId(1), scopes(1)) is not None


def test_the_memories_of_a_conversation_count_as_used() -> None:
    cache = HotCache(2)
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [memory(1, 1)])
    cache.wrote([memory(2, 2)])
    assert held(cache, 1) == [1]
    cache.wrote([memory(3, 2)])
    assert cache.get(ItemId(1), scopes(1)) is not None
    assert cache.get(ItemId(2), scopes(2)) is None


def test_a_scope_larger_than_the_cache_is_never_held_whole() -> None:
    cache = HotCache(2)
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [memory(number, 1) for number in range(5)])
    assert held(cache, 1) is None


def test_messages_are_known_from_the_message_on_that_a_read_began_with() -> None:
    cache = HotCache(10)
    assert said(cache, (1,), since=5) is None
    cache.keep_messages(scopes(1), ItemId(5), cache.counters(scopes(1)), [message(6, 1), message(7, 1, session=2)])
    assert said(cache, (1,), since=5) == [6]
    assert said(cache, (1,), since=4) is None
    assert said(cache, (1, 2), since=5) is None
    cache.wrote([message(8, 1), message(9, 3)])
    assert said(cache, (1,), since=5) == [6, 8]


def test_evicting_a_message_leaves_what_came_before_it_to_the_database() -> None:
    cache = HotCache(2)
    cache.keep_messages(scopes(1), ItemId(0), cache.counters(scopes(1)), [message(1, 1), message(2, 1)])
    cache.wrote([message(3, 1)])
    assert said(cache, (1,)) is None
    assert said(cache, (1,), since=2) == [2, 3]


def test_a_message_that_has_lost_its_words_is_left_to_the_database() -> None:
    cache = HotCache(10)
    cache.keep_messages(scopes(1), ItemId(0), cache.counters(scopes(1)), [message(1, 1)])
    cache.wrote([replace(message(1, 1), content="")])
    assert said(cache, (1,)) == []
    assert cache.get(ItemId(1), scopes(1)) is None


def test_a_new_name_stands_on_all_that_somebody_has_said() -> None:
    cache = HotCache(10)
    cache.wrote([message(1, 1), message(2, 2)])
    cache.named(EJ, "Emma")
    for number in (1, 2):
        found = cache.get(ItemId(number), scopes(number))
        assert isinstance(found, Message)
        assert found.owner_name == "Emma"


def test_a_start_that_read_everything_leaves_nothing_to_the_database() -> None:
    cache = HotCache(10)
    cache.warm(Warmth([memory(1, 1)], [message(2, 1)], all_memories=True, all_messages=True))
    assert held(cache, 1, 2) == [1]
    assert said(cache, (1, 2)) == [2]
    cache.clear()
    assert held(cache, 1) is None
    assert said(cache, (1,)) is None


def test_a_start_that_read_the_newest_messages_knows_from_which_on() -> None:
    cache = HotCache(10)
    cache.warm(Warmth([memory(1, 1)], [message(5, 1)], all_memories=False, all_messages=False))
    assert held(cache, 1) is None
    assert said(cache, (1,), since=5) == [5]
    assert said(cache, (1,), since=4) is None


def test_what_is_taken_out_is_taken_out_of_the_copies_too() -> None:
    forgotten: list[str] = []
    cache = HotCache(10, lambda: forgotten.append("copies"))
    cache.wrote([memory(1, 1)])
    assert forgotten == []
    cache.erased([ItemId(1)])
    cache.clear()
    assert forgotten == ["copies", "copies"]


def test_answers_are_counted_by_whether_the_database_was_needed() -> None:
    cache = HotCache(10)
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [memory(1, 1)])
    cache.get(ItemId(1), scopes(1))
    cache.get(ItemId(1), scopes(2))
    cache.memories(scopes(1))
    cache.memories(scopes(2))
    said(cache, (1,))
    assert (cache.hits, cache.misses) == (2, 3)


def test_an_old_read_does_not_overwrite_a_new_write() -> None:
    cache = HotCache(10)
    before = cache.counters(scopes(1))
    cache.wrote([memory(1, 1, superseded=True)])
    cache.keep(scopes(1), before, [memory(1, 1)])
    cache.keep_memories(scopes(1), before, [memory(1, 1)])
    assert held(cache, 1) is None
    assert cache.get(ItemId(1), scopes(1)) == memory(1, 1, superseded=True)


def test_an_old_read_of_messages_does_not_overwrite_a_new_write() -> None:
    cache = HotCache(10)
    before = cache.counters(scopes(1))
    cache.wrote([message(1, 1)])
    cache.keep_messages(scopes(1), ItemId(0), before, [])
    assert said(cache, (1,)) is None


@pytest.mark.parametrize("taken_out", [lambda cache: cache.erased([ItemId(1)]), lambda cache: cache.clear()])
def test_an_old_read_does_not_bring_back_what_was_taken_out_meanwhile(taken_out: Callable[[HotCache], None]) -> None:
    cache = HotCache(10)  # it does not hold the item, so it knows no scope of it
    before = cache.counters(scopes(1))
    taken_out(cache)
    cache.keep(scopes(1), before, [memory(1, 1)])
    cache.keep_memories(scopes(1), before, [memory(1, 1)])
    cache.keep_messages(scopes(1), ItemId(0), before, [message(2, 1)])
    assert len(cache) == 0
    assert held(cache, 1) is None
    assert said(cache, (1,)) is None


def test_a_cache_of_no_size_holds_nothing_and_never_claims_to_know_all() -> None:
    cache = HotCache(0)
    cache.warm(Warmth([], [], all_memories=True, all_messages=True))
    cache.wrote([memory(1, 1), message(2, 1)])
    cache.keep_memories(scopes(1), cache.counters(scopes(1)), [memory(1, 1)])
    cache.keep_memories(scopes(2), cache.counters(scopes(2)), [])
    cache.keep_messages(scopes(2), ItemId(0), cache.counters(scopes(2)), [])
    assert len(cache) == 0
    assert (held(cache, 1), held(cache, 2), said(cache, (2,))) == (None, None, None)


@given(
    st.integers(1, 6),
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from(["write", "supersede", "say", "erase", "read", "hear", "clear"]),
            st.integers(1, 8),
            st.integers(1, 3),
        ),
        max_size=60,
    ),
)
def test_what_is_answered_is_what_the_database_holds(size: int, warm: bool, steps: list[tuple[str, int, int]]) -> None:
    """Dictionaries stand for the database; every answer of the cache has to equal theirs."""
    cache, remembered, spoken = HotCache(size), dict[ItemId, Memory](), dict[ItemId, Message]()
    if warm:
        cache.warm(Warmth([], [], all_memories=True, all_messages=True))
    for what, number, scope in steps:
        item = ItemId(number * 10 + scope)
        match what:
            case "write":
                remembered[item] = memory(item, scope, 9)
                cache.wrote([remembered[item]])
            case "supersede" if item in remembered:
                remembered[item] = memory(item, scope, 9, superseded=True)
                cache.wrote([remembered[item]])
            case "say":
                spoken[ItemId(item + 1_000)] = message(item + 1_000, scope, 9)
                cache.wrote([spoken[ItemId(item + 1_000)]])
            case "erase":
                remembered.pop(item, None)
                spoken.pop(ItemId(item + 1_000), None)
                cache.erased([item, ItemId(item + 1_000)])
            case "read":
                kept = [one for _, one in sorted(remembered.items()) if scope in one.scopes]
                in_force = [one for one in kept if one.superseded_at is None]
                cache.keep_memories(scopes(scope), cache.counters(scopes(scope)), in_force)
            case "hear":
                since = ItemId(1_000 + number * 10)
                heard = [one for _, one in sorted(spoken.items()) if scope in one.scopes and one.id >= since]
                cache.keep_messages(scopes(scope), since, cache.counters(scopes(scope)), heard)
            case _:
                cache.clear()
        for asked in ((1,), (2,), (9,), (1, 9)):
            answer = held(cache, *asked)
            in_scope = [one for one in remembered.values() if set(asked) & set(one.scopes)]
            assert answer in (None, sorted(one.id for one in in_scope if one.superseded_at is None))
            for since in (0, 1_020, 1_050):
                words = said(cache, asked, since)
                true = [one.id for one in spoken.values() if set(asked) & set(one.scopes) and one.id >= since]
                assert words in (None, sorted(true))
        assert len(cache) <= size
