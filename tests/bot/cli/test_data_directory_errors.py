"""A data directory that cannot be used: one sentence, and what was kept is still there."""

import ctypes
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Here
from tests.bot.installation import Ended, Installation, all_ended

KEPT = 'You told me: "my cat is called Miso"'
_PR_CAPBSET_DROP, _MAY_WRITE_ANYTHING, _MAY_READ_ANYTHING = 24, 1, 2


@pytest.fixture(scope="module")
def kept(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which something was kept; a relative path counts from the installation."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    told = b"remember that my cat is called Miso\n"
    assert installation.run("chat", said=told, cwd=elsewhere, data_dir="kept/data").code == 0
    assert list(elsewhere.iterdir()) == []
    return installation.root / "kept" / "data"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


def trash_a_page(data: Path) -> None:
    with (data / "ember.db").open("r+b") as database:
        database.seek(5 * 4096)
        database.write(os.urandom(4096))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a page is trashed": (trash_a_page, "is damaged"),
    "it is no database": (lambda data: (data / "ember.db").write_bytes(b"garbage " * 999), "file is not a database"),
    "it is empty": (lambda data: (data / "ember.db").write_bytes(b""), "is missing or empty, though this folder has"),
    "it is gone": (lambda data: (data / "ember.db").unlink(), "is missing or empty, though this folder has held a"),
    "the key is gone": (lambda data: (data / "installation.key").unlink(), "installation.key is missing or damaged"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_memory_is_told_and_left_as_it_is(ember_here: Here, kept: Path, tmp_path: Path, name: str) -> None:
    damage, told = BROKEN[name]
    data = tmp_path / "data"
    shutil.copytree(kept, data)
    damage(data)
    before = contents(data)

    assert_one_line(ember_here("chat", data_dir=data), told)
    assert contents(data) == before


def test_a_key_that_is_gone_is_named_where_a_memory_is_only_looked_at(
    ember_here: Here, kept: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(kept, data)
    (data / "installation.key").unlink()
    assert_one_line(ember_here("memory", "list", data_dir=data), "installation.key is missing or damaged")
    assert "installation.key is missing or damaged" in ember_here("doctor", "--json", data_dir=data).out


def test_a_folder_that_cannot_be_made_is_told(ember_here: Here, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = "cannot be used: Not a directory. Mend that, or set DATA_DIR to another folder."
    assert_one_line(ember_here("chat", data_dir=tmp_path / "file" / "data"), told)


def test_a_folder_that_may_not_be_written_is_told(installation: Installation, kept: Path, tmp_path: Path) -> None:
    read_only = tmp_path / "read only"
    shutil.copytree(kept, read_only)
    for path in (*read_only.iterdir(), read_only):
        path.chmod(0o500 if path.is_dir() else 0o400)

    refused, unread = all_ended(
        [
            installation.start("chat", data_dir=read_only, before=without_the_powers_of_root),
            installation.start("memory", "list", data_dir=read_only, before=without_the_powers_of_root),
        ]
    )

    assert_one_line(refused, "cannot be used: Permission denied. Mend that, or set DATA_DIR to another folder.")
    assert_one_line(unread, "See that the disk has room and the folder can be written")
    assert contents(read_only) == contents(kept)


def test_a_full_disk_is_told_and_loses_nothing(installation: Installation, kept: Path, tmp_path: Path) -> None:
    data, new = tmp_path / "data", tmp_path / "new"
    shutil.copytree(kept, data)
    question = b"what is my cat called?\n"
    nothing_more = installation.run("chat", before=files_end_at(0), data_dir=data)
    at_first, a_little = all_ended(
        [
            installation.start("chat", before=files_end_at(100_000), data_dir=data),
            installation.start("chat", before=files_end_at(4096), data_dir=new),
        ],
        question,
    )

    assert_one_line(nothing_more, "cannot be written: File too large. Free some space")
    assert_one_line(a_little, "See that the disk has room")
    assert at_first.out.startswith("I can't keep anything right now, so I can't answer.")
    # With room again, what could not be answered is.
    again = installation.run("chat", data_dir=data)
    assert (again.code, again.out.count(KEPT)) == (0, 1)


def assert_one_line(outcome: Ended, told: str) -> None:
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1), outcome
    assert outcome.err.startswith("ember: ")
    assert told in outcome.err


def files_end_at(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def without_the_powers_of_root() -> None:
    """Whoever runs the tests as root would write where nobody may."""
    if os.geteuid() == 0:
        for power in (_MAY_WRITE_ANYTHING, _MAY_READ_ANYTHING):
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, power, 0, 0, 0)
