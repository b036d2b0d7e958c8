"""Which work comes by itself."""

import asyncio
from datetime import timedelta

from bot.clockwork.background import Background
from bot.clockwork.jobs import own_work
from memory import ErasureState, JobType, backups_of
from tests.memory.forgetting import files_holding
from tests.memory.scene import Scene


async def test_a_backup_is_made_every_day_and_one_that_was_missed_once(scene: Scene) -> None:
    work = own_work(scene.store, timedelta(hours=24))
    for days in (0, 1, 5):
        scene.clock.advance(timedelta(days=days))
        background = Background(scene.store, work.handlers, work.periods)
        running = asyncio.create_task(background.run())
        await background.idle()
        background.stop()
        await running
    assert len(backups_of(scene.path)) == 2


async def test_what_was_forgotten_goes_to_its_last_byte_by_itself(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "I live under the zqxbridge")
    await scene.store.backups.make()
    erased = await scene.store.erasure.erase(turn.place, turn.asker.id, (await scene.line_of(turn)).id)
    work = own_work(scene.store, timedelta(0))
    background = Background(scene.store, work.handlers, work.periods)
    running = asyncio.create_task(background.run())
    await background.idle()
    background.stop()
    await running
    progress = await scene.store.erasure.progress_of(erased.erasure)
    assert progress is not None
    assert progress.state is ErasureState.DONE
    assert files_holding(scene.path, "zqxbridge") == []


def test_no_backup_is_made_by_itself_where_that_was_turned_off(scene: Scene) -> None:
    assert JobType.BACKUP not in own_work(scene.store, timedelta(0)).periods
