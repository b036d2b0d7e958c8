"""A text that is still being written, as it can be shown: a fence that is open is closed, and what would be taken for
something else while its end is missing (a link, a mention, an emoji) waits for that end."""

import re
from typing import Final

from bot.delivery.splitting import PART_LIMITS, open_fence, split
from memory import Channel

_LONGEST_HELD: Final = 300  #: characters; what stays open for longer is no link, and is shown as it stands
#: At the end of a text: `<@12`, `<:name:1`, `<https://a`; `[a`, `[a](`, `[a](https://b`; `https://a`; `@every`; the
#: begun mark of a fence.
_UNFINISHED: Final = re.compile(
    r"(?:<[^<>\s]*|!?\[[^\[\]\n]*(?:\](?:\([^()\n]*)?)?|https?://\S*|@\w*|(?:^|(?<=\n)) {0,3}(?:`{1,2}|~{1,2}))\Z"
)
#: Within a fence, a mark of which it cannot be said yet whether it closes it.
_BEGUN_MARK: Final = re.compile(r"\n {0,3}[`~]+\Z")


def shown_of(text: str, channel: Channel) -> str:
    """Returns what of a text can be shown in its first part; empty when that is nothing yet."""
    limit = PART_LIMITS.get(channel)
    is_full = limit is not None and len(text) > limit  # it stays as it is then, whatever comes behind it
    shown = split(text, limit)[0] if is_full else _shown(text, limit)
    begun = open_fence(shown)  # what was cut off can have made a fence of the line before it
    return shown if begun is None else shown[: begun.begins].rstrip()


def _shown(text: str, limit: int | None) -> str:
    fence = open_fence(text)
    if fence is None:
        return _without_unfinished(text).strip()
    within = _BEGUN_MARK.sub("", text).rstrip()
    if not within[fence.ends :].strip():  # a fence without a line in it shows nothing
        return within[: fence.begins].rstrip()
    closing = f"\n{fence.mark}"
    if limit is not None and len(within) + len(closing) > limit:
        return split(within, limit - len(closing))[0]
    return (within + closing).strip("\n")


def _without_unfinished(text: str) -> str:
    found = _UNFINISHED.search(text, max(0, len(text) - _LONGEST_HELD))
    return text if found is None else text[: found.start()]
