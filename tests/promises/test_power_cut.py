"""A memory that was acknowledged survives a power cut, and whatever waits less for the disk is found out."""

from pathlib import Path

import pytest

from tests.promises.answering_early import EarlyQueue
from tests.promises.power_cut import power_cuts

POINTS = 200


@pytest.mark.long
def test_what_was_acknowledged_survives_every_power_cut(tmp_path: Path) -> None:
    cuts = power_cuts(tmp_path, POINTS)
    assert (cuts.points, cuts.lost_at, cuts.corrupt_at, cuts.examples) == (POINTS, 0, 0, [])


@pytest.mark.long
def test_a_commit_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path) -> None:
    cuts = power_cuts(tmp_path, POINTS // 4, synchronous="NORMAL")
    assert cuts.lost_at > 0
    assert cuts.corrupt_at == 0


@pytest.mark.long
def test_a_database_that_never_waits_for_the_disk_is_found_out(tmp_path: Path) -> None:
    cuts = power_cuts(tmp_path, POINTS // 4, synchronous="OFF")
    assert cuts.corrupt_at > 0


@pytest.mark.long
def test_an_answer_before_commit_is_found_out(tmp_path: Path) -> None:
    cuts = power_cuts(tmp_path, POINTS // 4, queue=EarlyQueue)
    assert cuts.lost_at > 0
    assert cuts.corrupt_at == 0
