"""`.env.example` lists every setting with its default and a line about it."""

from itertools import pairwise
from pathlib import Path

import pytest
from pydantic_settings import DotEnvSettingsSource

from bot.settings import ROOT, Settings

EXAMPLE = ROOT / ".env.example"


def listed() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_setting_stands_in_the_example_in_the_order_of_the_code() -> None:
    assert list(listed()) == [name.upper() for name in Settings.model_fields]


def test_the_example_holds_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in listed():
        monkeypatch.delenv(name, raising=False)
    nothing = tmp_path / "no.env"

    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=nothing)
    for name, field in Settings.model_fields.items():
        assert (listed()[name.upper()] == "") == (field.default in (None, ())), name


def test_what_the_example_sets_is_read_from_it() -> None:
    source = DotEnvSettingsSource(Settings, env_file=EXAMPLE, env_ignore_empty=True)

    assert source()["hot_cache_size"] == listed()["HOT_CACHE_SIZE"]


def test_every_setting_in_the_example_is_explained_above_it() -> None:
    lines = EXAMPLE.read_text().splitlines()

    for above, line in pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert above.startswith("# "), line


def test_every_setting_has_a_sentence_in_the_code() -> None:
    code = (ROOT / "bot/settings.py").read_text()

    for name in Settings.model_fields:
        _, _, after = code.partition(f"\n    {name}: ")
        assert after.split("\n")[1].startswith('    """'), name
