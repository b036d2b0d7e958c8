"""Nothing is left of a forgotten person, as bytes; and whatever part of forgetting is left out is found out."""

from pathlib import Path

import pytest

from tests.memory.forgetting import FOUND_OUT, search_for_traces
from tests.memory.scene import faults_of
from tests.memory.slip import searched

#: Each leaves one part of forgetting out: file, what stands there, what stands there instead.
SLIPS = {
    "the index keeps its bytes": (
        "memory/upkeep/erase_bytes.py",
        "while await queue.write(partial(merge_step, first=not begun)):",
        "while False:",
    ),
    "the write-ahead log keeps its bytes": (
        "memory/engines/sqlite.py",
        "wal_checkpoint(TRUNCATE)",
        "wal_checkpoint(PASSIVE)",
    ),
    "unused parts of pages keep their bytes": ("memory/upkeep/erase_bytes.py", "file.overwrite(pages)", "pass"),
    "backups keep everything": ("memory/upkeep/erase_copies.py", "if holds:", "if False:"),
    "rows are hidden and stay": ("memory/upkeep/erase.py", "while await self._step(task):", "while False:"),
}


@pytest.mark.long
async def test_of_two_thousand_items_among_twenty_thousand_no_byte_is_left(tmp_path: Path) -> None:
    assert await search_for_traces(tmp_path, 6_700) == []
    assert faults_of(tmp_path) == []


@pytest.mark.long
async def test_a_part_of_forgetting_left_out_is_found_out(tmp_path: Path) -> None:
    found = await searched(
        SLIPS, tmp_path, "memory.forgetting", "600", beside=("memory/scene.py", "memory/forgetting.py")
    )
    assert found == dict.fromkeys(SLIPS, FOUND_OUT)
