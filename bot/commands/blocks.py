"""`profile`, `blocks` and `block` show and write what always stands in the prompt; `keep` says how long things stay."""

import re
from typing import Final

from bot.commands.page import Asking, Page
from bot.turn import OwnerNow
from memory import (
    BLOCK_LIMIT,
    BLOCKS_LIMIT,
    PERSONA,
    PROFILE,
    RETENTION_DAYS,
    BadLabel,
    Block,
    BlockEdit,
    BlockTooLong,
    HoldsSecret,
    ReadOnlyBlock,
    Store,
    TooManyBlocks,
    Trust,
)

LONGEST_KEPT: Final = 36_500  #: days
_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_SHOWN_TEXT: Final = 200  #: characters of a block in the list
_REFUSED: Final = {
    BadLabel: "A label is 1 to 32 of the characters a-z, 0-9, - and _.",
    BlockTooLong: f"A block has at most {BLOCK_LIMIT:,} characters.",
    TooManyBlocks: f"A place has at most {BLOCKS_LIMIT} blocks. Forget one first.",
    HoldsSecret: "I keep no passwords, keys or card numbers.",
    ReadOnlyBlock: "That block is read-only: only my owner changes it.",
}


def kept_for(days: int) -> str:
    """Says what a number of days means; 0: as long as the installation keeps things."""
    count = "1 day" if days == 1 else f"{days} days"
    told = f"What you say is kept for {count} at most." if days else "What you say is kept as my owner has set."
    return f"{told} Facts and blocks stay until you forget them."


class BlockCommands:
    """The commands about blocks. `owner` says who writes the persona and read-only blocks."""

    def __init__(self, store: Store, owner: OwnerNow) -> None:
        self._store = store
        self._owner = owner

    async def profile(self, asking: Asking) -> Page:
        """Shows the asker's profile, or makes the text their profile."""
        if asking.argument:
            return await self._write(asking, PROFILE, asking.argument)
        shown = await self._own(asking, PROFILE)
        return Page("Profile", shown or "I have no profile of you yet. /profile TEXT makes one; only you and I see it.")

    async def blocks(self, asking: Asking) -> Page:
        """Lists the blocks that stand in the prompt here, and the asker's own."""
        by_id = {block.memory.id: block for block in await self._seen(asking)}
        if not by_id:
            return Page("Blocks", "There are no blocks here. /block LABEL TEXT makes one; only you and I see it.")
        rows = tuple(self._row(asking, block) for block in by_id.values())
        return Page("Blocks", "", ("label", "whose", "text"), rows)

    async def block(self, asking: Asking) -> Page:
        """Shows the asker's block of a label, or makes the text that block."""
        label, _, text = asking.argument.partition(" ")
        if not label:
            return Page("Block", "Say /block LABEL TEXT to write one, or /block LABEL to see it.")
        if text.strip():
            return await self._write(asking, label, text.strip())
        return Page(f"Block {label}", await self._own(asking, label) or "You have no such block.")

    async def keep(self, asking: Asking) -> Page:
        """Sets for how many days the asker's messages and events are kept; 0: as long as the installation does."""
        days = int(asking.argument) if _NUMBER.fullmatch(asking.argument) else LONGEST_KEPT + 1
        if days > LONGEST_KEPT:
            told = f"Say /keep DAYS, such as /keep 90, at most {LONGEST_KEPT}; 0 means as long as my owner has set."
            return Page("Keep", told)
        await self._store.people.prefer(asking.person.id, RETENTION_DAYS, days)
        return Page("Keep", kept_for(days))

    async def _write(self, asking: Asking, label: str, text: str) -> Page:
        person = asking.person
        edit = BlockEdit(text, Trust.SAID, language=person.language)
        as_owner = person.id == (await self._owner()).id
        try:
            await self._store.blocks.edit(asking.private, person.id, label, edit, as_owner=as_owner)
        except (BadLabel, BlockTooLong, HoldsSecret, ReadOnlyBlock, TooManyBlocks) as error:
            return Page(f"Block {label}", _REFUSED[type(error)])
        who = "Everybody I talk with has it in front of me." if label == PERSONA else "Only you and I see it."
        return Page(f"Block {label}", f"Written. {who} /undo takes it back." if label != PERSONA else f"Written. {who}")

    async def _own(self, asking: Asking, label: str) -> str:
        own = [one for one in await self._seen(asking) if one.label == label and one.memory.owner == asking.person.id]
        return "\n\n".join(block.memory.content for block in own)

    async def _seen(self, asking: Asking) -> list[Block]:
        """What stands in the prompt where it is asked, and in private: nobody but the asker sees this page."""
        here = await self._store.blocks.of_place(asking.place.read_by(asking.person.id), asking.person)
        private = await self._store.blocks.of_place(asking.private, asking.person)
        return sorted({*here, *private}, key=lambda block: (block.label, block.memory.id))

    def _row(self, asking: Asking, block: Block) -> tuple[str, str, str]:
        line = " ".join(block.memory.content.split())
        text = line if len(line) <= _SHOWN_TEXT else f"{line[:_SHOWN_TEXT]}…"
        whose = "Ember" if block.label == PERSONA else block.owner_name
        return block.label, "yours" if block.memory.owner == asking.person.id else whose, text
