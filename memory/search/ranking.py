"""How found items are put in order: by the words they hold or stand near, who said them, and when.

The recipe, its weights and what each part is worth were measured on long conversations (`docs/architecture.md`):

    near(word)  1 for an item that holds it, less for its neighbours; the largest counts, they are not added up
    lex         the share of the question's weight that is near, times the square root of the share that is near at all
    score       lex x (1 + 0.6 when it was said by somebody the question is about) + 0.2 x how near its day is

A word weighs by its rarity in the scopes that were asked: what others keep does not change what is found.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from memory.records import ItemId
from memory.search.asked import Asked
from memory.search.candidates import Candidate, Lent
from memory.words import AskedWord, analyse, folded_words

SPEAKER: Final = 0.6
DATE: Final = 0.2
MOVED: Final = 0.1  #: how far importance, age and use together can move a score
_IMPORTANCE: Final = 0.6  #: of MOVED
_AGE: Final = 0.2  #: of MOVED
_USE: Final = 0.2  #: of MOVED
_NOT_COUNTED: Final = 0.5  #: until it is known how often an item was of use
#: What was said lately counts a little more; what is older than that is as good however old it is.
_LATELY: Final = ((timedelta(days=7), 1.0), (timedelta(days=30), 0.5))


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of the scopes that were asked."""

    items: int  #: how many they hold
    holding: Mapping[str, int]  #: how many of them hold a stem

    def rarity(self, word: AskedWord) -> float:
        """A word's weight: that of its commonest stem, for a foreign stem of it that nobody uses is no rarity."""
        return min(self._rarity(stem) for stem in word.stems)

    def _rarity(self, stem: str) -> float:
        """The smoothed inverse document frequency of BM25: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        holding = self.holding.get(stem, 0)
        return math.log(1 + max(0.0, self.items - holding + 0.5) / (holding + 0.5))


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item in its place."""

    candidate: Candidate
    score: float  #: 0 to 1
    near: Mapping[int, float]  #: how near the words of the question are to it, by their place there


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an item stands in its place."""

    reason: str
    lacks: tuple[str, ...]  #: the words of the question that it does not hold itself, as they were typed
    own: float  #: 0 to 1: how well it answers by what it holds itself


class Ranking:
    """Puts candidates in order for one question."""

    def __init__(self, asked: Asked, counts: Counts, now: datetime, zone: tzinfo) -> None:
        self._asked = asked
        self._now = now
        self._zone = zone
        self._weights = [counts.rarity(word) for word in asked.words]
        self._total = sum(self._weights)

    def rank(
        self, candidates: Mapping[ItemId, Candidate], picked: Iterable[ItemId], lent: Iterable[Lent]
    ) -> list[Ranked]:
        """Orders candidates, the best first; those picked may hold words of the question, others only stand near.

        Of equal ones memories come first, the newest before the others; then messages as they were said, for what
        begins a matter says more of it than what goes on about it.
        """
        held = {item: self._held(candidates[item]) for item in picked if item in candidates}
        near: defaultdict[ItemId, dict[int, float]] = defaultdict(dict)
        for item, words in held.items():
            near[item] = dict.fromkeys(words, 1.0)
        told = {one.source for one in candidates.values()}  # a memory stands for the message it was taken from
        for one in lent:
            if one.lender in told:
                continue
            of_item = near[one.item]
            for word in held.get(one.lender, ()):
                of_item[word] = max(of_item.get(word, 0.0), one.share)
        ranked = [Ranked(one, self._score(one, near[one.id]), near[one.id]) for one in candidates.values()]
        return sorted((one for one in ranked if one.score > 0), key=_order)

    def fullest_first(self, candidates: Collection[Candidate]) -> list[Ranked]:
        """Orders what was said at a time, for a question that asks for nothing else: what says most comes first."""
        sizes = {one.id: len(set(_stems(one))) for one in candidates}
        most = max(sizes.values(), default=1)
        ranked = [Ranked(one, (1 + sizes[one.id] / most) / 2 * self._moved(one), {}) for one in candidates]
        return sorted(ranked, key=_order)

    def explain(self, ranked: Ranked) -> Explained:
        """Says why an item stands where it does."""
        asked, candidate = self._asked, ranked.candidate
        held = self._held(candidate)
        holds = _typed(asked.words[word] for word in held)
        near = [typed for typed in _typed(asked.words[word] for word in ranked.near) if typed not in holds]
        lacks = [typed for typed in _typed(asked.words) if typed not in holds and typed not in asked.forgiven]
        reasons = [
            f"holds {', '.join(sorted(holds))}" if holds else "",
            f"stands near {', '.join(sorted(near))}" if near else "",
            "by whom the question names" if asked.names and candidate.speaker in asked.named_others else "",
            "of that time" if asked.time.spans and asked.time.holds(self._day(candidate)) else "",
            f"until {_day_told(candidate.until.astimezone(self._zone))}" if candidate.until else "",
        ]
        return Explained(
            reason="; ".join(filter(None, reasons)),
            lacks=(*lacks, *self._names_lacking(candidate)),
            own=self._lex(dict.fromkeys(held, 1.0)),
        )

    def _held(self, candidate: Candidate) -> list[int]:
        stems = set(_stems(candidate))
        return [at for at, word in enumerate(self._asked.words) if not stems.isdisjoint(word.stems)]

    def _lex(self, near: Mapping[int, float]) -> float:
        if not self._total:
            return 0.0
        share = sum(self._weights[word] * share for word, share in near.items()) / self._total
        met = sum(self._weights[word] for word, share in near.items() if share) / self._total
        return share * math.sqrt(met)

    def _score(self, candidate: Candidate, near: Mapping[int, float]) -> float:
        asked = self._asked
        score = self._lex(near) * (1 + SPEAKER * self._by_named(candidate))
        if asked.time.spans:
            score += DATE * asked.time.nearness(self._day(candidate))
        largest = 1 + SPEAKER * bool(asked.named) + DATE * bool(asked.time.spans)
        return score / largest * self._moved(candidate)

    def _by_named(self, candidate: Candidate) -> bool:
        """A memory is about the one it names, whoever told it; a message that names somebody may be addressing them."""
        if candidate.speaker in self._asked.named:
            return True
        return candidate.is_memory and bool(self._asked.names) and not self._names_lacking(candidate)

    def _names_lacking(self, candidate: Candidate) -> list[str]:
        """Returns the names that the question calls and the item does not, unless it was said by one of them."""
        if candidate.speaker in self._asked.named_others or not self._asked.names:
            return []
        words = set(folded_words(candidate.content))
        return [name for name in self._asked.names if words.isdisjoint(folded_words(name.removesuffix("'s")))]

    def _day(self, candidate: Candidate) -> date:
        return candidate.created_at.astimezone(self._zone).date()

    def _moved(self, candidate: Candidate) -> float:
        """Returns 0.9 to 1, by importance, age and use; a message has no importance beside what was kept on purpose."""
        importance = 0.0 if candidate.importance is None else candidate.importance / 10
        age = self._now - candidate.created_at
        lately = next((share for within, share in _LATELY if age <= within), 0.0)
        return 1 - MOVED + MOVED * (_IMPORTANCE * importance + _AGE * lately + _USE * _NOT_COUNTED)


def _typed(words: Iterable[AskedWord]) -> list[str]:
    return list(dict.fromkeys(word.typed for word in words))


def _order(one: Ranked) -> tuple[float, bool, int]:
    item = one.candidate
    return -round(one.score, 9), not item.is_memory, -item.id if item.is_memory else item.id


def _stems(candidate: Candidate) -> list[str]:
    return analyse(candidate.content, candidate.language)


def _day_told(day: datetime) -> str:
    return f"{day.day} {day:%B %Y}"
