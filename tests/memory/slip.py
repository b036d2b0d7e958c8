"""A copy of the package `memory` with a slip in it: a search for wrongs has to find it out."""

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: File, what stands there, what the slip makes of it.
Slip = tuple[str, str, str]


def copy_with(slip: Slip, folder: Path, beside: Sequence[str] = ()) -> None:
    """Copies the package into a folder, and with it those files of `tests/memory` that search it."""
    file, line, slipped = slip
    shutil.copytree(ROOT / "memory", folder / "memory", ignore=shutil.ignore_patterns("__pycache__"))
    source = (folder / "memory" / file).read_text(encoding="utf-8")
    assert source.count(line) == 1, f"{file} no longer says: {line}"
    (folder / "memory" / file).write_text(source.replace(line, slipped), encoding="utf-8")
    tests = folder / "tests" / "memory"
    tests.mkdir(parents=True)
    for name in beside:
        shutil.copy(ROOT / "tests" / "memory" / name, tests)
    for package in (tests, tests.parent):
        (package / "__init__.py").touch()


async def searched(
    slips: Mapping[str, Slip], folder: Path, module: str, *arguments: str, beside: Sequence[str]
) -> dict[str, int]:
    """Runs a module of `tests/memory` in a copy with each slip, two at once, and returns how each run ended.

    The module is given a folder for its data, then the arguments. `beside` names its file and those that it needs.
    """
    at_once = asyncio.Semaphore(2)

    async def status(slip: Slip, copy: Path) -> int:
        async with at_once:
            copy_with(slip, copy, beside)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"tests.memory.{module}", str(copy / "data"), *arguments, cwd=copy
            )
            return await process.wait()

    found = await asyncio.gather(*(status(slip, folder / str(at)) for at, slip in enumerate(slips.values())))
    return dict(zip(slips, found, strict=True))
