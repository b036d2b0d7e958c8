"""`ember memory add | search | show | list | share | keep | expand`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Here
from tests.bot.installation import Ended
from tests.memory.scene import rows

Ember = Callable[..., Ended]


@pytest.fixture
def ember(ember_here: Here, tmp_path: Path) -> Ember:
    """`ember memory …` on a data directory of the test's own."""
    return lambda *arguments: ember_here("memory", *arguments, data_dir=tmp_path / "data", default_timezone="UTC")


def added(ember: Ember, *arguments: str) -> str:
    ended = ember("add", *arguments)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.strip()


def values(ember: Ember, memory_id: str) -> list[tuple[str, str]]:
    return [(row["what"], row["value"]) for row in json.loads(ember("show", memory_id, "--json").out)]


def test_what_is_added_is_listed_found_and_shown(ember: Ember) -> None:
    cat = added(ember, "my cat is called Miso", "--importance", "8")
    added(ember, "I went to Rome", "--event")
    table = ember("list").out
    assert "my cat is called Miso" in table
    assert [row["memory"] for row in json.loads(ember("list", "--json").out)] == [
        "my cat is called Miso",
        "I went to Rome",
    ]
    found = json.loads(ember("search", "cat", "--json").out)
    assert [(row["id"], row["text"], row["kind"]) for row in found] == [(cat, "my cat is called Miso", "memory")]
    assert json.loads(ember("search", '"called Miso"', "OR", "zebra", "--json").out)[0]["id"] == cat
    assert len(json.loads(ember("search", "cat OR Rome", "--json").out)) == 2
    assert json.loads(ember("search", "cat NOT miso", "--json").out) == []
    shown = dict(values(ember, cat))
    assert (shown["seen by"], shown["tier"], shown["importance"]) == ("you alone", "semantic", "8")
    assert "my cat is called Miso" in ember("show", cat).out


def test_ids_and_times_stand_in_one_piece_in_a_narrow_table(ember: Ember) -> None:
    cat = added(ember, "my cat is called Miso and likes to sleep on the warm part of the windowsill all day")
    for table in (ember("list", "--all").out, ember("search", "cat").out):
        assert any(line.startswith(f"{cat}   {datetime.now(UTC):%Y-%m-%d}") for line in table.splitlines())
        assert max(map(len, table.splitlines())) <= 80


def test_a_search_says_how_it_looked_and_that_nothing_was_found(ember: Ember) -> None:
    added(ember, "my cat is called Miso")
    assert ember("search", "zebra") == Ended(0, "Nothing was found.\n", "Searched by words alone.\n")
    assert ember("search", "zebra", "--json") == Ended(0, "[]\n", "")


def test_a_memory_has_words(ember: Ember) -> None:
    refused = ember("add", "  ")
    assert (refused.code, refused.out) == (2, "")
    assert "there are no words to remember" in refused.err


def test_a_shared_memory_says_who_sees_it_and_what_it_was(ember: Ember) -> None:
    cat = added(ember, "my cat is called Miso")
    shared = ember("share", cat, "--guild", "42").out.strip()
    shown = values(ember, shared)
    assert dict(shown)["seen by"] == "you, and everybody in the guild 42"
    assert [value.split(" (")[0] for what, value in shown if what == "before"] == ["my cat is called Miso"]
    assert dict(values(ember, cat))["until"]
    everybody = ember("share", shared, "--everyone").out.strip()
    assert dict(values(ember, everybody))["seen by"] == "everybody"
    assert len(json.loads(ember("list", "--json").out)) == 2
    every = json.loads(ember("list", "--all", "--json").out)
    assert [bool(row["until"]) for row in every] == [True, False, False]


def test_a_day_in_the_past_knows_only_what_was_known_then(ember: Ember) -> None:
    added(ember, "my cat is called Miso")
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for command in (("list",), ("search", "cat")):
        assert json.loads(ember(*command, "--as-of", yesterday, "--json").out) == []
        assert len(json.loads(ember(*command, "--as-of", today, "--json").out)) == 1


@pytest.mark.parametrize("words", [("NOT cat",), ("NOT", "cat"), ('NOT "my cat" AND NOT dog',), ("NOT (cat OR dog)",)])
def test_a_search_for_nothing_but_what_is_not_wanted_says_what_to_do(ember: Ember, words: tuple[str, ...]) -> None:
    refused = ember("search", *words)
    assert (refused.code, refused.out) == (2, "")
    assert "say what to find, too" in refused.err


def test_what_is_not_wanted_is_left_out_of_what_is(ember: Ember) -> None:
    added(ember, "my cat is called Miso")
    rome = added(ember, "my cat was in Rome")
    assert [row["id"] for row in json.loads(ember("search", "cat NOT Miso", "--json").out)] == [rome]


def test_a_block_is_added_with_its_label(ember: Ember, tmp_path: Path) -> None:
    block = added(ember, "be kind", "--label", "rules", "--read-only")
    assert dict(values(ember, block))["block"] == "rules, read-only"
    assert ember("add", "be rude", "--read-only").code == 2
    told = "ember: A label is 1 to 32 of the characters a-z, 0-9, - and _. (label: My Rules)\n"
    assert ember("add", "be rude", "--label", "My Rules") == Ended(1, "", told)
    told = "What you say is kept for 30 days at most. Facts and blocks stay until you forget them.\n"
    assert ember("keep", "30") == Ended(0, told, "")
    assert rows(tmp_path / "data", "SELECT name, value FROM user_preferences") == [("retention_days", "30")]


def test_what_is_not_there_and_what_is_not_said_is_told_in_one_line(ember: Ember) -> None:
    cat = added(ember, "my cat is called Miso")
    assert ember("show", "5") == Ended(1, "", "ember: There is no such item here.\n")
    assert ember("expand", cat).err == "ember: There is no such item here.\n"
    assert ember("share", cat).code == ember("share", cat, "--guild", "1", "--everyone").code == 2
