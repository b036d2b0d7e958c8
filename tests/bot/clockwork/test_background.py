"""Ember's own work: done when due, one of a type at a time, again after a failure or a crash."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from structlog.testing import capture_logs

from bot.clockwork.background import ATTEMPTS, Background, Handler
from memory import JobType, OwnJob
from tests.memory.scene import Scene, opened


@asynccontextmanager
async def working(
    scene: Scene, handlers: Mapping[JobType, Handler], periods: Mapping[JobType, timedelta] | None = None
) -> AsyncIterator[Background]:
    background = Background(scene.store, handlers, lambda: periods or {})
    running = asyncio.create_task(background.run())
    try:
        yield background
    finally:
        background.stop()
        await running


async def test_a_job_is_done_once_with_what_it_needs_to_know(scene: Scene) -> None:
    done: list[OwnJob] = []

    async def handle(job: OwnJob) -> None:
        done.append(job)

    await scene.store.work.enqueue(JobType.EXTRACTION, "turn 1", payload="1")
    await scene.store.work.enqueue(JobType.EXTRACTION, "turn 1", payload="1")
    async with working(scene, {JobType.EXTRACTION: handle}) as background:
        await background.idle()
    assert [(job.type, job.payload, job.attempts) for job in done] == [(JobType.EXTRACTION, "1", 1)]
    assert scene.rows("SELECT count(*) FROM queue") == [(0,)]


async def test_jobs_of_one_type_are_done_one_after_the_other_and_of_two_types_side_by_side(scene: Scene) -> None:
    order: list[str] = []
    backing_up = asyncio.Event()
    extracted = asyncio.Event()

    async def back_up(job: OwnJob) -> None:
        backing_up.set()
        await extracted.wait()
        order.append("backup")

    async def extract(job: OwnJob) -> None:
        await backing_up.wait()
        order.append(job.payload)
        if job.payload == "2":
            extracted.set()

    for name in ("1", "2"):
        await scene.store.work.enqueue(JobType.EXTRACTION, name, payload=name)
    await scene.store.work.enqueue(JobType.BACKUP, "today")
    async with working(scene, {JobType.EXTRACTION: extract, JobType.BACKUP: back_up}) as background:
        await background.idle()
    assert order == ["1", "2", "backup"]


async def test_a_job_that_fails_is_tried_again_later_and_given_up_in_the_end(scene: Scene) -> None:
    tried: list[int] = []

    async def fail(job: OwnJob) -> None:
        tried.append(job.attempts)
        raise RuntimeError("I live in Berlin")

    await scene.store.work.enqueue(JobType.BACKUP, "today")
    with capture_logs() as logs:
        async with working(scene, {JobType.BACKUP: fail}) as background:
            for _ in range(ATTEMPTS + 2):
                await background.idle()
                scene.clock.advance(timedelta(hours=1))
                background.wake()
            await background.idle()
    assert tried == list(range(1, ATTEMPTS + 1))
    ((state, error),) = scene.rows("SELECT state, error FROM queue")
    assert (state, str(error).partition(":")[0]) == ("failed", "RuntimeError in test_background.py")
    assert "Berlin" not in f"{error} {logs}"


async def test_a_job_that_is_due_later_waits(scene: Scene) -> None:
    done: list[OwnJob] = []

    async def handle(job: OwnJob) -> None:
        done.append(job)

    await scene.store.work.enqueue(JobType.BACKUP, "later", due=scene.clock.now() + timedelta(hours=1))
    async with working(scene, {JobType.BACKUP: handle}) as background:
        await background.idle()
        assert done == []
        scene.clock.advance(timedelta(hours=2))
        background.wake()
        await background.idle()
    assert len(done) == 1


async def test_periodic_work_comes_again_and_is_done_once_for_all_that_was_missed(scene: Scene) -> None:
    done: list[OwnJob] = []

    async def handle(job: OwnJob) -> None:
        done.append(job)

    handlers, periods = {JobType.RETENTION: handle}, {JobType.RETENTION: timedelta(days=1)}
    async with working(scene, handlers, periods) as background:
        await background.idle()
        assert done == []
        scene.clock.advance(timedelta(days=1))
        background.wake()
        await background.idle()
        assert len(done) == 1
    scene.clock.advance(timedelta(days=9))
    async with working(scene, handlers, periods) as background:
        await background.idle()
    assert len(done) == 2


async def test_a_job_under_way_when_its_process_died_is_done_at_the_next_start(tmp_path: Path) -> None:
    done: list[OwnJob] = []

    async def handle(job: OwnJob) -> None:
        done.append(job)

    async with opened(tmp_path) as scene:
        await scene.store.work.enqueue(JobType.ERASURE, "1", payload="1")
        assert len((await scene.store.work.claim_own([JobType.ERASURE])).jobs) == 1
    async with opened(tmp_path) as scene:
        await scene.store.work.release_leases()
        async with working(scene, {JobType.ERASURE: handle}) as background:
            await background.idle()
    assert [job.attempts for job in done] == [2]


async def test_what_is_tried_again_is_no_trouble_yet(scene: Scene) -> None:
    async def fail(job: OwnJob) -> None:
        raise ValueError("not today")

    await scene.store.work.enqueue(JobType.EXTRACTION, "turn 1")
    with capture_logs() as logs:
        async with working(scene, {JobType.EXTRACTION: fail}) as background:
            await background.idle()
    assert [(line["event"], line["log_level"]) for line in logs] == [("a job is tried again", "info")]
