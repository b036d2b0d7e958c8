"""The bytes of what was forgotten are overwritten while nobody else writes."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from memory.engines.sqlite_leftovers import DatabaseFile
from memory.upkeep.erase_bytes import erase_bytes
from tests.memory.scene import faults_of, opened


class Probed(DatabaseFile):
    """Sees whether another program could write while bytes are overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.could_write: list[bool] = []

    def leftovers(self) -> list[int]:
        return [*super().leftovers(), 0]

    def overwrite(self, pages: Iterable[int]) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=0)) as other:
            try:
                other.execute("DELETE FROM messages WHERE id = 0")
            except sqlite3.OperationalError:
                self.could_write.append(False)
            else:
                self.could_write.append(True)
        super().overwrite(pages)


async def test_no_other_program_writes_while_bytes_are_overwritten(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(Probed(data / "ember.db")) as file:
        async with opened(data) as scene:
            await scene.asks_and_hears("EJ", "hello")
            await erase_bytes(scene.store.memories._ground.queue, file)
            assert file.could_write == [False]
            await scene.asks_and_hears("EJ", "hello again")
    assert faults_of(data) == []
