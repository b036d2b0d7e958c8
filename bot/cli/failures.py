"""What can be foreseen to go wrong, as one line on standard error and an exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

from bot.channels.console.plain_lines import OutputLost
from bot.sentences import BadSentenceFile
from bot.settings import SettingsError
from capabilities.framework.errors import DuplicateCapability
from memory import DataDirectoryInUse, StoreError
from prompts.prompt_file import BadPromptFile


class ExitCode(IntEnum):
    """How `ember` ends; 0 is well."""

    FAILED = 1  #: the data directory, a file of the installation or the output cannot be used
    MISUSED = 2  #: a wrong setting or a wrong command line


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Ends the process with one line instead of a traceback, for every error that is known."""
    try:
        yield
    except SettingsError as error:
        _end(str(error), ExitCode.MISUSED)
    except DataDirectoryInUse as error:
        _end(str(error) if error.remedy else f"{error} Talk to it there, or stop it first.", ExitCode.FAILED)
    except (StoreError, BadPromptFile, BadSentenceFile, DuplicateCapability, OutputLost) as error:
        _end(str(error), ExitCode.FAILED)


def _end(told: str, code: ExitCode) -> NoReturn:
    print("ember:", " ".join(told.split()), file=sys.stderr)  # noqa: T201
    raise SystemExit(code)
