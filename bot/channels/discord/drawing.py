"""Replies, notices and pages as Discord shows them."""

import re
from collections.abc import Sequence
from typing import Final

from bot.commands.page import Page
from bot.delivery.splitting import PART_LIMITS
from memory import Channel, Notice

LIMIT: Final = 2_000  #: characters; Discord's own
_SMALL_PRINT: Final = "\n-# "
#: Characters; a notice points at something, it does not tell it whole. One of them fits below the longest part.
NOTICE_LIMIT: Final = LIMIT - PART_LIMITS[Channel.DISCORD] - len(_SMALL_PRINT)

_LOUD: Final = re.compile(r"@(?=everyone|here)")
_BROKEN: Final = "@\u200b"


def reply_text(text: str, notices: Sequence[Notice]) -> str:
    """Writes a part of a reply, with as many of its notices in small print as fit below; or the notices alone."""
    drawn = text.strip()
    for notice in notices:
        longer = f"{drawn}{_SMALL_PRINT}{_cut(_one_line(notice.text), NOTICE_LIMIT)}".lstrip()
        drawn = longer if len(longer) <= LIMIT else drawn
    return disarmed(drawn)


def page_text(page: Page) -> str:
    """Writes a command's answer, however long: its title, its text, and its rows as a list."""
    title = f"**{page.title}**" if page.title else ""
    rows = (f"- {' · '.join(_one_line(cell) for cell in row)}" for row in page.rows)
    return _LOUD.sub(_BROKEN, "\n".join(line for line in (title, page.text, *rows) if line))


def disarmed(text: str) -> str:
    """Breaks @everyone and @here for the eye; what keeps them from pinging is that no message allows a mention."""
    broken = _LOUD.sub(_BROKEN, text)
    return broken if len(broken) <= LIMIT else text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
