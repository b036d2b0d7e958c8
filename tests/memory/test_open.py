"""Opening the memory: at first, again, beside a writer, after a kill, and when something is wrong."""

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from memory import (
    Channel,
    DataDirectoryError,
    DataDirectoryInUse,
    DrivenClock,
    NewMemory,
    NotFound,
    Question,
    Trust,
    look_into_memory,
    open_memory,
)
from memory.errors import DoubtfulCommit, OpenedForReading
from tests.memory.scene import DM, GENERAL, MORNING, Scene, faults_of, opened, rows, writer_of

DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.memory.scene import GENERAL, opened

async def main():
    async with opened(Path(sys.argv[1])) as scene:
        await scene.asks_and_hears("EJ", "the last words", place=GENERAL)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("EJ", "remember that I like pizza", "I will.")
        memory = await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("EJ likes pizza", Trust.SAID))
        part = await scene.store.talk.last_reply(turn.place, turn.asker.id)
    async with opened(tmp_path) as again:
        assert await again.store.memories.of_owner(turn.place, turn.asker.id) == [memory]
        assert await again.store.talk.last_reply(turn.place, turn.asker.id) == part
        later = await again.asks_and_hears("EJ", "hello again")
        assert later.id > turn.reply
        assert later.asker.id == turn.asker.id
    assert faults_of(tmp_path) == []


async def test_ids_go_on_after_the_largest_stored_when_the_clock_was_set_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("EJ", "hello")
    async with opened(tmp_path, DrivenClock(MORNING - timedelta(days=30))) as again:
        later = await again.asks_and_hears("EJ", "hello again")
        assert min(later.id, later.reply) > turn.delivery


async def test_only_one_process_opens_it_for_writing(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(DataDirectoryInUse, match="in use by a test"):
            async with opened(tmp_path):
                pass
    async with opened(tmp_path):
        pass


async def looked_up(path: Path, scene: Scene) -> list[str]:
    async with look_into_memory(path, scene.clock) as store:
        ej = await store.people.known(Channel.DISCORD, "address of EJ")
        assert ej is not None
        found = await store.search.find(Question(GENERAL, ej.id, "pizza", 5))
        listed = await store.memories.of_owner(GENERAL, ej.id)
        assert {hit.item.content for hit in found.hits} == {memory.content for memory in listed}
        return [memory.content for memory in listed]


async def test_it_can_be_looked_into_beside_a_writer_and_after(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ej = await scene.person("EJ")
        for number in range(2):
            await scene.store.memories.add(GENERAL, ej.id, NewMemory(f"pizza {number}", Trust.SAID))
            assert len(await looked_up(tmp_path, scene)) == number + 1
    assert len(await looked_up(tmp_path, scene)) == 2


async def test_what_is_written_meanwhile_is_seen_by_who_looks_into_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ej = await scene.person("EJ")
        await scene.store.memories.add(GENERAL, ej.id, NewMemory("one", Trust.SAID))
        async with look_into_memory(tmp_path, scene.clock) as store:
            assert len(await store.memories.of_owner(GENERAL, ej.id)) == 1
            await scene.store.memories.add(GENERAL, ej.id, NewMemory("two", Trust.SAID))
            assert len(await store.memories.of_owner(GENERAL, ej.id)) == 2


async def test_who_only_looks_cannot_write(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ej = await scene.person("EJ")
    async with look_into_memory(tmp_path, scene.clock) as store:
        for attempt in (
            store.memories.add(GENERAL, ej.id, NewMemory("one", Trust.SAID)),
            store.people.meet(Channel.DISCORD, "new", "New"),
            store.erasure.erase(scene.place(DM, ej), ej.id, ej.id),  # type: ignore[arg-type]
            store.work.claim((Channel.DISCORD,), 1),
        ):
            with pytest.raises(OpenedForReading):
                await attempt


async def test_a_killed_process_leaves_all_it_kept(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    killed = subprocess.run([sys.executable, "-c", DIE, str(tmp_path)], env=environment, check=False)
    assert killed.returncode == -9
    assert rows(tmp_path, "SELECT count(*) FROM messages WHERE state = 'done'") == [(2,)]
    async with look_into_memory(tmp_path, DrivenClock(MORNING)) as store:
        ej = await store.people.known(Channel.DISCORD, "address of EJ")
        assert ej is not None
        assert await store.talk.last_reply(GENERAL, ej.id) is not None
    async with opened(tmp_path) as again:
        assert len(again.rows("SELECT 1 FROM messages")) == 2
    assert faults_of(tmp_path) == []


async def drifted(path: Path) -> None:
    """A memory that is found by a word which it does not hold, and not by one that it does."""
    async with opened(path) as scene:
        ej = await scene.person("EJ")
        memory = await scene.store.memories.add(scene.place(DM, ej), ej.id, NewMemory("EJ likes pizza", Trust.SAID))
    with writer_of(path) as writer:
        writer.core.exec_driver_sql("UPDATE memories SET content = 'EJ likes opera' WHERE id = ?", (memory.id,))
    assert faults_of(path) != []


async def test_after_a_kill_an_index_that_does_not_match_is_found_mended_and_told(tmp_path: Path) -> None:
    await drifted(tmp_path)
    (tmp_path / "ember.lock").write_text("ember run (process 1)")
    with capture_logs() as logs:
        async with opened(tmp_path) as scene:
            ej = await scene.person("EJ")
            found = await scene.store.search.find(Question(scene.place(DM, ej), ej.id, "opera", 5))
            assert [hit.item.content for hit in found.hits] == ["EJ likes opera"]
    assert ["search index did not match" in line["event"] for line in logs] == [True]
    assert faults_of(tmp_path) == []


async def test_after_an_orderly_end_only_the_pages_are_checked(tmp_path: Path) -> None:
    await drifted(tmp_path)
    async with opened(tmp_path):
        pass
    assert faults_of(tmp_path) != []


async def test_an_end_after_a_commit_in_doubt_is_not_an_orderly_one(tmp_path: Path) -> None:
    await drifted(tmp_path)
    async with opened(tmp_path) as scene:
        with pytest.raises(DoubtfulCommit):
            await scene.store.memories._ground.queue.write(lambda one: one.exec_driver_sql("ROLLBACK").rowcount)
    assert faults_of(tmp_path) != []
    async with opened(tmp_path):
        pass
    assert faults_of(tmp_path) == []


async def test_a_memory_that_was_refused_as_damaged_is_checked_closely_the_next_time_too(tmp_path: Path) -> None:
    await drifted(tmp_path)
    whole = (tmp_path / "ember.db").read_bytes()
    (tmp_path / "ember.db").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataDirectoryError, match="ember restore"):
        async with opened(tmp_path):
            pass
    (tmp_path / "ember.db").write_bytes(whole)
    async with opened(tmp_path):
        pass
    assert faults_of(tmp_path) == []


async def test_a_first_start_that_died_before_the_secret_was_made_is_begun_again(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    (tmp_path / "installation.key").unlink()
    async with opened(tmp_path) as scene:
        await scene.asks_and_hears("EJ", "hello")
    assert (tmp_path / "installation.key").stat().st_size == 32


async def test_who_looks_at_a_first_start_that_died_is_told_that_there_is_no_memory_yet(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    (tmp_path / "installation.key").unlink()
    with pytest.raises(DataDirectoryError, match="There is no memory in"):
        async with look_into_memory(tmp_path, DrivenClock(MORNING)):
            pass


async def test_a_memory_whose_secret_is_gone_is_refused_and_gets_no_new_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.asks_and_hears("EJ", "hello")
    (tmp_path / "installation.key").unlink()
    with pytest.raises(DataDirectoryError, match="missing or damaged"):
        async with opened(tmp_path):
            pass
    assert not (tmp_path / "installation.key").exists()


async def test_a_database_that_is_gone_is_refused_and_no_empty_one_made(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.asks_and_hears("EJ", "hello")
    (tmp_path / "ember.db").unlink()
    for opening in (opened(tmp_path), look_into_memory(tmp_path, scene.clock)):
        with pytest.raises(DataDirectoryError, match="missing or empty"):
            async with opening:
                pass
    assert not (tmp_path / "ember.db").exists()


@pytest.mark.parametrize("name", ["what? now#1", "100%25 sure", "a b&c=d", "Ünï:cödé", 'it\'s; "quoted"'])
async def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    async with opened(folder) as scene:
        turn = await scene.asks_and_hears("EJ", "hello")
        assert await scene.store.talk.last_reply(turn.place, turn.asker.id) is not None
    async with look_into_memory(folder, scene.clock) as store:
        assert await store.talk.last_reply(turn.place, turn.asker.id) is not None
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    shutil.rmtree(folder)


async def test_reads_that_are_given_up_leave_the_pool_whole(scene: Scene) -> None:
    ej = await scene.person("EJ")
    place = scene.place(DM, ej)
    for number in range(30):
        reading = asyncio.ensure_future(scene.store.search.find(Question(place, ej.id, f"word{number}", 5)))
        for _ in range(number % 6):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    async with asyncio.timeout(10):
        await asyncio.gather(*(scene.store.search.find(Question(place, ej.id, "word", 5)) for _ in range(20)))


async def test_writes_that_are_given_up_leave_nothing_half_done(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ej = await scene.person("EJ")
        place = scene.place(DM, ej)
        for number in range(30):
            writing = asyncio.ensure_future(
                scene.store.memories.add(place, ej.id, NewMemory(f"fact {number}", Trust.SAID))
            )
            for _ in range(number % 4):
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        await scene.store.memories.add(place, ej.id, NewMemory("the last", Trust.SAID))
        kept = await scene.store.memories.of_owner(place, ej.id)
        assert len(kept) == len(scene.rows("SELECT 1 FROM memories"))
        with pytest.raises(NotFound):
            await scene.store.erasure.erase(GENERAL, ej.id, kept[0].id)
    assert faults_of(tmp_path) == []


async def test_closing_leaves_no_log_of_writes_beside_the_database(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.asks_and_hears("EJ", "hello")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ember.db", "ember.lock", "installation.key"]
    async with open_memory(tmp_path, DrivenClock(MORNING), "a test"):
        pass
