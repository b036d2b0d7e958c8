"""`python -m benchmarks [--times N] [--items N] [--disk FOLDER]`: prints every figure of the README as one table."""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    disconnects,
    discretion,
    durability,
    forgetting,
    hot_cache,
    migration,
    prompt_prefix,
    search,
    turns,
    updates,
    write_queue,
)
from tests.promises.interruption import Figures, kill_after_acknowledgement, terminate_at_random

DATA = Path(__file__).resolve().parent.parent / "data"  # git knows nothing of it
SEED = 20261121

Row = tuple[str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--times", type=int, default=100, help="how often processes are interrupted; the rest in proportion"
    )
    parser.add_argument("--items", type=int, default=100_000, help="of 200 people, where size matters")
    parser.add_argument("--disk", type=Path, default=DATA, help="a folder on the disk to measure")
    chosen = parser.parse_args()
    chosen.disk.mkdir(parents=True, exist_ok=True)
    table = Table("what", "measured", "at least", title="Ember, measured here")
    for row in _rows(chosen.disk, chosen.times, chosen.items):
        table.add_row(*row)
    Console(width=120).print(table)


def _rows(disk: Path, times: int, items: int) -> Iterator[Row]:
    yield from _writing(disk)
    yield from _reading(disk)
    yield from _searching(disk, items)
    yield from updates.measure(disk, items).rows()
    yield from forgetting.measure(disk, items).rows()
    prefix = prompt_prefix.measure(disk)
    yield "prompt a provider could cache, 100 turns", f"{prefix.share:.0%} of {prefix.tokens:,} tokens", "80 %"
    yield from turns.measure(disk, turns.SCENE, EMBEDDING_PROVIDER="none").rows()
    yield from disconnects.rows(disk, max(1, times // 2))
    yield from migration.measure(disk, items).rows()
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        killed = asyncio.run(kill_after_acknowledgement(Path(folder) / "killed", times))
        ended = asyncio.run(terminate_at_random(Path(folder) / "ended", times, SEED))
    yield f"kill -9 behind an acknowledgement, {times} times", _told(killed), "0 lost, 0 doubled"
    yield f"SIGTERM at a random moment, {times} times", _told(ended), "0 lost, 0 doubled"
    yield "its longest end", f"{ended.longest_end_seconds:.1f} s, {len(ended.bad_ends)} without status 0", "10 s, 0"
    yield from durability.rows(disk, times)
    yield from discretion.rows(disk, 10 * times)


def _writing(disk: Path) -> Iterator[Row]:
    writing = write_queue.measure(disk)
    rate = f"{writing.ember_rate:,.0f}/s, {writing.share:.0%} of {writing.raw_rate:,.0f}/s"
    yield "durable remember, 64 writers, beside raw sqlite3 in batches of 500", rate, "40 %"
    alone = f"{writing.alone_p95_ms:.2f} ms, {writing.times_a_commit:.1f} x a raw commit"
    yield "one remember, nothing else going on, p95", alone, "3 x"


def _reading(disk: Path) -> Iterator[Row]:
    reading = hot_cache.measure(disk)
    told = f"{reading.hot_p95_us:.1f} µs, {reading.times_faster:.0f} x faster than {reading.cold_p95_us:.0f} µs"
    yield "a hot read by id, p95, beside a cold one", told, "5 µs, 50 x"
    yield "reads served hot, 200 people with 45 items each, Zipf", f"{reading.served_hot:.1%}", "99 %"
    yield "10,000 hot items of 120 characters", f"{reading.megabytes:.1f} MB", "below 15 MB"


def _searching(disk: Path, items: int) -> Iterator[Row]:
    alone, among = search.measure(disk, search.OWN), search.measure(disk, items)
    yield f"a search among 5,000 own items, at {items:,} of 200 people", among.told, "p95 15 ms, 0"
    yield "the same with nobody else's there", f"{alone.told} ({among.p95_ms / alone.p95_ms:.1f} x)", "2 x"


def _told(figures: Figures) -> str:
    return f"{figures.lost} lost, {figures.doubled} doubled of {figures.acknowledged}"


if __name__ == "__main__":
    main()
