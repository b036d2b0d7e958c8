"""How found items are put in order: by the words they hold or stand near, who said them, and when.

The recipe, its weights and what each part is worth were measured on long conversations (`docs/architecture.md`):

    near(word)  1 for an item that holds it, less for its neighbours; the largest counts, they are not added up
    lex         the share of the question's weight that is near, times the square root of the share that is near at all
    score       lex x (1 + 0.6 when it was said by somebody the question is about) + 0.2 x how near its day is

Where meanings are compared:

    sum         lex + 0.6 x cosine of the closest sentence + 0.6 x cosine of the window + 0.25 by whom + 0.3 x day
    score       1 - e^(0.4 - sum): it keeps the order, stays under 1, and a sum of 0.5 becomes 0.1

A prompt takes what scores 0.1 or more. Measured: of questions that nothing answers (720, each asked of a conversation
that it is not about) 2.4 items of 8 reach it, where 4.8 reach it by words alone; of the evidence for true ones .803 is
in the best eight and reaches it, of .806 in the best eight at all (by words alone .768). What holds a word of the
question is found however little it means, with a score under 0.1.

A word weighs by its rarity in the scopes that were asked: what others keep does not change what is found.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from memory.records import ItemId
from memory.search.asked import Asked
from memory.search.candidates import Candidate, Lent
from memory.search.vectors import Closeness, Closest
from memory.words import AskedWord, analyse, folded_words

SPEAKER: Final = 0.6
DATE: Final = 0.2
MEANT_SENTENCE: Final = 0.6
MEANT_WINDOW: Final = 0.6
MEANT_SPEAKER: Final = 0.25
MEANT_DATE: Final = 0.3
FAR_OFF: Final = 0.4  #: the sum up to which an item is no nearer to a question than to any other
BY_WORDS_ALONE: Final = 0.1  #: what the score by words counts where the meaning is far off
CLOSE: Final = 0.4  #: a cosine that is told as a reason
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
    close: Closeness | None = None  #: how close it is in meaning, where that is known


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
        self,
        candidates: Mapping[ItemId, Candidate],
        picked: Iterable[ItemId],
        lent: Iterable[Lent],
        closest: Closest | None = None,
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
        ranked = [self._ranked(one, near[one.id], close) for one, close in _with_meanings(candidates, held, closest)]
        return sorted((one for one in ranked if one.score > 0), key=_order)

    def _ranked(self, candidate: Candidate, near: Mapping[int, float], close: Closeness | None) -> Ranked:
        score = self._score(candidate, near)
        if close is not None:
            score = max(self._score_meant(candidate, near, close), BY_WORDS_ALONE * score)
        return Ranked(candidate, score * self._moved(candidate), near, close)

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
            "close in meaning" if ranked.close is not None and _is_close(ranked.close, held or near) else "",
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
        return score / largest

    def _score_meant(self, candidate: Candidate, near: Mapping[int, float], close: Closeness) -> float:
        total = self._lex(near) + MEANT_SENTENCE * close.sentence + MEANT_WINDOW * close.window
        total += MEANT_SPEAKER * self._by_named(candidate)
        if self._asked.time.spans:
            total += MEANT_DATE * self._asked.time.nearness(self._day(candidate))
        return 1 - math.exp(FAR_OFF - total)

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


def _with_meanings(
    candidates: Mapping[ItemId, Candidate], held: Mapping[ItemId, object], closest: Closest | None
) -> Iterator[tuple[Candidate, Closeness | None]]:
    """Yields candidates with how close they are; one that has no vectors yet is taken for an average one."""
    if closest is None:
        yield from ((one, None) for one in candidates.values())
        return
    close = {item: closest.get(item) for item in candidates}
    known = [its for item in held if (its := close.get(item)) is not None]
    average = Closeness(_mean([its.sentence for its in known]), _mean([its.window for its in known])) if known else None
    for item, one in candidates.items():
        yield one, close[item] or average


def _mean(values: Collection[float]) -> float:
    return sum(values) / len(values)


def _is_close(close: Closeness, met: Collection[object]) -> bool:
    return not met or max(close.sentence, close.window) >= CLOSE


def _typed(words: Iterable[AskedWord]) -> list[str]:
    return list(dict.fromkeys(word.typed for word in words))


def _order(one: Ranked) -> tuple[float, bool, int]:
    item = one.candidate
    return -round(one.score, 9), not item.is_memory, -item.id if item.is_memory else item.id


def _stems(candidate: Candidate) -> list[str]:
    return analyse(candidate.content, candidate.language)


def _day_told(day: datetime) -> str:
    return f"{day.day} {day:%B %Y}"
