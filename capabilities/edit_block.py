"""Writes a block."""

import json
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints, WithJsonSchema

from capabilities import Context, TellTheModel, capability


class How(StrEnum):
    """What the text does to a block."""

    WRITE = "write"  #: it is the whole block from now on
    APPEND = "append"  #: it comes behind what stands there
    REPLACE = "replace"  #: it takes the place of a passage


@capability()
async def edit_block(
    ctx: Context,
    label: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z0-9_-]{1,32}$")],
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)],
    # The values themselves: a reference to a definition costs tokens, and some servers do not follow it.
    how: Annotated[How, WithJsonSchema({"enum": list(How)})] = How.WRITE,
    passage: Annotated[str, StringConstraints(max_length=2000)] = "",
) -> str:
    """Write or change a block: a short text that stands in every prompt of the place where it is kept.

    For what has to be at hand in every answer; `remember` is for single facts. `profile` is who the person is and how
    they like to be answered, and private; any other label is seen by whoever reads here. `write` makes the whole
    block, `append` adds a line, `replace` puts the text in the place of `passage`, word for word from the block.
    """
    if how is How.REPLACE and not passage:
        raise TellTheModel('"replace" needs the passage that the text takes the place of')
    if how is not How.REPLACE and not text:
        raise TellTheModel("a block needs a text")
    replaced = passage if how is How.REPLACE else None
    block = await ctx.blocks.edit(label, text, replaced, append=how is How.APPEND)
    return json.dumps({"label": label, "text": block.content}, ensure_ascii=False, separators=(",", ":"))
