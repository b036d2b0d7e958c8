"""Values that go after a time, and keys that make a write need no invalidation."""

from datetime import date, timedelta

from memory import DrivenClock, Found
from memory.hot_cache import HotCache
from memory.scope import ScopeNumber
from memory.ttl_caches import (
    EMBEDDINGS_KEPT_FOR,
    QUERIES_KEPT,
    QUERIES_KEPT_FOR,
    EmbeddingCache,
    EmbeddingKey,
    QueryCache,
    QueryKey,
)
from tests.memory.test_hot_cache import memory

SECOND = timedelta(seconds=1)


def key(counters: tuple[int, ...] = (), text: str = "pizza") -> QueryKey:
    return QueryKey(text, date(2026, 11, 21), None, (ScopeNumber(1),), counters)


def test_what_a_question_found_is_kept_for_five_minutes(clock: DrivenClock) -> None:
    cache = QueryCache(clock)
    cache.put(key(), Found((), withheld=2))
    clock.advance(QUERIES_KEPT_FOR - SECOND)
    assert cache.get(key()) == Found((), withheld=2)
    clock.advance(SECOND)
    assert cache.get(key()) is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_the_vector_of_a_question_is_kept_for_two_hours(clock: DrivenClock) -> None:
    cache: EmbeddingCache[bytes] = EmbeddingCache(clock)
    cache.put(EmbeddingKey("mini", "pizza"), b"vector")
    clock.advance(EMBEDDINGS_KEPT_FOR - SECOND)
    assert cache.get(EmbeddingKey("mini", "pizza")) == b"vector"
    assert cache.get(EmbeddingKey("large", "pizza")) is None
    clock.advance(SECOND)
    assert cache.get(EmbeddingKey("mini", "pizza")) is None


def test_a_write_to_a_scope_makes_it_another_question(clock: DrivenClock) -> None:
    cache, hot = QueryCache(clock), HotCache(10)
    cache.put(key(hot.counters((ScopeNumber(1),))), Found(()))
    hot.wrote([memory(7, 2)])
    assert cache.get(key(hot.counters((ScopeNumber(1),)))) is not None
    hot.wrote([memory(8, 1)])
    assert cache.get(key(hot.counters((ScopeNumber(1),)))) is None


def test_it_is_bounded_and_can_be_emptied(clock: DrivenClock) -> None:
    cache = QueryCache(clock)
    for number in range(QUERIES_KEPT + 5):
        cache.put(key(text=str(number)), Found(()))
    assert len(cache) == QUERIES_KEPT
    cache.clear()
    assert len(cache) == 0
