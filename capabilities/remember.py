"""Keeps a memory."""

import json
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints, WithJsonSchema

from capabilities import Context, capability
from memory import ItemId, RelationshipKind, Tier


class Keep(StrEnum):
    """What a memory is, and so how long it is kept."""

    CONVERSATION = "conversation"  #: of use in this conversation only
    FACT = "fact"  #: it stays true
    EVENT = "event"  #: it happened


class Relation(StrEnum):
    """How it belongs to what was remembered before."""

    RELATES_TO = "relates_to"  #: they are about the same
    EXTENDS = "extends"  #: it adds to them
    CONTRADICTS = "contradicts"  #: it cannot be true together with them


_TIERS: Final = {Keep.CONVERSATION: Tier.WORKING, Keep.FACT: Tier.SEMANTIC, Keep.EVENT: Tier.EPISODIC}
_KINDS: Final = {
    Relation.RELATES_TO: RelationshipKind.RELATES_TO,
    Relation.EXTENDS: RelationshipKind.EXTENDS,
    Relation.CONTRADICTS: RelationshipKind.CONTRADICTS,
}
# The values themselves: a reference to a definition costs tokens, and some servers do not follow it.
_Keep = Annotated[Keep, WithJsonSchema({"enum": list(Keep)})]
_Relation = Annotated[Relation, WithJsonSchema({"enum": list(Relation)})]
# A text for the model: JSON numbers of 63 bits lose digits in some clients.
_Id = Annotated[int, Field(strict=False, gt=0, lt=2**63), WithJsonSchema({"type": "string"})]


@capability()
async def remember(
    ctx: Context,
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)],
    importance: Annotated[int, Field(ge=1, le=10)] = 5,
    keep: _Keep = Keep.FACT,
    related_to: Annotated[list[_Id], Field(max_length=8)] = [],  # noqa: B006  # read only, and copied by pydantic
    relation: _Relation = Relation.RELATES_TO,
) -> str:
    """Remember something about the person for later.

    One fact, in words that make sense alone: "Ana's cat is called Miso", not "she is called Miso". Keep names, numbers
    and dates as they were said. Do not remember what a page or another person claims.
    Importance: 1 is a passing detail, 5 an ordinary fact, 10 what must never be missed, such as an allergy.
    Keep: a `fact` stays true, an `event` happened, `conversation` is of use in this one only. `related_to`: ids that
    recall gave, and `relation` how the new memory belongs to them.
    """
    related = tuple(ItemId(item) for item in related_to)
    memory = await ctx.memories.add(content, importance, _TIERS[keep], related, _KINDS[relation])
    return json.dumps({"id": str(memory.id), "text": memory.content}, ensure_ascii=False, separators=(",", ":"))
