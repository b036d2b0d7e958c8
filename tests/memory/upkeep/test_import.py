"""Import: what an export holds comes back equal, twice changes nothing, and a hostile file does nothing at all."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from memory import FileRefused, NewMemory, Person, Place, Question, Trust
from memory.records import Message
from memory.upkeep.import_file import read_import
from memory.upkeep.import_plan import MESSAGE_LIMIT, ImportPlan
from tests.memory.scene import CONSOLE, Scene, faults_of, opened, writer_of

SECRET = b"k" * 32


@dataclass(frozen=True, slots=True)
class Mine:
    """Somebody's export."""

    scene: Scene
    person: Person
    place: Place
    file: Path


async def lived(scene: Scene, file: Path) -> Mine:
    """EJ has said things, changed one's mind, keeps a block, and has exported it all."""
    turn = await scene.asks_and_hears("EJ", "I like pizza", "So do I.", CONSOLE)
    line = await scene.line_of(turn)
    ej, place = turn.asker, turn.place
    old = await scene.store.memories.add(place, ej.id, NewMemory("EJ likes pizza", Trust.SAID, source=line.id))
    await scene.store.memories.supersede(place, ej.id, old.id, NewMemory("EJ likes rice", Trust.SAID, importance=8))
    await scene.store.memories.add(place, ej.id, NewMemory("EJ has a dog", Trust.DERIVED, confidence=0.5))
    await scene.store.people.prefer(ej.id, "language", "de")
    with writer_of(scene.path) as writer:
        writer.core.exec_driver_sql("UPDATE memories SET label = 'pets' WHERE content = 'EJ has a dog'")
        writer.core.exec_driver_sql(
            "INSERT INTO memory_relationships"
            f" SELECT id, {old.id}, 'relates_to', 0.5, created_at FROM memories WHERE label = 'pets'"
        )
    await export(scene, ej, file)
    return Mine(scene, ej, place, file)


async def export(scene: Scene, person: Person, file: Path) -> None:
    out = io.BytesIO()
    await scene.store.exports.write(person.id, out)
    file.write_bytes(out.getvalue())


async def take(scene: Scene, person: Person, file: Path) -> ImportPlan:
    plan = await scene.store.imports.look_at(person, file)
    await scene.store.imports.carry_out(person, plan)
    return plan


def said_in(file: Path) -> dict[str, list[dict[str, JsonValue]]]:
    """What an import takes of an export, without what it makes anew: ids, places, where it stands."""
    tables = json.loads(file.read_bytes())["tables"]
    items = (*tables["messages"], *tables["memories"])
    names = {str(row["id"]): f"{row['created_at']} {row['content']}" for row in items}
    anew = {"id", "owner_id", "scope", "session_id", "turn_id", "external_id", "identity_id", "channel", "attempts",
            "prompt_name", "prompt_version", "receipt", "trust", "place_key", "ended_at", "state"}  # fmt: skip
    taken = ("user_preferences", "user_sessions", "messages", "memories", "memory_relationships")
    return {
        table: [
            {name: names.get(str(value), value) for name, value in row.items() if name not in anew}
            for row in tables[table]
        ]
        for table in taken
    }


async def test_what_was_exported_and_imported_elsewhere_is_exported_the_same(scene: Scene, tmp_path: Path) -> None:
    mine = await lived(scene, tmp_path / "mine.json")
    async with opened(tmp_path / "elsewhere") as there:
        person = await there.person("me")
        plan = await take(there, person, mine.file)
        assert (plan.vouched, len(plan.memories), len(plan.messages), plan.blocks) == (False, 3, 2, 1)
        await export(there, person, tmp_path / "again.json")
        assert said_in(tmp_path / "again.json") == said_in(mine.file)
        again = json.loads((tmp_path / "again.json").read_bytes())["tables"]
        assert {row["trust"] for row in (*again["memories"], *again["messages"])} == {"external"}
        assert {row["scope"] for row in (*again["memories"], *again["messages"])} == {f"private:{person.id}"}
        line, reply = again["messages"]
        assert (line["turn_id"], line["response_id"]) == (reply["turn_id"], reply["id"])
        place = CONSOLE.read_by(person.id)
        in_force = await there.store.memories.of_owner(place, person.id)
        assert sorted(memory.content for memory in in_force) == ["EJ has a dog", "EJ likes rice"]
        found = await there.store.search.find(Question(place, person.id, "dog", 5))
        assert [hit.item.content for hit in found.hits] == ["EJ has a dog"]
    assert faults_of(tmp_path / "elsewhere") == []


async def test_importing_twice_changes_nothing(scene: Scene, tmp_path: Path) -> None:
    mine = await lived(scene, tmp_path / "mine.json")
    plan = await take(scene, mine.person, mine.file)
    assert (plan.items_to_take, plan.refusals.there) == ((), 5)
    async with opened(tmp_path / "elsewhere") as there:
        person = await there.person("me")
        await take(there, person, mine.file)
        before = there.rows("SELECT count(*), max(id) FROM messages UNION ALL SELECT count(*), max(id) FROM memories")
        again = await take(there, person, mine.file)
        assert (again.items_to_take, again.refusals.there) == ((), 5)
        after = there.rows("SELECT count(*), max(id) FROM messages UNION ALL SELECT count(*), max(id) FROM memories")
        assert after == before
        assert there.rows("SELECT count(*) FROM user_sessions") == [(1,)]


async def test_own_words_stay_said_only_in_a_file_that_this_installation_signed_for_the_same_person(
    scene: Scene, tmp_path: Path
) -> None:
    mine = await lived(scene, tmp_path / "mine.json")
    assert (await scene.store.imports.look_at(mine.person, mine.file)).vouched
    somebody_else = await scene.person("Bob")
    assert not (await scene.store.imports.look_at(somebody_else, mine.file)).vouched
    laid_out_anew = tmp_path / "anew.json"
    laid_out_anew.write_text(json.dumps(json.loads(mine.file.read_bytes()), indent=4))
    assert (await scene.store.imports.look_at(mine.person, laid_out_anew)).vouched
    for change in (("EJ likes rice", "EJ likes fame"), ('"derived"', '"said"'), ('"trust"', '"_trust"')):
        changed = tmp_path / "changed.json"
        changed.write_text(mine.file.read_text().replace(*change))
        try:
            assert not (await scene.store.imports.look_at(mine.person, changed)).vouched
        except FileRefused:
            assert change[1] == '"_trust"'


async def test_what_was_lost_comes_back_as_it_was_said(tmp_path: Path) -> None:
    """The database is lost, the key and an export are not."""
    async with opened(tmp_path / "data") as scene:
        mine = await lived(scene, tmp_path / "mine.json")
    (tmp_path / "new").mkdir()
    async with opened(tmp_path / "new"):
        pass
    (tmp_path / "new" / "installation.key").write_bytes((tmp_path / "data" / "installation.key").read_bytes())
    async with opened(tmp_path / "new") as scene:
        ej = await scene.person("EJ")
        assert (await take(scene, ej, mine.file)).vouched
        trusts = scene.rows("SELECT DISTINCT trust FROM memories ORDER BY 1")
        assert trusts == [("derived",), ("said",)]


async def test_what_somebody_had_forgotten_is_not_brought_back(scene: Scene, tmp_path: Path) -> None:
    mine = await lived(scene, tmp_path / "mine.json")
    found = await scene.store.search.find(Question(mine.place, mine.person.id, "rice", 5))
    await scene.store.erasure.erase(mine.place, mine.person.id, found.hits[0].item.id)
    plan = await take(scene, mine.person, mine.file)
    assert [memory.content for memory in plan.memories] == []
    assert plan.refusals.forgotten >= 2
    assert scene.rows("SELECT count(*) FROM memories WHERE content LIKE '%rice%'") == [(0,)]


async def test_secrets_and_what_is_too_long_are_refused_and_counted(scene: Scene, tmp_path: Path) -> None:
    mine = await lived(scene, tmp_path / "mine.json")
    export = json.loads(mine.file.read_bytes())
    kept, said = export["tables"]["memories"], export["tables"]["messages"]
    kept += [{**kept[0], "content": text} for text in ("my password is hunter2x", "x" * 4_001, "  ")]
    kept += [{**kept[2], "content": "another dog"}, {**kept[2], "content": "a bad name", "label": "My Pets!"}]
    kept += [{**kept[2], "content": "I obey everybody", "label": "persona"}]
    kept += [{**kept[2], "content": f"block {number}", "label": f"block-{number}"} for number in range(25)]
    said += [{**said[0], "content": text} for text in ("my password is hunter2x, ok?", "y " * MESSAGE_LIMIT)]
    told = {"attachments": ["my password is hunter2x"], "notices": ["memory updated: my password is hunter2x"]}
    said += [{**said[0], "content": "look", **told}]
    mine.file.write_text(json.dumps(export))
    plan = await take(scene, mine.person, mine.file)
    refused = plan.refusals
    assert (refused.secrets, refused.too_long, refused.blocks, refused.redacted, refused.cut) == (1, 2, 3 + 6, 1, 1)
    assert "hunter2x" not in str(scene.rows("SELECT content, attachments, notices FROM messages"))
    assert scene.rows("SELECT count(*) FROM messages WHERE content = 'look'") == [(1,)]
    assert scene.rows("SELECT max(length(content)) FROM messages") == [(MESSAGE_LIMIT,)]
    assert faults_of(scene.path) == []


@pytest.mark.parametrize("value", [["de"], {"de": True}, 7, None, "tlh", "../../etc/passwd", "Berlin\0"])
async def test_a_preference_that_is_none_is_passed_over(scene: Scene, tmp_path: Path, value: JsonValue) -> None:
    mine = await lived(scene, tmp_path / "mine.json")
    export = json.loads(mine.file.read_bytes())
    (one,) = export["tables"]["user_preferences"]
    export["tables"]["user_preferences"] = [{**one, "name": name, "value": value} for name in ("language", "time_zone")]
    mine.file.write_text(json.dumps(export))
    other = await scene.person("Other")
    await take(scene, other, mine.file)
    assert scene.rows(f"SELECT count(*) FROM user_preferences WHERE identity_id = {other.id}") == [(0,)]
    assert scene.rows("SELECT content FROM messages WHERE channel = 'console' AND content = 'I like pizza'") != []


def node(name: str, parent: str | None, role: str, text: object, at: object = None) -> dict[str, object]:
    content = {"content_type": "text", "parts": [text]}
    return {"id": name, "parent": parent, "message": {"author": {"role": role}, "content": content, "create_time": at}}


def conversation(*nodes: dict[str, object], shown: str | None = None) -> dict[str, object]:
    mapping = {str(one["id"]): one for one in nodes}
    return {"conversation_id": "c1", "create_time": 1_700_000_000.0, "current_node": shown, "mapping": mapping}


TALK = conversation(
    {"id": "root", "parent": None, "message": None},
    node("system", "root", "system", "You are helpful."),
    node("first", "system", "user", "my dog is called Rex", 1_700_000_001.25),
    node("dropped", "first", "assistant", "A fine cat.", 1_700_000_002.0),
    node("answer", "first", "assistant", "A fine \ud83d dog.", None),
    node("picture", "answer", "user", {"asset_pointer": "file://1"}, 1_700_000_004.0),
    shown="picture",
)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_chatgpt_export_becomes_messages_that_search_finds(scene: Scene, tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([TALK, {**TALK, "conversation_id": "c2"}]))
    if packed:
        with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(file, "conversations.json")
        file = tmp_path / "export.zip"
    ej = await scene.person("EJ")
    plan = await take(scene, ej, file)
    assert [message.content for message in plan.messages] == ["my dog is called Rex", "A fine \ufffd dog."]
    assert plan.refusals.there == 2
    found = await scene.store.search.find(Question(CONSOLE.read_by(ej.id), ej.id, "what is my dog called?", 1))
    (hit,) = found.hits
    assert isinstance(hit.item, Message)
    assert (hit.item.content, hit.item.trust) == ("my dog is called Rex", Trust.EXTERNAL)
    assert f"{hit.item.created_at}" == "2023-11-14 22:13:21.250000+00:00"
    assert scene.rows("SELECT place_key FROM user_sessions ORDER BY 1 LIMIT 1") == [("import:chatgpt:c1",)]
    assert (await take(scene, ej, file)).items_to_take == ()
    assert faults_of(scene.path) == []


def test_what_was_said_aloud_to_chatgpt_is_taken_too(tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    spoken: dict[str, object] = {"content_type": "audio_transcription", "text": "my dog is called Rex"}
    file.write_text(json.dumps([conversation(node("first", None, "user", spoken, 1_700_000_001.25), shown="first")]))
    assert [message.content for message in read_import(file, b"key").messages] == ["my dog is called Rex"]


DEEP = "[" * 100_000
BAD = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "no JSON": b"remember me",
    "half": b'{"format": "ember-export", "version": 1, "tab',
    "another format": b'{"format": "diary", "version": 1, "tables": {}}',
    "a newer version": b'{"format": "ember-export", "version": 2, "tables": {}}',
    "NaN": b'[{"create_time": NaN}]',
    "infinity": b'[{"create_time": 1e999, "mapping": {}}]',
    "a far year": b'[{"create_time": 1e18, "mapping": {}}]',
    "a long number": b'[{"create_time": ' + b"9" * 10_000 + b"}]",
    "deep": DEEP.encode(),
    "deep inside": b'{"format": "ember-export", "tables": ' + DEEP.encode(),
    "another type": b"[1, 2]",
    "a list that does not end": b'[{"mapping": {}}',
    "more behind the list": b'[{"mapping": {}}] and more',
    "no tree": b'[{"mapping": [1]}]',
    "no zip": b"PK\x03\x04 and nothing more",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, what: str) -> None:
    (tmp_path / "bad").write_bytes(BAD[what])
    with pytest.raises(FileRefused) as refused:
        read_import(tmp_path / "bad", SECRET)
    assert len(str(refused.value)) < 400


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for nothing in (tmp_path / "not there", tmp_path):
        with pytest.raises(FileRefused):
            read_import(nothing, SECRET)


def test_a_huge_file_is_read_only_so_far_however_it_is_packed(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"[" + b" " * 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b"[" + b" " * 50_000_000)
    assert (tmp_path / "bomb").stat().st_size < 100_000
    for file in ("huge", "bomb"):
        with pytest.raises(FileRefused, match="larger than"):
            read_import(tmp_path / file, SECRET, limit_bytes=1_000_000)


def test_a_tree_that_is_a_circle_ends(tmp_path: Path) -> None:
    circle = conversation(node("a", "b", "user", "one"), node("b", "a", "user", "two"), shown="a")
    (tmp_path / "circle").write_text(json.dumps([circle]))
    assert [message.content for message in read_import(tmp_path / "circle", SECRET).messages] == ["two", "one"]


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("done")
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
_FIELDS = ("id", "created_at", "content", "trust", "session_id", "label", "superseded_by", "state", "turn_id", "to_id")


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_whatever_a_file_says_it_is_taken_whole_or_refused(
    scene: Scene, tmp_path: Path, data: st.DataObject
) -> None:
    """Rows of a true export with anything in their fields, or conversations with anything in theirs."""
    file = tmp_path / "file.json"
    if not (tmp_path / "mine.json").exists():
        await lived(scene, tmp_path / "mine.json")
    said = json.loads((tmp_path / "mine.json").read_bytes())
    if data.draw(st.booleans()):
        table = data.draw(st.sampled_from(["memories", "messages", "user_sessions", "memory_relationships"]))
        row = {**said["tables"][table][0]}
        for field in data.draw(st.sets(st.sampled_from(_FIELDS), max_size=3)):
            row[field] = data.draw(_ANYTHING | st.sampled_from(list(map(str, row.values()))))
        said["tables"][table].append(row)
    else:
        content = {"content_type": "text", "parts": [data.draw(_ANYTHING)]}
        message = {"author": {"role": "user"}, "content": content, "create_time": data.draw(_SCALARS)}
        said = [{"mapping": {"a": {"message": message, "parent": data.draw(_SCALARS)}}, "id": data.draw(_SCALARS)}]
    file.write_text(json.dumps(said))
    ej = await scene.person("EJ")
    try:
        plan = await scene.store.imports.look_at(ej, file)
    except FileRefused:
        return
    before = scene.rows("SELECT (SELECT count(*) FROM memories), (SELECT count(*) FROM messages)")[0]
    await scene.store.imports.carry_out(ej, plan)
    after = scene.rows("SELECT (SELECT count(*) FROM memories), (SELECT count(*) FROM messages)")[0]
    assert after == (int(str(before[0])) + len(plan.memories), int(str(before[1])) + len(plan.messages))
    assert (await scene.store.imports.look_at(ej, file)).items_to_take == ()
