"""The same work for everybody who is measured: people, what they keep, and what they ask. Standard library only.

Words come as in speech, few of them often and most of them rarely (Zipf's law), so that a common word meets many items.
"""

import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Final

PEOPLE: Final = 200
WORDS: Final = 5_000
WORDS_OF_AN_ITEM: Final = 18
QUESTIONS: Final = 200
READS: Final = 2_000
ALONE: Final = 500  #: writes that are timed one by one
WRITERS: Final = 64
DIMENSION: Final = 384  #: of the vectors for those who cannot search without; that of the common small models

_SYLLABLES: Final = ("ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ra", "so", "ti", "vu", "we", "zo")


@dataclass(frozen=True, slots=True)
class Kept:
    """One item of somebody's."""

    person: int
    text: str


@dataclass(frozen=True, slots=True)
class Speed:
    """Rates in items a second, latencies in milliseconds."""

    name: str
    items: int
    writes_alone: float  #: a second, one after the other, each durable before the next
    write_p95_ms: float
    writes_together: float | None  #: a second, by 64 writers; None: it takes one at a time
    read_p95_ms: float
    search_p95_ms: float | None  #: None: it cannot search by words or meaning here

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Speed":
        return cls(**json.loads(text))


def word(number: int) -> str:
    """Returns the word of a rank; 0 is the commonest."""
    number, first = divmod(number, len(_SYLLABLES))
    number, second = divmod(number, len(_SYLLABLES))
    return _SYLLABLES[first] + _SYLLABLES[second] + _SYLLABLES[number % len(_SYLLABLES)] + ("n" if number >= 15 else "")


def kept(items: int, seed: int = 1) -> Iterator[Kept]:
    """Yields what people keep, each person's items spread over all."""
    choose = random.Random(seed)
    words = [word(number) for number in range(WORDS)]
    weights = list(accumulate(1 / (rank + 1) for rank in range(WORDS)))
    for number in range(items):
        text = " ".join(choose.choices(words, cum_weights=weights, k=WORDS_OF_AN_ITEM))
        yield Kept(number % PEOPLE, f"{text} number {number}")


def questions(seed: int = 2) -> Iterator[Kept]:
    """Yields questions of five of the twenty commonest words."""
    choose = random.Random(seed)
    for _ in range(QUESTIONS):
        yield Kept(choose.randrange(PEOPLE), " ".join(word(number) for number in choose.sample(range(20), k=5)))


def vector(text: str) -> list[float]:
    """Returns a vector of no meaning: what is measured is the store, not a model."""
    choose = random.Random(text)
    return [choose.uniform(-1, 1) for _ in range(DIMENSION)]


def p95_ms(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000


async def timed(jobs: Sequence[Callable[[], Awaitable[object]]]) -> list[float]:
    """Does jobs one after the other and returns the seconds of each."""
    took: list[float] = []
    for job in jobs:
        begun = time.perf_counter()
        await job()
        took.append(time.perf_counter() - begun)
    return took
