"""`ember doctor`: a table or JSON, an exit code, and a scratch folder that is gone afterwards."""

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Here
from tests.bot.installation import PATIENCE_SECONDS, Installation, ended


@pytest.fixture
def data(installation: Installation, tmp_path: Path) -> Path:
    told = b"remember that my cat is called Miso\n"
    assert installation.run("chat", said=told, data_dir=tmp_path / "data").code == 0
    return tmp_path / "data"


def verdicts(here: Here, data: Path, *options: str) -> dict[str, str]:
    return {row["check"]: row["verdict"] for row in json.loads(here("doctor", "--json", *options, data_dir=data).out)}


def test_a_memory_that_is_well_is_told_so(ember_here: Here, data: Path) -> None:
    told = ember_here("doctor", data_dir=data)
    assert (told.code, told.err) == (0, "")
    assert "Every page of the database is whole." in " ".join(told.out.split())
    assert set(verdicts(ember_here, data).values()) == {"ok"}


def test_what_is_wrong_ends_with_a_status_and_what_can_be_made_anew_is_mended(ember_here: Here, data: Path) -> None:
    with closing(sqlite3.connect(data / "ember.db")) as connection, connection:
        connection.execute("UPDATE memories SET content = 'my cat is called Tiger'")
    assert ember_here("doctor", data_dir=data).code == 1
    assert verdicts(ember_here, data, "--mend")["search index"] == "mended"
    assert ember_here("doctor", data_dir=data).code == 0


def test_beside_a_running_ember_it_looks_and_does_not_mend(
    installation: Installation, ember_here: Here, data: Path
) -> None:
    running = installation.start("chat", data_dir=data)
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        running.stdin.write(b"remember that my dog is called Rex\n")
        running.stdin.flush()
        assert running.stdout.readline().startswith(b"I'll remember that")
        assert ember_here("doctor", data_dir=data).code == 0
        refused = ember_here("doctor", "--mend", data_dir=data)
        assert (refused.code, refused.out) == (1, "")
        assert f"in use by ember chat in a terminal (process {running.pid})" in refused.err
    finally:
        running.kill()
        ended(running)


def test_where_nothing_was_kept_yet_it_says_so(ember_here: Here, tmp_path: Path) -> None:
    told = ember_here("doctor", data_dir=tmp_path / "none")
    assert (told.code, told.out) == (1, "")
    assert "There is no memory in" in told.err


@pytest.mark.long
def test_a_torture_prints_its_figures_and_leaves_nothing_behind(
    installation: Installation, ember_here: Here, data: Path
) -> None:
    before = sorted(data.iterdir())
    told = installation.run("doctor", "--torture", "1", "--json", data_dir=data)
    assert told.code == 0, told.err
    assert {row["verdict"] for row in json.loads(told.out)} == {"ok"}
    assert sorted(data.iterdir()) == before
    assert set(verdicts(ember_here, data).values()) == {"ok"}


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_torture_that_is_interrupted_leaves_nothing_behind(
    installation: Installation, data: Path, how: signal.Signals
) -> None:
    before = sorted(data.iterdir())
    process = installation.start("doctor", "--torture", "60", data_dir=data)
    assert process.stderr is not None
    assert process.stderr.readline().startswith(b"kill -9")
    process.send_signal(how)
    process.wait(PATIENCE_SECONDS)
    assert ended(process).out == ""
    assert sorted(data.iterdir()) == before


def test_a_torture_where_nothing_can_be_written_says_so(ember_here: Here) -> None:
    refused = ember_here("doctor", "--torture", "1", data_dir="/proc/ember")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("ember: Nothing can be tried in /proc: ")
    assert refused.err.count("\n") == 1
