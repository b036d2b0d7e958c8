"""`ember memory list` and `ember chat` beside a running Ember."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Here
from tests.bot.installation import PATIENCE_SECONDS, Ended, Installation, ended


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("running") / "data"


@pytest.fixture(scope="module")
def running(installation: Installation, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An Ember that was told something and waits for more."""
    process = installation.start("chat", data_dir=data)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("remember that my cat is called Miso\nremember that \x1b[31mGrüße\n".encode())
    process.stdin.flush()
    for _ in range(2):
        assert process.stdout.readline().startswith(b"I'll remember that")
    yield process
    process.kill()


def test_the_memories_are_a_table_for_people(ember_here: Here, data: Path, running: subprocess.Popen[bytes]) -> None:
    table = ember_here("memory", "list", data_dir=data)
    assert (table.code, table.err) == (0, "")
    heading, _, first, second = table.out.splitlines()
    assert heading.split() == ["id", "since", "memory", "trust"]
    assert "my cat is called Miso" in first
    assert "[31mGrüße" in second
    assert "\x1b" not in table.out


def test_the_memories_are_json_for_programs(ember_here: Here, data: Path, running: subprocess.Popen[bytes]) -> None:
    first, second = json.loads(ember_here("memory", "list", "--json", data_dir=data).out)
    assert set(first) == {"id", "since", "memory", "trust"}
    assert (first["memory"], first["trust"]) == ("my cat is called Miso", "said")
    assert second["memory"] == "\x1b[31mGrüße"
    assert int(first["id"]) < int(second["id"])


def test_a_second_chat_names_the_first_and_what_to_do(
    installation: Installation, data: Path, running: subprocess.Popen[bytes]
) -> None:
    told = f"ember: The data directory {data} is in use by ember chat in a terminal (process {running.pid})."
    second = installation.run("chat", data_dir=data)
    assert second == Ended(1, "", f"{told} Talk to it there, or stop it first.\n")


def test_it_ends_well_when_it_is_told_to_stop(running: subprocess.Popen[bytes]) -> None:
    # It waits for a further line, and none comes: its input stays open.
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=PATIENCE_SECONDS) == 0
    assert ended(running) == Ended(0, "", "")


def test_where_nothing_was_kept_yet_it_says_how_to_begin(ember_here: Here, tmp_path: Path) -> None:
    told = f"ember: There is no memory in {tmp_path / 'data'} yet. Begin one with: ember chat\n"
    assert ember_here("memory", "list", data_dir=tmp_path / "data") == Ended(1, "", told)
    assert not (tmp_path / "data").exists()
