"""`ember memory forget`."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Here
from tests.bot.installation import Installation
from tests.memory.forgetting import files_holding


@pytest.fixture
def data(installation: Installation, tmp_path: Path) -> Path:
    said = b"remember that my cat is called Zorro\nremember that I like pizza\nwhat is my cat called?\n"
    told = installation.run("chat", said=said, data_dir=tmp_path / "data")
    assert "Zorro" in told.out
    return tmp_path / "data"


def kept(ember_here: Here, data: Path) -> dict[str, str]:
    listed = json.loads(ember_here("memory", "list", "--json", data_dir=data).out)
    return {memory["memory"]: memory["id"] for memory in listed}


@pytest.mark.long
def test_one_item_is_forgotten_by_its_id(ember_here: Here, data: Path) -> None:
    done = ember_here("memory", "forget", kept(ember_here, data)["my cat is called Zorro"], data_dir=data)
    assert done.code == 0, done.err
    assert "All of it is gone. What I cannot reach" in done.out
    assert list(kept(ember_here, data)) == ["I like pizza"]
    assert files_holding(data, "zorro") == []


@pytest.mark.long
def test_a_topic_is_shown_and_goes_only_when_somebody_says_so(ember_here: Here, data: Path) -> None:
    shown = ember_here("memory", "forget", "--topic", "cat", data_dir=data)
    assert "my cat is called Zorro" in shown.out
    assert "Nothing was done. Say --yes to go on." in shown.out
    assert len(kept(ember_here, data)) == 2
    assert ember_here("memory", "forget", "--topic", "cat", "--yes", data_dir=data).code == 0
    assert files_holding(data, "zorro") == []
    assert "holds all of these words" in ember_here("memory", "forget", "--topic", "cat", data_dir=data).out


@pytest.mark.long
def test_everything_is_forgotten_and_ember_begins_anew(ember_here: Here, data: Path) -> None:
    assert ember_here("memory", "forget", "--everything", "--yes", data_dir=data).code == 0
    assert kept(ember_here, data) == {}
    for word in ("zorro", "pizza"):
        assert files_holding(data, word) == []


def test_what_to_forget_has_to_be_said(ember_here: Here, tmp_path: Path) -> None:
    asked = ember_here("memory", "forget", data_dir=tmp_path)
    assert asked.code == 2
    assert "say what to forget" in asked.err


@pytest.mark.long
def test_beside_a_running_ember_it_says_who_holds_the_memory(
    installation: Installation, ember_here: Here, data: Path
) -> None:
    running: subprocess.Popen[bytes] = installation.start("chat", data_dir=data)
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        running.stdin.write(b"/memory forget\n")
        running.stdin.flush()
        running.stdout.readline()
        refused = ember_here("memory", "forget", "--topic", "cat", data_dir=data)
        assert refused.code == 1
        assert "is in use by ember chat in a terminal" in refused.err
        assert "Say /memory forget WORDS to it there, or stop it first." in refused.err
        assert "Talk to it there" not in refused.err
    finally:
        running.kill()
        running.wait()
