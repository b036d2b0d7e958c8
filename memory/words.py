"""Text to words: one analysis for what is indexed and for what is asked, on every engine.

Unicode fold, word breaking, stemming; bigrams for scripts that write no spaces. The words hold only [a-z0-9] and
non-ASCII characters, so that the tokenizer of the index splits them at spaces and nowhere else.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Final

import Stemmer

#: Raised whenever the words of a text, or their keys, change; the index is then rebuilt at start.
ANALYSE_VERSION: Final = 1

DEFAULT_LANGUAGE: Final = "en"
WORD_LENGTH: Final = 64  #: characters; a longer run is cut: nobody asks for it, and it would bloat the index
KEY_LENGTH: Final = 7  #: base-36 digits of a scope number; fixed, or one scope's words would look like another's
_UNSTEMMED: Final = ""  #: no language
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

STEMMERS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_ASCII_RUN: Final = re.compile(rf"([a-z0-9]{{1,{WORD_LENGTH}}})[a-z0-9]*")  # finds no more than the group
#: Letters and digits, and the marks that Indic, Hebrew and Arabic letters carry, which Python's \w leaves out.
_RUN: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff])+")
_POINTS: Final = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]")
#: Thai, Lao, Burmese, Khmer, Japanese kana, Chinese characters.
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
#: Where an apostrophe parts two words (l'amour); elsewhere it stands inside one (don't).
_ELIDING: Final = {"ca", "fr", "it"}

_of_thread = threading.local()  # a Stemmer is not to be shared between threads


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of a question, as it was typed and as it is indexed."""

    typed: str  #: with all that stands with it between two spaces
    stems: tuple[str, ...]  #: one for each language in which it has another; an item need hold only one of them


def analyse(text: str, language: str = DEFAULT_LANGUAGE) -> list[str]:
    """Returns the words of a text, in order; an unknown language goes unstemmed."""
    apostrophe = " " if language in _ELIDING else ""
    if text.isascii():
        return _stemmed(_ASCII_RUN.findall(text.lower().replace("'", apostrophe)), language)
    plain = storable(text).replace("’", apostrophe).replace("'", apostrophe)
    words: list[str] = []
    for run in _RUN.findall(_fold(plain)):
        words.extend(_bigrams(run) if _UNSPACED.search(run) else _stemmed([run[:WORD_LENGTH]], language))
    return words


def storable(text: str) -> str:
    """Returns a text as it can be stored: halves of a character joined, and replaced where one is missing.

    JSON and a terminal of another encoding bring them, and no database takes them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def asked_words(question: str, languages: Iterable[str]) -> list[AskedWord]:
    """Returns the words of a question, each once, with their stems in each of the languages."""
    spoken = tuple(languages)
    asked: dict[tuple[str, ...], AskedWord] = {}
    for typed in question.replace("’", "'").split():
        # What was typed without a space may be many words, and not as many in every language.
        for stems in zip_longest(*(analyse(typed, language) for language in spoken)):
            distinct = tuple(dict.fromkeys(stem for stem in stems if stem))
            asked.setdefault(distinct, AskedWord(typed, distinct))
    return list(asked.values())


def says_something(stem: str) -> bool:
    """False for a lone letter of a script that writes words with several."""
    return len(stem) > 1 or stem.isdigit() or not stem.isascii()


def keyed(stem: str, scope: int) -> str:
    """Returns a word as it stands in the index: behind the number of its scope."""
    return scope_key(scope) + stem


def keyed_words(text: str, language: str, scope: int, owner_scope: int) -> str:
    """Returns all that is indexed of an item: its words once for each scope that it stands in."""
    words = analyse(text, language)
    keys = (scope_key(scope),) if scope == owner_scope else (scope_key(scope), scope_key(owner_scope))
    return " ".join([key + word for key in keys for word in words])


@lru_cache(maxsize=4096)
def scope_key(scope: int) -> str:
    """Returns a scope's number in seven base-36 digits."""
    digits = ""
    for _ in range(KEY_LENGTH):
        scope, digit = divmod(scope, 36)
        digits = _DIGITS[digit] + digits
    if scope:
        raise ValueError("a scope number has at most seven base-36 digits")
    return digits


def folded_words(text: str) -> list[str]:
    """Returns the words of a text, in order, folded but not stemmed: for phrases and beginnings of words."""
    return analyse(text, _UNSTEMMED)


def _stemmed(words: list[str], language: str) -> list[str]:
    algorithm = STEMMERS.get(language)
    if algorithm is None:
        return words
    stemmers: dict[str, Stemmer.Stemmer] = _of_thread.__dict__
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm)
    return list(filter(None, stemmers[algorithm].stemWords(words)))


def _fold(text: str) -> str:
    """Lower case, without accents and points, and in compatible characters: `Café` is `cafe`, `ｆｕｌｌ` is `full`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", _POINTS.sub("", decomposed)).casefold()


def _bigrams(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]
