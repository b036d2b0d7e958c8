"""Backups under load (promise 1): each opens clean, and holds all that was acknowledged before it was asked for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from memory import Backup, Backups, NewMemory, Trust
from memory.data_directory import DataDirectory
from memory.upkeep.whole_database import sound
from tests.memory.scene import DM, Scene, opened, rows_of

WRITES = 5_000
WRITERS = 16
BACKUPS = 20


@dataclass(frozen=True, slots=True)
class Copied:
    """A backup, with what had been acknowledged when it was begun."""

    backup: Backup
    acknowledged: frozenset[int]


async def backed_up_under_load(scene: Scene, backups: Backups) -> tuple[list[Copied], list[int]]:
    """Writes and backs up side by side; returns the backups, and every id in the order in which it was named."""
    ej = await scene.person("EJ")
    place = scene.place(DM, ej)
    acknowledged: set[int] = set()
    numbers: Iterator[int] = count()
    copied: list[Copied] = []

    async def write() -> None:
        while len(copied) < BACKUPS or len(acknowledged) < WRITES:
            new = NewMemory(f"fact {next(numbers)}", Trust.SAID)
            acknowledged.add((await scene.store.memories.add(place, ej.id, new)).id)

    async def back_up() -> None:
        for _ in range(BACKUPS):
            scene.clock.advance(timedelta(seconds=1))
            before = frozenset(acknowledged)
            copied.append(Copied(await backups.make(), before))

    # The first write makes the scope; those behind it are named in the order in which they are written.
    await scene.store.memories.add(place, ej.id, NewMemory("the first", Trust.SAID))
    await asyncio.gather(back_up(), *(write() for _ in range(WRITERS)))
    return copied, sorted(row for (row,) in scene.rows("SELECT id FROM memories") if isinstance(row, int))


@pytest.mark.long
async def test_each_of_twenty_backups_under_load_is_a_prefix_of_what_was_acknowledged(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        copied, written = await backed_up_under_load(scene, Backups(DataDirectory(tmp_path), scene.clock, BACKUPS))
    assert len(written) >= WRITES
    for one in copied:
        ids = [id_ for (id_,) in rows_of(one.backup.file, "SELECT id FROM memories ORDER BY id")]
        assert one.acknowledged <= set(ids)
        assert ids == written[: len(ids)]
        assert sound(one.backup.file) == one.backup.content
