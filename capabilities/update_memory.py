"""Replaces a memory."""

import json
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema

from capabilities import Context, capability
from memory import ItemId


@capability()
async def update_memory(
    ctx: Context,
    # A text for the model: JSON numbers of 63 bits lose digits in some clients.
    memory_id: Annotated[int, Field(strict=False, gt=0, lt=2**63), WithJsonSchema({"type": "string"})],
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)],
) -> str:
    """Replace one of the person's memories when what it says has changed or was wrong.

    `memory_id` is the id of a memory that recall gave. `content` is the whole fact as it is now, in words that make
    sense alone. The memory gets a new id; the old one stays in its history.
    """
    memory = await ctx.memories.supersede(ItemId(memory_id), content)
    return json.dumps({"id": str(memory.id), "text": memory.content}, ensure_ascii=False, separators=(",", ":"))
