"""A wrong setting is named in one line, and nothing is opened."""

from pathlib import Path

import pytest

from bot.settings import SettingsError, load_settings
from tests.bot.cli.conftest import Here
from tests.bot.installation import Ended, Installation

WRONG = {
    "DATA_DIR": "~nobody at all/data",
    "DATABASE_POOL_SIZE": "99",
    "SQLITE_SYNCHRONOUS": "OFF",
    "OPENAI_BASE_URL": "somewhere",
    "OPENAI_API_KEY": "secret",  # and no OPENAI_MODEL
    "MODEL_SEES_IMAGES": "perhaps",
    "TRANSCRIPTION_MODEL": "whisper-1",  # and no endpoint
    "EMBEDDING_PROVIDER": "openai",  # and no endpoint
    "EMBEDDING_MODEL": "small",  # no folder, and no endpoint
    "ADMIN_DISCORD_IDS": "12, me",
    "STEP_LIMIT": "many",
    "TURN_DEADLINE_SECONDS": "0",
    "DEFAULT_TIMEZONE": "Mars/Olympus",
    "LOG_LEVEL": "loud",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, WRONG[name])
    with pytest.raises(SettingsError, match=name) as error:
        load_settings()
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_every_command_ends_with_2_and_one_line(ember_here: Here, tmp_path: Path) -> None:
    told = "ember: DEFAULT_TIMEZONE: 'Mars/Olympus' is no IANA time zone, such as Europe/Berlin\n"
    for arguments in (("run",), ("chat",), ("memory", "list")):
        outcome = ember_here(*arguments, data_dir=tmp_path / "data", default_timezone="Mars/Olympus")
        assert outcome == Ended(2, "", told)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_name_in_the_file_is_an_error(installation: Installation) -> None:
    file = installation.root / ".env"
    file.write_text("DATA_DRI=data\n")
    try:
        outcome = installation.run("chat")
    finally:
        file.unlink()
    assert outcome == Ended(2, "", "ember: DATA_DRI in .env is no setting of Ember; .env.example lists them all.\n")


def test_an_unknown_name_in_the_environment_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DRI", "data")
    load_settings()


def test_a_file_that_is_not_utf_8_is_named(installation: Installation) -> None:
    file = installation.root / ".env"
    file.write_bytes("OPENAI_MODEL=käse\n".encode("latin-1"))
    try:
        outcome = installation.run("chat")
    finally:
        file.unlink()
    assert outcome == Ended(2, "", "ember: .env is not UTF-8 text.\n")


def test_a_file_that_cannot_be_read_is_named(installation: Installation) -> None:
    file = installation.root / ".env"
    file.symlink_to("/proc/self/mem")  # what a mode forbids, root may read all the same
    try:
        outcome = installation.run("chat")
    finally:
        file.unlink()
    assert outcome == Ended(2, "", "ember: .env cannot be read (Input/output error).\n")


def test_the_data_directory_may_stand_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", "~/ember")
    assert load_settings().data_dir == tmp_path / "ember"
