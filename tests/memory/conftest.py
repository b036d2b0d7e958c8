"""A memory in a temporary folder."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memory import DrivenClock
from tests.memory.scene import MORNING, Scene, opened


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(MORNING)


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first start: the migrations take longer than most tests."""
    folder = tmp_path_factory.mktemp("started") / "data"

    async def start() -> None:
        async with opened(folder):
            pass

    asyncio.run(start())
    return folder


@pytest.fixture
async def scene(tmp_path: Path, clock: DrivenClock, started_once: Path) -> AsyncIterator[Scene]:
    shutil.copytree(started_once, tmp_path / "data")
    async with opened(tmp_path / "data", clock) as scene:
        yield scene
