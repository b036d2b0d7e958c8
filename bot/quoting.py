"""How people's names and words stand in a prompt: as what they are, and as nothing else."""

from typing import Final

NAME_LENGTH: Final = 64  #: characters of a person's name


def plain_name(name: str) -> str:
    """Returns a name on one line: people choose theirs, and must not be able to write a line of the prompt with it."""
    return " ".join(name.replace(":", " ").split())[:NAME_LENGTH]


def indented(text: str) -> str:
    """Sets what follows the first line in: no line of somebody's words can pass for a line of the prompt."""
    return "\n    ".join(text.splitlines())
