"""`profile …` shows and writes what always stands in the prompt; `privacy keep` says how long things stay."""

from collections.abc import Sequence
from typing import Final

from bot.commands.page import (
    Asking,
    BadArgument,
    Button,
    Choice,
    Command,
    Field,
    Form,
    Option,
    OptionKind,
    Page,
    Rank,
)
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
_TEXT: Final = Option("text", "Its text from now on")
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


class ProfileCommands:
    """The commands about blocks. The owner alone writes the persona and read-only ones."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        label = Option("label", "Its name", OptionKind.NAME, required=True, suggest=self._labels)
        days = Option("days", "How many days; 0: as my owner set", OptionKind.NUMBER, required=True)
        return (
            Command("profile show", "Show who you are to me", self.profile),
            Command("profile edit", "Write who you are", self.edit, (_TEXT,), introduces=True, form=self._profile_form),
            Command("profile blocks", "Show what I always have in front of me here", self.blocks),
            Command(
                "profile block",
                "Show or write a text of yours that I always have in front of me",
                self.block,
                (label, _TEXT),
            ),
            Command("privacy keep", "Say for how many days I keep what you say", self.keep, (days,)),
        )

    async def profile(self, asking: Asking) -> Page:
        """Shows the asker's profile, and what else they have said about how I am to be with them."""
        shown = await self._own(asking, PROFILE)
        none = "I have no profile of you yet. /profile edit TEXT makes one; only you and I see it."
        person = asking.person
        rows = (
            ("language", person.language),
            ("time zone", person.time_zone or self._default_zone),
            ("tone", person.tone or "as usual"),
            ("memory", "paused" if person.paused else "on"),
        )
        return Page("Profile", shown or none, ("what", "value"), rows, (Button("Edit", "profile edit"),))

    async def edit(self, asking: Asking) -> Page:
        """Makes a text the asker's profile."""
        if not asking.text(_TEXT.name):
            raise BadArgument("Say /profile edit TEXT.")
        return await self._write(asking, PROFILE, asking.text(_TEXT.name))

    async def _profile_form(self, asking: Asking) -> Form:
        return Form("Your profile", (Field(_TEXT.name, "Who you are", await self._own(asking, PROFILE)),))

    async def blocks(self, asking: Asking) -> Page:
        """Lists the blocks that stand in the prompt here, and the asker's own."""
        by_id = {block.memory.id: block for block in await self._seen(asking)}
        if not by_id:
            return Page("Blocks", "There are no blocks here. /profile block LABEL TEXT makes one.")
        rows = tuple(self._row(asking, block) for block in by_id.values())
        return Page("Blocks", "", ("label", "whose", "text"), rows)

    async def block(self, asking: Asking) -> Page:
        """Shows the asker's block of a label, or makes the text that block."""
        label, text = asking.text("label"), asking.text(_TEXT.name)
        if text:
            return await self._write(asking, label, text)
        return Page(f"Block {label}", await self._own(asking, label) or "You have no such block.")

    async def keep(self, asking: Asking) -> Page:
        """Sets for how many days the asker's messages and events are kept; 0: as long as the installation does."""
        days = asking.number("days", 0, LONGEST_KEPT) or 0
        await self._store.people.prefer(asking.person.id, RETENTION_DAYS, days)
        return Page("Keep", kept_for(days))

    async def _write(self, asking: Asking, label: str, text: str) -> Page:
        person = asking.person
        edit = BlockEdit(text, Trust.SAID, language=person.language)
        as_owner = Rank.OWNER in asking.ranks
        try:
            await self._store.blocks.edit(asking.private, person.id, label, edit, as_owner=as_owner)
        except (BadLabel, BlockTooLong, HoldsSecret, ReadOnlyBlock, TooManyBlocks) as error:
            return Page(f"Block {label}", _REFUSED[type(error)])
        who = "Everybody I talk with has it in front of me." if label == PERSONA else "Only you and I see it."
        return Page(f"Block {label}", f"Written. {who} /undo takes it back." if label != PERSONA else f"Written. {who}")

    async def _labels(self, asking: Asking, typed: str) -> Sequence[Choice]:
        """Returns the labels of the asker's own blocks."""
        own = [block for block in await self._seen(asking) if block.memory.owner == asking.person.id]
        labels = sorted({PROFILE, *(block.label for block in own)})
        return [Choice(label, label) for label in labels if label.startswith(typed.casefold().strip())]

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
