"""Candidates for memories: by rules, or read from a model's answer; each checked against its person's words."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from bot.conversation.facts import FACTS_READ, Fact, Relation, facts
from bot.conversation.support import as_said_by, is_supported
from memory import ItemId, Learned, Memory, Person, Tier, Told, holds_all_of, is_secret, shares_words, weighty_words

BY_RULE: Final = 0.9  #: the confidence in what a rule read
BY_MODEL: Final = 0.8  #: the confidence in what a model read and the words support


class Kind(StrEnum):
    """What a model calls a candidate."""

    FACT = "fact"
    PREFERENCE = "preference"
    EVENT = "event"


class Proposal(BaseModel, frozen=True):
    """One element of a model's answer."""

    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]
    kind: Kind = Kind.FACT
    importance: Annotated[int, Field(ge=1, le=10)] = 5
    replaces: Annotated[str | None, BeforeValidator(lambda value: None if value is None else str(value))] = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be kept."""

    content: str
    tier: Tier
    importance: int
    confidence: float
    facts: tuple[Fact, ...]  #: as the rules read it; none: they do not
    replaces: ItemId | None = None  #: as a model has it


def by_rules(told: Told) -> list[Candidate]:
    """Returns what the rules read in somebody's words."""
    language = told.asker.language
    return [
        Candidate(fact.content, fact.tier, fact.importance, BY_RULE, (fact,)) for fact in facts(told.words, language)
    ]


def proposals(answer: str) -> list[Proposal]:
    """Reads a model's answer: a JSON list somewhere in it. What is not as it should be is left out."""
    begin, end = answer.find("["), answer.rfind("]")
    try:
        listed = json.loads(answer[begin : end + 1]) if 0 <= begin < end else []
    except (ValueError, RecursionError):
        return []
    read: list[Proposal] = []
    for element in listed[:FACTS_READ]:
        try:
            read.append(Proposal.model_validate(element))
        except ValidationError:
            continue
    return read


def supported(proposed: Iterable[Proposal], sentences: Sequence[str], asker: Person) -> list[Candidate]:
    """Returns those proposals that their person's words support, written as they would say them."""
    candidates: list[Candidate] = []
    for proposal in proposed:
        content = as_said_by(proposal.content.rstrip(". "), asker.name)
        if is_supported(content, sentences, asker.language):
            tier = Tier.EPISODIC if proposal.kind is Kind.EVENT else Tier.SEMANTIC
            replaces = proposal.replaces or ""
            candidates.append(
                Candidate(
                    content=content,
                    tier=tier,
                    importance=proposal.importance,
                    confidence=BY_MODEL,
                    facts=tuple(facts(content, asker.language)),
                    replaces=ItemId(int(replaces)) if replaces.isdecimal() else None,
                )
            )
    return candidates


def compared(candidates: Iterable[Candidate], told: Told) -> list[Learned]:
    """Returns what is new among candidates, and what of the known it takes the place of or adds to.

    A turn may be looked through long after later ones: of what was told since, nothing gives way to it.
    """
    lines = {line.id for line in told.lines}
    known = [
        _Known(memory, facts(as_said_by(memory.content, told.asker.name), memory.language)) for memory in told.known
    ]
    learned: list[Learned] = []
    for candidate in candidates:
        if is_secret(candidate.content) or any(one.tells(candidate, lines) for one in known):
            continue
        if any(candidate.content.casefold() == other.content.casefold() for other in learned):
            continue
        taken = {memory for one in learned for memory in one.replaces}
        # All of them: what was told in another place may stand beside what is known here.
        replaced = [one for one in known if one.gives_way_to(candidate) and one.memory.id not in taken]
        if any(one.was_told_after(lines) for one in replaced):
            continue
        extended = next((one for one in known if one.is_extended_by(candidate)), None) if not replaced else None
        learned.append(
            Learned(
                content=candidate.content,
                tier=candidate.tier,
                importance=candidate.importance,
                confidence=candidate.confidence,
                replaces=tuple(one.memory.id for one in replaced),
                extends=extended.memory.id if extended else None,
            )
        )
    return learned


@dataclass(frozen=True, slots=True)
class _Known:
    """A memory with the facts that the rules read in it."""

    memory: Memory
    facts: Sequence[Fact]

    def tells(self, candidate: Candidate, lines: set[ItemId]) -> bool:
        """Whether it says already what a candidate says."""
        content, language = candidate.content, self.memory.language
        if self.memory.source in lines and holds_all_of(self.memory.content, content, language):
            return True  # the turn itself has kept it
        if self.facts and candidate.facts:
            return all(
                any(fact.relation_to(known) is Relation.SAME for known in self.facts) for fact in candidate.facts
            )
        return weighty_words(content, language) == weighty_words(self.memory.content, language)

    def gives_way_to(self, candidate: Candidate) -> bool:
        """Whether it is true no more; one that tells several things stays."""
        if self.facts and candidate.facts:  # the rules know better than a model
            relations = {fact.relation_to(known) for fact in candidate.facts for known in self.facts}
            return len(self.facts) == 1 and Relation.REPLACES in relations
        return candidate.replaces == self.memory.id and shares_words(
            candidate.content, self.memory.content, self.memory.language
        )

    def was_told_after(self, lines: set[ItemId]) -> bool:
        """By ids, which follow each other whatever the clock does."""
        return (self.memory.source or self.memory.id) > max(lines)

    def is_extended_by(self, candidate: Candidate) -> bool:
        return any(fact.relation_to(known) is Relation.EXTENDS for fact in candidate.facts for known in self.facts)
