"""Ids only grow, whatever the clock does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.clock import DrivenClock, SystemClock
from memory.ids import IdMaker
from tests.memory.scene import MORNING


def test_ids_grow_within_one_instant() -> None:
    maker = IdMaker(DrivenClock(MORNING))
    made = [maker.next() for _ in range(20_000)]  # more than one millisecond's sequence holds
    assert made == sorted(set(made))


def test_ids_never_go_back_when_the_clock_does() -> None:
    clock = DrivenClock(MORNING)
    maker = IdMaker(clock)
    before = maker.next()
    clock.advance(timedelta(hours=-3))
    after = [maker.next() for _ in range(10_000)]
    assert before < after[0]
    assert after == sorted(set(after))


@pytest.mark.parametrize("back", [timedelta(0), timedelta(days=400), timedelta(days=-1)])
def test_ids_start_after_the_largest_stored(back: timedelta) -> None:
    stored = IdMaker(DrivenClock(MORNING), worker=255).next()
    assert IdMaker(DrivenClock(MORNING - back), after=stored).next() > stored


@given(st.lists(st.integers(-5, 5), max_size=200), st.integers(0, 255))
def test_ids_are_unique_and_fit_63_bits_whatever_the_clock_does(moves: list[int], worker: int) -> None:
    clock = DrivenClock(MORNING)
    maker = IdMaker(clock, worker)
    made = []
    for move in moves:
        clock.advance(timedelta(milliseconds=move))
        made.append(maker.next())
    assert made == sorted(set(made))
    assert all(0 < one < 1 << 63 for one in made)


def test_two_workers_never_make_the_same_id() -> None:
    clock = DrivenClock(MORNING)
    one, other = IdMaker(clock, worker=1), IdMaker(clock, worker=2)
    assert not {one.next() for _ in range(1_000)} & {other.next() for _ in range(1_000)}


def test_a_worker_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="a worker is 0 to 255"):
        IdMaker(DrivenClock(MORNING), worker=256)


def test_the_systems_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
