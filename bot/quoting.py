"""How people's names and words stand in a prompt: as what they are, and as nothing else."""

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
