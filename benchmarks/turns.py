"""`python -m benchmarks.turns [--people N] [--lines N] [--disk FOLDER]`: what Ember adds to a turn, beside the model.

A real `ember run` with discord.py and the openai client, as they are. The people, their Discord and the model, which
takes a second for every answer, are this process: what it uses of the processors is not Ember's.

What Ember adds to a turn is the time from the dispatch of a person's line until the model is asked, and from the
model's last word until Discord is given the answer. A channel has four turns side by side: a line that comes while it
has none left waits for its start, which the model's second decides, and is told apart.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.promises.many_people import Scene, Turn, many_people

TALKING: Final = (2.0, 8.0)  #: seconds in which people read an answer and type the next line
SCENE: Final = Scene(people=100, channels=20, lines=6, pause=TALKING, model_seconds=1.0)

Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of some turns."""

    before: float  #: until the model is asked, the median
    behind: float  #: from its last word on, the median
    median: float
    p95: float

    @classmethod
    def of(cls, turns: Sequence[Turn]) -> "Times":
        added = sorted(1000 * (turn.before + turn.behind) for turn in turns)
        return cls(
            before=1000 * statistics.median(turn.before for turn in turns),
            behind=1000 * statistics.median(turn.behind for turn in turns),
            median=statistics.median(added),
            p95=added[int(len(added) * 0.95)],
        )


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """What became of the lines of many people."""

    scene: Scene
    turns: int
    waited: int  #: of them, for a turn to become free in their channel
    seconds: float
    cpu_seconds: float
    lost: int
    doubled: int
    out_of_order: int
    at_once: Times  #: of those that did not wait

    def rows(self) -> Iterator[Row]:
        rate = f"{self.turns / self.seconds:.0f} turns a second"
        yield (
            f"{self.scene.people} people in {self.scene.channels} channels at once, {self.turns} turns, {rate}",
            f"{self.lost} lost, {self.doubled} doubled, {self.out_of_order} out of order",
            "0, 0, 0",
        )
        times = self.at_once
        yield (
            f"what Ember adds to a turn beside the model's {self.scene.model_seconds:g} s, median",
            f"{times.median:.1f} ms: {times.before:.1f} before it, {times.behind:.1f} behind; p95 {times.p95:.1f} ms",
            "below 20 ms",
        )
        yield "CPU time of a turn, with what is learned from it", f"{1000 * self.cpu_seconds / self.turns:.1f} ms", ""


def measure(disk: Path, scene: Scene, **settings: str) -> TurnFigures:
    """Has people talk with Ember; `settings` are those of its environment."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        return asyncio.run(_talk(Path(folder), scene, settings))


async def _talk(data: Path, scene: Scene, settings: dict[str, str]) -> TurnFigures:
    async with many_people(scene, data, **settings) as (people, process):
        loop = asyncio.get_running_loop()
        cpu, began = process.cpu_seconds, loop.time()
        await people.talk()
        seconds, cpu = loop.time() - began, process.cpu_seconds - cpu
        turns = list(people.turns.values())
        at_once = [turn for turn in turns if turn.at_once]
        return TurnFigures(
            scene=scene,
            turns=len(turns),
            waited=len(turns) - len(at_once),
            seconds=seconds,
            cpu_seconds=cpu,
            lost=len(people.lost),
            doubled=len(people.doubled),
            out_of_order=len(people.out_of_order),
            at_once=Times.of(at_once),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--lines", type=int, default=6, help="of each of them")
    parser.add_argument("--pause", type=float, nargs=2, default=TALKING, help="seconds between an answer and a line")
    parser.add_argument("--embeddings", default="none", help="EMBEDDING_PROVIDER: meanings are compared, too")
    parser.add_argument("--disk", type=Path, default=Path("data"), help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    scene = Scene(chosen.people, chosen.channels, chosen.lines, tuple(chosen.pause))
    figures = measure(chosen.disk, scene, EMBEDDING_PROVIDER=chosen.embeddings)
    for what, measured, least in figures.rows():
        print(f"{what}: {measured}{f' (at least: {least})' if least else ''}")
    print(f"{figures.waited} turns waited for one to become free in their channel, and are not among the times")


if __name__ == "__main__":
    main()
