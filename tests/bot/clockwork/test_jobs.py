"""Which work comes by itself."""

import asyncio
from datetime import timedelta

from bot.clockwork.background import Background
from bot.clockwork.condensing import Condenser
from bot.clockwork.jobs import OwnWork, own_work
from bot.conversation.after_turn import AfterTurn, ByRules
from memory import ErasureState, JobType, KeptFor, backups_of
from prompts.prompt_store import PromptStore
from tests.memory.forgetting import files_holding
from tests.memory.scene import Scene

DAY = timedelta(days=1)


def all_work(scene: Scene, backup_every: timedelta = DAY) -> OwnWork:
    condenser = Condenser(scene.store, PromptStore(scene.store.prompts), None, lambda: 30 * DAY)
    learner = AfterTurn(scene.store, ByRules(), lambda: None)
    return own_work(scene.store, lambda: backup_every, KeptFor, condenser, learner.extract)


async def done_after(scene: Scene, work: OwnWork, days: int) -> None:
    """A process that starts some days later and does what is due."""
    scene.clock.advance(days * DAY)
    background = Background(scene.store, work.handlers, work.periods)
    running = asyncio.create_task(background.run())
    await background.idle()
    background.stop()
    await running


async def test_a_backup_is_made_every_day_and_one_that_was_missed_once(scene: Scene) -> None:
    work = all_work(scene)
    for days in (0, 1, 5):
        await done_after(scene, work, days)
    assert len(backups_of(scene.path)) == 2


async def test_what_was_forgotten_goes_to_its_last_byte_by_itself(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "I live under the zqxbridge")
    await scene.store.backups.make()
    erased = await scene.store.erasure.erase(turn.place, turn.asker.id, (await scene.line_of(turn)).id)
    work = all_work(scene, timedelta(0))
    background = Background(scene.store, work.handlers, work.periods)
    running = asyncio.create_task(background.run())
    await background.idle()
    background.stop()
    await running
    progress = await scene.store.erasure.progress_of(erased.erasure)
    assert progress is not None
    assert progress.state is ErasureState.DONE
    assert files_holding(scene.path, "zqxbridge") == []


async def test_forgetting_that_was_given_up_is_taken_up_again_while_ember_runs(scene: Scene) -> None:
    work = all_work(scene, timedelta(0))
    await done_after(scene, work, 0)
    turn = await scene.asks_and_hears("EJ", "I live under the zqxbridge")
    erased = await scene.store.erasure.erase(turn.place, turn.asker.id, (await scene.line_of(turn)).id)
    (job,) = (await scene.store.work.claim_own([JobType.ERASURE])).jobs
    await scene.store.work.fail_own(job, "a reader held the log")
    await done_after(scene, work, 1)
    progress = await scene.store.erasure.progress_of(erased.erasure)
    assert progress is not None
    assert progress.state is ErasureState.DONE


def test_no_backup_is_made_by_itself_where_that_was_turned_off(scene: Scene) -> None:
    assert JobType.BACKUP not in all_work(scene, timedelta(0)).periods()


def test_how_often_a_backup_is_made_is_as_it_is_set_now(scene: Scene) -> None:
    every = [timedelta(0), DAY]
    condenser = Condenser(scene.store, PromptStore(scene.store.prompts), None, lambda: 30 * DAY)
    learner = AfterTurn(scene.store, ByRules(), lambda: None)
    work = own_work(scene.store, lambda: every.pop(0), KeptFor, condenser, learner.extract)
    assert JobType.BACKUP not in work.periods()
    assert work.periods()[JobType.BACKUP] == DAY


async def test_old_talk_is_condensed_and_later_let_go_by_itself(scene: Scene) -> None:
    for number in range(4):
        await scene.asks_and_hears("EJ", f"my cat {number} is called Miso", "Noted.")
    work = all_work(scene)
    for days in (0, 40):
        await done_after(scene, work, days)
    assert scene.rows("SELECT count(*) FROM messages WHERE compressed_into IS NOT NULL") == [(8,)]
    assert scene.rows("SELECT tier FROM memories") == [("episodic",)]
    for days in (400, 1):
        await done_after(scene, work, days)
    assert scene.rows("SELECT count(*) FROM messages") == scene.rows("SELECT count(*) FROM memories") == [(0,)]


async def test_a_clock_that_stands_years_ahead_for_a_while_takes_nothing_and_holds_nothing_up(scene: Scene) -> None:
    await scene.asks_and_hears("EJ", "my cat is called Miso", "Noted.")
    work = all_work(scene)
    for days in (0, 4_000, -4_000):
        await done_after(scene, work, days)
    assert scene.rows("SELECT count(*) FROM messages") == [(2,)]
    before = len(backups_of(scene.path))
    for _ in range(2):
        await done_after(scene, work, 1)
    assert len(backups_of(scene.path)) == before + 2
    for days in (29, 340, 1):
        await done_after(scene, work, days)
    assert scene.rows("SELECT count(*) FROM messages") == [(0,)]
