"""Durable and once, for a whole process: what was acknowledged is kept, what was under way is answered once."""

from pathlib import Path

import pytest

from tests.promises.interruption import kill_after_acknowledgement, terminate_at_random

TIMES = 10


@pytest.mark.long
async def test_a_kill_right_behind_the_acknowledgement_loses_nothing(tmp_path: Path) -> None:
    figures = await kill_after_acknowledgement(tmp_path / "data", TIMES)
    assert (figures.acknowledged, figures.lost, figures.doubled) == (TIMES, 0, 0)


@pytest.mark.long
async def test_a_sigterm_at_any_moment_ends_well_and_each_line_is_answered_once(tmp_path: Path) -> None:
    figures = await terminate_at_random(tmp_path / "data", TIMES, seed=7)
    assert figures.bad_ends == []
    assert figures.acknowledged > 0
    assert (figures.lost, figures.doubled) == (0, 0)
