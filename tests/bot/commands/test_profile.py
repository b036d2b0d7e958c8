"""The commands about blocks, and about how long things are kept."""

from pathlib import Path

from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Page, Rank
from bot.commands.profile import ProfileCommands
from bot.commands.typed_line import command_of
from bot.sentences import load_sentences
from memory import PERSONA, RETENTION_DAYS, BlockEdit, Place, Trust
from tests.memory.scene import DM, GENERAL, Scene, opened


class Asked:
    """Ana asks; EJ owns the installation."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def __call__(self, name: str, argument: str = "", place: Place = DM, who: str = "Ana") -> Page:
        person = await self._scene.person(who)
        catalogue = Catalogue(self._scene.store, load_sentences())
        catalogue.add(ProfileCommands(self._scene.store, "UTC").commands())
        found = command_of(catalogue, f"/{name} {argument}")
        assert found is not None
        ranks = frozenset(Rank) if who == "EJ" else frozenset({Rank.EVERYONE})
        return await catalogue.run(found[0], Asking(person, self._scene.place(place, person), found[1], ranks))


async def test_a_block_is_written_shown_and_listed_in_private(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        assert (await ask("profile blocks")).text.startswith("There are no blocks here.")
        assert (await ask("profile show")).text.startswith("I have no profile of you yet.")
        assert (await ask("profile block", "pets")).text == "You have no such block."
        told = await ask("profile edit", "Ana is a nurse", GENERAL)
        assert told.text == "Written. Only you and I see it. /undo takes it back."
        await ask("profile block", "pets a cat  and\na dog", GENERAL)
        for place in (DM, GENERAL):
            assert (await ask("profile show", place=place)).text == "Ana is a nurse"
            assert (await ask("profile block", "pets", place)).text == "a cat  and\na dog"
            assert (await ask("profile blocks", place=place)).rows == (
                ("pets", "yours", "a cat and a dog"),
                ("profile", "yours", "Ana is a nurse"),
            )
        assert (await ask("profile blocks", place=GENERAL, who="Bob")).rows == ()


async def test_the_blocks_of_others_are_listed_where_they_are_seen(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        bob = await scene.person("Bob")
        await scene.store.blocks.edit(GENERAL, bob.id, "raid", BlockEdit("x" * 300, Trust.SAID))
        assert (await ask("profile blocks", place=GENERAL)).rows == (("raid", "Bob", "x" * 200 + "…"),)
        assert (await ask("profile blocks")).rows == ()
        assert (await ask("profile block", "raid", GENERAL)).text == "You have no such block."


async def test_what_cannot_be_written_is_told_plainly(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        assert (await ask("profile block")).text == "Say label too: its name."
        assert (
            await ask("profile block", "Pets a cat")
        ).text == "A label is 1 to 32 of the characters a-z, 0-9, - and _."
        assert (await ask("profile edit", "x" * 2_001)).text == "A block has at most 2,000 characters."
        told = "That block is read-only: only my owner changes it."
        assert (await ask("profile block", f"{PERSONA} a pirate")).text == told
        assert (await ask("profile block", f"{PERSONA} a pirate", who="EJ")).text.startswith("Written. Everybody")
        assert (await ask("profile blocks", place=GENERAL)).rows == ((PERSONA, "Ember", "a pirate"),)
        assert (await ask("profile block", "bank my password is hunter2secret")).text.startswith("I keep no passwords")
        for number in range(19):
            await ask("profile block", f"b{number} text")
        assert (await ask("profile block", "more text")).text == "A place has at most 20 blocks. Forget one first."


async def test_how_long_things_are_kept_is_a_person_s_own_choice(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        assert "for 90 days at most" in (await ask("privacy keep", "90")).text
        assert "for 1 day at most" in (await ask("privacy keep", "1")).text
        assert "as my owner has set" in (await ask("privacy keep", "0")).text
        for wrong in ("", "a week", "-1", "1.5", "100000", "36501", "٣"):
            assert "days" in (await ask("privacy keep", wrong)).text
        assert scene.rows("SELECT name, value FROM user_preferences") == [(RETENTION_DAYS, "0")]
