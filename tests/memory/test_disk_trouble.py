"""The write queue on a disk that is full, fails at a COMMIT or is gone: nothing is acknowledged that is not there."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from memory.batch import WritingConnection
from memory.engines.sqlite import SqliteWriter
from memory.errors import DoubtfulCommit, NothingKept
from memory.write_queue import Rows
from tests.memory.queued import DatabaseFile, added, note, one_batch


@pytest.fixture
def file(tmp_path: Path) -> DatabaseFile:
    return DatabaseFile(tmp_path / "notes.db")


def cramped(engine: Engine) -> SqliteWriter:
    """A writing connection to a database that may not grow by more than a few pages."""
    writer = SqliteWriter(engine)
    writer.core.exec_driver_sql("PRAGMA max_page_count = 12")
    return writer


@pytest.mark.parametrize("write", [note, added])
async def test_a_full_disk_acknowledges_nothing_that_it_lost_and_recovers(
    file: DatabaseFile, write: Callable[[int, str], Rows[int]]
) -> None:
    kept: set[int] = set()
    refused = 0

    def make_room(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")

    async with file.queue(cramped) as queue:
        for start in range(0, 60, 6):
            batch = [write(number, "x" * 3_000) for number in range(start, start + 6)]
            for number, outcome in enumerate(await one_batch(queue, *batch), start):
                if isinstance(outcome, int):
                    kept.add(number)
                else:
                    assert isinstance(outcome, NothingKept), outcome
                    refused += 1
        assert set(file.ids()) == kept
        assert refused > 30
        await queue.write(make_room)
        assert await queue.write(write(1000, "x" * 3_000)) == 1000
        assert set(file.ids()) == {*kept, 1000}


async def test_a_lost_connection_is_opened_anew(file: DatabaseFile) -> None:
    def lose(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.close()

    async with file.queue() as queue:
        await queue.write(note(1))
        with pytest.raises(NothingKept):
            await queue.write(lose)
        async with asyncio.timeout(10):
            assert await queue.write(note(2)) == 2
        assert file.ids() == [1, 2]


async def test_a_database_that_cannot_be_opened_is_tried_again_for_the_next_write(file: DatabaseFile) -> None:
    tried = 0

    def late(engine: Engine) -> WritingConnection:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise OSError("the disk is not there")
        return SqliteWriter(engine)

    async with file.queue(late) as queue:
        for number in range(2):
            with pytest.raises(NothingKept):
                await queue.write(note(number))
        assert await queue.write(note(2)) == 2
        assert file.ids() == [2]


class FailingCommit:
    """The real writer, whose disk fails at one COMMIT: before it happened, after it, or with the transaction open."""

    def __init__(self, engine: Engine, fails: "Failing") -> None:
        self._writer = SqliteWriter(engine)
        self._fails = fails
        self.core = self._writer.core
        self.begin = self._writer.begin
        self.savepoint = self._writer.savepoint
        self.release = self._writer.release
        self.undo_to_savepoint = self._writer.undo_to_savepoint
        self.rollback = self._writer.rollback
        self.is_disk_trouble = self._writer.is_disk_trouble
        self.run = self._writer.run
        self.checkpoint = self._writer.checkpoint
        self.checkpoint_truncating = self._writer.checkpoint_truncating

    @property
    def in_transaction(self) -> bool:
        return self._writer.in_transaction

    def commit(self) -> None:
        way = self._fails.way.pop() if self._fails.way else ""
        if way == "after":
            self._writer.commit()
        if way == "before":
            self._writer.rollback()
        if way:
            raise OperationalError("COMMIT", (), sqlite3.OperationalError("disk I/O error"))
        self._writer.commit()

    def close(self) -> None:
        self._fails.closed += 1
        self._writer.close()


class Failing:
    def __init__(self, *way: str) -> None:
        self.way = list(way)
        self.closed = 0

    def connect(self, engine: Engine) -> WritingConnection:
        return FailingCommit(engine, self)


@pytest.mark.parametrize(("way", "there"), [("before", []), ("after", [1])])
async def test_a_commit_in_doubt_is_not_acknowledged_and_clears_the_cache(
    file: DatabaseFile, way: str, there: list[int]
) -> None:
    failing = Failing(way)
    heard: list[int] = []
    async with file.queue(failing.connect) as queue:
        with pytest.raises(DoubtfulCommit):
            await queue.write(note(1), heard.append)
        assert (file.cleared, failing.closed, heard) == (1, 1, [])
        assert file.ids() == there
        assert await queue.write(note(2)) == 2
        assert not queue.trusted


async def test_a_commit_that_failed_with_the_transaction_open_kept_nothing(file: DatabaseFile) -> None:
    failing = Failing("open")
    async with file.queue(failing.connect) as queue:
        with pytest.raises(NothingKept):
            await queue.write(note(1))
        assert file.ids() == []
        assert file.cleared == 0
        assert await queue.write(note(1)) == 1


async def test_the_writer_outlives_whatever_fails_between_two_batches(file: DatabaseFile) -> None:
    def torn(_connection: WritingConnection) -> bool:
        raise OSError(5, "Input/output error")

    async with file.queue() as queue, asyncio.timeout(20):
        await queue.write(note(1))
        assert queue.trusted
        with pytest.raises(NothingKept, match="Input/output error"):
            await queue.between(torn)
        assert not queue.trusted
        assert await queue.write(note(2)) == 2
    assert file.ids() == [1, 2]
