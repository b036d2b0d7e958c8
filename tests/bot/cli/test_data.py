"""`ember backup`, `ember restore` and `ember migrate` in the shell."""

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


def backup_in(data: Path) -> Path:
    (made,) = (data / "backups").glob("ember-*.db")
    return made


def test_a_backup_is_made_listed_and_restored(ember_here: Here, data: Path) -> None:
    made = ember_here("backup", data_dir=data)
    assert (made.code, made.err) == (0, "")
    assert f"{backup_in(data)} (" in made.out
    assert "holds 1 memory and 2 messages, up to " in made.out
    (listed,) = json.loads(ember_here("restore", "--json", data_dir=data).out)
    assert (listed["file"], listed["memories"], listed["messages"]) == (backup_in(data).name, "1", "2")
    asked = ember_here("restore", listed["file"], data_dir=data)
    assert (asked.code, asked.err) == (0, "")
    assert asked.out.endswith("Put it in place? Nothing was done. Say --yes to go on.\n")
    done = ember_here("restore", listed["file"], "--yes", data_dir=data)
    assert "It is kept as " in done.out
    assert done.out.endswith("Done: Ember starts with it from now on.\n")
    assert "Miso" in ember_here("memory", "list", data_dir=data).out


def test_a_backup_goes_where_it_is_told(ember_here: Here, data: Path, tmp_path: Path) -> None:
    made = ember_here("backup", "--to", str(tmp_path / "stick"), data_dir=data)
    assert made.code == 0
    assert sorted(file.name for file in (tmp_path / "stick").iterdir())[1:] == ["installation.key"]
    assert not (data / "backups").exists()


def test_what_is_no_backup_is_refused_in_one_line(ember_here: Here, data: Path) -> None:
    refused = ember_here("restore", "nothing.db", "--yes", data_dir=data)
    told = "ember: This is no whole database of Ember's. (file: nothing.db, problem: there is no such file)\n"
    assert (refused.code, refused.out, refused.err) == (1, "", told)


def test_where_nothing_was_backed_up_the_list_says_so(ember_here: Here, data: Path) -> None:
    assert ember_here("restore", data_dir=data).out == "There are no backups yet. Make one with: ember backup\n"


def test_a_database_that_is_up_to_date_is_left_as_it_is(ember_here: Here, data: Path) -> None:
    done = ember_here("migrate", data_dir=data)
    assert (done.code, done.out, done.err) == (0, "The database is up to date.\n", "")
