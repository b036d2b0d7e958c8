"""The settings that may be changed while Ember runs: what each is, what it takes, and when a change takes effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import JsonValue

UNSET: Final = "default"  #: typed instead of a value: what the environment says holds again


class TakesEffect(StrEnum):
    """When a change is felt."""

    AT_ONCE = "at once"  #: with the next turn, or sooner
    NEXT_RUN = "with its next run"  #: of the work that it bears on
    NEXT_START = "at the next start"  #: of the process


class BadValue(Exception):
    """A setting cannot be that; the text says what it can be."""


@dataclass(frozen=True, slots=True)
class RunTimeSetting:
    """One setting. Numbers lie from `least` to `most`; `choices` are all that a text can be."""

    name: str
    what: str  #: one line, for the owner
    takes_effect: TakesEffect = TakesEffect.AT_ONCE
    least: float | None = None
    most: float | None = None
    whole: bool = True  #: a number without a fraction
    choices: tuple[str, ...] = ()
    zone: bool = False  #: an IANA time zone

    @property
    def takes(self) -> str:
        """Says what it can be."""
        if self.least is not None and self.most is not None:
            kind = "a whole number" if self.whole else "a number"
            return f"{kind} from {self.least:,.10g} to {self.most:,.10g}"
        if self.zone:
            return "a time zone, such as Europe/Berlin"
        return f"one of: {', '.join(self.choices)}" if self.choices else "a name"

    def parsed(self, text: str) -> JsonValue:
        """Returns a value as it was typed, None for UNSET. Raises BadValue."""
        if text == UNSET:
            return None
        value = self._read(text)
        if value is None:
            raise BadValue(f"{self.name} is {self.takes}, or {UNSET}.")
        return value

    def _read(self, text: str) -> JsonValue:
        if self.least is not None and self.most is not None:
            return _number(text, self.least, self.most, self.whole)
        if self.zone:
            return text if _is_zone(text) else None
        if self.choices:
            return text.upper() if text.upper() in self.choices else None
        return text


def _number(text: str, least: float, most: float, whole: bool) -> float | None:
    try:
        number: float = int(text) if whole else float(text)
    except ValueError:
        return None
    return number if least <= number <= most else None  # which no NaN is


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


_ALL: Final = (
    RunTimeSetting("step_limit", "How many model calls one answer may take.", least=1, most=64),
    RunTimeSetting(
        "turn_deadline_seconds",
        "How long an answer may take, in seconds, before I apologise.",
        least=1,
        most=3_600,
        whole=False,
    ),
    RunTimeSetting("default_agent", "Who I am where no other agent was chosen."),
    RunTimeSetting("log_level", "What is logged to standard error.", choices=("DEBUG", "INFO", "WARNING", "ERROR")),
    RunTimeSetting(
        "condense_after_days",
        "After how many days of silence a conversation becomes a summary.",
        TakesEffect.NEXT_RUN,
        least=1,
        most=36_500,
    ),
    RunTimeSetting(
        "retention_messages_days",
        "For how many days messages are kept; 0: for ever.",
        TakesEffect.NEXT_RUN,
        least=0,
        most=36_500,
    ),
    RunTimeSetting(
        "retention_episodic_days",
        "For how many days memories of what happened are kept; 0: for ever.",
        TakesEffect.NEXT_RUN,
        least=0,
        most=36_500,
    ),
    RunTimeSetting(
        "retention_metrics_days",
        "For how many days figures and logged lines are kept; 0: for ever.",
        TakesEffect.NEXT_RUN,
        least=0,
        most=36_500,
    ),
    RunTimeSetting(
        "backup_every_hours",
        "How often I make a backup, in hours; 0: never by myself.",
        TakesEffect.NEXT_RUN,
        least=0,
        most=8_760,
        whole=False,
    ),
    RunTimeSetting("backup_keep", "How many backups are kept.", TakesEffect.NEXT_RUN, least=1, most=1_000),
    RunTimeSetting(
        "default_timezone", "The time zone of people who have not said theirs.", TakesEffect.NEXT_START, zone=True
    ),
    RunTimeSetting(
        "context_tokens",
        "How many tokens a prompt and its answer may have together.",
        TakesEffect.NEXT_START,
        least=2_000,
        most=10_000_000,
    ),
)

#: By name; whatever is not here is changed in the environment.
RUN_TIME: Final[Mapping[str, RunTimeSetting]] = {setting.name: setting for setting in _ALL}
