"""What can go wrong in the memory: the docstring is the message, the facts are attributes."""

import re
import traceback
from pathlib import Path
from typing import Final

_ERROR_TYPE: Final = re.compile(r"[A-Z]\w*[A-Z][a-z]\w*")  #: two capitals at the least: no word of a sentence


class StoreError(Exception):
    """The memory could not do what was asked."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        told = ", ".join(f"{name}: {value}" for name, value in facts.items())
        super().__init__(f"{self.__doc__} ({told})" if told else str(self.__doc__))


class QueueFull(StoreError):
    """The memory is busy; try again in a moment."""


class QueueClosed(StoreError):
    """The memory is closing; nothing more can be kept."""


class OpenedForReading(StoreError):
    """This memory was opened for reading only."""


class NotRead(StoreError):
    """The database could not be read."""

    def __init__(self, cause: BaseException | None) -> None:
        self.cause = cause
        super().__init__(cause=cause)


class NothingKept(StoreError):
    """The disk refused the write (full or failing); nothing of it was kept."""


class DoubtfulCommit(StoreError):
    """The disk failed while writing; whether this was kept is not known."""


class NotFound(StoreError):
    """There is no such item here."""


class HoldsSecret(StoreError):
    """I don't keep passwords, keys or card numbers."""


class TooLong(StoreError):
    """A memory is at most 4,000 characters."""


class FileRefused(StoreError):
    """This file cannot be used; nothing was changed."""


class BlockTooLong(TooLong):
    """A block is at most 2,000 characters."""


class BadLabel(StoreError):
    """A label is 1 to 32 of the characters a-z, 0-9, - and _."""


class LabelTaken(StoreError):
    """There is a block with this label here already."""


class TooManyBlocks(StoreError):
    """A place has at most 20 blocks."""


class NoSuchPassage(StoreError):
    """The block does not hold that passage."""


class ReadOnlyBlock(StoreError):
    """This block is read-only: only the owner of this Ember changes it."""


class ChangedMeanwhile(StoreError):
    """Somebody else has changed this meanwhile."""


class NoGuild(StoreError):
    """This is no place in a guild, so there is nobody here to share with."""


class DataDirectoryError(StoreError):
    """The data directory cannot be used."""

    def __init__(self, directory: Path, problem: str, remedy: str) -> None:
        self.directory = directory
        self.problem = problem
        self.remedy = remedy
        Exception.__init__(self, f"{problem} {remedy}".strip())


class DataDirectoryInUse(DataDirectoryError):
    """Another Ember holds the data directory."""


def without_words(error: Exception) -> str:
    """Returns what failed and where in the code, for the log: the text of an error may hold what a person said."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return " ".join([type(error).__name__, *(f"in {Path(one.filename).name}:{one.lineno}" for one in last)])


def error_type(told: str) -> str:
    """Returns the type that an error's text begins with, empty for none: the rest may hold anybody's words."""
    found = _ERROR_TYPE.match(told)
    return found[0] if found else ""
