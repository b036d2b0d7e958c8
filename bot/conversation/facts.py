"""The obvious facts in what somebody tells, by rules.

A fact is kept in its person's own words. What it is about (`key`) and what it says of that (`value`) are read from the
words again whenever two facts are compared, so nothing of the rules is stored.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.conversation.extraction_rules import ABOUT_AGE, ABOUT_BEING, ABOUT_NAME, HOME, RULES, WORK_AT, Rule
from bot.conversation.statements import clauses, statements
from memory import Tier, weighty_words

FACTS_READ: Final = 12  #: of one turn
_LONGEST_VALUE: Final = 15  #: words
_ASKER: Final = "i"
_MAY: Final = re.compile(r"\bmay\b", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-ZÄÖÜ][\w-]*(?: [A-ZÄÖÜ][\w-]*)?")
_GERMAN_IS: Final = re.compile(r"\b(?:ist|sind)\b", re.IGNORECASE)
_AMERICAN: Final = re.compile(r"(?<=\bcol)or\b|(?<=\bneighb)or\b")
_CHANGED: Final = re.compile(r"\b(?:now|no longer|actually|jetzt|inzwischen|nicht mehr)\b", re.IGNORECASE)
#: Who has a name, so that "my cat is Miso" tells it.
_LIVING: Final = frozenset(
    """
    cat dog pet horse rabbit parrot hamster bird wife husband girlfriend boyfriend partner mother father mom
    mum dad brother sister son daughter child kid baby friend boss katze hund pferd frau mann mutter vater
    bruder schwester sohn tochter kind
    doctor dentist arzt ärztin zahnarzt zahnärztin chef chefin
    """.split()  # noqa: SIM905
)
#: What is written like a name in English and is where somebody comes from, or what they believe in.
_NO_NAME: Final = re.compile(
    r"\w+(?:ian|ese|ish)|german|french|dutch|greek|swiss|thai|welsh|african|american|mexican|muslim|catholic|hindu",
    re.IGNORECASE,
)


_OPENING: Final = re.compile(
    r"(?:(?:and|but|also|so|well|oh|hey|hi|hello|btw|by the way|actually|fyi|just so you know|no|yes|yeah|yep|ok|okay|"
    r"please|you know|remember(?: that)?|note(?: that)?|you should know(?: that)?|in fact|now|then|ember|today|"
    r"und|aber|also|übrigens|ach|nein|ja|naja|hallo|bitte|eigentlich|jetzt)[,:]? )+",
    re.IGNORECASE,
)
#: Of these a person may have several, so one name does not replace another.
_SEVERAL: Final = frozenset(
    """
    friend colleague coworker neighbour neighbor cousin brother sister son daughter child kid aunt uncle
    nephew niece freund freundin kollege kollegin nachbar nachbarin cousine bruder schwester sohn tochter kind
    tante onkel
    """.split()  # noqa: SIM905
)
_FAVOURITE: Final = re.compile(r"favou?rite|preferred|lieblings", re.IGNORECASE)
#: What of somebody there is only one of.
_ONE_OF: Final = re.compile(
    r"(?:name|birthday|address|e-?mail|phone|number|job|profession|age|height|"
    r"weight|size|"
    r"home ?town|timezone|time zone|nickname|anniversary|employer|boss|doctor|dentist|wife|husband|geburtstag|adresse|"
    r"nummer|beruf|alter|größe|heimatstadt|spitzname|hochzeitstag|arbeitgeber|chefin?|arzt|ärztin|frau|mann)$",
    re.IGNORECASE,
)
#: No place or employer by its name: a flat is in some town, and does not take the town's place.
_UNNAMED: Final = re.compile(
    r"(?i:an?|one|two|three|my|our|his|her|their|this|the same|\d+\w*|eine?[rmns]?|meine[rmn]?|unsere[rmn]?)\b|"
    r"[Tt]he [a-z]|(?:de[rmn]|die) (?!Schweiz|Türkei|Slowakei|Ukraine|USA|Niederlande|Mongolei|Schweizer)",
)
_ONLY_TODAY: Final = re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening)|heute)\b", re.IGNORECASE)
_LASTING: Final = frozenset({"habit", "taste", "prefer", "work in", WORK_AT})
#: What passes, or is said of the talk itself, is no fact to keep.
_PASSING_SUBJECT: Final = re.compile(
    r"(?:question|problem|issue|point|guess|idea|opinion|mistake|fault|god|goodness|bad|pleasure|apolog(?:y|ies)|"
    r"internet|"
    r"wi-?fi|train|bus|flight|order|package|food|dinner|lunch|breakfast|head|back|stomach|throat|eyes?|feet|foot|brain|"
    r"mind|life|day|week|weekend|weather|messages?|answer|english|code|screen|computer|laptop|battery|turn|plan|goal|"
    r"advice|suggestion|last|first|next|frage|problem|meinung|fehler|idee|kopf|bauch|rücken|tag|woche|zug|internet|"
    r"leben|text|satz|antwort|nachricht)$",
    re.IGNORECASE,
)
_TRAILING: Final = re.compile(
    r"(?:,? (?:now|these days|any ?more|any longer|a lot|very much|so much|too|as well|at the moment|btw|by the way|"
    r"lol|haha|"
    r"though|please|thanks|again|most of all|the most|best|to be honest|jetzt|nun|inzwischen|sehr|auch|gerne?|"
    r"am liebsten|"
    r"um|her|mehr))+$",
    re.IGNORECASE,
)
_REASON: Final = re.compile(
    r",? (?:because|since|so that|while|although|which|who|whose|ever since|for years|weil|da|obwohl|der|die|das)\b.*|"
    r" (?:and|und) (?:he|she|it|they|er|sie|es)\b.*",
    re.IGNORECASE,
)


class Relation(StrEnum):
    """What a new fact is to one that is known."""

    SAME = "same"  #: it says the same
    REPLACES = "replaces"  #: both cannot be true; the new one is
    EXTENDS = "extends"  #: it says something else of the same subject
    NONE = "none"  #: they have nothing to do with each other


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a person, or about somebody or something of theirs."""

    content: str  #: in the person's words
    key: tuple[str, str]  #: the subject, and what of it
    value: frozenset[str]  #: the weighty words of what is said, as they are indexed
    negated: bool  #: that it is not so (any more)
    single: bool  #: another value takes the place of this one
    tier: Tier = Tier.SEMANTIC
    importance: int = 5

    def relation_to(self, known: "Fact") -> Relation:
        """Says what this fact is to one that was told before it."""
        if self.key == known.key and self.value == known.value:
            return Relation.SAME if self.negated == known.negated else Relation.REPLACES
        if self.key == known.key and self.single and not self.negated and not known.negated:
            return Relation.SAME if self.value < known.value else Relation.REPLACES
        return Relation.EXTENDS if self.key[0] == known.key[0] != _ASKER else Relation.NONE


def facts(words: str, language: str) -> list[Fact]:
    """Returns the facts in what somebody said; of two that contradict each other the later one."""
    found: list[Fact] = []
    for sentence in statements(words):
        for clause in clauses(sentence):
            fact = fact_in(clause, language)
            if fact is None or any(fact.relation_to(other) is Relation.SAME for other in found):
                continue
            found = [other for other in found if fact.relation_to(other) is not Relation.REPLACES]
            found.append(fact)
    return found[:FACTS_READ]


def fact_in(clause: str, language: str) -> Fact | None:
    """Returns the fact that one clause tells, if any."""
    opening = _OPENING.match(clause)
    told = clause[opening.end() :] if opening else clause
    for rule in RULES:
        match = rule.match(told)
        if match:
            fact = _fact(told, rule, match, language)
            if fact is not None:
                return fact
    return None


def _fact(told: str, rule: Rule, match: re.Match[str], language: str) -> Fact | None:
    subject = match.groupdict().get("subject")
    value = _TRAILING.sub("", _REASON.sub("", match["value"])).strip(" ,")
    if not value or len(value.split()) > _LONGEST_VALUE or not rule.keeps(value):
        return None
    if subject is not None and _PASSING_SUBJECT.search(subject) and not _is_one(subject):
        return None
    # The month is a stop word otherwise, and two birthdays would be one.
    words = weighty_words(_MAY.sub("maymonth", value), language)
    if not words and rule.about == ABOUT_NAME and _NAME.fullmatch(value):
        words = frozenset(value.casefold().split())  # there are people called Will
    if not words:
        return None
    about, single = rule.about, rule.single
    if about in _LASTING and _ONLY_TODAY.search(told):
        return None
    if about in (HOME, WORK_AT) and _UNNAMED.match(value):
        about = f"{about} of a kind"
    elif subject is not None:
        about, single = _of_something(rule, subject, match["value"], told)
    return Fact(
        content=told,
        key=(_subject(subject), about),
        value=words,
        negated=rule.negated,
        single=single,
        tier=rule.tier,
        importance=rule.importance,
    )


def _of_something(rule: Rule, subject: str, value: str, told: str) -> tuple[str, bool]:
    """Returns what of a subject is told, and whether another value takes its place."""
    last = subject.casefold().split()[-1].removesuffix("'s")
    if rule.about in (ABOUT_AGE, ABOUT_BEING) and not rule.negated and _has_one_value(subject, last):
        return ABOUT_BEING, True
    if rule.about == ABOUT_AGE and last not in _LIVING:
        return ABOUT_BEING, False
    if rule.about == ABOUT_BEING and not rule.negated and last in _LIVING and _is_name(value, told):
        return ABOUT_NAME, last not in _SEVERAL
    if last in _SEVERAL and not _CHANGED.search(told):
        return rule.about, False
    return rule.about, rule.single


def _is_one(subject: str) -> bool:
    return _FAVOURITE.search(subject) is not None or _ONE_OF.search(subject) is not None


def _has_one_value(subject: str, last: str) -> bool:
    """Whether it is one thing: a phone number is, a wife is many things at once."""
    return _FAVOURITE.search(subject) is not None or (last not in _LIVING and _ONE_OF.search(subject) is not None)


def _is_name(value: str, told: str) -> bool:
    """In German every noun has a capital, so there it takes a "heißt"."""
    return _NAME.fullmatch(value) is not None and not _NO_NAME.fullmatch(value) and not _GERMAN_IS.search(told)


def _subject(subject: str | None) -> str:
    if subject is None:
        return _ASKER
    told = _AMERICAN.sub("our", subject.casefold().replace("'s", "").replace("favorite", "favourite"))
    return " ".join(sorted(told.split()))
