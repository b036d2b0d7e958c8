"""Blocks: one of a label, bounded, with a history, and shown wherever their scope is."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from memory import (
    BLOCK_LIMIT,
    BLOCKS_LIMIT,
    PERSONA,
    PROFILE,
    BadLabel,
    BlockEdit,
    BlockTooLong,
    LabelTaken,
    Memory,
    NewMemory,
    NoSuchPassage,
    OwnerKind,
    Place,
    Question,
    ReadOnlyBlock,
    TooManyBlocks,
    Trust,
    look_into_memory,
)
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, STAFF, Scene, faults_of, opened


def said(text: str, passage: str | None = None, *, append: bool = False) -> BlockEdit:
    return BlockEdit(text, Trust.SAID, passage, append)


async def writes(scene: Scene, name: str, place: Place, label: str, edit: BlockEdit | str, **how: bool) -> Memory:
    person = await scene.person(name)
    edit = said(edit) if isinstance(edit, str) else edit
    return await scene.store.blocks.edit(scene.place(place, person), person.id, label, edit, **how)


async def shown(scene: Scene, place: Place, name: str = "Ana") -> list[tuple[str, str, str]]:
    person = await scene.person(name)
    blocks = await scene.store.blocks.of_place(scene.place(place, person), person)
    return [(block.label, block.owner_name, block.memory.content) for block in blocks]


@pytest.mark.parametrize("hot_items", [0, 1_000])
async def test_a_block_is_shown_where_its_scope_is_and_to_its_owner(tmp_path: Path, hot_items: int) -> None:
    async with opened(tmp_path, hot_items=hot_items) as scene:
        await writes(scene, "Ana", GENERAL, "raid", "we raid on Tuesdays")
        await writes(scene, "Bob", STAFF, "staff", "Bob leads")
        await writes(scene, "Ana", DM, "diary", "I am tired")
        raid, staff, diary = (
            ("raid", "Ana", "we raid on Tuesdays"),
            ("staff", "Bob", "Bob leads"),
            ("diary", "Ana", "I am tired"),
        )
        assert await shown(scene, GENERAL) == await shown(scene, GENERAL, "Bob") == [raid]
        assert await shown(scene, STAFF) == [raid, staff]
        assert await shown(scene, DM) == [diary, raid]
        assert await shown(scene, DM, "Bob") == [staff]
        assert await shown(scene, OTHER_GUILD) == []


async def test_a_profile_is_private_wherever_it_is_written_until_it_is_shared(scene: Scene) -> None:
    block = await writes(scene, "Ana", GENERAL, PROFILE, "Ana is a nurse")
    assert await shown(scene, GENERAL) == []
    shared = await scene.store.memories.share(GENERAL, block.owner, block.id)
    assert await shown(scene, GENERAL, "Bob") == await shown(scene, DM) == [(PROFILE, "Ana", "Ana is a nurse")]
    again = await writes(scene, "Ana", DM, PROFILE, "Ana is a doctor")
    assert await shown(scene, GENERAL) == []
    assert await shown(scene, DM) == [(PROFILE, "Ana", "Ana is a doctor")]
    private = scene.place(DM, scene.people["Ana"])
    history = await scene.store.memories.history(private, again.id)
    assert [one.id for one in history] == [block.id, shared.id, again.id]


async def test_an_edit_writes_the_whole_adds_a_line_or_changes_a_passage(scene: Scene) -> None:
    await writes(scene, "Ana", DM, "pets", "a cat")
    await writes(scene, "Ana", DM, "pets", said("a dog", append=True))
    block = await writes(scene, "Ana", DM, "pets", BlockEdit("two cats", Trust.EXTERNAL, passage="a cat"))
    assert (block.content, block.trust) == ("two cats\na dog", Trust.EXTERNAL)
    assert (await writes(scene, "Ana", DM, "pets", said("fish", append=True))).trust is Trust.EXTERNAL
    assert (await writes(scene, "Ana", DM, "pets", "none")).trust is Trust.SAID
    for label in ("pets", "plants"):
        with pytest.raises(NoSuchPassage):
            await writes(scene, "Ana", DM, label, said("three", "a horse"))
    assert await shown(scene, DM) == [("pets", "Ana", "none")]


async def test_lines_that_are_added_at_once_all_stand_there(scene: Scene) -> None:
    await scene.person("Ana")
    added = [writes(scene, "Ana", DM, "list", said(str(number), append=True)) for number in range(8)]
    await asyncio.gather(*added)
    ((_, _, text),) = await shown(scene, DM)
    assert sorted(text.splitlines()) == [str(number) for number in range(8)]
    assert scene.rows("SELECT count(*) FROM memories WHERE superseded_at IS NULL") == [(1,)]


async def test_undo_takes_a_block_back_to_its_former_text(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        first = await writes(scene, "Ana", DM, "pets", "a cat")
        second = await writes(scene, "Ana", DM, "pets", "a dog")
        private = scene.place(DM, scene.people["Ana"])
        last = await scene.store.memories.last_change(private, first.owner, scene.clock.now())
        assert last == second
        await scene.store.erasure.take_back(private, first.owner, second.id)
        assert await shown(scene, DM) == [("pets", "Ana", "a cat")]
        await scene.store.erasure.take_back(private, first.owner, first.id)
        assert await shown(scene, DM) == []
    assert faults_of(tmp_path) == []


async def test_a_block_has_its_bounds(scene: Scene) -> None:
    for label in ("", "Pets", "my pets", "x" * 33, "pets\n"):
        with pytest.raises(BadLabel):
            await writes(scene, "Ana", DM, label, "a cat")
    full = await writes(scene, "Ana", DM, "pets", "x" * BLOCK_LIMIT)
    for edit in (said("y", append=True), said("yy", "x"), said("x" * (BLOCK_LIMIT + 1))):
        with pytest.raises(BlockTooLong):
            await writes(scene, "Ana", DM, "pets", edit)
    longer = NewMemory("x" * (BLOCK_LIMIT + 1), Trust.SAID)
    with pytest.raises(BlockTooLong):
        await scene.store.memories.supersede(scene.place(DM, scene.people["Ana"]), full.owner, full.id, longer)


async def test_a_place_has_no_more_blocks_than_the_limit(scene: Scene) -> None:
    for number in range(BLOCKS_LIMIT):
        await writes(scene, "Ana" if number % 2 else "Bob", GENERAL, f"b{number}", "text")
    with pytest.raises(TooManyBlocks):
        await writes(scene, "Ana", GENERAL, "more", "text")
    await writes(scene, "Ana", GENERAL, "b1", "other text")
    await writes(scene, "Ana", DM, "more", "text")
    assert len(await shown(scene, GENERAL)) == BLOCKS_LIMIT
    assert len(await shown(scene, DM)) == 1 + BLOCKS_LIMIT // 2


async def test_nobody_pushes_the_persona_out_with_blocks_of_their_own(scene: Scene) -> None:
    await writes(scene, "EJ", DM, PERSONA, "You are a pirate.", as_owner=True)
    for number in range(BLOCKS_LIMIT - 1):
        await writes(scene, "Ana", GENERAL, f"b{number}", "text")
        await writes(scene, "Ana", DM, f"a{number}", "text")
    blocks = await shown(scene, DM)
    assert len(blocks) == BLOCKS_LIMIT
    assert blocks[0][0] == PERSONA


async def test_a_read_only_block_is_changed_by_the_owner_alone(scene: Scene) -> None:
    with pytest.raises(ReadOnlyBlock):
        await writes(scene, "Ana", DM, PERSONA, "I am a pirate")
    with pytest.raises(ReadOnlyBlock):
        await writes(scene, "Ana", DM, "rules", "be kind", read_only=True)
    persona = await writes(scene, "EJ", DM, PERSONA, "I am a pirate", as_owner=True)
    rules = await writes(scene, "EJ", GENERAL, "rules", "be kind", as_owner=True, read_only=True)
    assert (persona.owner_kind, persona.read_only) == (OwnerKind.AGENT, True)
    private = scene.place(DM, scene.people["EJ"])
    for label, block in ((PERSONA, persona), ("rules", rules)):
        with pytest.raises(ReadOnlyBlock):
            await writes(scene, "EJ", GENERAL, label, "be rude")
        with pytest.raises(ReadOnlyBlock):
            await scene.store.memories.supersede(private, block.owner, block.id, NewMemory("be rude", Trust.SAID))
    assert await shown(scene, OTHER_GUILD) == [(PERSONA, "EJ", "I am a pirate")]
    assert await scene.store.memories.of_owner(private, persona.owner) == [rules]
    await writes(scene, "EJ", DM, PERSONA, "I am a monk", as_owner=True)
    assert await shown(scene, OTHER_GUILD) == [(PERSONA, "EJ", "I am a monk")]


async def test_two_blocks_of_one_label_are_not_shared_into_one_guild(scene: Scene) -> None:
    hidden = await writes(scene, "Ana", DM, "pets", "a cat")
    await writes(scene, "Ana", GENERAL, "pets", "a dog")
    with pytest.raises(LabelTaken):
        await scene.store.memories.share(GENERAL, hidden.owner, hidden.id)
    assert await shown(scene, GENERAL) == [("pets", "Ana", "a dog")]


async def test_a_block_is_not_corrected_where_there_is_another_of_its_label(scene: Scene) -> None:
    hidden = await writes(scene, "Ana", DM, "pets", "a cat")
    open_ = await writes(scene, "Ana", GENERAL, "pets", "a dog")
    private = scene.place(DM, scene.people["Ana"])
    with pytest.raises(LabelTaken):
        await scene.store.memories.supersede(private, open_.owner, open_.id, NewMemory("a wolf", Trust.SAID))
    assert [one.id for one in await scene.store.memories.of_owner(private, open_.owner)] == [hidden.id, open_.id]


async def test_a_block_s_owner_is_called_by_their_name_of_today(scene: Scene) -> None:
    await writes(scene, "Ana", GENERAL, "pets", "a cat")
    assert await shown(scene, GENERAL, "Bob") == [("pets", "Ana", "a cat")]
    await scene.says("Ana", "hello", GENERAL)
    renamed = await scene.store.people.meet(GENERAL.channel, "address of Ana", "Anna")
    await scene.store.blocks.of_place(GENERAL, renamed)
    assert await shown(scene, GENERAL, "Bob") == [("pets", "Anna", "a cat")]
    async with look_into_memory(scene.path, scene.clock) as cold:
        (block,) = await cold.blocks.of_place(GENERAL, scene.people["Bob"])
        assert block.owner_name == "Anna"


async def test_blocks_stand_in_a_stable_order_and_are_found_by_a_search(scene: Scene) -> None:
    for label in ("zebra", "apple", "mango"):
        for name in ("Bob", "Ana"):
            await writes(scene, name, GENERAL, label, f"{name} likes {label}")
    blocks = await shown(scene, GENERAL)
    assert [label for label, _, _ in blocks] == ["apple", "apple", "mango", "mango", "zebra", "zebra"]
    assert all(first[0] < second[0] or first[1] > second[1] for first, second in pairwise(blocks))
    ana = scene.people["Ana"]
    found = await scene.store.search.find(Question(GENERAL, ana.id, "mango", 10))
    assert {hit.item.content for hit in found.hits} == {"Bob likes mango", "Ana likes mango"}
