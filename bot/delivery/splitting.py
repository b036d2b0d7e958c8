"""Splits a long reply into parts at paragraphs, lines, sentences and words, without breaking a code fence."""

import re
from dataclasses import dataclass
from typing import Final

from memory import Channel

#: The most characters of a part; the other channels have no limit. Discord takes 2,000 at once: the rest is room for
#: the notices below a part.
PART_LIMITS: Final = {Channel.DISCORD: 1_800}

MOST_PARTS: Final = 5
_ROOM: Final = 100  #: characters below the beginning of a text that is attached, to say so

_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
#: Where to cut, best first.
_CUTS: Final = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?])\s+"), re.compile(r"\s+"))
_LONGEST_FENCE: Final = 60  #: characters; a longer one loses what it says of the language
_LEAST_SHARE: Final = 0.5  #: of the limit; a cut that would leave a shorter part is passed over for a lesser one


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How a text goes out."""

    parts: tuple[str, ...]
    is_attached: bool  #: it goes as a file, with its beginning as the one part


def outgoing(text: str, channel: Channel) -> Outgoing:
    """Says how a text goes out on a channel; one of too many parts would drown what others say there."""
    limit = PART_LIMITS.get(channel)
    parts = split(text, limit)
    if limit is None or len(parts) <= MOST_PARTS:
        return Outgoing(tuple(parts), is_attached=False)
    return Outgoing((split(text, limit - _ROOM)[0],), is_attached=True)


def split(text: str, limit: int | None) -> list[str]:
    """Returns the parts of a text, each at most `limit` characters; one that holds a fence open closes it, and the next
    opens it again. A text without a visible character gives no part."""
    rest = text.strip("\n")
    parts: list[str] = []
    while limit is not None and len(rest) > limit:
        part, rest = _cut(rest, limit)
        parts.append(part)
    parts.append(rest)
    return [part for part in parts if part.strip()]


def _cut(text: str, limit: int) -> tuple[str, str]:
    """Cuts one part off; what was fenced stays fenced on both sides."""
    at = _where(text, limit)
    fence = open_fence(text[:at])
    if fence is None:
        rest = text[at:]
        # Behind a line's end the indentation of the next one stays.
        return text[:at].rstrip(), rest.lstrip("\n") if rest.startswith("\n") else rest.lstrip()
    closing = "\n" + fence.mark
    at = _where(text, limit - len(closing))
    return text[:at].rstrip("\n") + closing, f"{fence.line}\n" + text[at:].removeprefix("\n")


def _where(text: str, limit: int) -> int:
    """Returns the best place to cut, at most `limit`; white space at the cut goes with neither side."""
    for cut in _CUTS:
        starts = [found.start() for found in cut.finditer(text, int(limit * _LEAST_SHARE), limit + 1)]
        if starts and 0 < starts[-1] <= limit:
            return starts[-1]
    return limit


@dataclass(frozen=True, slots=True)
class Fence:
    """The line that opened a fence, and the mark that closes it."""

    line: str
    mark: str
    begins: int  #: where that line does in the text
    ends: int


def open_fence(text: str) -> Fence | None:
    """Returns the fence that a text leaves open."""
    fence: Fence | None = None
    for found in _FENCE.finditer(text):
        line, mark = found.group(0), found.group(1)
        if fence is None:
            # What a part begins with must leave room for more, or splitting would never end.
            again = line if len(line) <= _LONGEST_FENCE else mark[:_LONGEST_FENCE]
            fence = Fence(again, mark[:_LONGEST_FENCE], *found.span())
        elif line.strip() == mark and mark.startswith(fence.mark):
            fence = None
    return fence
