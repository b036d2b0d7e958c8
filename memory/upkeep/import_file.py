"""Reads a file to be imported, and believes nothing of it: not its size, its depth, its types or its times."""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NoReturn

from pydantic import ValidationError

from memory.errors import FileRefused
from memory.upkeep.chatgpt_file import Conversation, conversation, read_conversations
from memory.upkeep.ember_file import read_export
from memory.upkeep.imported import Imported

LIMIT_BYTES: Final = 256 * 1024 * 1024  #: of one JSON file; read, it takes four times as much memory
LIMIT_FILES: Final = 40  #: of conversations in one archive
_CONVERSATIONS: Final = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")
_ZIP: Final = b"PK\x03\x04"

_BROKEN_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)


def read_import(file: Path, secret: bytes, limit_bytes: int = LIMIT_BYTES) -> Imported:
    """Reads an export of Ember's or of ChatGPT's (JSON, or the archive with it). Raises FileRefused.

    `secret` tells whether this installation wrote it.
    """
    try:
        with file.open("rb") as source:
            first = source.read(len(_ZIP))
            source.seek(0)
            texts = _in_archive(source, limit_bytes) if first == _ZIP else iter([_bounded(source, limit_bytes)])
            return _read([_text(data) for data in texts], secret)
    except OSError as error:
        raise FileRefused(file=file, problem=error.strerror) from error
    except _NotUsable as error:
        raise FileRefused(file=file, problem=error) from error
    except ValidationError as error:
        raise FileRefused(file=file, problem=_first_fault(error)) from error
    except RecursionError as error:
        raise FileRefused(file=file, problem=_TOO_DEEP) from error


class _NotUsable(Exception):
    """What is wrong with a file."""


def _bounded(source: IO[bytes], limit: int) -> bytes:
    data = source.read(limit + 1)
    if len(data) > limit:
        raise _NotUsable(f"it is larger than {limit // 1024**2} MB")
    return data


def _in_archive(source: IO[bytes], limit: int) -> Iterator[bytes]:
    """What an archive says of its sizes is not asked: only so much of each file is unpacked."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = sorted(name for name in archive.namelist() if _CONVERSATIONS.fullmatch(name))
            if not 0 < len(names) <= LIMIT_FILES:
                raise _NotUsable("the archive holds no conversations.json")
            for name in names:
                with archive.open(name) as packed:
                    yield _bounded(packed, limit)
    except _BROKEN_ZIP as error:
        raise _NotUsable("the archive is damaged") from error


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _NotUsable("it is not UTF-8 text") from error


def _read(texts: list[str], secret: bytes) -> Imported:
    if texts[0].lstrip().startswith("["):
        return read_conversations([one for text in texts for one in _conversations(text)])
    return read_export(_parsed(texts[0]), secret)


def _conversations(text: str) -> Iterator[Conversation]:
    """Reads an array one conversation at a time: all at once, parsed, would take ten times the file."""
    at = _after_spaces(text, text.index("[") + 1)
    while at < len(text) and text[at] != "]":
        try:
            one, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _not_json(error) from error
        yield conversation(one)
        at = _after_spaces(text, at)
        if at < len(text) and text[at] == ",":
            at = _after_spaces(text, at + 1)
    if _after_spaces(text, at + 1) < len(text) or at >= len(text):
        raise _NotUsable("it is not JSON: its list does not end")


def _after_spaces(text: str, at: int) -> int:
    spaces = _SPACES.match(text, at)
    return spaces.end() if spaces else at


def _parsed(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _not_json(error: Exception) -> _NotUsable:
    return _NotUsable(_TOO_DEEP if isinstance(error, RecursionError) else f"it is not JSON: {error}")


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where[:100] or 'the whole'}: {first['msg']}"


_TOO_DEEP: Final = "it is nested too deeply"
_SPACES: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)
