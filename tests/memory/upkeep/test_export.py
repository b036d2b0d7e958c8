"""Export: everything about a person, nothing of anybody else, whole and signed."""

import io
import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from memory import (
    FinishedReply,
    IdentityId,
    NewMemory,
    NotFound,
    Outcome,
    Part,
    PartKind,
    Person,
    Recall,
    Trust,
    look_into_memory,
)
from memory.tables.schema import metadata
from memory.upkeep.belonging import BELONGS
from memory.upkeep.export import exported_columns
from tests.memory.scene import CONSOLE, GENERAL, Scene, writer_of

ROOT = Path(__file__).parents[3]
CANARY = "zqx7canary7"

Tables = dict[str, list[dict[str, JsonValue]]]


async def exported(scene: Scene, person: Person) -> Tables:
    out = io.BytesIO()
    counts = await scene.store.exports.write(person.id, out)
    tables: Tables = json.loads(out.getvalue())["tables"]
    assert {name: len(rows) for name, rows in tables.items()} == counts
    return tables


def test_every_table_is_exported_or_named_as_not_personal() -> None:
    left_out = {table.name for table, belonging in BELONGS.items() if not belonging.exported}
    page = (ROOT / "docs/export-format.md").read_text(encoding="utf-8")
    _, _, reasons = page.partition("## What is not in it")
    assert set(metadata.tables) == {table.name for table in BELONGS}
    for name in left_out:
        assert f"`{name}`" in reasons, name


def test_the_page_about_the_format_names_every_table_and_every_field() -> None:
    page = (ROOT / "docs/export-format.md").read_text(encoding="utf-8")
    for table in (table for table, belonging in BELONGS.items() if belonging.exported):
        _, _, section = page.partition(f"| `{table.name}` |")
        line = section.splitlines()[0]
        assert [name for name in exported_columns(table) if f"`{name}`" not in line] == [], table.name


async def test_an_export_holds_all_that_is_a_person_s(scene: Scene) -> None:
    turn = await scene.asks("EJ", "remember that I like pizza", CONSOLE)
    line = await scene.line_of(turn)
    step = scene.store.steps.begin("key", turn.id, turn.asker.id, "remember", '{"content": "EJ likes pizza"}')
    new = NewMemory("EJ likes pizza", Trust.SAID, source=line.id)
    memory = await scene.store.memories.add(turn.place, turn.asker.id, new, step)
    await scene.store.memories.supersede(turn.place, turn.asker.id, memory.id, NewMemory("EJ likes rice", Trust.SAID))
    await scene.store.steps.finish(step, "Remembered.", success=True)
    await scene.store.people.prefer(turn.asker.id, "language", "de")
    await scene.store.audit.record(turn.asker.id, "mute", "channel:1", None, Outcome.DONE)
    parts = (Part(PartKind.WORDS, line.content, line.id), Part(PartKind.SYSTEM, "You are Ember."))
    recalled = (Recall(memory.id, 0.5, "it says pizza"),)
    await scene.finishes(turn, FinishedReply("I will.", Trust.DERIVED, parts=parts, recalled=recalled))
    tables = await exported(scene, turn.asker)
    assert {name for name, rows in tables.items() if not rows} == {"memory_relationships", "model_usage_stats"}
    assert [row["content"] for row in tables["messages"]] == ["remember that I like pizza", "I will."]
    assert [(row["content"], row["superseded_by"] is not None) for row in tables["memories"]] == [
        ("EJ likes pizza", True),
        ("EJ likes rice", False),
    ]
    assert tables["memories"][0]["scope"] == f"private:{turn.asker.id}"
    assert tables["memories"][0]["source"] == str(line.id)
    assert [row["result"] for row in tables["steps"]] == ["Remembered."]
    assert [row["reason"] for row in tables["recalls"]] == ["it says pizza"]
    assert [row["text"] for row in tables["prompt_parts"]] == [line.content]
    assert tables["user_preferences"][0]["value"] == "de"


async def test_nothing_that_another_person_said_is_in_an_export(scene: Scene) -> None:
    """Ana's line in a channel stands in the prompt of EJ's turn there, and a call of that turn has read it."""
    said = await scene.says("Ana", f"the {CANARY} is under the mat", GENERAL)
    assert said is not None
    await scene.store.memories.add(GENERAL, said.person.id, NewMemory(f"Ana's {CANARY}", Trust.SAID))
    turn = await scene.asks("EJ", "where is it?", GENERAL)
    step = scene.store.steps.begin("key", turn.id, turn.asker.id, "recall", '{"query": "where"}')
    await scene.store.steps.finish(step, f"Ana: the {CANARY} is under the mat", success=True)
    parts = (
        Part(PartKind.LINE, f"Ana: the {CANARY} is under the mat", said.message.id),
        Part(PartKind.RESULT, f"found: {CANARY}"),
        Part(PartKind.WORDS, "where is it?", (await scene.line_of(turn)).id),
    )
    recalled = (Recall(said.message.id, 0.5, f"it says {CANARY}", step.id),)
    await scene.finishes(turn, FinishedReply("Ask her.", Trust.DERIVED, parts=parts, recalled=recalled))
    tables = await exported(scene, turn.asker)
    assert CANARY not in json.dumps(tables)
    assert [row["text"] for row in tables["prompt_parts"]] == ["where is it?"]
    assert [(row["capability"], row["result"]) for row in tables["steps"]] == [("recall", None)]
    assert tables["recalls"] == []
    assert CANARY in json.dumps(await exported(scene, said.person))


async def test_a_call_beside_what_was_recalled_of_others_for_the_prompt_is_left_out_too(scene: Scene) -> None:
    """Ana's line was recalled for EJ's prompt; the model asked for it once more, in its words, and found it again."""
    said = await scene.says("Ana", f"the {CANARY} is under the mat", GENERAL)
    assert said is not None
    turn = await scene.asks("EJ", "where is it?", GENERAL)
    step = scene.store.steps.begin("key", turn.id, turn.asker.id, "recall", f'{{"query": "where is the {CANARY}?"}}')
    await scene.store.steps.finish(step, f"Ana: the {CANARY} is under the mat", success=True)
    parts = (Part(PartKind.CALL, f"recall: {CANARY}"), Part(PartKind.RESULT, f"found: {CANARY}"))
    recalled = tuple(Recall(said.message.id, 0.5, "it fits", by) for by in (None, step.id))
    await scene.finishes(turn, FinishedReply("Ask her.", Trust.DERIVED, parts=parts, recalled=recalled))
    tables = await exported(scene, turn.asker)
    assert CANARY not in json.dumps(tables)
    assert [(row["capability"], row["arguments"], row["result"]) for row in tables["steps"]] == [("recall", "", None)]


async def test_what_is_being_forgotten_is_not_in_an_export(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "hello")
    line = await scene.line_of(turn)
    with writer_of(scene.path) as writer:
        writer.core.exec_driver_sql("INSERT INTO erasing (item_id, erasure_id) VALUES (?, 1)", (line.id,))
    assert [row["content"] for row in (await exported(scene, turn.asker))["messages"]] == ["Understood."]


async def test_an_export_is_made_beside_a_running_ember(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "hello")
    async with look_into_memory(scene.path, scene.clock) as store:
        out = io.BytesIO()
        await store.exports.write(turn.asker.id, out)
    assert len(json.loads(out.getvalue())["tables"]["messages"]) == 2


async def test_who_is_not_known_has_no_export(scene: Scene) -> None:
    with pytest.raises(NotFound):
        await scene.store.exports.write(IdentityId(1), io.BytesIO())
