"""What is overwritten in the unused parts of pages: nothing that a database needs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from memory.engines.sqlite_leftovers import DatabaseFile


@pytest.mark.parametrize("pragma", ["auto_vacuum = FULL", "page_size = 65536", "page_size = 512"])
def test_a_database_of_whatever_pages_stays_whole(tmp_path: Path, pragma: str) -> None:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO notes VALUES (?, ?)", ((one, "x" * 1_500) for one in range(3_000)))
        connection.execute("COMMIT")
        before = connection.execute("SELECT * FROM notes").fetchall()
    with closing(DatabaseFile(path)) as file:
        file.overwrite(file.leftovers())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT * FROM notes").fetchall() == before
