"""Which work comes by itself."""

import asyncio
from datetime import timedelta

from bot.clockwork.background import Background
from bot.clockwork.jobs import own_work
from memory import JobType, backups_of
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


def test_no_backup_is_made_by_itself_where_that_was_turned_off(scene: Scene) -> None:
    assert JobType.BACKUP not in own_work(scene.store, timedelta(0)).periods
