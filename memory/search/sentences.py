"""What of an item is embedded: its sentences, and the item with its neighbours; of a question, the question itself.

People speak of themselves in the first person and are asked for by their names. A small model sees little but the names
then, so these leave the items, and become "I" and "my" in questions.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from memory.stop_words import STOP_WORDS
from memory.tables.embeddings import VectorKind, Wording
from memory.words import analyse

SENTENCES: Final = 16  #: of an item
SENTENCE_LENGTH: Final = 1_000  #: characters; what a small model reads of a text, about
NEIGHBOUR_LENGTH: Final = 300  #: characters of a neighbour, those next to the item
SENTENCE_WORDS: Final = 3  #: fewer say nothing by themselves
GREETING_WORDS: Final = 6  #: a longer sentence says something, however it begins
NAME_LENGTH: Final = 3  #: letters of a name that are enough to know it by: Mel
_HASH_BYTES: Final = 16
_UNSTEMMED: Final = ""  #: no language

_ENDS: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_SPACES: Final = re.compile(r"\s{2,}")
_GREETING: Final = re.compile(
    r"\W*(?:hi|hey|hello|good (?:morning|evening|afternoon|night|to (?:see|hear))|how are you|what's (?:up|new)"
    r"|long time|bye|see you|take care|talk to you|thanks|thank you"
    r"|hallo|guten (?:morgen|tag|abend)|gute nacht|wie geht|danke|tschüss|bis (?:bald|dann|morgen))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text to be embedded; blank for an item that says nothing."""

    kind: VectorKind
    part: int
    text: str

    @property
    def hash(self) -> bytes:
        return hashlib.blake2b(self.text.encode(), digest_size=_HASH_BYTES).digest()


def prepared(item: Wording, before: Wording | None, after: Wording | None) -> list[Prepared]:
    """Returns what of an item is embedded."""
    names = {one.owner_name for one in (item, before, after) if one is not None}
    own = _without(names, item.content)
    pieces = (
        "" if before is None else _without(names, before.content)[-NEIGHBOUR_LENGTH:],
        own[:SENTENCE_LENGTH],
        "" if after is None else _without(names, after.content)[:NEIGHBOUR_LENGTH],
    )
    window = " ".join(piece for piece in pieces if piece)
    sentences = [Prepared(VectorKind.SENTENCE, part, text) for part, text in enumerate(_sentences(own))]
    return [*sentences, Prepared(VectorKind.WINDOW, 0, window)]


def in_first_person(question: str, names: Iterable[str]) -> str:
    """Returns a question with the names of those who are asked about, as they were typed, turned into "I" and "my"."""
    for name in sorted(set(names), key=len, reverse=True):
        typed = name.replace("’", "'")
        mine = "my" if typed.removesuffix("?").endswith(("'s", "s'")) else "I"
        question = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", mine, question)
    return question


def _sentences(text: str) -> list[str]:
    found = (sentence.strip(" ,;-") for sentence in _ENDS.split(text))
    return [sentence[:SENTENCE_LENGTH] for sentence in found if _says_something(sentence)][:SENTENCES]


def _says_something(sentence: str) -> bool:
    words = len(analyse(sentence, _UNSTEMMED))
    return words > GREETING_WORDS or (words >= SENTENCE_WORDS and not _GREETING.match(sentence))


def _without(names: Collection[str], text: str) -> str:
    pattern = _pattern(tuple(sorted(names)))
    return text.strip() if pattern is None else _SPACES.sub(" ", pattern.sub(" ", text)).strip()


@lru_cache(maxsize=256)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds names, and their beginnings where they are written like names, with what makes them possessive."""
    parts = {part for name in names for part in re.findall(r"[^\W_]{2,}", name)}
    alike: set[str] = set()
    for part in parts:
        alike.add(re.escape(part.title()) if part.lower() in STOP_WORDS else f"(?i:{re.escape(part)})")
        beginnings = {part[:letters].capitalize() for letters in range(NAME_LENGTH, len(part))}
        alike |= {re.escape(beginning) for beginning in beginnings if beginning.lower() not in STOP_WORDS}
    if not alike:
        return None
    longest_first = "|".join(sorted(alike, key=len, reverse=True))
    return re.compile(rf"\b(?:{longest_first})\b(?:['’]s\b)?")
