"""A full disk is told to whoever writes, takes nothing that was acknowledged, and is over when there is room again."""

from pathlib import Path

import pytest

from tests.promises.disk_full import disk_full

TIMES = 30


@pytest.mark.long
def test_a_full_disk_is_never_acknowledged_and_is_over_when_there_is_room(tmp_path: Path) -> None:
    full = disk_full(tmp_path / "data", TIMES)
    assert full.told > TIMES
    assert full.refused > 0
    assert full.doubtful > 0
    assert (full.false_acknowledgements, full.false_refusals, full.not_recovered, full.faults) == (0, 0, 0, [])
