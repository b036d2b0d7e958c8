"""Backups: whole, checked, named last of all, kept by number, and free of what is forgotten meanwhile."""

import asyncio
import os
import resource
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from memory import BackupFailed, Backups, NewMemory, Trust, backups_of
from memory.data_directory import DataDirectory
from memory.upkeep.backup import backup_files, copying_into, make_backup
from memory.upkeep.whole_database import NoEmberDatabase, sound
from tests.memory.scene import DM, MORNING, Scene, opened, writer_of


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def remembers(scene: Scene, text: str) -> None:
    ej = await scene.person("EJ")
    await scene.store.memories.add(scene.place(DM, ej), ej.id, NewMemory(text, Trust.SAID))


async def test_a_backup_holds_what_was_kept_and_stands_alone_with_the_key(scene: Scene) -> None:
    await remembers(scene, "EJ likes pizza")
    made = await scene.store.backups.make()
    assert made.file.name == "ember-20261121T090500Z.db"
    assert (made.content.memories, made.content.messages) == (1, 0)
    assert names_in(made.file.parent) == [made.file.name, "installation.key"]
    assert {file.stat().st_mode & 0o777 for file in made.file.parent.iterdir()} == {0o600}
    assert (made.file.parent / "installation.key").read_bytes() == (scene.path / "installation.key").read_bytes()
    assert sound(made.file) == made.content
    assert backups_of(scene.path) == [made]


async def test_a_backup_goes_to_another_folder_that_may_be_new(scene: Scene, tmp_path: Path) -> None:
    await remembers(scene, "EJ likes pizza")
    made = await scene.store.backups.make(tmp_path / "stick" / "ember")
    assert made.file.parent == tmp_path / "stick" / "ember"
    assert backup_files(scene.path) == []


async def test_a_folder_that_holds_the_key_of_another_installation_is_left_as_it_is(
    scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "stick"
    async with opened(tmp_path / "another") as another:
        await another.store.backups.make(folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    scene.clock.advance(timedelta(days=1))
    with pytest.raises(BackupFailed, match="another installation"):
        await scene.store.backups.make(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


async def test_the_newest_are_kept_and_each_kind_by_itself(scene: Scene) -> None:
    directory = DataDirectory(scene.path)
    make_backup(directory, MORNING - timedelta(days=9), before="0002")
    backups = Backups(directory, scene.clock, keep=2)
    for _ in range(4):
        scene.clock.advance(timedelta(days=1))
        await backups.make()
    assert [file.name for file in backup_files(scene.path)] == [
        "ember-20261112T090500Z-before-0002.db",
        "ember-20261124T090500Z.db",
        "ember-20261125T090500Z.db",
    ]


async def test_after_the_clock_went_back_the_newest_is_kept_and_those_of_the_wrong_time_go(scene: Scene) -> None:
    directory = DataDirectory(scene.path)
    for day in range(3):
        make_backup(directory, MORNING + timedelta(days=3_650 + day), keep=3)
    for day in range(2):
        made = make_backup(directory, MORNING + timedelta(days=day), keep=3)
        assert made.file.exists()
    assert names_in(scene.path / "backups") == [
        "ember-20261121T090500Z.db",
        "ember-20261122T090500Z.db",
        "ember-20361120T090500Z.db",
        "installation.key",
    ]


async def test_how_many_are_kept_holds_from_the_next_one_on(scene: Scene) -> None:
    for kept in (1, 2, 3, 3, 1):
        scene.store.backups.keep_newest(kept)
        scene.clock.advance(timedelta(days=1))
        await scene.store.backups.make()
        assert len(await scene.store.backups.all()) == kept


async def test_an_index_that_does_not_match_is_mended_in_the_copy(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await remembers(scene, "EJ likes pizza")
    with writer_of(tmp_path) as writer:
        writer.core.exec_driver_sql("UPDATE memories SET content = 'EJ likes opera'")
    made = make_backup(DataDirectory(tmp_path), MORNING)
    before = made.file.read_bytes()
    sound(made.file)
    assert made.file.read_bytes() == before


async def test_a_damaged_database_makes_no_backup_and_the_earlier_ones_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        for number in range(200):
            await remembers(scene, f"fact {number} " + "x" * 500)
        first = await scene.store.backups.make()
    whole = (tmp_path / "ember.db").read_bytes()
    (tmp_path / "ember.db").write_bytes(whole[:20_000] + b"\xff" * 80_000 + whole[100_000:])
    with pytest.raises(BackupFailed, match="earlier ones are still there"):
        make_backup(DataDirectory(tmp_path), MORNING + timedelta(days=1))
    assert names_in(tmp_path / "backups") == [first.file.name, "installation.key"]
    sound(first.file)


async def test_a_full_disk_leaves_no_half_backup(scene: Scene) -> None:
    for number in range(100):
        await remembers(scene, f"fact {number} " + "x" * 1_000)
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BackupFailed):
            await scene.store.backups.make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
    assert names_in(scene.path / "backups") == ["installation.key"]
    assert (await scene.store.backups.make()).content.memories == 100


def _once(do: Callable[[], object]) -> Callable[[], bool]:
    """Something that happens while a copy is made, between its first two steps."""
    left = [do]

    def stopping() -> bool:
        if left:
            left.pop()()
        return False

    return stopping


async def test_what_is_forgotten_while_a_copy_is_made_is_not_in_the_one_that_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await remembers(scene, "EJ likes pizza")

    def forget() -> None:
        with writer_of(tmp_path) as writer:
            writer.core.exec_driver_sql("DELETE FROM memories")
            writer.core.exec_driver_sql("INSERT INTO items_fts(items_fts) VALUES ('rebuild')")
            writer.core.exec_driver_sql(
                "INSERT INTO erasures (id, kind, state, asked_at) VALUES (1, 'item', 'done', '2026')"
            )

    made = make_backup(DataDirectory(tmp_path), MORNING, stopping=_once(forget))
    assert made.content.memories == 0
    assert backup_files(tmp_path) == [made.file]


async def test_who_is_cancelled_leaves_nothing_behind(scene: Scene) -> None:
    for number in range(20):
        await remembers(scene, f"fact {number} " + "x" * 1_000)
    for rounds in range(6):
        making = asyncio.ensure_future(scene.store.backups.make())
        for _ in range(rounds):
            await asyncio.sleep(0)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        folder = scene.path / "backups"
        assert [name for name in names_in(folder) if name.endswith(".partial")] == [] if folder.exists() else True


async def test_what_a_killed_backup_left_is_removed_by_a_later_one(scene: Scene) -> None:
    left = scene.path / "backups" / "ember-20261101T000000Z.db.partial"
    left.parent.mkdir()
    left.write_bytes(b"half")
    with copying_into(left.parent):  # it is being made
        await scene.store.backups.make()
        assert left.exists()
    await scene.store.backups.make()
    assert not left.exists()


async def test_a_file_that_is_no_backup_is_listed_as_one_that_cannot_be_read(scene: Scene) -> None:
    made = await scene.store.backups.make()
    shutil.copy(made.file, made.file.with_name("ember-20261122T000000Z.db"))
    made.file.write_bytes(b"this is no database " * 300)
    assert {type(one).__name__ for one in backups_of(scene.path)} == {"Backup", "UnreadableBackup"}
    with pytest.raises(NoEmberDatabase):
        sound(made.file)


async def test_the_database_in_use_is_no_copy_of_itself(scene: Scene) -> None:
    aside = scene.path / "ember.db.before-restore-20261101T000000Z"
    os.link(scene.path / "ember.db", aside)  # a restore that was killed leaves this
    assert backup_files(scene.path) == []
    shutil.copy(aside, aside.with_name("other"))
    aside.with_name("other").replace(aside)
    assert backup_files(scene.path) == [aside]
