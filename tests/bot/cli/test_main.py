"""The command itself."""

import pytest
from typer.testing import CliRunner

from bot.cli.main import app


@pytest.mark.parametrize(
    ("arguments", "shown"), [(["--version"], "ember 0."), (["--help"], "memory"), (["chat", "--help"], "pipe")]
)
def test_it_says_what_it_is(arguments: list[str], shown: str) -> None:
    outcome = CliRunner().invoke(app, arguments)
    assert outcome.exit_code == 0
    assert shown in outcome.output


def test_an_unknown_command_is_misuse() -> None:
    assert CliRunner().invoke(app, ["memory", "lst"]).exit_code == 2
