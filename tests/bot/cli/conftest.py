"""The command in this very process, for what ends before anybody talks: a start of its own takes a second."""

import logging
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog

from bot.cli.main import main
from tests.bot.installation import Ended

Here = Callable[..., Ended]


@pytest.fixture
def ember_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    """Runs `ember` with some arguments and settings."""
    root, logs = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, **settings: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["ember", *arguments])
        for name, value in settings.items():
            monkeypatch.setenv(name.upper(), str(value))
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Ended(int(end.value.code or 0), out, err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**logs)
