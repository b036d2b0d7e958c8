"""The trials of `ember doctor --torture`: they find nothing in Ember, and something in an Ember with a slip in it."""

import asyncio
import sys
from pathlib import Path

import pytest

from memory.torture.torture import torture
from tests.memory.slip import Slip, copy_with

#: Runs one round in the copy of the package that it stands in; its status is the number of the bad.
TRIAL = """
import asyncio, importlib, sys
from pathlib import Path

trial = importlib.import_module(f"memory.torture.{sys.argv[1]}")
figures = asyncio.run(getattr(trial, sys.argv[2])(Path(sys.argv[3]), int(sys.argv[4])))
sys.exit(7 if not figures.good else 0)
"""
FOUND_OUT = 7

NO_WORDS = ("memory/tables/index.py", "keyed_words(content, language, scopes[0], scopes[-1])", '""')
NO_RULE = (
    "memory/tables/memories.py",
    "shared = or_(memories.c.scope_id.in_(readable), memories.c.owner_scope_id.in_(readable))",
    "shared = memories.c.id > 0",
)
SLIPS = {
    "kills": ("kill_round", "10", NO_WORDS),
    "cuts": ("cut_round", "2", NO_WORDS),
    "races": ("race_round", "1", NO_WORDS),
    "hostile": ("hostile_round", "200", NO_RULE),
}


@pytest.mark.long
def test_each_trial_is_made_at_least_once_and_finds_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    tried = asyncio.run(torture(tmp_path, 0, told.append))
    assert [one.faults for one in tried] == [()] * len(tried)
    assert all(one.good for one in tried)
    assert [one.what for one in tried[:4]] == told[:4]
    assert "0 lost, 0 doubled" in tried[0].figure


@pytest.mark.long
async def test_each_trial_finds_a_slip(tmp_path: Path) -> None:
    for slip in {slip for _, _, slip in SLIPS.values()}:
        copy_with(slip, tmp_path / Path(slip[0]).stem)
    at_once = asyncio.Semaphore(2)

    async def status(trial: str, run: str, times: str, slip: Slip) -> int:
        async with at_once:
            arguments = ("-c", TRIAL, trial, run, str(tmp_path / trial), times)
            (tmp_path / trial).mkdir()
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, cwd=tmp_path / Path(slip[0]).stem
            )
            return await process.wait()

    found = await asyncio.gather(*(status(trial, *how) for trial, how in SLIPS.items()))
    assert dict(zip(SLIPS, found, strict=True)) == dict.fromkeys(SLIPS, FOUND_OUT)
