"""Blocks: what was put is compared exactly, whatever was put, replaced and grown before."""

import random

import numpy as np

from memory import ItemId
from memory.search.embedding import SCALE, normalised, stored
from memory.search.vectors import Block, Closest
from memory.tables.embeddings import KeptVector

DIMENSION = 16


def drawn(choose: random.Random, item: int) -> list[KeptVector]:
    """Some sentences, and mostly a window."""
    count = choose.randint(0, 3) + 1
    vectors = np.array([[choose.gauss(0, 1) for _ in range(DIMENSION)] for _ in range(count)], np.float32)
    bytes_of = [vector.tobytes() for vector in stored(normalised(vectors))]
    windowed = choose.random() < 0.8
    return [KeptVector(ItemId(item), windowed and position == 0, vector) for position, vector in enumerate(bytes_of)]


def cosine(question: np.ndarray, kept: KeptVector) -> float:
    return float(np.frombuffer(kept.vector, np.int8).astype(np.float32) @ question) / SCALE


def test_a_block_compares_what_was_put_last_and_nothing_else() -> None:
    choose = random.Random(5)
    held = {item: drawn(choose, item) for item in choose.sample(range(1, 10_000), k=40)}
    block = Block(DIMENSION, [kept for of_item in held.values() for kept in of_item])
    for _ in range(400):
        item = choose.choice([*held, choose.randint(1, 10_000)])
        held[item] = [] if choose.random() < 0.2 else drawn(choose, item)
        block.put(ItemId(item), held[item])
    question = normalised(np.array([[choose.gauss(0, 1) for _ in range(DIMENSION)]], np.float32))[0]
    closest = Closest.of([block.snapshot().compare(question)])
    for item, kept in held.items():
        close = closest.get(ItemId(item))
        if not kept:
            assert close is None
            continue
        assert close is not None
        sentence = max((cosine(question, one) for one in kept if not one.is_window), default=0.0)
        assert abs(close.sentence - max(0.0, sentence)) < 1e-5
        windows = [cosine(question, one) for one in kept if one.is_window]
        assert abs(close.window - (max(0.0, windows[0]) if windows else close.sentence)) < 1e-5
    present = [item for item, kept in held.items() if kept]
    assert set(closest.best(10_000)) == set(present)
    assert len(closest.best(7)) == 7


def test_a_snapshot_stays_as_it_is_while_the_block_grows() -> None:
    choose = random.Random(6)
    block = Block(DIMENSION, drawn(choose, 1))
    question = normalised(np.ones((1, DIMENSION), np.float32))[0]
    taken = block.snapshot()
    before = taken.compare(question).get(ItemId(1))
    for item in range(1, 300):
        block.put(ItemId(item), drawn(choose, item))
    assert taken.compare(question).get(ItemId(1)) == before
    assert taken.compare(question).best(10) == [ItemId(1)]


def test_an_item_of_two_scopes_is_as_close_as_in_the_closer_one() -> None:
    vector = stored(normalised(np.ones((1, DIMENSION), np.float32)))[0].tobytes()
    own = Block(DIMENSION, [KeptVector(ItemId(3), False, vector)])
    guild = Block(DIMENSION, [KeptVector(ItemId(3), True, vector), KeptVector(ItemId(2), False, vector)])
    question = normalised(np.ones((1, DIMENSION), np.float32))[0]
    closest = Closest.of([own.snapshot().compare(question), guild.snapshot().compare(question)])
    close = closest.get(ItemId(3))
    assert close is not None
    assert close.window > 0.9
    assert closest.get(ItemId(4)) is None
    assert Closest.of([]).best(5) == []
