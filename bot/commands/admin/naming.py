"""What admins' commands share: options that name something, choices for them, and moments as they are shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.page import PAGE, Asking, Choice, Option, OptionKind

NAME: Final = "name"
REASON: Final = "reason"
TEXT: Final = "text"
VERSION: Final = "version"
MOST_VERSIONS: Final = 1_000_000

PAGE_OPTION: Final = Option(PAGE, "Which part of the list", OptionKind.NUMBER)
REASON_OPTION: Final = Option(REASON, "Why, for whoever looks at it later")
SEEN_OPTION: Final = Option(
    VERSION, "The version that you have seen: nothing is overwritten when there is a newer one", OptionKind.NUMBER
)


def seen(asking: Asking) -> int | None:
    """Returns the version that the asker has seen, None when they do not say. Raises BadArgument."""
    return asking.number(VERSION, 0, MOST_VERSIONS)


def matching(names: Iterable[str], typed: str) -> Sequence[Choice]:
    """Returns the names that hold what was typed so far."""
    return [Choice(name, name) for name in names if typed.lower() in name.lower()]


def moment(at: datetime, asking: Asking, default_zone: str) -> str:
    """Returns a moment as the asker's clock shows it."""
    return f"{at.astimezone(ZoneInfo(asking.person.time_zone or default_zone)):%Y-%m-%d %H:%M}"
