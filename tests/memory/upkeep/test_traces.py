"""Nothing is left of a forgotten person, as bytes; and whatever part of forgetting is left out is found out."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.memory.forgetting import FOUND_OUT, search_for_traces
from tests.memory.scene import faults_of

ROOT = Path(__file__).parents[3]
TURNS = 600

#: Each leaves one part of forgetting out: file, what stands there, what stands there instead.
SLIPS = {
    "the index keeps its bytes": (
        "upkeep/erase_bytes.py",
        "while await queue.write(partial(merge_step, first=not begun)):",
        "while False:",
    ),
    "the write-ahead log keeps its bytes": ("engines/sqlite.py", "wal_checkpoint(TRUNCATE)", "wal_checkpoint(PASSIVE)"),
    "unused parts of pages keep their bytes": ("upkeep/erase_bytes.py", "file.overwrite(pages)", "pass"),
    "backups keep everything": ("upkeep/erase_copies.py", "if holds:", "if False:"),
    "rows are hidden and stay": ("upkeep/erase.py", "while await self._step(task):", "while False:"),
}


@pytest.mark.long
async def test_of_two_thousand_items_among_twenty_thousand_no_byte_is_left(tmp_path: Path) -> None:
    assert await search_for_traces(tmp_path, 6_700) == []
    assert faults_of(tmp_path) == []


@pytest.mark.long
async def test_a_part_of_forgetting_left_out_is_found_out(tmp_path: Path) -> None:
    at_once = asyncio.Semaphore(2)

    async def status(number: int, slip: tuple[str, str, str]) -> int:
        async with at_once:
            return await _status_with(tmp_path / str(number), *slip)

    found = await asyncio.gather(*(status(number, slip) for number, slip in enumerate(SLIPS.values())))
    assert dict(zip(SLIPS, found, strict=True)) == dict.fromkeys(SLIPS, FOUND_OUT)


async def _status_with(folder: Path, file: str, line: str, slip: str) -> int:
    """Searches for traces with a copy of the package that has a slip in it."""
    shutil.copytree(ROOT / "memory", folder / "memory", ignore=shutil.ignore_patterns("__pycache__"))
    beside = folder / "tests" / "memory"
    beside.mkdir(parents=True)
    for name in ("scene.py", "forgetting.py"):
        shutil.copy(ROOT / "tests" / "memory" / name, beside)
    for package in (beside, beside.parent):
        (package / "__init__.py").touch()
    source = (folder / "memory" / file).read_text()
    assert source.count(line) == 1, f"{file} no longer says: {line}"
    (folder / "memory" / file).write_text(source.replace(line, slip))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.memory.forgetting", str(folder / "data"), str(TURNS), cwd=folder
    )
    return await process.wait()
