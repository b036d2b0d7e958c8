"""The queue as an admin sees it."""

from datetime import timedelta

from memory import Channel, FailedJob, FinishedReply, JobId, JobState, JobType, Trust, error_type
from tests.memory.scene import MORNING, Scene

FEVER = "TypeError: Ana said that she has a fever"


async def given_up(scene: Scene) -> FailedJob:
    await scene.store.work.enqueue(JobType.CONDENSING, "1")
    (job,) = (await scene.store.work.claim_own([JobType.CONDENSING])).jobs
    await scene.store.work.fail_own(job, FEVER)
    (failed,) = await scene.store.jobs.failed(9)
    return failed


async def test_jobs_are_counted_and_of_an_error_only_its_type_is_shown(scene: Scene) -> None:
    failed = await given_up(scene)
    assert (failed.type, failed.attempts, failed.error) == (JobType.CONDENSING, 1, "TypeError")
    await scene.store.work.enqueue(JobType.BACKUP, "1")
    await scene.store.work.enqueue(JobType.BACKUP, "2", due=MORNING + timedelta(days=1))
    counts = [(one.type, one.state, one.count) for one in await scene.store.jobs.counts()]
    assert counts == [(JobType.BACKUP, JobState.PENDING, 2), (JobType.CONDENSING, JobState.FAILED, 1)]
    assert await scene.store.jobs.oldest_due() == MORNING


async def test_what_was_given_up_is_tried_again_or_dropped_and_nothing_else_is(scene: Scene) -> None:
    failed = await given_up(scene)
    assert await scene.store.jobs.retry(failed.id)
    assert not await scene.store.jobs.retry(failed.id)
    assert not await scene.store.jobs.drop(JobId(5))
    (job,) = (await scene.store.work.claim_own([JobType.CONDENSING])).jobs
    assert (job.id, job.attempts) == (failed.id, 1)
    assert not await scene.store.jobs.drop(failed.id)  # it is under way
    await scene.store.work.fail_own(job, FEVER)
    assert await scene.store.jobs.drop(failed.id)
    assert await scene.store.jobs.failed(9) == []
    assert (await scene.store.work.claim_own([JobType.CONDENSING])).jobs == ()


async def test_the_later_parts_of_a_reply_come_with_the_one_that_failed(scene: Scene) -> None:
    turn = await scene.asks_and_hears("Ana", "hello", FinishedReply("long", Trust.DERIVED, deliveries=3))
    (first,) = (await scene.store.work.claim([Channel.DISCORD], 9)).jobs
    await scene.store.work.fail(first, "gone")
    failed = await scene.store.jobs.failed(9)
    assert len(failed) == len(scene.rows("SELECT id FROM queue WHERE item_id = ?", turn.reply)) == 3
    assert await scene.store.jobs.retry(first.id)
    assert await scene.store.jobs.failed(9) == []


def test_an_error_s_type_is_never_a_word_of_a_sentence() -> None:
    assert error_type("OSError: no space") == "OSError"
    assert error_type("ModelUnavailable") == "ModelUnavailable"
    assert error_type("UnboundLocalError in ask.py:12") == "UnboundLocalError"
    assert [error_type(told) for told in ("", "Ana: tea", "the reply is gone", "USA")] == [""] * 4
