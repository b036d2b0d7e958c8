"""How found items are put in order, by the counts of the scopes that were asked.

The index's own rank takes the rarity of words from everybody's items; it only picks candidates.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memory.records import Hit, Item, Memory
from memory.words import AskedWord


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that the index picked, with its words."""

    item: Item
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of the scopes that were asked."""

    items: int  #: how many they hold
    holding: Mapping[str, int]  #: how many of them hold a stem

    def rarity(self, stem: str) -> float:
        """The smoothed inverse document frequency of BM25: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        holding = self.holding.get(stem, 0)
        return math.log(1 + max(0.0, self.items - holding + 0.5) / (holding + 0.5))


def rank(candidates: Sequence[Candidate], asked: Sequence[AskedWord], counts: Counts) -> list[Hit]:
    """Orders candidates by the share of the question's weight that each holds; the newer one first among equals."""
    weights = {stem: counts.rarity(stem) for stem in {word.stem for word in asked}}
    hits = [_hit(candidate, asked, weights) for candidate in candidates]
    return sorted((hit for hit in hits if hit.score > 0), key=_order, reverse=True)


def _order(hit: Hit) -> tuple[float, bool, int]:
    return hit.score, isinstance(hit.item, Memory), hit.item.id


def _hit(candidate: Candidate, asked: Sequence[AskedWord], weights: Mapping[str, float]) -> Hit:
    by_typed: dict[str, set[str]] = {}
    for word in asked:
        by_typed.setdefault(word.typed, set()).add(word.stem)
    # A word that was typed once has a stem in each language; the item need hold only one of them.
    held = {typed for typed, its_stems in by_typed.items() if its_stems & candidate.stems}
    total = sum(_weight(its_stems, weights) for its_stems in by_typed.values())
    share = sum(_weight(by_typed[typed], weights) for typed in held) / total if total else 0.0
    reason = "holds " + ", ".join(sorted(held)) if held else ""
    lacks = tuple(typed for typed in by_typed if typed not in held)
    return Hit(candidate.item, score=share * math.sqrt(share), reason=reason, lacks=lacks)


def _weight(its_stems: set[str], weights: Mapping[str, float]) -> float:
    """A typed word weighs as much as its commonest stem: a foreign stem of it that nobody uses is no rarity."""
    return min(weights[stem] for stem in its_stems)
