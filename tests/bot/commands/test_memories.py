"""The commands by which somebody sees and changes what is remembered of them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.page import LABEL_LIMIT, MESSAGE, MESSAGE_AUTHOR, MESSAGE_TEXT, SUGGESTED, Page
from memory import FinishedReply, NewMemory, Recall, Trust
from tests.bot.commands.asked import Asked
from tests.memory.scene import DM, GENERAL, STAFF, Scene, opened


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened(tmp_path) as scene:
        yield scene


@pytest.fixture
def ask(scene: Scene) -> Asked:
    return Asked(scene)


async def only(ask: Asked, words: str = "") -> str:
    """The id of Ana's only memory, as autocomplete gives it."""
    ((_, item),) = (await ask.suggested("memory show", "item", words)).items()
    return item


def value(page: Page, name: str) -> str:
    return next(cell for what, cell in page.rows if what == name)


async def test_what_is_added_is_found_shown_edited_and_taken_back(scene: Scene, ask: Asked) -> None:
    added = await ask("memory add", GENERAL, text="my cat is called Miso")
    assert added.text == "my cat is called Miso\n\nOnly you see it."
    found = await ask("memory search", GENERAL, words="cat OR dog")
    ((_, what, why, item),) = found.rows
    assert what == "my cat is called Miso"
    assert why.startswith("fits ")
    assert (await ask("memory search", words="NOT cat")).text.startswith("That only says what you do not want.")
    assert (await ask("memory search", words='"called cat"')).text == "I found nothing that fits."
    form = await ask.form("memory edit", item=item)
    assert form is not None
    assert (form.fields[0].value, form.arguments) == ("my cat is called Miso", {"item": item})
    scene.clock.advance(timedelta(days=1))
    changed = await ask("memory edit", item=item, text="my cat is called Mika")
    assert changed.text.startswith("my cat is called Mika")
    assert "changed meanwhile" in (await ask("memory edit", item=item, text="my cat is called Momo")).text
    shown = await ask("memory show", item=await only(ask))
    assert shown.text == "my cat is called Mika"
    assert [button.label for button in shown.buttons] == ["Edit", "Share", "Forget"]
    assert value(shown, "seen by") == "you alone"
    assert value(shown, "before").startswith(f"my cat is called Miso ({item}, until 2026-11-22)")
    as_of = await ask("memory as-of", day="2026-11-21")
    assert [row[1] for row in as_of.rows] == ["my cat is called Miso"]
    assert [row[1] for row in (await ask("memory as-of", day="2026-11-21", words="dog OR cat")).rows] == [
        "my cat is called Miso"
    ]
    recent = await ask("memory recent")
    assert (await ask.press(recent, "Undo 1")).text == "Taken back: my cat is called Mika"
    assert [row[1] for row in (await ask("memory list")).rows] == ["my cat is called Miso"]


async def test_what_was_learned_together_is_taken_back_one_by_one_or_together(scene: Scene, ask: Asked) -> None:
    said = await scene.says("Ana", "I am a nurse, I ski and I cook")
    assert said is not None
    for text in ("I am a nurse", "I ski", "I cook"):
        new = NewMemory(text, Trust.SAID, source=said.message.id)
        await scene.store.memories.add(DM.only_for(said.person.id), said.person.id, new)
    item = await only(ask, "ski")
    assert (await ask("undo", item=item)).text == "Taken back: I ski"
    assert (await ask("undo", item=item)).text.startswith("You have no such item.")
    told = await ask("undo", item=await only(ask, "cook"), together="yes")
    assert told.text == "Taken back: I am a nurse; I cook"


async def test_somebody_else_s_message_is_remembered_as_theirs(scene: Scene, ask: Asked) -> None:
    pointed = {MESSAGE: "77", MESSAGE_TEXT: "I fly on Friday"}
    await ask("remember", GENERAL, **pointed, **{MESSAGE_AUTHOR: "Bob:\nAna"})
    await ask("remember", GENERAL, **pointed)
    assert [row[1:3] for row in (await ask("memory list")).rows] == [
        ("I fly on Friday", "said"),
        ("Bob Ana said: I fly on Friday", "external"),
    ]
    assert (await ask("remember", **{MESSAGE: "78"})).text == "There are no words in that message."
    assert (await ask("remember", text="my password is hunter2secret")).text.startswith("That did not work.")


async def test_sharing_is_shown_first_and_others_see_it_then(scene: Scene, ask: Asked) -> None:
    await ask("memory add", text="I am a nurse")
    item = await only(ask)
    assert "nobody to share with" in (await ask("memory share", item=item)).text
    asked = await ask("memory share", GENERAL, item=item)
    assert "could see this" in asked.text
    assert await scene.store.memories.of_owner(GENERAL, scene.people["Ana"].id) == []
    shared = await ask.press(asked, "Share it", GENERAL)
    assert shared.text == "Everybody in this server can see it now: I am a nurse"
    shown = await ask("memory show", GENERAL, item=await only(ask))
    assert value(shown, "seen by") == "you, and everybody in this server"
    assert value(await ask("memory show", item=await only(ask)), "seen by") == "you, and everybody in one other server"
    (of_ana,) = await scene.store.memories.of_owner(GENERAL, scene.people["Ana"].id)
    refused = await ask("memory edit", who="Bob", item=f"{of_ana.id:x}", text="x")
    assert refused.text.startswith("You have no such item")
    edited = await ask("memory edit", GENERAL, item=await only(ask), text="I am a doctor")
    assert "Only you see it now" in edited.text


async def test_one_item_is_forgotten_by_choosing_it_or_by_pointing_at_its_message(scene: Scene, ask: Asked) -> None:
    await ask("memory add", text="I like pizza")
    await ask("memory add", text="I like tea")
    asked = await ask("memory forget", item=await only(ask, "PIZZA"))
    assert [row[1] for row in asked.rows] == ["I like pizza"]
    assert len((await ask("memory list")).rows) == 2
    assert "forgotten" in (await ask.press(asked, "Forget it")).text
    assert [row[1] for row in (await ask("memory list")).rows] == ["I like tea"]
    await scene.says("Ana", "the safe is green", external_id="501")
    refused = await ask("memory forget", who="Bob", message="501")
    assert refused.text == (await ask("memory forget", message="502")).text
    assert refused.buttons == ()
    asked = await ask("memory forget", message="501")
    assert [row[1] for row in asked.rows] == ["you said: the safe is green"]
    assert "forgotten" in (await ask.press(asked, "Forget it")).text
    assert (await ask("memory search", words="safe")).rows == ()


async def test_a_summary_shows_what_it_stands_for(scene: Scene, ask: Asked) -> None:
    for number in range(8):
        await scene.asks_and_hears("Ana", f"the boat needs part {number}")
    scene.clock.advance(timedelta(days=31))
    (talk,) = (await scene.store.condensing.old_talks(scene.clock.now() - timedelta(days=30))).talks
    await scene.store.condensing.keep(talk, "Ana mends a boat")
    shown = await ask("memory show", item=await only(ask))
    assert shown.text == "Ana mends a boat"
    originals = [text for what, text in shown.rows if what == "made from"]
    assert sum("the boat needs part" in text for text in originals) == 8


async def test_choices_are_one_s_own_newest_first_and_fit(scene: Scene, ask: Asked) -> None:
    for number in range(SUGGESTED + 3):
        await ask("memory add", text=f"number {number} is {'long ' * 40}")
    await ask("memory add", who="Bob", text="a secret of Bob's")
    for place in (DM, GENERAL, STAFF):
        offered = list(await ask.suggested("memory show", "item", place=place))
        assert len(offered) == SUGGESTED
        assert offered[0].startswith(f"number {SUGGESTED + 2} is long")
        assert all(len(label) <= LABEL_LIMIT for label in offered)
    assert len(await ask.suggested("memory edit", "item", "NUMBER 7 ")) == 1
    assert await ask.suggested("memory edit", "item", "secret") == {}


async def test_what_was_seen_in_a_channel_is_seen_in_no_command_once_it_is_lost(scene: Scene, ask: Asked) -> None:
    said = await scene.says("Bob", "the canary sings at noon", STAFF)
    assert said is not None
    kept = await scene.store.memories.add(STAFF, said.person.id, NewMemory("the canary is yellow", Trust.SAID))
    turn = await scene.asks("Ana", "when does it sing?", STAFF)
    recalled = tuple(Recall(one, 0.9, "it holds what you ask") for one in (said.message.id, kept.id))
    await scene.finishes(turn, FinishedReply("At noon.", Trust.DERIVED, recalled=recalled))
    there = await ask("why", STAFF)
    assert "canary" in str(there.rows)
    reply = f"{turn.reply:x}"
    for place in (DM, GENERAL):  # where she still is
        for path, given in (
            ("why", {"reply": reply}),
            ("memory list", {}),
            ("memory recent", {}),
            ("memory search", {"words": "canary"}),
            ("memory as-of", {"day": "2026-11-21"}),
            ("memory show", {"item": f"{kept.id:x}"}),
            ("memory show", {"item": f"{said.message.id:x}"}),
            ("memory forget", {"what": "canary"}),
            ("memory forget", {"item": f"{kept.id:x}"}),
            ("profile blocks", {}),
            ("privacy what", {}),
            ("usage", {}),
        ):
            page = await ask(path, place, **given)
            assert "canary" not in f"{page.text}{page.rows}", path
        for path, option in (("memory show", "item"), ("memory forget", "item"), ("why", "reply")):
            assert "canary" not in str(await ask.suggested(path, option, place=place))
        assert "At noon." in str((await ask("why", place, reply=reply)).rows)  # her own stays
        assert "you may no longer see" in str((await ask("why", place, reply=reply)).rows)
    export = (await ask("privacy export")).file
    assert export is not None
    assert b"canary" not in export.data


async def test_only_who_asked_is_told_why(scene: Scene, ask: Asked) -> None:
    turn = await scene.asks_and_hears("Ana", "hello", "Hi Ana.", GENERAL)
    (job,) = (await scene.store.work.claim([turn.place.channel], 1)).jobs
    await scene.store.work.complete(job, "901")
    assert "Hi Ana." in str((await ask("why", GENERAL, message="901")).rows)
    refused = await ask("why", GENERAL, "Bob", message="901")
    assert refused.rows == ()
    assert refused.text == (await ask("why", GENERAL, "Bob", message="902")).text
    assert (await ask("why", GENERAL, "Bob", reply=f"{turn.reply:x}")).text == refused.text
    assert list(await ask.suggested("why", "reply", "hi")) == ["Hi Ana."]
    assert await ask.suggested("why", "reply", who="Bob") == {}


async def test_what_is_withheld_is_counted_of_one_s_own_alone(scene: Scene, ask: Asked) -> None:
    await ask("memory add", text="my cat is called Miso")
    await ask("memory add", who="Bob", text="my cat is called Mogli")
    await scene.asks_and_hears("Ana", "what is my cat called?", "I don't know.", GENERAL)
    assert value(await ask("why", GENERAL), "withheld").startswith("1 more item of yours would fit")
    await scene.asks_and_hears("Ana", "what is my cat called?", "Miso.")
    assert "withheld" not in dict((await ask("why")).rows)
