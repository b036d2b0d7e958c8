"""A memory that was acknowledged survives kill -9, and a memory that is acknowledged too early is found out."""

from pathlib import Path

import pytest

from memory.torture.kills import kill_test

KILLS = 50


@pytest.mark.long
async def test_what_was_acknowledged_survives_every_kill(tmp_path: Path) -> None:
    figures = await kill_test(tmp_path, KILLS)
    assert figures.acknowledged > KILLS
    assert (figures.lost, figures.doubled, figures.not_found, figures.faults) == (0, 0, 0, ())


@pytest.mark.long
async def test_an_answer_before_commit_is_found_out(tmp_path: Path) -> None:
    figures = await kill_test(tmp_path, 5, nursery="tests.promises.answering_early")
    assert figures.lost > 0
    assert (figures.doubled, figures.not_found, figures.faults) == (0, 0, ())
