"""Writes of the second grade: joined by key, bounded, never in a write's way, and there in the end."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, update

from memory import FinishedReply, NewMemory, Recall, Trust
from memory.posts import AMOUNT, KEY, VALUE, Added, Latest, LogRow, Posts
from memory.write_queue import POSTS_TOGETHER
from tests.memory.queued import DatabaseFile, Gate, note, notes
from tests.memory.scene import DM, Scene

PAINT = update(notes).where(notes.c.id == bindparam(KEY)).values(colour=bindparam(VALUE))
COUNT = update(notes).where(notes.c.id == bindparam(KEY)).values(count=notes.c.count + bindparam(AMOUNT))
LOG = insert(notes)


@pytest.fixture
def file(tmp_path: Path) -> DatabaseFile:
    return DatabaseFile(tmp_path / "notes.db")


def kept(file: DatabaseFile) -> list[tuple[int, str, str | None, int]]:
    with sqlite3.connect(file.path) as connection:
        return connection.execute("SELECT id, text, colour, count FROM notes ORDER BY id").fetchall()


def test_posts_of_one_key_become_one() -> None:
    posts = Posts()
    for colour in ("red", "blue"):
        posts.add(Added(COUNT, 1, 2))
        posts.add(Added(COUNT, 2))
        posts.add(Latest(PAINT, 1, colour))
    assert posts.take(10) == (Added(COUNT, 1, 4), Added(COUNT, 2, 2), Latest(PAINT, 1, "blue"))
    assert posts.take(10) == ()


def test_rows_of_a_log_stay_apart_and_in_order() -> None:
    posts = Posts()
    rows = [LogRow(LOG, {"id": 1, "text": "same"}), LogRow(LOG, {"id": 1, "text": "same"})]
    for row in rows:
        posts.add(row)
    assert list(posts.take(10)) == rows


def test_of_too_many_the_oldest_is_dropped_and_counted() -> None:
    posts = Posts(limit=2)
    for number in range(5):
        posts.add(Added(COUNT, number))
    assert posts.dropped == 3
    assert posts.take(10) == (Added(COUNT, 3), Added(COUNT, 4))


async def test_posts_are_written_behind_the_next_write(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        await queue.write(note(1))
        queue.post(Added(COUNT, 1, 3), Latest(PAINT, 1, "red"), LogRow(LOG, {"id": 7, "text": "log"}))
        assert kept(file) == [(1, "a note", None, 0)]
        await queue.write(note(2))
        assert kept(file) == [(1, "a note", "red", 3), (2, "a note", None, 0), (7, "log", None, 0)]


async def test_a_flush_writes_all_that_was_posted(file: DatabaseFile) -> None:
    async with file.queue(posts=2 * POSTS_TOGETHER + 1) as queue:
        queue.post(*(LogRow(LOG, {"id": number, "text": "log"}) for number in range(2 * POSTS_TOGETHER + 1)))
        await queue.flush()
        assert len(file.ids()) == 2 * POSTS_TOGETHER + 1
        assert (queue.figures().posts_waiting, queue.figures().posts_dropped) == (0, 0)


async def test_closing_writes_what_was_posted(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        queue.post(LogRow(LOG, {"id": 1, "text": "log"}))
    assert file.ids() == [1]


async def test_posts_never_make_a_write_wait_for_room(file: DatabaseFile) -> None:
    async with file.queue(limit=1, patience=0.0, posts=10) as queue:
        queue.post(*(LogRow(LOG, {"id": number, "text": "log"}) for number in range(100, 120)))
        assert await queue.write(note(1)) == 1
        assert queue.figures().posts_dropped == 10


async def test_a_write_stands_when_the_posts_behind_it_fail(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        await queue.write(note(1))
        queue.post(LogRow(LOG, {"id": 1, "text": "in conflict"}), LogRow(LOG, {"id": 5, "text": "log"}))
        assert await queue.write(note(2)) == 2
        assert file.ids() == [1, 2]
        queue.post(LogRow(LOG, {"id": 6, "text": "log"}))
        await queue.flush()
        assert file.ids() == [1, 2, 6]
        assert queue.figures().posts_dropped == 2


async def test_a_checkpoint_stands_between_batches_and_in_order(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        gate = Gate()
        async with asyncio.TaskGroup() as group:
            group.create_task(queue.write(gate.op))
            await gate.reached()
            first = group.create_task(queue.write(note(1)))
            await asyncio.sleep(0)
            emptied = group.create_task(queue.checkpoint_truncating())
            await asyncio.sleep(0)
            second = group.create_task(queue.write(note(2)))
            await asyncio.sleep(0)
            gate.open()
        assert (first.result(), emptied.result(), second.result()) == (1, True, 2)
        assert file.ids() == [1, 2]


async def test_a_truncating_checkpoint_empties_the_log(file: DatabaseFile) -> None:
    wal = Path(f"{file.path}-wal")
    async with file.queue() as queue:
        await queue.write(note(1))
        assert wal.stat().st_size > 0
        assert await queue.checkpoint_truncating() is True
        assert wal.stat().st_size == 0


async def test_a_truncating_checkpoint_says_when_a_reader_was_in_its_way(file: DatabaseFile) -> None:
    async with file.queue() as queue:
        await queue.write(note(1))
        reader = sqlite3.connect(file.path, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM notes").fetchone() == (1,)
        await queue.write(note(2))
        assert await queue.checkpoint_truncating(patience_seconds=0.0) is False
        waiting = asyncio.ensure_future(queue.checkpoint_truncating(patience_seconds=20.0))
        assert await queue.write(note(3)) == 3  # it does not hold writes up
        reader.close()
        assert await waiting is True
        assert file.ids() == [1, 2, 3]


async def test_uses_of_a_memory_are_counted_when_a_reply_was_made_with_it(scene: Scene) -> None:
    ana = await scene.person("Ana")
    place = scene.place(DM, ana)
    memory = await scene.store.memories.add(place, ana.id, NewMemory("Ana likes tea", Trust.SAID))
    for _ in range(2):
        reply = FinishedReply("Tea.", Trust.DERIVED, recalled=(Recall(memory.id, 1.0, "words"),))
        await scene.asks_and_hears("Ana", "what do I like?", reply)
    await scene.says("Ana", "thanks")  # any write takes them along
    assert scene.rows("SELECT access_count FROM memories") == [(2,)]
    assert scene.rows("SELECT count(*) FROM memories WHERE accessed_at IS NOT NULL") == [(1,)]
