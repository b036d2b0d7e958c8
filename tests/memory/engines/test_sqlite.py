"""How SQLite's connections are opened: the writer durable and strict, the readers unable to write."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from memory import MemoryOptions, Synchronous
from memory.engines.sqlite import (
    CHECKPOINT_PAGES,
    WAL_BYTES_KEPT,
    SqliteWriter,
    create_reader_engine,
    create_writer_engine,
    is_disk_trouble,
)
from memory.errors import NotRead
from memory.tables.ground import ReadPool
from tests.memory.scene import Scene


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SqliteWriter]:
    engine = create_writer_engine(tmp_path / "ember.db", MemoryOptions().synchronous)
    writer = SqliteWriter(engine)
    yield writer
    writer.close()
    engine.dispose()


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_the_writer_waits_for_the_disk_keeps_references_and_deletes_for_good(writer: SqliteWriter) -> None:
    found = {
        name: pragma(writer.core, name) for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_the_log_is_not_moved_into_the_database_with_every_few_batches(writer: SqliteWriter) -> None:
    assert pragma(writer.core, "wal_autocheckpoint") == CHECKPOINT_PAGES
    assert CHECKPOINT_PAGES * 4_096 < WAL_BYTES_KEPT, "or every checkpoint would have to give the disk back"


def test_the_default_survives_a_power_cut() -> None:
    assert MemoryOptions().synchronous is Synchronous.FULL


async def test_a_reader_cannot_write(scene: Scene) -> None:
    reads = ReadPool(create_reader_engine(scene.path / "ember.db", 1))
    try:
        with pytest.raises(NotRead, match="readonly"):
            await reads.read(lambda connection: connection.exec_driver_sql("DELETE FROM messages"))
    finally:
        await reads.close()


async def test_a_read_sees_one_state_of_the_database(scene: Scene) -> None:
    """What is committed between two statements of one read is not seen by the second."""
    await scene.says("EJ", "one")

    def count_twice(connection: Connection) -> tuple[int, int]:
        before = connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
        with sqlite3.connect(scene.path / "ember.db") as other:
            other.execute("DELETE FROM messages")
        other.close()
        return before, connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()

    reads = ReadPool(create_reader_engine(scene.path / "ember.db", 1))
    try:
        assert await reads.read(count_twice) == (1, 1)
        assert await reads.read(count_twice) == (0, 0)
    finally:
        await reads.close()


def test_a_transaction_is_undone_to_its_savepoint_or_whole(writer: SqliteWriter) -> None:
    writer.core.exec_driver_sql("CREATE TABLE notes (text)")
    writer.begin()
    writer.core.exec_driver_sql("INSERT INTO notes VALUES ('kept')")
    writer.savepoint()
    writer.core.exec_driver_sql("INSERT INTO notes VALUES ('undone')")
    writer.undo_to_savepoint()
    writer.release()
    assert writer.in_transaction
    writer.commit()
    assert not writer.in_transaction
    writer.rollback()
    assert writer.core.exec_driver_sql("SELECT text FROM notes").scalars().all() == ["kept"]


def test_a_full_disk_is_told_from_a_wrong_statement(writer: SqliteWriter) -> None:
    writer.core.exec_driver_sql("CREATE TABLE notes (text UNIQUE)")
    writer.core.exec_driver_sql("PRAGMA max_page_count = 4")
    with pytest.raises(DBAPIError) as full:
        writer.core.exec_driver_sql("INSERT INTO notes VALUES (zeroblob(100000))")
    assert writer.is_disk_trouble(full.value)
    for statement in ("INSERT INTO nowhere VALUES (1)", "INSERT INTO notes VALUES (1), (1)"):
        with pytest.raises(DBAPIError) as wrong:
            writer.core.exec_driver_sql(statement)
        assert not writer.is_disk_trouble(wrong.value)
    assert not is_disk_trouble(ValueError("of another kind"))
    assert not is_disk_trouble(sqlite3.OperationalError("Could not decode to UTF-8"))
