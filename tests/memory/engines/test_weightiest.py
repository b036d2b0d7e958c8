"""The weightiest candidates are the same, however many of the index's entries were passed over to find them."""

from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import Connection, create_engine, event, insert, text

from memory.engines.sqlite_search import CANDIDATES, WeighedWord, weightiest
from memory.scope import ScopeNumber
from memory.tables.index import items_fts
from memory.words import keyed

SCOPE = ScopeNumber(3)


@pytest.fixture
def index() -> Iterator[Connection]:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE VIRTUAL TABLE items_fts USING fts5(words, content='', tokenize='ascii')"))
        yield connection


def _weigh(index: Connection, weights: dict[str, float], texts: dict[int, list[str]]) -> tuple[list[int], int]:
    """Returns what the index picks of some items, and in how many queries."""
    rows = [{"rowid": item, "words": " ".join(keyed(word, SCOPE) for word in held)} for item, held in texts.items()]
    index.execute(insert(items_fts), rows)
    holding = {word: sum(word in held for held in texts.values()) / len(texts) for word in weights}
    words = [WeighedWord((word,), weight, holding[word]) for word, weight in weights.items()]
    queries: list[str] = []
    event.listen(index, "before_cursor_execute", lambda _c, _cursor, sql, *_: queries.append(sql))
    return list(weightiest(index, [SCOPE], words, len(texts))), len(queries)


def _heaviest(weights: dict[str, float], texts: dict[int, list[str]]) -> list[int]:
    return sorted(texts, key=lambda item: (-sum(weights[word] for word in texts[item]), -item))[:CANDIDATES]


def test_items_of_nothing_but_common_words_are_passed_over_where_enough_hold_more(index: Connection) -> None:
    weights = {"rare": 3.0, "seldom": 2.0, "often": 0.5, "always": 0.2}
    held = [word for many, word in ((3, "rare"), (5, "seldom"), (10, "often"), (20, "always")) for _ in range(many)]
    texts = {item: sorted({held[item % 38], held[item * 7 % 38], held[item * 11 % 38]}) for item in range(1, 2_000)}

    assert _weigh(index, weights, texts) == (_heaviest(weights, texts), 1)


def test_words_that_never_stand_together_are_all_looked_for_after_a_wrong_guess(index: Connection) -> None:
    weights = {"red": 1.0, "green": 1.0, "blue": 1.0}
    texts = {item: [word] for item, (word, _) in enumerate(product(weights, range(200)), 1)}

    found, queries = _weigh(index, weights, texts)

    assert found == _heaviest(weights, texts) == list(range(600, 500, -1))
    assert queries == 2
