"""Signals in the second in which `ember` starts."""

import signal
from pathlib import Path

import pytest

from tests.bot.installation import Ended, Installation

SIGNALLED = "import os, signal\nos.kill(os.getpid(), signal.{})\nraise SystemExit('the signal was passed over')\n"


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def ended_while_starting(here: Installation, how: signal.Signals, command: str) -> Ended:
    (here.root / "bot" / "cli" / "main.py").write_text(SIGNALLED.format(how.name))
    return here.run(command, data_dir=here.root / "data")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_was_ended_before_it_began_does_not_say_that_it_is_done(
    here: Installation, how: signal.Signals
) -> None:
    assert ended_while_starting(here, how, "backup") == Ended(128 + how, "", "")


def test_an_ember_that_talks_ends_well_when_it_is_told_to_end_while_it_starts(here: Installation) -> None:
    assert ended_while_starting(here, signal.SIGTERM, "chat") == Ended(0, "", "")
