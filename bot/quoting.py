"""How people's names and words stand in a prompt: as what they are, and as nothing else."""

import re
from collections.abc import Iterable
from typing import Final

NAME_LENGTH: Final = 64  #: characters of a person's name
TONE_LENGTH: Final = 200  #: characters of how somebody likes to be answered


def plain_name(name: str) -> str:
    """Returns a name on one line: people choose theirs, and must not be able to write a line of the prompt with it."""
    return " ".join(name.replace(":", " ").split())[:NAME_LENGTH]


def plain_tone(tone: str) -> str:
    """Returns how somebody likes to be answered on one line, for the same reason."""
    return " ".join(tone.split())[:TONE_LENGTH]


def indented(text: str) -> str:
    """Sets what follows the first line in: no line of somebody's words can pass for a line of the prompt."""
    return "\n    ".join(text.splitlines())


_NOTE: Final = re.compile(r"\[attached: [^\[\]]*\]")


def attached_note(names: Iterable[str]) -> str:
    """Returns the line that stands in a message for its files."""
    return f"[attached: {', '.join(map(plain_file_name, names))}]"


def without_attached_notes(words: str) -> str:
    """Returns words without the lines that stand for files."""
    return "\n".join(line for line in words.splitlines() if not _NOTE.fullmatch(line.strip()))


def plain_file_name(name: str) -> str:
    """Returns a file's name on one line, without what would end its note: people choose theirs."""
    return plain_name(name.translate(_NO_BRACKETS))


_NO_BRACKETS: Final = str.maketrans("[]", "()")
