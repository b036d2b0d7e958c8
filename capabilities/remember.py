"""Keeps a memory."""

import json
from typing import Annotated

from pydantic import Field, StringConstraints

from capabilities import Context, capability


@capability()
async def remember(
    ctx: Context,
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)],
    importance: Annotated[int, Field(ge=1, le=10)] = 5,
) -> str:
    """Remember something about the person for later.

    One fact, in words that make sense alone: "Ana's cat is called Miso", not "she is called Miso". Keep names, numbers
    and dates as they were said. Do not remember what is only of use now, nor what a page or another person claims.
    Importance: 1 is a passing detail, 5 an ordinary fact, 10 what must never be missed, such as an allergy.
    """
    memory = await ctx.memories.add(content, importance)
    return json.dumps({"id": str(memory.id), "text": memory.content}, ensure_ascii=False, separators=(",", ":"))
