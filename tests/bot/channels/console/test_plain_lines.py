"""Lines from a pipe, through the real command."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.bot.installation import Ended, Installation, ended

ODD_LINES = (
    b"what is " + b"word " * 20_000 + b"?",
    b"\x00\x01\x1b[31mred\x1b[0m \x7f \xc2\x9b31m?",
    b"what is \xff\xfe broken \xc3?",
    b'"cat" AND NOT (dog* OR NEAR(a b, 3)) : ^ - + { } ?',
    b'what is " OR 1=1 -- ?',
    "what is 猫の名前?".encode(),
)
NOT_KNOWN = "I don't know: I was never told that."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console") / "data"


@pytest.fixture(scope="module")
def told(installation: Installation, data: Path) -> Ended:
    """The first process; everything in it is said in one go, as printf does."""
    lines = (
        b"remember that my cat is called Miso",
        b"   ",
        b"",
        b"/undo",
        b"remember that my cat is called Miso",
        *ODD_LINES,
        b"remember that \x1b[2Jmy \x00boat\x07 is Ada\xc2\x9b1m",
        b"/memory list",
        b"/memry",
    )
    return installation.run("chat", said=b"\n".join(lines), data_dir=data)


@pytest.fixture(scope="module")
def asked(installation: Installation, data: Path, told: Ended) -> Ended:
    """The next process, from another folder."""
    questions = b"what is my cat called?\nwhat is my dog called?\nwhere does my boss live?\n/quit\nnot asked any more\n"
    return installation.run("chat", said=questions, cwd=data.parent, data_dir=data)


def test_what_one_process_was_told_the_next_one_knows(asked: Ended) -> None:
    assert "Miso" in asked.out.splitlines()[0]
    assert (asked.code, asked.err) == (0, "")


def test_what_was_never_told_is_not_known(asked: Ended) -> None:
    assert asked.out.splitlines()[1:3] == [NOT_KNOWN, NOT_KNOWN]


def test_quit_ends_it_before_the_end_of_the_input(asked: Ended) -> None:
    assert len(asked.out.splitlines()) == 3


def test_each_line_is_answered_once_and_empty_ones_are_not(told: Ended) -> None:
    lines = told.out.splitlines()
    assert lines[0] == "I'll remember that: my cat is called Miso."
    assert lines[1] == "Taken back: my cat is called Miso"
    assert lines[3 : 3 + len(ODD_LINES)] == [NOT_KNOWN] * len(ODD_LINES)
    assert told.code == 0


def test_a_command_prints_its_page_as_plain_lines(told: Ended) -> None:
    *_, memory, older, unknown = told.out.splitlines()
    assert memory.split("\t")[1:3] == ["[2Jmy boat is Ada1m", "said"]
    assert older.split("\t")[1:3] == ["my cat is called Miso", "said"]
    assert unknown == "I know no command /memry. Did you mean /memory add? /help shows them all."


def test_nothing_that_is_printed_can_steer_the_terminal(told: Ended) -> None:
    assert "I'll remember that: [2Jmy boat is Ada1m." in told.out
    assert {character for character in told.out if not character.isprintable()} == {"\n", "\t"}


def test_nothing_but_answers_goes_out(told: Ended) -> None:
    assert "memory updated" not in told.out
    assert told.err == ""


def test_without_input_it_ends_well(installation: Installation, tmp_path: Path) -> None:
    process = installation.start("run", stdin=subprocess.DEVNULL, data_dir=tmp_path)
    assert ended(process) == Ended(0, "", "")


def test_when_nobody_reads_the_answers_it_ends_quietly_and_keeps_them(
    installation: Installation, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = installation.start("chat", stdout=writing, data_dir=tmp_path)
    os.close(writing)

    assert ended(process, b"remember that my cat is called Miso\nwhat is my cat called?\n") == Ended(0, "", "")
    with sqlite3.connect(tmp_path / "ember.db") as database:
        waiting = database.execute("SELECT count(*) FROM queue WHERE state = 'pending' AND type = 'delivery'")
        assert waiting.fetchone() > (0,)


def test_output_that_cannot_be_written_is_told(installation: Installation, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        process = installation.start("chat", stdout=full.fileno(), data_dir=tmp_path)
        outcome = ended(process, b"hello\n")

    assert outcome == Ended(1, "", "ember: Standard output cannot be written. (No space left on device)\n")
