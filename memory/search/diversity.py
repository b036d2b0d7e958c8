"""Which of the found items to take where not all have room: each should say what the others do not."""

from collections.abc import Sequence
from typing import Final

from memory.records import Hit
from memory.stop_words import weighty_words

RELEVANCE: Final = 0.7  #: against likeness to what is taken already


def diverse_first(hits: Sequence[Hit]) -> list[Hit]:
    """Orders hits by maximal marginal relevance: the best one, then what is good and unlike those before it.

    Only for filling a budget: as an order of answers it finds less of the evidence than the scores do.
    """
    left = [(hit, weighty_words(hit.item.content, hit.item.language)) for hit in hits]
    taken: list[tuple[Hit, frozenset[str]]] = []
    while left:
        best = max(left, key=lambda one: _worth(one, taken))
        left.remove(best)
        taken.append(best)
    return [hit for hit, _ in taken]


def _worth(one: tuple[Hit, frozenset[str]], taken: Sequence[tuple[Hit, frozenset[str]]]) -> float:
    hit, words = one
    likeness = max((_likeness(words, others) for _, others in taken), default=0.0)
    return RELEVANCE * hit.score - (1 - RELEVANCE) * likeness


def _likeness(words: frozenset[str], others: frozenset[str]) -> float:
    """The share of their words that two texts have in common (Jaccard)."""
    return len(words & others) / len(words | others) if words or others else 1.0
