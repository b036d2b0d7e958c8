"""How found items are put in order: by the words they hold or stand near, who said them, and when.

The recipe and its weights are those that found most evidence in long conversations (`benchmarks/memory_server.py`):

    near(word)  1 for an item that holds it, less for its neighbours; the largest counts, they are not added up
    lex         the share of the question's weight that is near, times the square root of the share that is near at all
    score       lex x (1 + 0.6 when it was said by somebody the question is about) + 0.2 x how near its day is

A word weighs by its rarity in the scopes that were asked: what others keep does not change what is found.
Where meanings are compared, `meaning.py` says how they count beside the words.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from memory.engines.sqlite_candidates import Candidate, Lent
from memory.records import ItemId
from memory.search.asked import Asked
from memory.search.meaning import is_close, score_meant
from memory.search.time_words import date_words
from memory.search.vectors import Closeness
from memory.words import AskedWord, analyse, folded_words

SPEAKER: Final = 0.6
DATE: Final = 0.2
MOVED: Final = 0.1  #: how far importance, age and use together can move a score
_IMPORTANCE: Final = 0.6  #: of MOVED
_AGE: Final = 0.2  #: of MOVED
_USE: Final = 0.2  #: of MOVED
_OFTEN: Final = 10  #: recalls; more of them count no more
#: What was said lately counts a little more; what is older than that is as good however old it is.
_LATELY: Final = ((7, 1.0), (30, 0.5))  #: days, and how much of _AGE


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
class Near:
    """How near the words of a question are to an item."""

    words: Mapping[int, float]  #: 0 to 1, by their place in the question
    lex: float  #: 0 to 1: how much of the question that is
    taken_over: frozenset[int] = frozenset()  #: those that what it took the place of held


NOT_NEAR: Final = Near({}, 0.0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item in its place."""

    candidate: Candidate
    score: float  #: 0 to 1
    near: Near
    close: Closeness | None = None  #: None: not known


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an item stands in its place."""

    reason: str
    lacks: tuple[str, ...]  #: the words of the question that it does not hold itself, as they were typed
    taken_over: tuple[str, ...]  #: the words that only what it took the place of holds, as they were typed
    own: float  #: 0 to 1: how well it answers by what it holds itself
    of_time: bool  #: False: the question names a time, and the item is of another


class Ranking:
    """Puts candidates in order for one question."""

    def __init__(self, asked: Asked, counts: Counts, today: date, zone: tzinfo) -> None:
        self._asked = asked
        self._today = today
        self._zone = zone
        self._weights = [counts.rarity(word) for word in asked.words]
        self._total = sum(self._weights)
        self._places = {stem: [at for at, word in enumerate(asked.words) if stem in word.stems] for stem in asked.stems}
        begins = ((datetime.combine(today - timedelta(days), time(), zone), share) for days, share in _LATELY)
        self._lately = [(begin.astimezone(UTC), share) for begin, share in begins]

    def holding(self, picked: Mapping[ItemId, Candidate]) -> dict[ItemId, Near]:
        """Returns what items hold themselves of the question, those that hold most of it first."""
        held = {item: dict.fromkeys(self._held(candidate), 1.0) for item, candidate in picked.items()}
        holding = [(item, Near(words, self._lex(words))) for item, words in held.items()]
        return dict(sorted(holding, key=lambda one: (-one[1].lex, one[0])))

    def near(self, holding: Mapping[ItemId, Near], lent: Iterable[Lent]) -> dict[ItemId, Near]:
        """Returns what is near the words of the question: the items that hold them, and those items' neighbours."""
        words: dict[ItemId, dict[int, float]] = {}
        for one in lent:
            held = holding[one.lender].words
            for item, share in one.shares.items():
                shares = words.get(item)
                if shares is None:
                    shares = words[item] = dict(holding.get(item, NOT_NEAR).words)
                for word in held:
                    if shares.get(word, 0.0) < share:
                        shares[word] = share
        return {**holding, **{item: Near(of_item, self._lex(of_item)) for item, of_item in words.items()}}

    def succeeding(
        self, near: Mapping[ItemId, Near], ended: Mapping[ItemId, Near], lent: Iterable[Lent]
    ) -> dict[ItemId, Near]:
        """Returns what is near, with what took the place of items that ended: it says what is so of the same matter."""
        found = dict(near)
        for one in lent:
            words = ended[one.lender].words
            for item, share in one.shares.items():
                before = found.get(item, NOT_NEAR)
                joined = {**before.words, **{word: max(share, before.words.get(word, 0.0)) for word in words}}
                found[item] = Near(joined, self._lex(joined), before.taken_over | words.keys())
        return found

    def rank(
        self,
        candidates: Iterable[Candidate],
        near: Mapping[ItemId, Near],
        close: Mapping[ItemId, Closeness] = MappingProxyType({}),
        least: float = 0.0,
    ) -> list[Ranked]:
        """Orders candidates, the best first, without those that have no part in the question, unless `least` is more.

        Of equal ones memories come first, the newest before the others; then messages as they were said, for what
        begins a matter says more of it than what goes on about it.
        """
        ranked = [self._ranked(one, near.get(one.id, NOT_NEAR), close.get(one.id), least) for one in candidates]
        return sorted((one for one in ranked if one.score > 0), key=_order)

    def fullest_first(self, candidates: Collection[Candidate]) -> list[Ranked]:
        """Orders what was said at a time, for a question that asks for nothing else: what says most comes first."""
        sizes = {one.id: len(set(_stems(one))) for one in candidates}
        most = max(sizes.values(), default=1)
        ranked = [Ranked(one, (1 + sizes[one.id] / most) / 2 * self._moved(one), NOT_NEAR) for one in candidates]
        return sorted(ranked, key=_order)

    def explain(self, ranked: Ranked) -> Explained:
        """Says why an item stands where it does."""
        asked, candidate = self._asked, ranked.candidate
        held = self._held(candidate)
        holds = _typed(asked.words[word] for word in held)
        taken = _typed(asked.words[word] for word in ranked.near.taken_over.difference(held))
        has = {*holds, *taken}
        near = [typed for typed in _typed(asked.words[word] for word in ranked.near.words) if typed not in has]
        lacks = [typed for typed in _typed(asked.words) if typed not in has and typed not in asked.forgiven]
        reasons = [
            f"holds {', '.join(sorted(holds))}" if holds else "",
            f"stands for what held {', '.join(sorted(taken))}" if taken else "",
            f"stands near {', '.join(sorted(near))}" if near else "",
            "close in meaning" if self._found_by_meaning(ranked) else "",
            "by whom the question names" if asked.names and candidate.speaker in asked.named_others else "",
            "of that time" if asked.time.spans and asked.time.holds(self._day(candidate)) else "",
            f"until {_day_told(candidate.until.astimezone(self._zone))}" if candidate.until else "",
        ]
        return Explained(
            reason="; ".join(filter(None, reasons)),
            lacks=(*lacks, *self._names_lacking(candidate)),
            taken_over=tuple(taken),
            own=self._lex(dict.fromkeys([*ranked.near.taken_over, *held], 1.0)),
            of_time=self._of_time(candidate),
        )

    def _of_time(self, candidate: Candidate) -> bool:
        """An item of about that time, or one that holds the date itself: "the dentist comes on 3 May"."""
        time = self._asked.time
        if not time.spans or time.nearness(self._day(candidate)):
            return True
        words = set(folded_words(candidate.content))
        return any(words.issuperset(date_words(named)) for named in time.absolute)

    def _found_by_meaning(self, ranked: Ranked) -> bool:
        met = ranked.near.words or self._asked.time.holds(self._day(ranked.candidate))
        return ranked.close is not None and (is_close(ranked.close) or not met)

    def _held(self, candidate: Candidate) -> list[int]:
        met = self._places.keys() & _stems(candidate)
        return sorted({at for stem in met for at in self._places[stem]})

    def _lex(self, near: Mapping[int, float]) -> float:
        lent = met = 0.0
        for word, share in near.items():
            weight = self._weights[word]
            lent += weight * share
            met += weight
        return lent / self._total * math.sqrt(met / self._total) if met else 0.0

    def _ranked(self, candidate: Candidate, near: Near, close: Closeness | None, least: float) -> Ranked:
        asked = self._asked
        by_named = self._by_named(candidate)
        nearness = asked.time.nearness(self._day(candidate)) if asked.time.spans else 0.0
        largest = 1 + SPEAKER * bool(asked.named) + DATE * bool(asked.time.spans)
        score = (max(least, near.lex) * (1 + SPEAKER * by_named) + DATE * nearness) / largest
        if close is not None:
            score = score_meant(close, near.lex, by_named, nearness, score)
        return Ranked(candidate, score * self._moved(candidate), near, close)

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
        used = min(1.0, candidate.uses / _OFTEN)
        for begin, share in self._lately:
            if candidate.created_at >= begin:
                return 1 - MOVED + MOVED * (_IMPORTANCE * importance + _AGE * share + _USE * used)
        return 1 - MOVED + MOVED * (_IMPORTANCE * importance + _USE * used)


def _typed(words: Iterable[AskedWord]) -> list[str]:
    return list(dict.fromkeys(word.typed for word in words))


def _order(one: Ranked) -> tuple[float, bool, int]:
    item = one.candidate
    return -round(one.score, 9), not item.is_memory, -item.id if item.is_memory else item.id


def _stems(candidate: Candidate) -> list[str]:
    return analyse(candidate.content, candidate.language)


def _day_told(day: datetime) -> str:
    return f"{day.day} {day:%B %Y}"
