"""What a person types into a search: words, "phrases", beginnings*, AND, OR, NOT and brackets.

Parsed here into a small tree, so that nothing a person types is ever full-text syntax. What cannot be read so is plain
words. Candidates come from the index by the tree's words; the tree itself is checked on their text.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from memory.engines.sqlite_search import AllOf, AnyOf, AnyWordOf, Match
from memory.words import analyse, asked_words, folded_words

TYPED_LIMIT: Final = 64  #: words, phrases and operators; whoever types more has pasted a text
DEPTH_LIMIT: Final = 8  #: brackets in brackets

_TOKEN: Final = re.compile(r'"([^"]*)"|([()])|([^\s()"]+)')


@dataclass(frozen=True, slots=True)
class Text:
    """An item's text, ready to be checked."""

    stems: frozenset[str]
    words: tuple[str, ...]  #: folded, not stemmed

    @staticmethod
    def of(content: str, language: str) -> "Text":
        return Text(frozenset(analyse(content, language)), tuple(folded_words(content)))


@dataclass(frozen=True, slots=True)
class Word:
    """Any form of a word."""

    alternatives: tuple[tuple[str, ...], ...]  #: of each word in it, the stems in each language

    def holds(self, text: Text) -> bool:
        return all(not text.stems.isdisjoint(stems) for stems in self.alternatives)

    def match(self) -> Match | None:
        return AllOf(tuple(AnyWordOf(stems) for stems in self.alternatives))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words just so, one after another."""

    words: tuple[str, ...]
    stems: tuple[tuple[str, ...], ...]

    def holds(self, text: Text) -> bool:
        length = len(self.words)
        return any(text.words[at : at + length] == self.words for at in range(len(text.words) - length + 1))

    def match(self) -> Match | None:
        return AllOf(tuple(AnyWordOf(stems) for stems in self.stems))


@dataclass(frozen=True, slots=True)
class Beginning:
    """A word that begins so. Its stem in the index may be shorter than what was typed, or end otherwise."""

    letters: str
    stems: tuple[str, ...]

    def holds(self, text: Text) -> bool:
        return any(word.startswith(self.letters) for word in text.words)

    def match(self) -> Match | None:
        return AnyWordOf(tuple(dict.fromkeys((self.letters, *self.stems))), beginning=True)


@dataclass(frozen=True, slots=True)
class All:
    """All of its parts."""

    parts: tuple["Node", ...]

    def holds(self, text: Text) -> bool:
        return all(part.holds(text) for part in self.parts)

    def match(self) -> Match | None:
        known = tuple(match for part in self.parts if (match := part.match()) is not None)
        return AllOf(known) if known else None


@dataclass(frozen=True, slots=True)
class Any:
    """Any of its parts."""

    parts: tuple["Node", ...]

    def holds(self, text: Text) -> bool:
        return any(part.holds(text) for part in self.parts)

    def match(self) -> Match | None:
        known = tuple(match for part in self.parts if (match := part.match()) is not None)
        return AnyOf(known) if len(known) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Not:
    """Not its part. It picks no candidates: those of its neighbours are checked."""

    part: "Node"

    def holds(self, text: Text) -> bool:
        return not self.part.holds(text)

    def match(self) -> Match | None:
        return None


Node = Word | Phrase | Beginning | All | Any | Not


@dataclass(frozen=True, slots=True)
class TypedQuery:
    """A search with operators, and its plain words for ranking."""

    tree: Node
    match: Match
    words: str  #: those that are wanted, without operators


class _Malformed(Exception):
    """This is no search with operators."""


def read_typed_query(typed: str, languages: Collection[str]) -> TypedQuery | None:
    """Returns a search with operators; None where there are none, or none that make sense: then it is plain words."""
    tokens = [match.groups() for match in _TOKEN.finditer(typed)]
    if len(tokens) > TYPED_LIMIT or typed.count('"') % 2 or not any(_is_operator(*token) for token in tokens):
        return None
    reader = _Reader(tokens, languages)
    try:
        tree = reader.whole()
    except _Malformed:
        return None
    match = tree.match()
    return None if match is None else TypedQuery(tree, match, " ".join(reader.wanted))


def _is_operator(phrase: str | None, bracket: str | None, word: str | None) -> bool:
    return bool(phrase) or word in _OPERATORS or (word or "").endswith("*")


_OPERATORS: Final = {"AND", "OR", "NOT"}


class _Reader:
    """Reads tokens from left to right: OR binds least, then AND (and mere neighbourhood), then NOT."""

    def __init__(self, tokens: Sequence[tuple[str | None, ...]], languages: Collection[str]) -> None:
        self._tokens = tokens
        self._languages = languages
        self._at = 0
        self._depth = 0
        self._unwanted = 0
        self.wanted: list[str] = []

    def whole(self) -> Node:
        tree = self._any()
        if self._at < len(self._tokens):
            raise _Malformed
        return tree

    def _any(self) -> Node:
        parts = [self._all()]
        while self._takes("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._at < len(self._tokens) and not self._comes("OR") and not self._comes(")"):
            self._takes("AND")
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        if self._takes("NOT"):
            self._unwanted += 1
            part = self._simple()
            self._unwanted -= 1
            return Not(part)
        return self._simple()

    def _simple(self) -> Node:
        if self._takes("("):
            self._depth += 1
            if self._depth > DEPTH_LIMIT:
                raise _Malformed
            inside = self._any()
            if not self._takes(")"):
                raise _Malformed
            self._depth -= 1
            return inside
        if self._at == len(self._tokens):
            raise _Malformed
        phrase, bracket, word = self._tokens[self._at]
        self._at += 1
        if bracket or word in _OPERATORS:
            raise _Malformed
        return self._phrase(phrase) if phrase is not None else self._word(word or "")

    def _phrase(self, phrase: str) -> Node:
        words = tuple(folded_words(phrase))
        self._want(phrase)
        return Phrase(words, self._stems(phrase))

    def _word(self, word: str) -> Node:
        if word.endswith("*"):
            letters = folded_words(word)
            if len(letters) != 1 or len(letters[0]) < 2:
                raise _Malformed
            self._want(letters[0])
            return Beginning(letters[0], tuple(stem for stems in self._stems(letters[0]) for stem in stems))
        self._want(word)
        return Word(self._stems(word))

    def _stems(self, typed: str) -> tuple[tuple[str, ...], ...]:
        stems = tuple(word.stems for word in asked_words(typed, self._languages))
        if not stems:  # nothing but signs
            raise _Malformed
        return stems

    def _want(self, words: str) -> None:
        if not self._unwanted:
            self.wanted.append(words)

    def _comes(self, token: str) -> bool:
        return self._at < len(self._tokens) and token in self._tokens[self._at][1:]

    def _takes(self, token: str) -> bool:
        if self._comes(token):
            self._at += 1
            return True
        return False
