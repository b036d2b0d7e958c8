"""`ember memory export` and `ember memory import` in the shell."""

import json
import shutil
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Here
from tests.bot.installation import Installation


@pytest.fixture(scope="module")
def kept(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("kept") / "data"
    installation.run("chat", said=b"remember that my cat is called Miso\n", data_dir=data)
    return data


@pytest.fixture
def data(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "data"))


def test_an_export_is_a_file_that_only_its_owner_reads_and_that_is_not_written_over(
    ember_here: Here, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "me.json"
    done = ember_here("memory", "export", str(file), data_dir=data)
    told = f"{file} holds 1 memory, 2 messages, and all that belongs to them.\n"
    assert (done.code, done.out, done.err) == (0, told, "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [row["content"] for row in json.loads(file.read_bytes())["tables"]["memories"]] == ["my cat is called Miso"]
    before = file.read_bytes()
    refused = ember_here("memory", "export", str(file), data_dir=data)
    assert (refused.code, refused.out) == (1, "")
    assert "it is there already; --force writes over it" in refused.err
    assert file.read_bytes() == before
    assert ember_here("memory", "export", str(file), "--force", data_dir=data).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "me.json"]


def test_an_export_without_a_name_says_whose_it_is_and_of_when(
    ember_here: Here, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert ember_here("memory", "export", data_dir=data).code == 0
    (file,) = (tmp_path / "here").iterdir()
    assert file.match("ember-export-*-20??-??-??.json")


def test_an_export_goes_to_standard_output_beside_a_running_ember(
    installation: Installation, data: Path, tmp_path: Path
) -> None:
    running = installation.start("chat", data_dir=data)
    try:
        done = installation.run("memory", "export", "-", data_dir=data)
    finally:
        running.communicate()
    assert json.loads(done.out)["format"] == "ember-export"
    nowhere = installation.run("memory", "export", str(tmp_path / "not there" / "me.json"), data_dir=data)
    assert (nowhere.code, nowhere.out, nowhere.err.count("\n")) == (1, "", 1)


def test_an_import_shows_what_it_would_take_and_takes_it_when_told_to(
    ember_here: Here, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "me.json"
    ember_here("memory", "export", str(file), data_dir=data)
    asked = ember_here("memory", "import", str(file), data_dir=tmp_path / "new")
    assert "is an export of some Ember's. New in it: 1 memory and 2 messages," in asked.out
    assert asked.out.endswith("Import it? Nothing was done. Say --yes to go on.\n")
    assert ember_here("memory", "list", "--json", data_dir=tmp_path / "new").out == "[]\n"
    assert ember_here("memory", "import", str(file), "--yes", data_dir=tmp_path / "new").out.endswith("Done.\n")
    (memory,) = json.loads(ember_here("memory", "list", "--json", data_dir=tmp_path / "new").out)
    assert (memory["memory"], memory["trust"]) == ("my cat is called Miso", "external")
    again = ember_here("memory", "import", str(file), "--yes", data_dir=tmp_path / "new")
    assert again.out.endswith("New in it: 0 memories and 0 messages.\nThere already: 3\n")


def test_an_import_refuses_a_bad_file_in_one_line_and_waits_for_no_running_ember(
    installation: Installation, ember_here: Here, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.json").write_text("remember me")
    refused = ember_here("memory", "import", str(tmp_path / "bad.json"), "--yes", data_dir=data)
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert "This file cannot be used; nothing was changed." in refused.err
    running = installation.start("chat", data_dir=data)
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"hello\n")
    running.stdin.flush()
    running.stdout.readline()
    in_use = ember_here("memory", "import", str(tmp_path / "bad.json"), data_dir=data)
    running.communicate()
    assert "is in use by ember chat in a terminal" in in_use.err


def test_a_file_that_is_not_there_begins_no_memory(ember_here: Here, tmp_path: Path) -> None:
    refused = ember_here("memory", "import", str(tmp_path / "none.json"), data_dir=tmp_path / "data")
    assert refused.code == 2
    assert "does not exist" in refused.err
    assert not (tmp_path / "data").exists()


def test_an_export_of_somebody_else_is_asked_for_by_their_id(ember_here: Here, data: Path) -> None:
    mine = json.loads(ember_here("memory", "export", "-", data_dir=data).out)
    (person,) = mine["tables"]["user_identities"]
    same = ember_here("memory", "export", "-", "--person", f"{int(person['id']):x}", data_dir=data)
    assert json.loads(same.out)["tables"] == mine["tables"]
    nobody = ember_here("memory", "export", "-", "--person", "1f", data_dir=data)
    assert (nobody.code, nobody.out) == (1, "")
    assert "Nothing is kept of anybody with this id." in nobody.err
    assert ember_here("memory", "export", "-", "--person", "me!", data_dir=data).code == 2
