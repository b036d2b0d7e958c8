"""What stands around a message on its platform: what it answers or forwards, and the files that come with it.

It is asked for when a turn is answered, and not kept: the people whose words stand there never spoke to Ember.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from memory import ItemId


class Author(StrEnum):
    """Whose words or files they are."""

    ASKER = "asker"  #: of the one who is answered now
    EMBER = "ember"
    OTHER = "other"  #: of somebody else, a bot, or nobody knows whom


class QuoteKind(StrEnum):
    """How words come to stand around a message."""

    REPLY = "reply"  #: the message replies to them, or to what replies to them
    FORWARD = "forward"  #: the message hands them on
    THREAD_START = "thread start"  #: the thread or post began with them


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line of a platform."""

    kind: QuoteKind
    author: Author
    name: str  #: the author's; empty where the platform does not tell it
    answered: str  #: the name of whom it replies to; empty: nobody, or nobody knows
    text: str
    platform_id: str | None  #: None: the platform does not tell it


class FileKind(StrEnum):
    """What can be done with a file."""

    TEXT = "text"  #: read
    IMAGE = "image"  #: looked at
    AUDIO = "audio"  #: listened to
    OTHER = "other"  #: nothing


@dataclass(frozen=True, slots=True)
class Attached:
    """A file, with what was read of it."""

    kind: FileKind
    author: Author
    name: str
    media_type: str  #: as the platform has it; empty: not told
    size: int  #: bytes
    data: bytes | None  #: of a text at most as many bytes as were wanted; None: nothing was read
    why_not: str = ""  #: why nothing was read, where it was wanted
    came_with: ItemId | None = None  #: the line of the turn that it hangs on
    spoken: bool = False  #: it is that line's words
    heard: str = ""  #: what is said in a recording


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is read of the files of one kind."""

    size: int  #: bytes of a file; a text is cut there, of anything longer nothing is read
    files: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that stands around the lines of a turn, the oldest first."""

    quoted: tuple[Quoted, ...] = ()
    attached: tuple[Attached, ...] = ()


Appetite = Mapping[FileKind, Wanted]  #: of kinds that are not in it nothing is read


_TEXT_TYPES: Final = frozenset({
    "application/json", "application/toml", "application/x-sh", "application/x-yaml", "application/xml",
    "application/yaml", "application/sql", "application/javascript", "application/x-ndjson",
})  # fmt: skip
#: Platforms tell no media type, or a wrong one, for most of what programmers write.
_TEXT_ENDINGS: Final = frozenset({
    "txt", "md", "markdown", "rst", "csv", "tsv", "json", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "conf", "log",
    "xml", "html", "htm", "css", "js", "ts", "tsx", "jsx", "py", "rb", "rs", "go", "c", "h", "cpp", "hpp", "java", "kt",
    "swift", "sh", "bat", "ps1", "sql", "lua", "php", "pl", "r", "tex", "srt", "vtt", "ics", "diff", "patch", "env",
})  # fmt: skip
_IMAGE_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_IMAGE_ENDINGS: Final = frozenset({"png", "jpg", "jpeg", "webp", "gif"})


def kind_of(name: str, media_type: str) -> FileKind:
    """Returns what a file is, by what its platform and its name say."""
    told = media_type.partition(";")[0].strip().lower()
    ending = name.rpartition(".")[2].lower()
    if told in _IMAGE_TYPES or (not told and ending in _IMAGE_ENDINGS):
        return FileKind.IMAGE
    if told.startswith("audio/"):
        return FileKind.AUDIO
    if told.startswith("text/") or told in _TEXT_TYPES or (ending in _TEXT_ENDINGS and not told.startswith("video/")):
        return FileKind.TEXT
    return FileKind.OTHER
