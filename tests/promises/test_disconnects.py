"""Once, whatever becomes of the connection: what people say meanwhile is answered, and nothing is answered twice."""

from pathlib import Path

import pytest

from tests.promises.disconnects import Disconnect, disconnect
from tests.promises.many_people import Scene

SCENE = Scene(people=25, channels=5, lines=6, pause=(0.0, 4.0), model_seconds=0.1)


@pytest.mark.long
@pytest.mark.timeout(180)  # Discord has a client wait for seconds before a new session
async def test_no_answer_is_lost_or_doubled_by_lost_connections(tmp_path: Path) -> None:
    kinds = list(Disconnect)
    figures = await disconnect(tmp_path / "data", SCENE, times=3, kinds=kinds, SQLITE_SYNCHRONOUS="NORMAL")
    assert (figures.disconnects, figures.lines) == (3, 150)
    assert (figures.lost, figures.doubled, figures.out_of_order) == (0, 0, 0)
