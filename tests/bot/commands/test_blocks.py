"""The commands about blocks, and about how long things are kept."""

from functools import partial
from pathlib import Path

from bot.commands.blocks import BlockCommands
from bot.commands.page import Asking, Page
from memory import PERSONA, RETENTION_DAYS, BlockEdit, Place, Trust
from tests.memory.scene import DM, GENERAL, Scene, opened


class Asked:
    """Ana asks; EJ owns the installation."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def __call__(self, name: str, argument: str = "", place: Place = DM, who: str = "Ana") -> Page:
        person = await self._scene.person(who)
        commands = BlockCommands(self._scene.store, partial(self._scene.person, "EJ"))
        asking = Asking(person, self._scene.place(place, person), argument)
        return await {
            "profile": commands.profile,
            "blocks": commands.blocks,
            "block": commands.block,
            "keep": commands.keep,
        }[name](asking)


async def test_a_block_is_written_shown_and_listed_in_private(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        assert (await ask("blocks")).text.startswith("There are no blocks here.")
        assert (await ask("profile")).text.startswith("I have no profile of you yet.")
        assert (await ask("block", "pets")).text == "You have no such block."
        told = await ask("profile", "Ana is a nurse", GENERAL)
        assert told.text == "Written. Only you and I see it. /undo takes it back."
        await ask("block", "pets a cat  and\na dog", GENERAL)
        for place in (DM, GENERAL):
            assert (await ask("profile", place=place)).text == "Ana is a nurse"
            assert (await ask("block", "pets", place)).text == "a cat  and\na dog"
            assert (await ask("blocks", place=place)).rows == (
                ("pets", "yours", "a cat and a dog"),
                ("profile", "yours", "Ana is a nurse"),
            )
        assert (await ask("blocks", place=GENERAL, who="Bob")).rows == ()


async def test_the_blocks_of_others_are_listed_where_they_are_seen(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        bob = await scene.person("Bob")
        await scene.store.blocks.edit(GENERAL, bob.id, "raid", BlockEdit("x" * 300, Trust.SAID))
        assert (await ask("blocks", place=GENERAL)).rows == (("raid", "Bob", "x" * 200 + "…"),)
        assert (await ask("blocks")).rows == ()
        assert (await ask("block", "raid", GENERAL)).text == "You have no such block."


async def test_what_cannot_be_written_is_told_plainly(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        assert (await ask("block")).text.startswith("Say /block LABEL TEXT")
        assert (await ask("block", "Pets a cat")).text == "A label is 1 to 32 of the characters a-z, 0-9, - and _."
        assert (await ask("profile", "x" * 2_001)).text == "A block has at most 2,000 characters."
        told = "That block is read-only: only my owner changes it."
        assert (await ask("block", f"{PERSONA} a pirate")).text == told
        assert (await ask("block", f"{PERSONA} a pirate", who="EJ")).text.startswith("Written. Everybody")
        assert (await ask("blocks", place=GENERAL)).rows == ((PERSONA, "Ember", "a pirate"),)
        assert (await ask("block", "bank my password is hunter2secret")).text.startswith("I keep no passwords")
        for number in range(19):
            await ask("block", f"b{number} text")
        assert (await ask("block", "more text")).text == "A place has at most 20 blocks. Forget one first."


async def test_how_long_things_are_kept_is_a_person_s_own_choice(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        assert "for 90 days at most" in (await ask("keep", "90")).text
        assert "for 1 day at most" in (await ask("keep", "1")).text
        assert "as my owner has set" in (await ask("keep", "0")).text
        for wrong in ("", "a week", "-1", "1.5", "100000", "36501", "٣"):
            assert (await ask("keep", wrong)).text.startswith("Say /keep DAYS")
        assert scene.rows("SELECT name, value FROM user_preferences") == [(RETENTION_DAYS, "0")]
