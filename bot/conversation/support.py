"""Whether somebody's words support a fact that a model has read in them: the words decide, never the model.

Every weighty word of the fact has to stand in one statement, or in neighbouring ones that a pronoun ties together;
names and numbers as they were said. What would turn the meaning round has to stand in both or in neither: a "not", a
"want to", a "Bob says". Who it is about is looked at as far as a pronoun tells, which has to stand in a clause that
tells of the fact. Word order is not: a known limit.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.conversation.statements import clauses
from memory import weighty_words

_TIED: Final = 3  #: statements that one fact may be drawn from
_TYING: Final = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|he's|she's|it's|they're|er|sie|es|ihn|ihm|ihr|ihre|sein|"
    r"seine)\b",
    re.IGNORECASE,
)
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|stopped|quit|gave up|given up|former|"
    r"formerly|\w+n't|"
    r"dont|doesnt|isnt|nicht|kein\w{0,2}|nie|niemals|ohne|weder|ehemalig\w*)\b",
    re.IGNORECASE,
)
#: What makes a statement less than a fact, or somebody else's.
_LESS: Final = (
    r"want\w*|wanna|hop(?:e|es|ed|ing)|plan\w*|going to|gonna|try|tries|tried|trying|almost|nearly|will|'ll|need\w*|"
    r"think\w*|thought|consider\w*|dream\w*|supposed|hate\w*|dislike\w*|said|says?|saying|claim\w*|told|tells?|"
    r"believe\w*|"
    r"guess\w*|joke\w*|former\w*|miss(?:es|ed|ing)?|refus\w*|avoid\w*|pretend\w*|can|can't|must|have to|has to|"
    r"may(?= [a-zäöü])|hardly|rarely|seldom|barely|far from|ex|had|was|were|heard|know(?:s|n)? (?:somebody|someone|"
    r"people|an?)|muss|musst|soll\w{0,3}|kann|darf|kaum|selten|war|waren|hatte|wollen|will|wollte|plane|hoffe|fast|beinahe|glaube|denke|sagt\w*|meint\w*|behauptet\w*"
)
_LESSENING: Final = re.compile(rf"\b(?:{_LESS})\b", re.IGNORECASE)
_I: Final = re.compile(r"\b(?:i|i'm|i've|i'll|me|we|we're|us|ich|mich|mir|wir|uns)\b", re.IGNORECASE)
_MINE: Final = re.compile(r"\b(?:my|mine|our|ours|i|we|mein\w{0,2}|unser\w{0,2}|ich|wir)\b", re.IGNORECASE)
_OF_ASKER: Final = re.compile(r"(?:i|i'm|i've|we|ich|wir|me)\b", re.IGNORECASE)
_OF_ASKERS: Final = re.compile(r"(?:my|our|mein\w{0,2}|unser\w{0,2})\b", re.IGNORECASE)
_ANOTHER: Final = re.compile(r"(?:my|our|mein\w{0,2}|unser\w{0,2}|his|her|their) (?!and i\b|und ich\b)", re.IGNORECASE)
_WHO: Final = re.compile(
    r"\b(?:who|whose)\b|, (?:der|die|das|deren|dessen)\b|\b(?:someone|somebody|people|jemand\w{0,2})\b", re.IGNORECASE
)
_EXACT: Final = re.compile(r"[\w][\w.,:/@+-]*\w|\w")


def as_said_by(content: str, name: str) -> str:
    """Returns a fact that was written of somebody by name as they would say it: "Ana's cat" is "my cat"."""
    who = rf"(?:{re.escape(name)}|the (?:user|person)|user)" if name.strip() else r"(?:the (?:user|person)|user)"
    told = re.sub(rf"^{who}(?:'s|’s) ", "my ", content, flags=re.IGNORECASE)
    told = re.sub(rf"^{who} (?:is|was)(?= )", "I am", told, flags=re.IGNORECASE)
    told = re.sub(rf"^{who} has(?= )", "I have", told, flags=re.IGNORECASE)
    told = re.sub(rf"^{who} doesn't(?= )", "I don't", told, flags=re.IGNORECASE)
    return re.sub(rf"^{who} (?=\w)(\w+?)s?(?= )", r"I \1", told, flags=re.IGNORECASE)


def is_supported(content: str, sentences: Sequence[str], language: str) -> bool:
    """Whether statements say a fact, which is written as its person would say it (see `as_said_by`)."""
    words = weighty_words(content, language)
    if not words:
        return False
    told = [clause for sentence in sentences for clause in clauses(sentence)]
    for size in range(1, _TIED + 1):
        for at in range(len(told) - size + 1):
            window = told[at : at + size]
            if all(_TYING.search(clause) for clause in window[1:]) and _says(content, words, window, language):
                return True
    return False


def _says(content: str, words: frozenset[str], window: Sequence[str], language: str) -> bool:
    together = " ".join(window)
    return (
        words <= weighty_words(together, language)
        and bool(_NEGATION.search(content)) == bool(_NEGATION.search(together))
        and _lessening(together) <= _lessening(content)
        and _exact(content) <= {token.casefold() for token in _tokens(together)}
        and _is_about_them(content, words, window, language)
    )


def _lessening(text: str) -> set[str]:
    return {word.casefold() for word in _LESSENING.findall(text)}


def _exact(content: str) -> set[str]:
    """Returns the numbers and names of a fact; a capital at its beginning says nothing."""
    tokens = _tokens(content)
    exact = [token for token in tokens if any(letter.isdigit() for letter in token)]
    exact += [token for token in tokens[1:] if token[0].isupper() and not _I.fullmatch(token)]
    return {token.casefold() for token in exact}


def _tokens(text: str) -> list[str]:
    return [token.removesuffix("'s") for token in _EXACT.findall(text.replace("’s", "").replace("'s", ""))]


def _is_about_them(content: str, words: frozenset[str], window: Sequence[str], language: str) -> bool:
    """Whether what is told of "I" or "my" was said of them, and not of somebody else beside whom they are named."""
    if _OF_ASKER.match(content):
        return any(_tells_of(clause, _I, words, language) for clause in window) and not _has_another(content, window)
    if _OF_ASKERS.match(content):
        return any(_tells_of(clause, _MINE, words, language) for clause in window)
    return True


def _tells_of(clause: str, who: re.Pattern[str], words: frozenset[str], language: str) -> bool:
    """Whether a clause names them before the end of what it says of the fact, in whatever order its verb stands."""
    named = who.search(clause)
    if named is None or not words & weighty_words(clause, language):
        return False
    return not (_ANOTHER.match(clause) and words & weighty_words(clause[: named.start()], language))


def _has_another(content: str, window: Sequence[str]) -> bool:
    """Whether somebody else does what the fact says: "my sister … she lives", "a friend who lives"."""
    return any(
        (_TYING.match(clause) and at > 0) or (_WHO.search(clause) and not _WHO.search(content))
        for at, clause in enumerate(window)
    )
