"""What survives: kills, power cuts, a log cut short, a full disk, trashed pages, killed migrations.

The trials are those of the tests, more often; `times` scales them all.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from memory.torture.cuts import cut_round
from memory.torture.kills import kill_test
from tests.memory.migrations.killing import kill_everywhere, revisions
from tests.promises.disk_full import disk_full
from tests.promises.power_cut import power_cuts
from tests.promises.trashing import trash_pages

KILLS = 5  #: for each of the times
POWER_CUTS = 20
LOG_CUTS = 20
FULL_DISKS = 0.3
TRASHED_PAGES = 1
PEOPLE = 20  #: in the memory whose pages are trashed
SEED = 20261121

Row = tuple[str, str, str]


def rows(disk: Path, times: int) -> Iterator[Row]:
    """Yields what was tried, what came of it, and what it should come to."""
    for measured in (_kills, _power_cuts, _log_cuts, _full_disks, _trashed_pages, _migrations):
        with tempfile.TemporaryDirectory(dir=disk) as folder:
            yield from measured(Path(folder), times)


def _kills(folder: Path, times: int) -> Iterator[Row]:
    figures = asyncio.run(kill_test(folder, KILLS * times, SEED))
    told = f"{figures.lost} lost, {figures.doubled} doubled, {figures.not_found} not found of {figures.acknowledged:,}"
    wrong = f"{len(figures.faults)} failed checks"
    yield f"kill -9 with 16 writers, {figures.trials:,} times", f"{told}; {wrong}", "0 lost, 0 doubled; 0"


def _power_cuts(folder: Path, times: int) -> Iterator[Row]:
    points = POWER_CUTS * times
    for synchronous, wanted in (("FULL", "0, 0"), ("NORMAL", "loses: it does not wait"), ("OFF", "corrupt")):
        (folder / synchronous).mkdir()
        cuts = power_cuts(folder / synchronous, points, SEED, synchronous)
        told = f"{cuts.lost_at:,} lost an acknowledged item, {cuts.corrupt_at:,} corrupt"
        yield f"power cuts with synchronous={synchronous}, {points:,} points", told, wanted


def _log_cuts(folder: Path, times: int) -> Iterator[Row]:
    figures = asyncio.run(cut_round(folder, LOG_CUTS * times, SEED))
    told = f"{len(figures.faults)} corrupt or with a hole, {figures.lost} lost"
    yield f"write-ahead log cut short, {figures.trials:,} lengths", told, "0, 0"


def _full_disks(folder: Path, times: int) -> Iterator[Row]:
    full = disk_full(folder / "data", max(1, int(FULL_DISKS * times)), SEED)
    told = (
        f"{full.false_acknowledgements} false of {full.told:,}, {full.not_recovered} not over, {len(full.faults)} wrong"
    )
    yield f"disk full under 16 writers, {full.times:,} times", told, "0, 0, 0"


def _trashed_pages(folder: Path, times: int) -> Iterator[Row]:
    trashed = asyncio.run(trash_pages(folder, TRASHED_PAGES * times, SEED, PEOPLE))
    told = f"{trashed.noticed} noticed at start, {trashed.restored} restored from a backup"
    yield (
        f"one of {trashed.pages:,} pages trashed, {trashed.times:,} times",
        told,
        f"{trashed.times:,}, {trashed.times:,}",
    )


def _migrations(folder: Path, _times: int) -> Iterator[Row]:
    """Each schema to the newest, and the newest back step by step."""
    known = revisions()
    ways = [*((start, known[-1]) for start in known[:-1]), *zip(known[1:], known[:-1], strict=True)]
    killed = []
    for number, (start, end) in enumerate(ways):
        (folder / str(number)).mkdir()
        killed.append(kill_everywhere(folder / str(number), start, end))
    told = f"{sum(len(one.mixed) for one in killed)} mixed schemas, {sum(len(one.lost) for one in killed)} lost items"
    statements = sum(one.statements for one in killed)
    yield f"migrations killed at each of {statements} statements, both ways", told, "0, 0"
