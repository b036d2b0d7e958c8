"""All trials, one after the other, for so many seconds: what `ember doctor --torture` does on its owner's disk."""

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from memory.torture.cuts import cut_round
from memory.torture.figures import Figures
from memory.torture.hostile import hostile_round
from memory.torture.kills import kill_round
from memory.torture.races import race_round
from memory.torture.speed import WRITERS, measure

Round = Callable[[Path, int, int], Awaitable[Figures]]  #: a folder, how many trials, a seed


@dataclass(frozen=True, slots=True)
class _Trial:
    """What is tried again and again, for its share of the time."""

    told: str  #: what is happening, while it does
    share: float
    run: Round
    trials_a_round: int
    report: Callable[[Figures], str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What one kind of trial came to."""

    what: str
    figure: str
    good: bool
    faults: tuple[str, ...] = ()


_TRIALS: Final = (
    _Trial(
        "kill -9 while sixteen writers remember",
        0.4,
        kill_round,
        5,
        lambda all_: (
            f"{all_.trials:,} kills, {all_.acknowledged:,} acknowledged: {all_.lost} lost, {all_.doubled} doubled,"
            f" {all_.not_found} not found"
        ),
    ),
    _Trial(
        "write-ahead log cut off at any length",
        0.15,
        cut_round,
        50,
        lambda all_: f"{all_.trials:,} cuts: {all_.lost} lost",
    ),
    _Trial(
        "questions that nobody would ask", 0.2, hostile_round, 100, lambda all_: f"{all_.trials:,} questions answered"
    ),
    _Trial(
        "many people at the same moment",
        0.15,
        race_round,
        5,
        lambda all_: f"{all_.trials:,} writes and reads side by side",
    ),
)
_SPEED_SHARE: Final = 0.1
_FIRST_WRITES: Final = 100


async def torture(folder: Path, seconds: float, tell: Callable[[str], None]) -> list[Tried]:
    """Tries everything for about so many seconds, each at least once, and says what came of it.

    `tell` hears what is happening. The folder is for the caller to remove, once the loop has ended: a thread of it may
    still write.
    """
    tried: list[Tried] = []
    for trial in _TRIALS:
        tell(trial.told)
        figures = await _repeated(folder, trial, seconds * trial.share)
        wrong = f", {len(figures.faults)} wrong" if figures.faults else ", nothing wrong"
        tried.append(Tried(trial.told, trial.report(figures) + wrong, figures.good, figures.faults))
    tell("speed of durable writes")
    return [*tried, *await _speed(folder / "speed", seconds * _SPEED_SHARE)]


async def _repeated(folder: Path, trial: _Trial, seconds: float) -> Figures:
    end, rounds = monotonic() + seconds, list[Figures]()
    while not rounds or monotonic() < end:
        each = tempfile.mkdtemp(dir=folder)
        rounds.append(await trial.run(Path(each), trial.trials_a_round, len(rounds)))
        shutil.rmtree(each)
    return Figures.of_all(rounds)


async def _speed(folder: Path, seconds: float) -> list[Tried]:
    first = await measure(folder / "first", _FIRST_WRITES)
    writes = max(_FIRST_WRITES, int(seconds / 2 * 1000 / first.alone_p50_ms))
    speed = await measure(folder / "second", writes)
    alone = f"p50 {speed.alone_p50_ms:.2f} ms, p99 {speed.alone_p99_ms:.2f} ms"
    together = (
        f"{speed.together_per_second:,.0f} a second, p50 {speed.together_p50_ms:.2f} ms, p99"
        f" {speed.together_p99_ms:.2f} ms"
    )
    return [
        Tried("a durable write, alone", alone, good=True),
        Tried(f"durable writes of {WRITERS} writers", together, good=True),
    ]
