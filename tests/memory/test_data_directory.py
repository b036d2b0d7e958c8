"""The data directory: one writer at a time, named; nothing starts empty over what was kept there."""

import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from memory.data_directory import DataDirectory, hold_data_directory, look_into_data_directory
from memory.errors import DataDirectoryError, DataDirectoryInUse

HOLD = """
import sys
from pathlib import Path
from memory.data_directory import hold_data_directory
with hold_data_directory(Path(sys.argv[1]), "ember run"):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path, holder: str) -> None:
    with hold_data_directory(path, holder):
        pass


def refused(by: str) -> AbstractContextManager[object]:
    return pytest.raises(DataDirectoryInUse, match=by)


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with hold_data_directory(tmp_path / "deep" / "data", "a test") as directory:
        directory.make_secret()
        assert directory.path.stat().st_mode & 0o777 == 0o700
        assert directory.database.stat().st_mode & 0o777 == 0o600
        assert (directory.path / "installation.key").stat().st_mode & 0o777 == 0o600


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with hold_data_directory(tmp_path, "ember chat"), refused(r"is in use by ember chat \(process \d+\)"):
        hold(tmp_path, "ember run")
    with hold_data_directory(tmp_path, "ember run"):
        assert "ember run" in (tmp_path / "ember.lock").read_text()


def test_a_process_that_is_killed_gives_the_folder_back(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "held\n"
    with refused(f"ember run .process {process.pid}."):
        hold(tmp_path, "a test")
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    with hold_data_directory(tmp_path, "a test"):
        pass


def test_who_was_killed_leaves_a_mark_that_the_next_holder_sees_until_one_leaves_it_well(tmp_path: Path) -> None:
    with hold_data_directory(tmp_path, "the first") as first:
        assert not first.left_uncleanly
    with hold_data_directory(tmp_path, "the second, with a longer name") as second:
        assert second.left_uncleanly
        second.leave_cleanly()
    with hold_data_directory(tmp_path, "the third") as third:
        assert not third.left_uncleanly
        assert (tmp_path / "ember.lock").read_text().startswith("the third (process")


def test_a_secret_is_made_once_and_read_again(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    with pytest.raises(DataDirectoryError, match="missing or damaged"):
        directory.secret()
    directory.make_secret()
    assert len(directory.secret()) == 32
    assert directory.secret() == DataDirectory(tmp_path).secret()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["installation.key"]


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_refused(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "installation.key").write_bytes(key)
    with pytest.raises(DataDirectoryError, match="missing or damaged"):
        DataDirectory(tmp_path).secret()


@pytest.mark.parametrize("database", [None, b""])
def test_a_folder_that_has_lost_its_database_is_refused_and_left_alone(tmp_path: Path, database: bytes | None) -> None:
    directory = DataDirectory(tmp_path)
    directory.make_secret()
    if database is not None:
        directory.database.write_bytes(database)
    with pytest.raises(DataDirectoryError, match="missing or empty, though this folder has held a memory"):
        look_into_data_directory(tmp_path)
    with pytest.raises(DataDirectoryError, match="missing or empty, though this folder has held a memory"):
        hold(tmp_path, "a test")
    assert directory.database.exists() == (database is not None)
    assert directory.database.exists() is False or directory.database.stat().st_size == 0


def test_looking_into_a_folder_without_a_memory_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="There is no memory in"):
        look_into_data_directory(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_can_hold_no_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(DataDirectoryError, match=r"cannot be used: .*\. Mend that, or set DATA_DIR"):
            hold(path, "a test")


def test_where_there_are_backups_they_are_named_as_the_way_back(tmp_path: Path) -> None:
    with hold_data_directory(tmp_path, "a test") as directory:
        directory.make_secret()
    directory.backups.mkdir()
    (directory.backups / "ember-20261101T000000Z.db").write_bytes(b"a backup")
    with pytest.raises(DataDirectoryError, match="ember restore"):
        hold(tmp_path, "another")
    shutil.copy(tmp_path / "installation.key", directory.backups)
    (tmp_path / "installation.key").unlink()
    with pytest.raises(DataDirectoryError, match=r"Copy it back from .*backups/installation\.key"):
        directory.secret()


def test_a_folder_of_which_only_the_backups_are_left_is_not_begun_anew(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "ember-20261121T090500Z.db").touch()
    for use in (lambda: hold(tmp_path, "a test"), lambda: look_into_data_directory(tmp_path)):
        with pytest.raises(DataDirectoryError, match="has held a memory") as refusal:
            use()
        assert "ember restore" in refusal.value.remedy
    assert not (tmp_path / "ember.db").exists()
