"""How long all migrations take on a million items, and the backup before them.

`python -m benchmarks.migration [--items N] [--disk FOLDER]` measures this alone.
"""

import argparse
import asyncio
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks import crowd
from memory import Synchronous, SystemClock, migrate_memory, open_memory
from memory.data_directory import DataDirectory
from memory.engines.sqlite import SqliteWriter, create_writer_engine
from memory.migrations.upgrade import downgrade, upgrade
from memory.upkeep.backup import make_backup

ITEMS: Final = 1_000_000
FIRST: Final = "0001"

#: What turns leave behind beside the items: a part for each, a delivery for every fourth.
_PARTS: Final = """
INSERT INTO prompt_parts (owner_id, hash, kind, text, item_id)
SELECT owner_id, printf('%064x', id), 'line', content, id FROM memories
"""
_DELIVERIES: Final = """
INSERT INTO queue
    (id, type, state, channel, respond_to, item_id, part, attempts, due_at, idempotency_key, created_at)
SELECT id, 'delivery', 'completed', 'discord', 'discord:dm', id, 0, 1, created_at, 'delivery:' || id, created_at
FROM memories WHERE id % 4 = 0
"""


@dataclass(frozen=True, slots=True)
class MigrationFigures:
    """Times in seconds."""

    items: int
    migrations: float  #: alone
    backup: float  #: made and checked
    all: float  #: `ember migrate`: the check before, the backup, the migrations, the checks after
    start: float  #: the next start

    def rows(self) -> list[tuple[str, str, str]]:
        """Returns the lines of the README's table."""
        return [
            (f"all migrations on {self.items:,} items", f"{self.migrations:.1f} s", "30 s"),
            ("a backup of it, made beside a writer and checked", f"{self.backup:.1f} s", ""),
            ("`ember migrate`: check, backup, migrations, checks", f"{self.all:.1f} s", ""),
            ("the start after it", f"{self.start:.1f} s", ""),
        ]


def measure(disk: Path, items: int = ITEMS) -> MigrationFigures:
    """Fills a memory of the first schema on a disk and brings it up to date."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        path = Path(folder)
        asyncio.run(crowd.fill(path, items))
        engine = create_writer_engine(path / "ember.db", Synchronous.FULL)
        with closing(SqliteWriter(engine)) as writer:
            for statement in (_PARTS, _DELIVERIES):
                writer.core.exec_driver_sql(statement)
            downgrade(writer, FIRST)
            began = perf_counter()
            upgrade(writer)
            migrations = perf_counter() - began
            began = perf_counter()
            made = make_backup(DataDirectory(path), SystemClock().now())
            backup = perf_counter() - began
            made.file.unlink()
            downgrade(writer, FIRST)
        engine.dispose()
        began = perf_counter()
        asyncio.run(migrate_memory(path, SystemClock(), "a benchmark"))
        everything = perf_counter() - began
        began = perf_counter()
        asyncio.run(_start(path))
        return MigrationFigures(items, migrations, backup, everything, perf_counter() - began)


async def _start(path: Path) -> None:
    async with open_memory(path, SystemClock(), "a benchmark"):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument(
        "--disk", type=Path, default=Path(tempfile.gettempdir()), help="a folder on the disk to measure"
    )
    chosen = parser.parse_args()
    for row in measure(chosen.disk, chosen.items).rows():
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
