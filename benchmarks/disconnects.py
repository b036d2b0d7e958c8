"""`python -m benchmarks.disconnects [--times N] [--disk FOLDER]`: what lost connections cost the people who talk."""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.promises.disconnects import Disconnect, disconnect
from tests.promises.many_people import Scene

LINES = 20  #: that are said for each disconnect, about

Row = tuple[str, str, str]


def rows(disk: Path, times: int, kinds: tuple[Disconnect, ...] = tuple(Disconnect)) -> Iterator[Row]:
    """Loses the connection so many times while fifty people talk in ten channels."""
    scene = Scene(people=50, channels=10, lines=max(2, times * LINES // 50), pause=(0.0, 24.0), model_seconds=0.2)
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        figures = asyncio.run(disconnect(Path(folder), scene, times, kinds, EMBEDDING_PROVIDER="none"))
    told = f"{figures.lost} lost, {figures.doubled} doubled, {figures.out_of_order} out of order"
    how = ", ".join(kinds)
    yield f"{figures.disconnects} lost connections ({how}) during {figures.lines:,} messages", told, "0, 0, 0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--kinds", type=Disconnect, nargs="+", default=list(Disconnect), choices=list(Disconnect))
    parser.add_argument("--disk", type=Path, default=Path("data"), help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    for what, measured, least in rows(chosen.disk, chosen.times, tuple(chosen.kinds)):
        print(f"{what}: {measured} (at least: {least})")


if __name__ == "__main__":
    main()
