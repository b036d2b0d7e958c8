"""The write queue on real SQLite: what is acknowledged is committed, and what fails fails alone."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from memory.errors import QueueClosed, QueueFull
from memory.op import Rows
from memory.write_queue import WriteQueue
from tests.memory.queued import INSERT, LONE, DatabaseFile, Gate, added, note, notes, one_batch, outcomes


@pytest.fixture
def file(tmp_path: Path) -> DatabaseFile:
    return DatabaseFile(tmp_path / "notes.db")


async def test_a_result_comes_after_commit(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        for number in range(20):
            op = added(number) if number % 2 else note(number)
            assert await queue.write(op) == number
            assert file.ids() == list(range(number + 1))


async def test_ops_are_committed_in_the_order_written(file: DatabaseFile) -> None:
    seen: list[int] = []

    def watch(number: int) -> Callable[[Connection], int]:
        def op(connection: Connection) -> int:
            connection.execute(INSERT, {"id": number, "text": "a note"})
            seen.append(number)
            return number

        return op

    async with file.queue() as queue:
        await asyncio.gather(*(queue.write(watch(number)) for number in range(50)))
    assert seen == list(range(50))


async def test_an_op_sees_the_rows_queued_before_it(file: DatabaseFile) -> None:
    def count(connection: Connection) -> int:
        return len(connection.execute(select(notes)).all())

    async with file.queue() as queue:
        assert await one_batch(queue, note(1), note(2), count, note(3), count) == [1, 2, 2, 3, 3]


async def test_an_op_that_raises_fails_alone(file: DatabaseFile) -> None:
    def bad(connection: Connection) -> int:
        connection.execute(INSERT, {"id": 99, "text": "half an op"})
        raise LookupError("no such thing")

    async with file.queue() as queue:
        first, second, third = await one_batch(queue, added(1), bad, added(2))
        assert (first, third) == (1, 2)
        assert isinstance(second, LookupError)
        assert file.ids() == [1, 2]


async def test_rows_in_conflict_fail_alone_among_rows_that_share_a_statement(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        found = await one_batch(queue, note(1), note(2), note(1), note(3))
        assert [found[0], found[1], found[3]] == [1, 2, 3]
        assert isinstance(found[2], IntegrityError)
        assert file.ids() == [1, 2, 3]


async def test_rows_with_other_columns_lose_nothing_beside_each_other(file: DatabaseFile) -> None:
    short = Rows((INSERT,), ({"id": 1, "text": "short"},), 1)
    long = Rows((INSERT,), ({"id": 2, "text": "long", "colour": "red"},), 2)
    async with file.queue() as queue:
        assert await one_batch(queue, short, long) == [1, 2]
        assert await one_batch(queue, Rows((INSERT,), ({"id": 3, "text": "b", "colour": "blue"},), 3), note(4)) == [
            3,
            4,
        ]
    with sqlite3.connect(file.path) as connection:
        assert connection.execute("SELECT colour FROM notes ORDER BY id").fetchall() == [
            (None,),
            ("red",),
            ("blue",),
            (None,),
        ]


async def test_rows_of_one_column_are_stored_whole(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        await queue.write(Rows((LONE,), ({"text": "a whole sentence"},), None))
    with sqlite3.connect(file.path) as connection:
        assert connection.execute("SELECT text FROM lone").fetchall() == [("a whole sentence",)]


def test_rows_without_an_insert_for_each_are_refused() -> None:
    with pytest.raises(ValueError, match="for each row"):
        Rows((INSERT,), ({"id": 1, "text": "a"}, {"id": 2, "text": "b"}), None)


async def test_an_op_that_raises_stop_iteration_holds_nobody_up(file: DatabaseFile) -> None:
    def bad(connection: Connection) -> int:
        return next(iter(list[int]()))

    async with file.queue() as queue:
        async with asyncio.timeout(10):
            first, second, third = await one_batch(queue, added(1), bad, added(2))
        assert (first, third) == (1, 2)
        assert isinstance(second, RuntimeError)


async def test_a_cancelled_callers_op_is_committed_all_the_same(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        gate = Gate()
        held = asyncio.ensure_future(queue.write(gate.op))
        await gate.reached()
        leaving = asyncio.ensure_future(queue.write(note(1)))
        await asyncio.sleep(0)
        leaving.cancel()
        gate.open()
        await held
        with pytest.raises(asyncio.CancelledError):
            await leaving
        await queue.write(note(2))
        assert file.ids() == [1, 2]


async def test_the_cache_hears_of_a_write_whose_caller_has_left(file: DatabaseFile) -> None:
    heard: list[int] = []
    async with file.queue() as queue:
        gate = Gate()
        held = asyncio.ensure_future(queue.write(gate.op))
        await gate.reached()
        leaving = asyncio.ensure_future(queue.write(note(1), heard.append))
        await asyncio.sleep(0)
        leaving.cancel()
        gate.open()
        await held
        await queue.write(note(2), heard.append)
    assert heard == [1, 2]


async def test_the_cache_is_told_before_callers_wake_and_in_order(file: DatabaseFile) -> None:
    events: list[str] = []

    async def write(queue: WriteQueue, number: int) -> None:
        await queue.write(note(number), lambda written: events.append(f"cache {written}"))
        events.append(f"caller {number}")

    async with file.queue() as queue:
        gate = Gate()
        async with asyncio.TaskGroup() as group:
            group.create_task(queue.write(gate.op))
            await gate.reached()
            for number in range(3):
                group.create_task(write(queue, number))
            await asyncio.sleep(0)
            gate.open()
    assert events == [*(f"cache {number}" for number in range(3)), *(f"caller {number}" for number in range(3))]


async def test_a_cache_that_cannot_take_a_write_is_cleared_and_callers_are_answered(file: DatabaseFile) -> None:
    def bad(_: int) -> None:
        raise ValueError("value too large")

    async with file.queue() as queue:
        async with asyncio.timeout(10):
            assert await queue.write(note(1), bad) == 1
            assert await queue.write(note(2)) == 2
    assert file.cleared == 1


async def test_a_failed_op_does_not_reach_the_cache(file: DatabaseFile) -> None:
    heard: list[int] = []
    async with file.queue() as queue:
        await queue.write(note(1), heard.append)
        with pytest.raises(IntegrityError):
            await queue.write(note(1), heard.append)
    assert heard == [1]


async def test_a_full_queue_makes_writers_wait_for_room(file: DatabaseFile) -> None:
    async with file.queue(limit=2) as queue:
        gate = Gate()
        async with asyncio.TaskGroup() as group:
            group.create_task(queue.write(gate.op))
            await gate.reached()
            writes = [group.create_task(queue.write(note(number))) for number in range(5)]
            await asyncio.sleep(0)
            gate.open()
        assert [write.result() for write in writes] == list(range(5))
        assert file.ids() == list(range(5))


async def test_a_queue_that_stays_full_says_so_and_keeps_what_it_took(file: DatabaseFile) -> None:
    async with file.queue(limit=2, patience=0.0) as queue:
        gate = Gate()
        held = asyncio.ensure_future(queue.write(gate.op))
        await gate.reached()
        taken = asyncio.ensure_future(queue.write(note(1)))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await queue.write(note(2))
        gate.open()
        await asyncio.gather(held, taken)
        assert file.ids() == [1]


async def test_closing_commits_what_waits_and_refuses_what_comes(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        gate = Gate()
        held = asyncio.ensure_future(queue.write(gate.op))
        await gate.reached()
        waiting = [asyncio.ensure_future(queue.write(note(number))) for number in range(5)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(queue.close())
        await asyncio.sleep(0)
        with pytest.raises(QueueClosed):
            await queue.write(note(9))
        gate.open()
        await closing
        assert await outcomes(*waiting) == list(range(5))
        await held
        assert file.ids() == list(range(5))


async def test_closing_takes_what_was_written_in_the_same_round_of_the_loop(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        writes = [asyncio.ensure_future(queue.write(note(number))) for number in range(3)]
        await asyncio.sleep(0)
        await queue.close()
        assert await outcomes(*writes) == [0, 1, 2]


async def test_a_cancelled_close_leaves_no_writer_behind(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        gate = Gate()
        held = asyncio.ensure_future(queue.write(gate.op))
        await gate.reached()
        waiting = asyncio.ensure_future(queue.write(note(1)))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(queue.close())
        await asyncio.sleep(0)
        gate.open()
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert file.ids() == [1]
        await asyncio.gather(held, waiting)


async def test_the_errors_of_ops_are_the_drivers_own(file: DatabaseFile) -> None:
    def wrong(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT * FROM nowhere")

    async with file.queue() as queue:
        with pytest.raises(DBAPIError, match="nowhere"):
            await queue.write(wrong)
