"""A question, understood: its weighty words, the people and the time it names, whether it asks for what was once so."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from memory.engines.sqlite_candidates import Speaker
from memory.place import IdentityId
from memory.search.time_words import TimeWords, read_time_words
from memory.stop_words import STOP_WORDS
from memory.words import AskedWord, asked_words, folded_words, says_something

ASKED_WORDS: Final = 32  #: of a question; a longer one is a text, and its first words say what it is about
NAME_LENGTH: Final = 3  #: letters of a name that are enough to know it by: Mel

_I: Final = "i im ive id ill me my mine myself ich mich mir mein meine meinen meinem meiner meines"
_ONESELF: Final = frozenset(_I.split())
_TALK: Final = """
talk talks talked talking discuss discussed speak spoke spoken say said tell told mention mentioned chat chatted
write wrote written ask asked happen happened happening conversation conversations anything something everything
stuff things reden redeten geredet sprachen gesprochen sagte gesagt besprochen erzählt schrieb geschrieben passiert
passierte etwas alles los
"""
#: Words for talking itself: a question of nothing but them and a time asks for whatever was said then.
_TALKING: Final = frozenset(_TALK.split())
_USED_TO: Final = re.compile(
    r"\b(?:used? to(?= be\b| \w+)|formerly|previously|in the past|früher|vorher|damals|(?:before|earlier)(?=\W*$))",
    re.IGNORECASE,
)
_CHANNEL_NAMED: Final = re.compile(r"\bin\s+(?:#\w[\w-]*|<#\d+>)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for."""

    words: tuple[AskedWord, ...]  #: without stop words, the names of speakers and words like "yesterday"
    named: frozenset[IdentityId]  #: whom it is about, the asker for "I" and "my"
    named_others: frozenset[IdentityId]  #: whom it calls by name
    names: tuple[str, ...]  #: the words that name others than the asker, as they were typed
    time: TimeWords
    only_time: bool  #: it asks for nothing but what was said at a time
    used_to: bool  #: it asks for what was once so
    forgiven: frozenset[str]  #: words that an answer need not hold, as they were typed: those of a date

    @property
    def stems(self) -> list[str]:
        return list(dict.fromkeys(stem for word in self.words for stem in word.stems))


def read_question(
    text: str, languages: Collection[str], asker: IdentityId, speakers: Sequence[Speaker], today: date
) -> Asked:
    """Understands a question. `speakers` are those who may be named; `today` is the day where the asker is."""
    time = read_time_words(text, today)
    used_to = bool(_USED_TO.search(time.rest))
    plain = _CHANNEL_NAMED.sub(" ", _USED_TO.sub(" ", time.rest)) if time.spans or used_to else text
    kept: list[str] = []
    asker_named = False
    named: set[IdentityId] = set()
    names: list[str] = []
    for position, typed in enumerate(plain.split()):
        if "".join(folded_words(typed)) in _ONESELF:
            asker_named = True
        called = _called(typed, position, speakers)
        if called:
            named |= called
            names.append(typed)
        else:
            kept.append(typed)
    words = _weighty(" ".join(kept), languages)
    if not words and names:  # "who is Bob?" asks what was said of him, too
        words = _weighty(" ".join(names), languages)
    only_time = bool(time.spans) and all(bare(word.typed) in _TALKING for word in words)
    dated = [] if only_time else _weighty(" ".join(time.absolute), languages)
    return Asked(
        words=tuple(() if only_time else _first([*words, *dated])),
        named=frozenset(named | {asker} if asker_named else named),
        named_others=frozenset(named),
        names=tuple(names),
        time=time,
        only_time=only_time,
        used_to=used_to,
        forgiven=frozenset(word.typed for word in dated),
    )


def name_words(text: str) -> list[str]:
    """Returns the words of a question by which somebody may be called in it, folded and without a possessive."""
    called = (_unpossessed(typed) for typed in text.split())
    return list(dict.fromkeys(word for word in called if len(word) > 1 and word not in _ONESELF))[:ASKED_WORDS]


def bare(typed: str) -> str:
    return typed.strip("?!.,;:\"'()").lower()


def _called(typed: str, position: int, speakers: Sequence[Speaker]) -> set[IdentityId]:
    """Returns who is called by a word: by a whole name, or by its beginning where it is written like a name."""
    word = _unpossessed(typed)
    like_a_name = position > 0 and typed.strip("\"'(<@")[:1].isupper()
    if len(word) < 2 or (bare(typed) in STOP_WORDS and not like_a_name):
        return set()
    found = {one.id for one in speakers if word in folded_words(one.name)}
    if not found and like_a_name and len(word) >= NAME_LENGTH:
        found = {one.id for one in speakers if any(part.startswith(word) for part in folded_words(one.name))}
    return found


def _unpossessed(typed: str) -> str:
    word = typed.replace("’", "'").rstrip('?!.,;:")')
    return "".join(folded_words(word.removesuffix("'s").removesuffix("'")))


def _weighty(text: str, languages: Collection[str]) -> list[AskedWord]:
    """The words of a text that say what it is about."""
    asked = asked_words(text, languages)
    return [word for word in asked if _says_something(word) and bare(word.typed) not in STOP_WORDS]


def _says_something(word: AskedWord) -> bool:
    return any(says_something(stem) for stem in word.stems)


def _first(words: Sequence[AskedWord]) -> list[AskedWord]:
    typed = list(dict.fromkeys(word.typed for word in words))[:ASKED_WORDS]
    distinct = {word.stems: word for word in reversed(words) if word.typed in typed}
    return list(reversed(distinct.values()))[: 2 * ASKED_WORDS]
