"""Searches with operators, as a person types them."""

import pytest

from memory.search.query import Text, read_typed_query

TEXTS = (
    "the red bike is in the cellar",
    "a bike, red as fire",
    "the blue bikes of my sister",
    "happy people drink coffee",
    "Straße und Bäume",
)


def passing(typed: str) -> list[int]:
    query = read_typed_query(typed, ["en"])
    assert query is not None, typed
    return [at for at, text in enumerate(TEXTS) if query.tree.holds(Text.of(text, "en"))]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('"red bike"', [0]),
        ('"bike red"', [1]),
        ('"RED Bike"', [0]),
        ("bike AND red", [0, 1]),
        ("bike NOT red", [2]),
        ("bike NOT (red OR blue)", []),
        ("red OR coffee", [0, 1, 3]),
        ("red bike OR coffee", [0, 1, 3]),
        ("(sister OR cellar) AND bike", [0, 2]),
        ("happ*", [3]),
        ("happy*", [3]),
        ("bikes* OR coffee", [2, 3]),
        ('bike "is in"', [0]),
        ('bike NOT "red bike"', [1, 2]),
        ("strasse AND bäu*", [4]),
        ("bikes AND red", [0, 1]),
    ],
)
def test_operators_choose(typed: str, expected: list[int]) -> None:
    assert passing(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "red bike", "", "AND", "a OR OR b", "NOT a", "NOT a NOT b", "a AND", "(a AND b", "a) AND b", '"', '""', '"red',
        "*", "a*", "red AND *", 'bike AND "!?"', "(" * 50 + "a AND b" + ")" * 50, " OR ".join(["word"] * 100), "and or",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_plain_words(typed: str) -> None:
    assert read_typed_query(typed, ["en"]) is None


def test_what_is_not_wanted_does_not_count_for_ranking() -> None:
    query = read_typed_query("bike NOT (red OR blue) coff*", ["en"])
    assert query is not None
    assert query.words.split() == ["bike", "coff"]
