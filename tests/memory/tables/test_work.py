"""Deliveries: in the order of asking in a place, part by part, and once unless nobody can know."""

from datetime import timedelta
from pathlib import Path

from memory import Channel, Claimed, FinishedReply, Job, JobType, OpenTurn, Place, Trust
from memory.tables.jobs import LEASE
from tests.memory.scene import CONSOLE, GENERAL, OTHER_GUILD, Scene, opened

EVERYWHERE = (Channel.DISCORD, Channel.CONSOLE)


async def claim(scene: Scene, *channels: Channel, limit: int = 10) -> list[Job]:
    return list((await scene.store.work.claim(channels or EVERYWHERE, limit)).jobs)


async def answered(scene: Scene, name: str = "EJ", parts: int = 1, place: Place = GENERAL) -> OpenTurn:
    turn = await scene.asks(name, "hello", place)
    await scene.finishes(turn, FinishedReply("Hi.", Trust.DERIVED, deliveries=parts))
    return turn


async def test_replies_of_a_place_go_out_in_the_order_of_asking(scene: Scene) -> None:
    turns = [await scene.asks("EJ", f"question {number}", GENERAL) for number in range(3)]
    for turn in reversed(turns):
        await scene.finishes(turn)
    out = []
    while jobs := await claim(scene):
        assert len(jobs) == 1
        out.append(jobs[0].item)
        await scene.store.work.complete(jobs[0], "platform id")
    assert out == [turn.reply for turn in turns]


async def test_an_unfinished_earlier_turn_holds_back_its_place_and_no_other(scene: Scene) -> None:
    earlier = await scene.asks("EJ", "a long story", GENERAL)
    later = await answered(scene, "Bob")
    elsewhere = await answered(scene, "Bob", place=OTHER_GUILD)
    assert [job.item for job in await claim(scene)] == [elsewhere.reply]
    await scene.finishes(earlier)
    (job,) = await claim(scene)
    assert (job.item, job.asker, job.type) == (earlier.reply, earlier.asker.id, JobType.DELIVERY)
    await scene.store.work.complete(job, None)
    assert [job.item for job in await claim(scene)] == [later.reply]


async def test_what_is_held_back_is_not_due(scene: Scene) -> None:
    """A worker that slept until then would not sleep at all."""
    earlier = await scene.asks("EJ", "a long story", GENERAL)
    await answered(scene, "Bob")
    assert await scene.store.work.claim(EVERYWHERE, 16) == Claimed()
    await scene.finishes(earlier)
    claimed = await scene.store.work.claim(EVERYWHERE, 16)
    assert claimed.next_due is None
    await scene.store.work.retry(claimed.jobs[0], "no network", timedelta(seconds=5))
    assert await scene.store.work.claim(EVERYWHERE, 16) == Claimed((), scene.clock.now() + timedelta(seconds=5))


async def test_the_parts_of_a_reply_go_out_one_after_the_other(scene: Scene) -> None:
    await answered(scene, parts=3)
    out = []
    while jobs := await claim(scene):
        out += [(job.part, job.attempts) for job in jobs]
        await scene.store.work.complete(jobs[0], f"platform id {jobs[0].part}")
    assert out == [(0, 1), (1, 1), (2, 1)]
    assert scene.rows("SELECT platform_id FROM queue ORDER BY part") == [(f"platform id {part}",) for part in range(3)]


async def test_places_go_out_side_by_side_up_to_a_limit(scene: Scene) -> None:
    for name in ("Ana", "Bob", "EJ"):
        await scene.asks_and_hears(name, "hello")
    assert len(await claim(scene, limit=2)) == 2
    assert len(await claim(scene, limit=2)) == 1


async def test_only_the_channels_that_are_attended_are_claimed(scene: Scene) -> None:
    turn = await answered(scene)
    assert await claim(scene, Channel.CONSOLE) == []
    assert await scene.store.work.claim((Channel.CONSOLE,), 16) == Claimed()
    assert [job.item for job in await claim(scene, Channel.DISCORD)] == [turn.reply]


async def test_a_job_is_leased_to_one_worker_until_the_lease_runs_out(scene: Scene) -> None:
    await answered(scene)
    (first,) = await claim(scene)
    assert await claim(scene) == []
    scene.clock.advance(LEASE)
    assert await claim(scene) == []
    scene.clock.advance(timedelta(microseconds=1))
    (second,) = await claim(scene)
    assert (second.id, second.attempts) == (first.id, 2)


async def test_a_late_failure_of_one_worker_takes_nothing_from_the_next(scene: Scene) -> None:
    await answered(scene)
    (first,) = await claim(scene)
    scene.clock.advance(2 * LEASE)
    (second,) = await claim(scene)
    await scene.store.work.retry(first, "too late", timedelta(0))
    await scene.store.work.fail(first, "too late")
    assert await claim(scene) == []
    await scene.store.work.complete(second, None)
    assert scene.rows("SELECT state FROM queue") == [("completed",)]


async def test_a_late_success_counts_for_it_has_arrived(scene: Scene) -> None:
    await answered(scene)
    (first,) = await claim(scene)
    scene.clock.advance(2 * LEASE)
    (second,) = await claim(scene)
    await scene.store.work.complete(first, "arrived")
    await scene.store.work.retry(second, "already there", timedelta(0))
    assert scene.rows("SELECT state, platform_id FROM queue") == [("completed", "arrived")]


async def test_a_retried_job_waits_and_holds_back_its_place(scene: Scene) -> None:
    await answered(scene)
    later = await answered(scene)
    (job,) = await claim(scene)
    await scene.store.work.retry(job, "no network", timedelta(minutes=1))
    assert await claim(scene) == []
    scene.clock.advance(timedelta(minutes=1))
    (again,) = await claim(scene)
    assert (again.id, again.attempts) == (job.id, 2)
    await scene.store.work.fail(again, "the place is gone")
    assert [job.item for job in await claim(scene)] == [later.reply]
    assert scene.rows("SELECT error FROM queue WHERE state = 'failed'") == [("the place is gone",)]


async def test_leases_of_a_dead_process_are_released_and_held_turns_stay_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await answered(scene)
        (job,) = await claim(scene)
        await scene.asks("EJ", "unanswered", OTHER_GUILD)
    async with opened(tmp_path) as again:
        assert await claim(again) == []
        assert await again.store.work.release_leases() == 1
        (second,) = await claim(again)
        assert (second.id, second.item, second.attempts) == (job.id, turn.reply, 2)


async def test_a_notice_is_said_once_for_each_key(scene: Scene) -> None:
    for _ in range(3):
        await scene.store.work.notify(Channel.CONSOLE, CONSOLE.key, "I was updated.", "update 7")
    await scene.store.work.notify(Channel.CONSOLE, CONSOLE.key, "I was updated.", "update 8")
    (job,) = await claim(scene)
    assert (job.type, job.text, job.asker) == (JobType.NOTICE, "I was updated.", None)
    await scene.store.work.complete(job, None)
    assert len(await claim(scene)) == 1
    assert await claim(scene) == []
