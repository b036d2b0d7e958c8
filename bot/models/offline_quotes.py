"""Chooses the recalled items that may be quoted. Rather none than the nearest stranger."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.models.irregular_verbs import other_forms
from bot.models.offline_rules import Intent, lines_of
from capabilities.recall import Kind, Recalled, RecalledItem
from memory import Trust

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SHOWN: Final = 300  #: characters of a quotation

#: Words that carry no topic.
_SMALL: Final = frozenset({
    "a", "an", "the", "this", "that", "these", "those", "it", "its", "it's", "there", "here", "is", "are", "am",
    "was", "were", "be", "been", "being", "do", "does", "did", "done", "doing", "has", "have", "had", "having",
    "can", "could", "will", "would", "shall", "should", "may", "might", "must", "and", "or", "but", "if", "of",
    "in", "on", "at", "to", "from", "for", "with", "about", "as", "by", "than", "then", "so", "not", "no", "i",
    "i'm", "i've", "me", "my", "mine", "we", "us", "our", "you", "your", "he", "him", "his", "she", "her", "they",
    "them", "their", "what", "what's", "whats", "when", "where", "which", "who", "who's", "whom", "whose", "why",
    "how", "any", "some", "something", "anything", "everything", "all", "ever", "just", "also", "too", "please",
    "ember", "thing", "things",
    # German; not "den", "die", "hat", "mit" and "war", which are English words or names that carry one.
    "der", "das", "dem", "des", "ein", "eine", "einen", "einem", "einer", "ist", "sind", "habe", "haben", "ich",
    "mich", "mir", "mein", "meine", "meinen", "meinem", "meiner", "meines", "wir", "uns", "unser", "unsere", "du",
    "dich", "dir", "dein", "deine", "er", "sie", "es", "ihr", "ihre", "sein", "seine", "und", "oder", "aber", "nicht",
    "kein", "keine", "im", "auf", "bei", "von", "zu", "zum", "zur", "für", "über", "dass", "wer", "wie", "wo",
    "wann", "warum", "woher", "wohin", "welche", "welcher", "welches", "welchen", "wen", "wem", "wessen", "auch",
    "denn", "bitte", "alles", "etwas",
})  # fmt: skip
#: Words that name the kind of answer wanted, which an answer need not hold: "I live in Berlin" holds no "city".
_KIND_OF_ANSWER: Final = frozenset({
    "name", "names", "named", "call", "calls", "called", "kind", "sort", "type", "colour", "color", "city", "town",
    "country", "place", "address", "day", "date", "time", "year", "month", "week", "today", "yesterday", "last",
    "number", "many", "much", "age", "old", "long", "tall", "big", "far", "often", "favourite", "favorite",
    "exactly", "again", "currently", "now", "say", "said", "tell", "told", "know", "remember", "mention",
    "mentioned", "heisst", "heisse", "heissen", "nenn", "nennt", "namens", "farbe", "stadt", "land", "ort", "tag",
    "datum", "jahr", "alt", "alter", "oft", "viel", "viele", "jetzt", "weisst", "gesagt", "erzählt",
})  # fmt: skip
_NAMING: Final = frozenset(
    {"name", "names", "named", "call", "calls", "called", "heisst", "heisse", "heissen", "nenn", "nennt", "namens"}
)
_MY: Final = frozenset({"my", "mein", "meine", "meinen", "meinem", "meiner", "meines"})
_OF_MINE: Final = _MY | {"our", "unser", "unsere"}
_ONESELF: Final = _OF_MINE | {
    "i", "i'm", "i've", "i'd", "me", "mine", "myself", "we", "us", "ich", "mich", "mir", "wir", "uns",
}  # fmt: skip
_OWN_NAME: Final = re.compile(
    r"(?:my (?:first |full )?name is|my name's|call me|people call me|i am called|i'm called|i go by|"
    r"ich hei(?:ß|ss)e|mein name ist|(?:man )?nennt? mich)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quotation:
    """What somebody stated in an item: of "remember that X" only X, of a question nothing."""

    item: RecalledItem
    text: str

    @property
    def key(self) -> str:
        """The same for the same statement, made twice."""
        return self.text.casefold().strip(" .!")

    @property
    def shown(self) -> str:
        line = " ".join(self.text.split())
        return f'"{line}"' if len(line) <= _SHOWN else f'"{line[:_SHOWN]}…"'

    @property
    def day(self) -> str:
        """When it was said; until when it was so, where it is no longer."""
        said = _day(self.item.when)
        return said if self.item.until is None else f"{said}, until {_day(self.item.until)}"

    @property
    def sentence(self) -> str:
        return f"{self._speaker}: {self.shown} ({self.day})."

    @property
    def _speaker(self) -> str:
        if not self.item.by_asker:
            return f"{self.item.said_by} said"
        if self.item.until is not None:
            return (
                "It is no longer so, but you used to say" if self.item.trust is Trust.SAID else "I used to have noted"
            )
        return "You told me" if self.item.trust is Trust.SAID else "I noted"


def _day(when: str) -> str:
    day = datetime.fromisoformat(when)
    return f"{day.day} {day:%B %Y}"


def quotations(recalled: Recalled) -> list[Quotation]:
    """Returns what people stated in the recalled items, best first."""
    return [Quotation(item, text) for item in recalled.items if (text := _stated(item))]


def distinct(found: Iterable[Quotation]) -> list[Quotation]:
    """Returns each statement of a person once."""
    return list({(one.item.said_by, one.key): one for one in found}.values())


def answers(question: str, recalled: Recalled) -> list[Quotation]:
    """Returns what answers a question, best first."""
    asked = topic(question)
    forgiven = _KIND_OF_ANSWER if asked - _KIND_OF_ANSWER else frozenset[str]()
    fitting = [
        quotation
        for quotation in quotations(recalled)
        if quotation.item.of_time
        and not _lacking(quotation) - forgiven
        and _shares_a_word(asked, quotation)
        and _same_subject(_words(question), quotation)
    ]
    # What is no longer so is recalled only when it is asked for, and then it is what answers.
    fitting.sort(key=lambda quotation: (quotation.item.until is None, len(_lacking(quotation))))
    return _newest_of_alike(fitting)


def own_names(recalled: Recalled) -> list[Quotation]:
    """Returns how the asker wants to be called, the newest first."""
    said = [one for one in quotations(recalled) if one.item.by_asker and _OWN_NAME.match(one.text)]
    return sorted(said, key=lambda quotation: int(quotation.item.id), reverse=True)


def meant(words: str, recalled: Recalled) -> list[Quotation]:
    """Returns the asker's own statements that hold all of the words, or only those that are these very words."""
    asked = topic(words)
    fitting = [
        quotation
        for quotation in quotations(recalled)
        if quotation.item.by_asker
        and not _lacking(quotation)
        and _shares_a_word(asked, quotation)
        and _same_subject(_words(words), quotation)
    ]
    exact = [quotation for quotation in fitting if quotation.key == words.casefold().strip(" .!")]
    return exact or fitting


def topic(text: str) -> set[str]:
    """Returns the words that carry a topic."""
    return _words(text) - _SMALL


def _stated(item: RecalledItem) -> str:
    if item.kind is Kind.REPLY or (item.kind is Kind.MEMORY and item.text.rstrip().endswith("?")):
        return ""
    if item.kind is Kind.MEMORY:
        return item.text
    stating = (Intent.STATEMENT, Intent.OTHER, Intent.REMEMBER)
    return "\n".join(line.words or line.said for line in lines_of(item.text) if line.intent in stating)


def _words(text: str) -> set[str]:
    return {_plain(word) for word in _WORD.findall(text.casefold())}


def _plain(word: str) -> str:
    plain = word.replace("’", "'")
    return plain if plain in _SMALL else plain.removesuffix("'s")


def _lacking(quotation: Quotation) -> set[str]:
    """Returns what an item lacks of the question; its speaker's name it holds, a name for a name it holds."""
    lacking = {word for typed in quotation.item.lacks for word in _words(typed)} - _SMALL
    if not quotation.item.by_asker:
        lacking -= _words(quotation.item.said_by)
    stated = _words(quotation.text)
    lacking = {word for word in lacking if stated.isdisjoint(other_forms(word))}
    return lacking - _NAMING if stated & _NAMING else lacking


def _shares_a_word(asked: set[str], quotation: Quotation) -> bool:
    """Search leaves small words out of a question, so of "that thing" any item lacks nothing: this one has to share."""
    forms = asked.union(*map(other_forms, asked))
    beginnings = {word[:3] for word in forms}  # enough of "live" to know it in "living"
    taken_over = " ".join(quotation.item.taken_over)  # "I moved to Rome" stands for "I live in Berlin"
    words = _words(quotation.text) | _words(quotation.item.said_by) | _words(taken_over)
    return any(word[:3] in beginnings for word in words)


def _same_subject(asked: set[str], quotation: Quotation) -> bool:
    """Tells whether somebody who asks of himself gets what was said of him: "how old am I?" is not about "my cat"."""
    if not asked & _ONESELF:
        return True
    stated = _words(quotation.text)
    if not quotation.item.by_asker:
        return not stated & _ONESELF
    return bool(asked & _MY) or bool(stated & _ONESELF - _OF_MINE) or not stated & _OF_MINE


def _newest_of_alike(fitting: list[Quotation]) -> list[Quotation]:
    """Puts the newest of those that begin like the best one first: "I live in Rome" corrects "I live in Berlin"."""
    if not fitting:
        return []
    best = _likeness(fitting[0])
    alike = [quotation for quotation in fitting if _likeness(quotation) == best]
    newest = max(alike, key=lambda quotation: int(quotation.item.id))
    return [newest, *(quotation for quotation in fitting if quotation is not newest)]


def _likeness(quotation: Quotation) -> tuple[str, bool, int, list[str]]:
    """Returns who said it, whether it is so, how well it fits, and its first words."""
    return (
        quotation.item.said_by,
        quotation.item.until is None,
        len(_lacking(quotation)),
        _WORD.findall(quotation.text.casefold())[:3],
    )
