"""Forgets an item."""

import json
from typing import Annotated

from pydantic import Field, WithJsonSchema

from capabilities import Context, capability
from memory import ItemId


@capability()
async def forget(
    ctx: Context,
    # A text for the model: JSON numbers of 63 bits lose digits in some clients.
    memory_id: Annotated[int, Field(strict=False, gt=0, lt=2**63), WithJsonSchema({"type": "string"})],
) -> str:
    """Forget one memory or message of the person's for good, with all that was made of it.

    Only when the person asks for it. `memory_id` is an id that recall gave: recall first, and when several items
    could be meant, ask which. It cannot be undone.
    """
    await ctx.memories.forget(ItemId(memory_id))
    return json.dumps({"forgotten": str(memory_id)}, separators=(",", ":"))
