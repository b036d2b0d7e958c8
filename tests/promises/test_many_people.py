"""A hundred people at once: each is answered once, and in every channel in the order of asking."""

from pathlib import Path

import pytest

from tests.promises.many_people import Scene, many_people


@pytest.mark.long
async def test_a_hundred_people_in_twenty_channels_are_each_answered_once_and_in_order(tmp_path: Path) -> None:
    scene = Scene(people=100, channels=20, lines=2, model_seconds=1.0, model_sooner=0.8)
    async with many_people(scene, tmp_path / "data", SQLITE_SYNCHRONOUS="NORMAL") as (people, _):
        await people.talk()
        await people.settled()
        assert people.said == 200
        assert (people.lost, people.doubled, people.out_of_order) == ([], [], [])
