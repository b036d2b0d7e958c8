"""The whole of Ember with the model of this machine: what was told is found by what it means."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.installation import Installation


@pytest.mark.long
def test_a_chat_with_the_local_model_gives_its_items_vectors_and_stays_honest(
    installation: Installation, tmp_path: Path
) -> None:
    here = {"data_dir": tmp_path / "data", "embedding_provider": "local"}
    said = b"remember that my cat is called Miso\nwhat is my cat called?\nwhat is my dog called?\n"
    ended = installation.run("chat", said=said, **here)
    assert (ended.code, ended.err) == (0, "")
    _, cat, dog = (line for line in ended.out.split("\n") if line.strip())
    assert "Miso" in cat
    assert "Miso" not in dog
    installation.run("chat", said=b"what is my cat called?\n", **here)
    with closing(sqlite3.connect(tmp_path / "data" / "ember.db")) as connection:
        models = connection.execute("SELECT model, count(*) > 1 FROM embeddings GROUP BY model").fetchall()
    assert models == [("all-MiniLM-L6-v2-int8", 1)]
