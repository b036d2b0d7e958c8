"""A copy of Ember with a slip in it: a search for wrongs has to find it out."""

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "capabilities", "prompts", "memory")

#: File, what stands there, what the slip makes of it.
Slip = tuple[str, str, str]


def copy_with(slip: Slip, folder: Path, beside: Sequence[str] = ()) -> None:
    """Copies the packages into a folder, and with them those files of `tests` that search them."""
    file, line, slipped = slip
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    source = (folder / file).read_text(encoding="utf-8")
    assert source.count(line) == 1, f"{file} no longer says: {line}"
    (folder / file).write_text(source.replace(line, slipped), encoding="utf-8")
    for name in beside:
        copied = folder / "tests" / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / name, copied)
        for package in (copied.parent, folder / "tests"):
            (package / "__init__.py").touch()


async def searched(
    slips: Mapping[str, Slip], folder: Path, module: str, *arguments: str, beside: Sequence[str]
) -> dict[str, int]:
    """Runs a module of `tests` in a copy with each slip, two at once, and returns how each run ended.

    The module is given a folder for its data, then the arguments. `beside` names its file and those that it needs.
    """
    at_once = asyncio.Semaphore(2)

    async def status(slip: Slip, copy: Path) -> int:
        async with at_once:
            copy_with(slip, copy, beside)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"tests.{module}", str(copy / "data"), *arguments, cwd=copy
            )
            return await process.wait()

    found = await asyncio.gather(*(status(slip, folder / str(at)) for at, slip in enumerate(slips.values())))
    return dict(zip(slips, found, strict=True))
