"""A prompt as a Markdown file: a header between two lines of `---`, then the text.

The header has `name`, `category`, `description` and `variables` (names, separated by commas); nothing else. The text
uses each variable as `{{name}}`.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from memory import PromptText

_FENCE: Final = "---"
VARIABLE: Final = re.compile(r"\{\{(\w+)\}\}")


class BadPromptFile(Exception):
    """A prompt file cannot be used."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    category: str = Field(min_length=1)
    description: str = Field(min_length=1)
    variables: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()


def read_prompt_file(path: Path) -> PromptText:
    """Reads a prompt. Raises BadPromptFile with what is wrong and where."""
    try:
        return parse_prompt(path.read_text(encoding="utf-8"))
    except BadPromptFile as error:
        raise BadPromptFile(f"{path.name}: {error}") from error


def parse_prompt(source: str) -> PromptText:
    """Parses a prompt's header and text. Raises BadPromptFile."""
    lines = source.splitlines()
    if lines[:1] != [_FENCE] or _FENCE not in lines[1:]:
        raise BadPromptFile("the header stands between two lines of ---")
    end = lines.index(_FENCE, 1)
    header = _header(lines[1:end])
    text = "\n".join(lines[end + 1 :]).strip()
    if odd := odd_variables(text, header.variables):
        raise BadPromptFile(f"the header's variables and those of the text differ: {', '.join(odd)}")
    return PromptText(header.name, header.category, header.description, header.variables, text)


def odd_variables(text: str, variables: Iterable[str]) -> list[str]:
    """Returns the variables that a text uses and does not have, or has and does not use."""
    return sorted(set(VARIABLE.findall(text)).symmetric_difference(variables))


def _header(lines: list[str]) -> _Header:
    pairs = [line.partition(":") for line in lines if line.strip()]
    keys = [key.strip() for key, _, _ in pairs]
    if len(set(keys)) < len(keys):
        raise BadPromptFile("a key of the header stands twice")
    try:
        return _Header.model_validate({key.strip(): value.strip() for key, _, value in pairs})
    except ValidationError as error:
        first = error.errors()[0]
        raise BadPromptFile(f"header, {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
