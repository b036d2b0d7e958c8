"""What is kept, told and taken along: `privacy …`, preferences and `usage`."""

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands import exporting
from memory import Booking, FinishedReply, Trust
from tests.bot.commands.asked import Asked
from tests.memory.scene import DM, GENERAL, Scene, opened


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened(tmp_path) as scene:
        yield scene


@pytest.fixture
def ask(scene: Scene) -> Asked:
    return Asked(scene)


async def test_what_is_kept_is_told_in_numbers_and_of_nobody_else(scene: Scene, ask: Asked) -> None:
    nothing = await ask("privacy what")
    assert nothing.rows[0] == ("0 items", "I keep nothing that you said, and no memories of you")
    await scene.asks_and_hears("Ana", "hello")
    await scene.asks_and_hears("Ana", "hello all", place=GENERAL)
    await scene.asks_and_hears("Bob", "hello", place=GENERAL)
    await ask("memory add", text="I like tea")
    await ask("memory add", text="I like pizza")
    (item,) = (await ask.suggested("memory edit", "item", "tea")).values()
    await ask("memory edit", item=item, text="I like coffee")
    await ask("profile edit", text="Ana is a nurse")
    rows = dict((await ask("privacy what", GENERAL)).rows)
    since = "since 2026-11-21, seen by"
    assert rows["2 facts"] == f"{since} you alone"
    assert rows["1 block"] == f"{since} you alone"
    assert rows["1 former text of a memory"] == f"{since} you alone"
    said = [(what, who) for what, who in (await ask("privacy what", GENERAL)).rows if what == "1 thing you said"]
    assert {who for _, who in said} == {f"{since} you, and everybody in this server", f"{since} you alone"}
    assert rows["how long"].startswith("What you say: 365 days. Events: 365 days.")
    assert rows["learning"] == "also from what you tell me"
    await ask("privacy keep", days="30")
    assert "What you say: 30 days." in dict((await ask("privacy what")).rows)["how long"]
    await ask("privacy pause")
    assert dict((await ask("privacy what")).rows)["learning"].startswith("paused")


async def test_an_export_is_a_file_that_an_import_takes(scene: Scene, ask: Asked, tmp_path: Path) -> None:
    await scene.asks_and_hears("Ana", "hello there")
    await ask("memory add", text="I like tea")
    await ask("privacy pause")
    await scene.asks_and_hears("Ana", "not kept", FinishedReply("nor this", Trust.DERIVED, paused=True))
    page = await ask("privacy export", GENERAL)
    assert page.file is not None
    assert page.file.name == "ember-export-Ana-2026-11-21.json"
    assert b"not kept" not in page.file.data
    assert b"nor this" not in page.file.data
    assert json.load(io.BytesIO(page.file.data))["format"] == "ember-export"
    file = tmp_path / page.file.name
    file.write_bytes(page.file.data)
    async with opened(tmp_path / "another") as other:
        ana = await other.person("Ana")
        plan = await other.store.imports.look_at(ana, file)
        await other.store.imports.carry_out(ana, plan)
        assert [row[1] for row in (await Asked(other)("memory list")).rows] == ["I like tea"]
        assert other.rows("SELECT content FROM messages WHERE content != ''") == [("hello there",), ("Understood.",)]


async def test_an_export_that_is_too_large_says_how_to_get_it(
    ask: Asked, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LIMIT", 100)
    page = await ask("privacy export")
    assert page.file is None
    assert f"ember memory export --person {scene.people['Ana'].id:x}" in page.text


async def test_off_the_record_ends_with_the_conversation(scene: Scene, ask: Asked) -> None:
    assert (await ask("privacy off-the-record", GENERAL)).title == "Off the record"
    for text, place in (("one", GENERAL), ("two", DM)):
        await scene.asks_and_hears("Ana", text, place=place)
    await scene.asks_and_hears("Bob", "three", place=GENERAL)
    scene.clock.advance(timedelta(minutes=31))
    await scene.asks_and_hears("Ana", "four", place=GENERAL)
    said = scene.rows("SELECT content FROM messages WHERE direction = 'in' ORDER BY id")
    assert said == [("",), ("two",), ("three",), ("four",)]
    await ask("privacy off-the-record", GENERAL)
    assert (await ask("privacy off-the-record", GENERAL)).title == "On the record"
    await scene.asks_and_hears("Ana", "five", place=GENERAL)
    assert scene.rows("SELECT count(*) FROM messages WHERE content = 'five'") == [(1,)]


async def test_preferences_are_set_shown_and_refused(scene: Scene, ask: Asked) -> None:
    assert (await ask("profile language", code="DE")).text == "From now on: de."
    assert "one of:" in (await ask("profile language", code="tlh")).text
    assert (await ask("profile time-zone", zone="europe/berlin")).text == "From now on: Europe/Berlin."
    assert "such as Europe/Berlin" in (await ask("profile time-zone", zone="../../etc/passwd")).text
    assert (await ask("profile tone", text="short,\nno emoji")).text == "From now on: short, no emoji"
    assert "200 characters" in (await ask("profile tone", text="x" * 201)).text
    assert "no passwords" in (await ask("profile tone", text="my password is hunter2secret")).text
    assert dict((await ask("profile show", GENERAL)).rows) == {
        "language": "de",
        "time zone": "Europe/Berlin",
        "tone": "short, no emoji",
        "memory": "on",
    }
    person = await scene.store.people.by_id(scene.people["Ana"].id)
    assert (person.language, person.chose_language, person.time_zone) == ("de", True, "Europe/Berlin")
    await ask.press(await ask("profile tone"), "Take it back")
    await ask("profile time-zone", zone="none")
    assert dict((await ask("profile show")).rows)["tone"] == "as usual"
    assert dict((await ask("profile show")).rows)["time zone"] == "Europe/Rome"
    assert list(await ask.suggested("profile time-zone", "zone", "new y")) == ["America/New_York"]
    assert "de" in await ask.suggested("profile language", "code", "d")
    await ask("profile block", label="pets", text="a cat")
    assert list(await ask.suggested("profile block", "label", "p")) == ["pets", "profile"]


async def test_usage_is_one_s_own_by_day_and_an_unknown_cost_is_not_zero(scene: Scene, ask: Asked) -> None:
    assert (await ask("usage", days="1")).text == "You have used nothing today."
    for who, tokens in (("Ana", 700), ("Bob", 9_000), ("Ana", 300)):
        turn = await scene.asks_and_hears(who, "hello")
        usage = await scene.store.ledger.reserve(Booking(turn.id, turn.asker.id, None, "m", 1_000, 200))
        scene.store.ledger.settle(usage, tokens, 0, 10)
        scene.clock.advance(timedelta(hours=16))
    await ask("profile tone", text="short")  # a write that is waited for, behind those that are not
    page = await ask("usage", GENERAL, days="3")
    assert page.text == "You, in the last 3 days: 1,000 in, 20 out, in 2 model calls; cost not known yet."
    assert [row[0] for row in page.rows] == ["2026-11-22", "2026-11-21"]
    assert page.chart is not None
    assert page.chart.bars == (("21 Nov", 710.0), ("22 Nov", 310.0), ("23 Nov", 0.0))
    for wrong in ("0", "91", "a week", "-1"):
        assert "days is a whole number" in (await ask("usage", days=wrong)).text
