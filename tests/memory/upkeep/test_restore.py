"""Restoring: the backup or what was there, whole, whatever happens; and nothing is answered or forgotten in vain."""

import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from memory import (
    Backup,
    DataDirectoryInUse,
    DrivenClock,
    NewerDatabase,
    NewMemory,
    NoEmberDatabase,
    Restoring,
    Trust,
    look_into_memory,
    restore_memory,
)
from memory.migrations.upgrade import downgrade
from memory.upkeep.backup import backup_files
from memory.upkeep.restore import KeyMissing, OtherInstallation, RestoreFailed
from tests.memory.scene import DM, MORNING, Scene, faults_of, opened, rows, writer_of

LATER = DrivenClock(MORNING + timedelta(days=1))


def yes(_: Restoring) -> bool:
    return True


def restore(path: Path, file: Path, agree: Callable[[Restoring], bool] = yes) -> Restoring | None:
    return restore_memory(path, file, LATER, "a test", agree)


async def remembers(scene: Scene, text: str) -> None:
    ej = await scene.person("EJ")
    await scene.store.memories.add(scene.place(DM, ej), ej.id, NewMemory(text, Trust.SAID))


async def backed_up(path: Path) -> Backup:
    """A memory of "before" in the backup, and of "before" and "after" in the database."""
    async with opened(path) as scene:
        await remembers(scene, "before")
        made = await scene.store.backups.make()
        await remembers(scene, "after")
    return made


def remembered(path: Path) -> list[object]:
    return [row[0] for row in rows(path, "SELECT content FROM memories ORDER BY id")]


async def test_a_backup_comes_back_and_the_database_that_was_there_is_kept(tmp_path: Path) -> None:
    made = await backed_up(tmp_path)
    done = restore(tmp_path, made.file)
    assert done is not None
    assert (done.backup, done.now and done.now.memories, done.forgotten_known) == (made.content, 2, True)
    assert remembered(tmp_path) == ["before"]
    async with opened(tmp_path) as scene:
        await remembers(scene, "again")
    assert faults_of(tmp_path) == []
    assert backup_files(tmp_path) == [made.file, done.aside]
    back = restore(tmp_path, backup_files(tmp_path)[1])
    assert back is not None
    assert remembered(tmp_path) == ["before", "after"]
    assert len(backup_files(tmp_path)) == 3


async def test_nothing_is_changed_without_a_yes(tmp_path: Path) -> None:
    made = await backed_up(tmp_path)
    assert restore(tmp_path, made.file, lambda _: False) is None
    assert remembered(tmp_path) == ["before", "after"]
    assert not list(tmp_path.glob("*restor*"))


async def test_beside_a_running_ember_it_says_who_holds_the_folder(scene: Scene) -> None:
    made = await scene.store.backups.make()
    with pytest.raises(DataDirectoryInUse, match="in use by a test"):
        restore(scene.path, made.file)


async def test_a_log_of_writes_that_a_kill_left_is_kept_with_its_database_and_not_played_into_the_backup(
    tmp_path: Path,
) -> None:
    running, killed = tmp_path / "running", tmp_path / "killed"
    async with opened(running) as scene:
        await remembers(scene, "before")
        made = await scene.store.backups.make()
        await remembers(scene, "only in the log")
        shutil.copytree(running, killed)
    assert (killed / "ember.db-wal").stat().st_size
    done = restore(killed, made.file)
    assert done is not None
    assert remembered(killed) == ["before"]
    assert done.aside is not None
    restore(killed, done.aside)
    assert remembered(killed) == ["before", "only in the log"]


async def test_a_database_that_is_damaged_or_gone_is_replaced(tmp_path: Path) -> None:
    running, killed = tmp_path / "running", tmp_path / "killed"
    async with opened(running) as scene:
        await remembers(scene, "before")
        made = await scene.store.backups.make()
        await remembers(scene, "only in the log")
        shutil.copytree(running, killed)
    with (killed / "ember.db").open("r+b") as database:
        database.write(b"\xff" * 5_000)
    done = restore(killed, made.file)
    assert done is not None
    assert (done.now, done.forgotten_known) == (None, False)
    assert done.aside is not None
    assert done.aside.exists()
    assert remembered(killed) == ["before"]
    (killed / "ember.db").unlink()
    again = restore(killed, made.file)
    assert again is not None
    assert again.aside is None
    assert remembered(killed) == ["before"]


async def test_a_file_that_is_no_sound_backup_is_refused_and_nothing_changed(tmp_path: Path) -> None:
    made = await backed_up(tmp_path)
    whole = made.file.read_bytes()
    bad = tmp_path / "bad.db"
    for harm in (b"", b"this is no database " * 300, whole[: len(whole) // 2], whole[:100] + b"\xff" * 8_000):
        bad.write_bytes(harm)
        with pytest.raises(NoEmberDatabase):
            restore(tmp_path, bad)
    for nothing in (tmp_path / "not there", tmp_path, tmp_path / "ember.db"):
        with pytest.raises(NoEmberDatabase):
            restore(tmp_path, nothing)
    assert remembered(tmp_path) == ["before", "after"]
    assert backup_files(tmp_path) == [made.file]


async def test_a_full_disk_is_told_and_the_backup_is_not_called_bad(tmp_path: Path) -> None:
    made = await backed_up(tmp_path)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (made.bytes // 2, most))
    try:
        with pytest.raises(RestoreFailed):
            restore(tmp_path, made.file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert remembered(tmp_path) == ["before", "after"]
    assert not list(tmp_path.glob("*restoring*"))


async def test_a_backup_of_a_newer_ember_is_refused(tmp_path: Path) -> None:
    made = await backed_up(tmp_path)
    shutil.copy(made.file, tmp_path / "ember.db")
    with writer_of(tmp_path) as writer:
        writer.core.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    (tmp_path / "ember.db").rename(tmp_path / "newer.db")
    with pytest.raises(NewerDatabase, match="9999"):
        restore(tmp_path, tmp_path / "newer.db")


async def test_a_backup_of_an_older_ember_is_brought_up_to_date(tmp_path: Path) -> None:
    await backed_up(tmp_path)
    shutil.copytree(tmp_path, tmp_path / "old")
    with writer_of(tmp_path / "old") as writer:
        downgrade(writer, "0001")
    restore(tmp_path, tmp_path / "old" / "ember.db")
    assert rows(tmp_path, "SELECT version_num FROM alembic_version") == rows(
        tmp_path, "SELECT max(version_num) FROM alembic_version WHERE version_num > '0001'"
    )
    assert faults_of(tmp_path) == []


async def test_into_a_new_folder_a_backup_brings_its_key(tmp_path: Path) -> None:
    made = await backed_up(tmp_path / "lost")
    done = restore(tmp_path / "new", made.file)
    assert done is not None
    assert done.aside is None
    async with look_into_memory(tmp_path / "new", LATER):
        assert remembered(tmp_path / "new") == ["before"]
    (made.file.parent / "installation.key").unlink()
    with pytest.raises(KeyMissing):
        restore(tmp_path / "newer", made.file)


async def test_a_backup_of_another_installation_does_not_replace_this_one(tmp_path: Path) -> None:
    await backed_up(tmp_path / "mine")
    theirs = await backed_up(tmp_path / "theirs")
    with pytest.raises(OtherInstallation):
        restore(tmp_path / "mine", theirs.file)
    assert remembered(tmp_path / "mine") == ["before", "after"]


async def test_what_was_forgotten_since_the_backup_does_not_come_back_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await remembers(scene, "EJ likes pizza")
        await remembers(scene, "EJ has a dog")
        await remembers(scene, "EJ has a cat")
        made = await scene.store.backups.make()
        ej = await scene.person("EJ")
        pizza, dog, _ = await scene.store.memories.of_owner(scene.place(DM, ej), ej.id)
        await scene.store.erasure.erase(scene.place(DM, ej), ej.id, pizza.id)
    with writer_of(tmp_path) as writer:  # the other is only hidden yet
        writer.core.exec_driver_sql("INSERT INTO erasing (item_id, erasure_id) VALUES (?, 1)", (dog.id,))
    done = restore(tmp_path, made.file)
    assert done is not None
    assert (done.forgotten_known, done.backup.memories) == (True, 1)
    assert remembered(tmp_path) == ["EJ has a cat"]
    assert b"pizza" not in (tmp_path / "ember.db").read_bytes()
    assert b"pizza" in made.file.read_bytes()
    async with opened(tmp_path, LATER) as scene:
        await scene.store.erasure.finish()
        assert b"pizza" not in made.file.read_bytes()
        assert done.aside is not None
        assert b"EJ has a dog" not in done.aside.read_bytes()
    assert faults_of(tmp_path) == []


async def test_without_the_database_a_newer_backup_still_knows_what_was_forgotten(tmp_path: Path) -> None:
    made = await backed_up(tmp_path / "data")
    elsewhere = tmp_path / "elsewhere.db"
    shutil.copy(made.file, elsewhere)
    async with opened(tmp_path / "data", DrivenClock(MORNING + timedelta(hours=1))) as scene:
        ej = await scene.person("EJ")
        place = scene.place(DM, ej)
        (before, _) = await scene.store.memories.of_owner(place, ej.id)
        await scene.store.erasure.erase(place, ej.id, before.id)
        await scene.store.erasure.finish()
        await scene.store.backups.make()
    (tmp_path / "data" / "ember.db").unlink()
    done = restore(tmp_path / "data", elsewhere)
    assert done is not None
    assert not done.forgotten_known
    assert remembered(tmp_path / "data") == []


async def test_a_restore_into_a_new_folder_that_died_before_the_key_was_there_is_done_again(tmp_path: Path) -> None:
    made = await backed_up(tmp_path / "lost")
    restore(tmp_path / "new", made.file)
    (tmp_path / "new" / "installation.key").unlink()
    assert restore(tmp_path / "new", made.file) is not None
    async with look_into_memory(tmp_path / "new", LATER):
        assert remembered(tmp_path / "new") == ["before"]


async def test_what_was_under_way_when_the_backup_was_made_is_not_answered_or_sent_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.asks_and_hears("EJ", "answered, and due to go out")
        await scene.asks("EJ", "being answered")
        await scene.says("EJ", "not taken up")
        made = await scene.store.backups.make()
    restore(tmp_path, made.file)
    assert rows(tmp_path, "SELECT DISTINCT state FROM queue") == [("cancelled",)]
    assert rows(tmp_path, "SELECT content, state FROM messages WHERE direction = 'in' ORDER BY id") == [
        ("answered, and due to go out", "done"),
        ("being answered", "declined"),
        ("not taken up", "declined"),
    ]
    assert faults_of(tmp_path) == []


_WATCHED = {"open", "os.rename", "os.link", "os.remove", "sqlite3.connect"}


def _restore_and_die(path: Path, file: Path, at: int) -> bool:
    """Restores in a process of its own that is killed at its nth step on files; False when it had ended before."""
    child = os.fork()
    if child == 0:
        left = at

        def count(event: str, _arguments: object) -> None:
            nonlocal left
            if event in _WATCHED:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        restore(path, file)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.long
async def test_a_restore_that_is_killed_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    made = await backed_up(tmp_path / "origin")
    outcomes: list[list[object]] = []
    killed = True
    while killed:
        copy = tmp_path / f"copy {len(outcomes)}"
        shutil.copytree(tmp_path / "origin", copy)
        killed = _restore_and_die(copy, copy / "backups" / made.file.name, len(outcomes) + 1)
        async with opened(copy):
            outcomes.append(remembered(copy))
        assert restore(copy, copy / "backups" / made.file.name) is not None
        assert remembered(copy) == ["before"]
        assert not list(copy.glob("*restoring*"))
        shutil.rmtree(copy)
    assert len(outcomes) > 15
    new = outcomes.index(["before"])
    assert set(map(tuple, outcomes[:new])) == {("before", "after")}
    assert set(map(tuple, outcomes[new:])) == {("before",)}
