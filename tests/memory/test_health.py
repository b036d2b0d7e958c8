"""What the memory says of itself, and the sync that runs behind it."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection

from memory import (
    DrivenClock,
    MemoryOptions,
    NewMemory,
    NothingKept,
    Synchronous,
    Trust,
    examine,
    look_into_memory,
    open_memory,
)
from memory.health import FEWEST_ASKED, RECORD_EVERY
from memory.tables.recalls import recalled
from tests.memory.scene import DM, MORNING, Scene, opened, rows


async def test_health_tells_the_figures_of_a_moment(scene: Scene) -> None:
    ana = await scene.person("Ana")
    place = scene.place(DM, ana)
    memory = await scene.store.memories.add(place, ana.id, NewMemory("Ana likes tea", Trust.SAID))
    assert await scene.store.memories.get(place, memory.id) == memory
    health = scene.store.health()
    assert health.hot_cache_size == 1
    assert health.cold_storage_connected
    assert (health.write_queue_depth, health.oldest_waiting_seconds, health.failures) == (0, 0.0, 0)
    assert health.batch_largest >= health.batch_mean > 0
    assert health.wal_file_size > 0
    assert health.hit_ratio == {"hot": 1.0, "queries": None}


async def test_what_waits_is_seen_with_its_age(scene: Scene) -> None:
    queue = scene.store.memories._ground.queue
    depths: list[tuple[int, bool]] = []
    loop = asyncio.get_running_loop()
    waiting = [asyncio.ensure_future(queue.write(lambda connection: None)) for _ in range(3)]
    seen = asyncio.Event()

    def look() -> None:
        health = scene.store.health()
        depths.append((health.write_queue_depth, health.oldest_waiting_seconds > 0))
        seen.set()

    def op(connection: Connection) -> None:
        loop.call_soon_threadsafe(look)
        asyncio.run_coroutine_threadsafe(seen.wait(), loop).result(20)

    held = asyncio.ensure_future(queue.write(op))
    await asyncio.gather(held, *waiting)
    assert depths == [(4, True)]
    assert scene.store.health().write_queue_depth == 0


async def test_a_disk_that_refuses_is_told_and_so_is_its_recovery(scene: Scene) -> None:
    ana = await scene.person("Ana")
    place = scene.place(DM, ana)
    queue = scene.store.memories._ground.queue

    def pages(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    count = await queue.write(pages)
    await queue.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {count}").scalar_one())
    refused = 0
    for _ in range(20):
        try:
            await scene.store.memories.add(place, ana.id, NewMemory("x" * 4_000, Trust.SAID))
        except NothingKept:
            refused += 1
            assert not scene.store.health().cold_storage_connected
    assert refused == scene.store.health().failures > 0
    await queue.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000").scalar_one())
    await scene.store.memories.add(place, ana.id, NewMemory("there is room again", Trust.SAID))
    assert scene.store.health().cold_storage_connected


async def test_the_background_sync_writes_what_was_posted_without_another_write(
    tmp_path: Path, clock: DrivenClock
) -> None:
    options = MemoryOptions(synchronous=Synchronous.NORMAL, sync_interval_seconds=0.0)
    async with open_memory(tmp_path, clock, "a test", options) as store:
        person = await store.people.meet(DM.channel, "ana", "Ana")
        place = DM.read_by(person.id)
        memory = await store.memories.add(place, person.id, NewMemory("Ana likes tea", Trust.SAID))
        store.memories._ground.queue.post(*recalled([memory.id], clock.now()))
        async with asyncio.timeout(20):
            while not rows(tmp_path, "SELECT 1 FROM memories WHERE access_count = 1"):
                await asyncio.sleep(0)
            while store.health().last_sync_time is None or not store.health().disk_usage:
                await asyncio.sleep(0)
        assert store.health().last_sync_time == clock.now()
        assert store.health().disk_usage >= (tmp_path / "ember.db").stat().st_size


async def test_the_background_sync_records_the_hit_ratio_once_it_says_something(
    tmp_path: Path, clock: DrivenClock
) -> None:
    options = MemoryOptions(synchronous=Synchronous.NORMAL, sync_interval_seconds=0.0)
    recorded = "SELECT value FROM performance_metrics WHERE name = 'hit_ratio' ORDER BY at"
    async with open_memory(tmp_path, clock, "a test", options) as store:
        person = await store.people.meet(DM.channel, "ana", "Ana")
        place = DM.read_by(person.id)
        memory = await store.memories.add(place, person.id, NewMemory("Ana likes tea", Trust.SAID))
        for rounds in (1, 2):
            for _ in range(FEWEST_ASKED):
                await store.memories.get(place, memory.id)
            async with asyncio.timeout(20):
                while len(rows(tmp_path, recorded)) < rounds:
                    await asyncio.sleep(0)
            clock.advance(RECORD_EVERY)
    assert set(rows(tmp_path, recorded)) == {(1.0,)}
    found = {finding.name: finding for finding in examine(tmp_path, clock.now())}
    assert found["hot cache"].told == "100% of the reads were answered from the hot cache."


async def test_who_only_looks_is_told_of_the_disk(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    async with look_into_memory(tmp_path, DrivenClock(MORNING)) as store:
        assert store.health().disk_usage > 0
        assert store.health().last_sync_time is None
