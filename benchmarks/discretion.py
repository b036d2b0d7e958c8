"""`python -m benchmarks.discretion [--guilds N] [--disk FOLDER]`: what commands show, in guilds full of canaries."""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from tests.promises.every_command import WORLDS_A_MEMORY, Looked, search_for_leaks
from tests.promises.guilds_with_canaries import GUILDS_A_WORLD

AT_ONCE: Final = 2  #: processes
PORTION: Final = WORLDS_A_MEMORY * GUILDS_A_WORLD  #: guilds of one memory

Row = tuple[str, str, str]


def measure(disk: Path, guilds: int, seed: int = 0) -> Looked:
    """Uses every command in so many guilds, and adds up what came of it."""
    told = Looked()
    portions = [(seed + first, min(PORTION, guilds - first)) for first in range(0, guilds, PORTION)]
    with (
        tempfile.TemporaryDirectory(dir=disk) as folder,
        ProcessPoolExecutor(AT_ONCE, initializer=_quietly) as processes,
    ):
        for looked in processes.map(partial(_look, Path(folder)), portions):
            told.guilds += looked.guilds
            told.looks += looked.looks
            told.own += looked.own
            told.of_others += looked.of_others
            told.wrong += looked.wrong
    return told


def rows(disk: Path, guilds: int) -> Iterator[Row]:
    looked = measure(disk, guilds)
    what = f"every command in {looked.guilds:,} guilds with canaries, {looked.looks:,} looks"
    shown = f"{len(looked.wrong)} shown wrongly, {looked.own + looked.of_others:,} rightly"
    yield what, shown, "0 shown wrongly"


def _look(folder: Path, portion: tuple[int, int]) -> Looked:
    seed, guilds = portion
    with tempfile.TemporaryDirectory(dir=folder) as own:
        return asyncio.run(search_for_leaks(Path(own), seed, guilds))


def _quietly() -> None:
    """Refusals and nonsense are part of it: what they log is nothing to look at."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_drop])


def _drop(_logger: object, _method: str, _said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guilds", type=int, default=1_000)
    parser.add_argument("--disk", type=Path, default=Path("data"), help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    looked = measure(chosen.disk, chosen.guilds)
    print(f"{looked.looks:,} looks in {looked.guilds:,} guilds: {len(looked.wrong)} shown wrongly")
    print(*looked.wrong[:20], sep="\n")


if __name__ == "__main__":
    main()
