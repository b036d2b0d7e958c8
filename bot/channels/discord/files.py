"""Reads the files of messages from where Discord says they are, as many bytes as are wanted and no more."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.request import discord_request
from bot.surroundings import Appetite, Attached, Author, FileKind, Wanted, kind_of
from memory import ItemId

DOWNLOAD_SECONDS: Final = 20.0
_AT_ONCE: Final = 64 * 1024  #: bytes
_MEBIBYTE: Final = 1024 * 1024
_OK: Final = 200

#: What is sent is what is read: a small body could unpack into anything.
_UNPACKED: Final = {"Accept-Encoding": "identity"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class File:
    """A file that hangs on a message."""

    attachment: discord.Attachment
    author: Author
    came_with: ItemId | None = None  #: the line of the turn that it hangs on


async def read_files(files: Sequence[File], appetite: Appetite) -> tuple[Attached, ...]:
    """Reads what is wanted of files, side by side; what cannot be read is told with why."""
    if not files:
        return ()
    taken: Counter[FileKind] = Counter()
    async with aiohttp.ClientSession(headers=_UNPACKED, auto_decompress=False) as session, asyncio.TaskGroup() as group:
        reading: list[asyncio.Task[Attached]] = []
        for file in files:
            kind = kind_of(file.attachment.filename, file.attachment.content_type or "")
            wanted = appetite.get(kind)
            taken[kind] += 1
            too_many = wanted is not None and taken[kind] > wanted.files
            reading.append(group.create_task(_attached(session, file, kind, wanted, too_many=too_many)))
    return tuple(task.result() for task in reading)


async def _attached(
    session: aiohttp.ClientSession, file: File, kind: FileKind, wanted: Wanted | None, *, too_many: bool
) -> Attached:
    if too_many:
        data, why_not = None, "too many files at once"
    elif wanted is None:
        data, why_not = None, ""
    else:
        data, why_not = await _read(session, file.attachment, wanted.size, cut=kind is FileKind.TEXT)
    return Attached(
        kind=kind,
        author=file.author,
        name=file.attachment.filename,
        media_type=file.attachment.content_type or "",
        size=file.attachment.size,
        data=data,
        why_not=why_not,
        came_with=file.came_with,
        spoken=file.came_with is not None and file.attachment.is_voice_message(),
    )


async def _read(
    session: aiohttp.ClientSession, attachment: discord.Attachment, size: int, *, cut: bool
) -> tuple[bytes | None, str]:
    """Returns a file, or its beginning where it may be cut, or why there is none. Nobody is sent elsewhere: what a
    redirect names is no address that Discord gave."""
    too_large = f"larger than {size // _MEBIBYTE} MB"
    if attachment.size > size and not cut:
        return None, too_large
    data = bytearray()
    try:
        async with discord_request(DOWNLOAD_SECONDS), session.get(attachment.url, allow_redirects=False) as response:
            if response.status != _OK:
                return None, "it could not be fetched"
            async for piece in response.content.iter_chunked(_AT_ONCE):
                data += piece
                if len(data) > size:
                    break
    except (NotDelivered, Undeliverable) as error:
        log.info("a file could not be read", attachment=attachment.id, error=type(error.__cause__).__name__)
        return None, "it could not be fetched"
    if len(data) > size and not cut:
        return None, too_large
    return bytes(data[:size]), ""
