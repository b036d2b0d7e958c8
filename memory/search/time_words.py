"""Time words of a question: "last week", "on 8 May 2023", "im März". Text to spans of local days, and what is left.

A small table of our own, for English and German: `dateparser` takes some milliseconds for a sentence, reads a date into
"may" and "sat" and into any number, and does not say which words it has used, which is what a search needs to know.

Every pattern is linear in the text: nothing repeats inside a repetition that could read the same characters.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from memory.words import folded_words

YEARS_BACK: Final = 10  #: a date without a year may mean any of these years, the last one first
OLDER_YEAR: Final = 0.9  #: what the years before the last one count
_DAY: Final = timedelta(days=1)
_OF_A_DATE: Final = {"year", "month", "number", "day"}


class Precision(StrEnum):
    """How exactly a span was named."""

    DAYS = "days"  #: a day, a week, some days
    MONTH = "month"  #: a month
    YEAR = "year"  #: a year


@dataclass(frozen=True, slots=True)
class Span:
    """Some local days, both ends included."""

    first: date
    last: date
    precision: Precision = Precision.DAYS
    weight: float = 1.0  #: less than 1: the same date of a year that is less likely meant

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def nearness(self, day: date) -> float:
        """Returns 0 to 1: 1 inside, less near it, for what happened is mostly told some days later."""
        return self.weight * self._nearness(day)

    def _nearness(self, day: date) -> float:
        if self.precision is Precision.YEAR:
            return 0.3 if self.holds(day) else 0.0
        if self.holds(day):
            return 1.0
        if self.precision is Precision.MONTH:
            return 0.5 if 28 <= (day - self.first).days <= 45 else 0.0
        days = (day - self.last).days if day > self.last else (day - self.first).days
        return next((near for first, last, near in _NEAR_DAYS if first <= days <= last), 0.0)


@dataclass(frozen=True, slots=True)
class TimeWords:
    """What a question says about time."""

    spans: tuple[Span, ...] = ()
    rest: str = ""  #: the question without its time words
    absolute: tuple[str, ...] = ()  #: those of them that an item may hold just so: "8 May 2023", not "yesterday"

    def nearness(self, day: date) -> float:
        """Returns how near a day is to the nearest span, 0 to 1."""
        return max((span.nearness(day) for span in self.spans), default=0.0)

    def holds(self, day: date) -> bool:
        return any(span.holds(day) for span in self.spans)


#: Days after a span (before it, negative) and what an item of those days counts.
_NEAR_DAYS: Final = ((1, 7, 0.8), (-2, 14, 0.5), (-14, 35, 0.25))


def read_time_words(text: str, today: date) -> TimeWords:
    """Returns the spans that a text names, seen from a day, and the text without them.

    A date counts for more than "last week": who names both tells when that last week was.
    """
    dated: list[Span] = []
    relative: list[Span] = []
    absolute: list[str] = []
    rest: list[str] = []
    at = 0
    for match in _ANY.finditer(text):
        given = {name.rstrip("0123456789"): value.lower() for name, value in match.groupdict().items() if value}
        found = _spans(given, today)
        if not found:
            continue
        if _SINCE.search(text[at : match.start()]) or match.group().lower().startswith(("since", "seit")):
            found = [replace(found[0], last=max(found[0].last, today))]
        if given.keys() <= _OF_A_DATE:
            dated += found
            absolute.append(match.group())
        else:
            relative += found
        rest.append(text[at : match.start()])
        at = match.end()
    rest.append(text[at:])
    return TimeWords(tuple(_together(dated, relative)), " ".join(rest), tuple(absolute))


def _together(dated: Sequence[Span], relative: Sequence[Span]) -> Sequence[Span]:
    """Of the years that a date may mean, those that "last year" says."""
    both = [date for date in dated if any(date.first <= one.last and one.first <= date.last for one in relative)]
    return both or dated or relative


def date_words(named: str) -> list[str]:
    """Returns the words of a date that whoever speaks of it will use: its month and day; its year, if that is all."""
    words = [word for word in folded_words(named) if word not in _AROUND_DATES]
    return [word for word in words if not _IS_YEAR.fullmatch(word)] or words


def _spans(given: dict[str, str], today: date) -> list[Span]:
    """Reads what one pattern has matched; nothing where it names no day that there is."""
    try:
        for name, read in _READERS:
            if name in given:
                return list(read(given, today))
    except (ValueError, OverflowError):
        pass  # 31 June, or a year that no calendar has: these words name no time
    return []


def _day_named(given: dict[str, str], today: date) -> Iterator[Span]:
    month = int(given["number"]) if "number" in given else _MONTHS[given["month"]]
    day = int(given["day"])
    if "year" in given:
        named = date(int(given["year"]), month, day)
        yield Span(named, named)
        return
    date(2024, month, day)  # raises for a day that no year has
    for year in _years(today, month, day):
        if day <= monthrange(year, month)[1]:
            named = date(year, month, day)
            yield Span(named, named, weight=_weight(year, today, month, day))


def _month_named(given: dict[str, str], today: date) -> Iterator[Span]:
    month = _MONTHS[given["month"]]
    for year in [int(given["year"])] if "year" in given else _years(today, month, 1):
        weight = 1.0 if "year" in given else _weight(year, today, month, 1)
        yield Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]), Precision.MONTH, weight)


def _year_named(given: dict[str, str], today: date) -> Iterator[Span]:
    year = int(given["year"])
    yield Span(date(year, 1, 1), date(year, 12, 31), Precision.YEAR)


def _years(today: date, month: int, day: int) -> range:
    """The years that a date without one may mean, the last one first."""
    last = today.year if (month, day) <= (today.month, today.day) else today.year - 1
    return range(last, last - YEARS_BACK, -1)


def _weight(year: int, today: date, month: int, day: int) -> float:
    return 1.0 if year == _years(today, month, day)[0] else OLDER_YEAR


def _weekday_named(given: dict[str, str], today: date) -> Iterator[Span]:
    back = (today.weekday() - _WEEKDAYS[given["weekday"]]) % 7
    if back == 0 and given.get("which", "").startswith(("last", "past", "let", "vergangen", "vorig")):
        back = 7
    yield Span(today - back * _DAY, today - back * _DAY)


def _day_relative(given: dict[str, str], today: date) -> Iterator[Span]:
    named = today - _RELATIVE_DAYS[" ".join(given["relative"].split())] * _DAY
    yield Span(named, named)


def _unit_relative(given: dict[str, str], today: date) -> Iterator[Span]:
    back = 0 if given["which"].startswith(("this", "dies")) else 1
    match _UNITS[given["unit"]]:
        case "day":
            yield Span(today - back * _DAY, today)
        case "week":
            monday = today - (today.weekday() + 7 * back) * _DAY
            yield Span(monday, monday + 6 * _DAY)
        case "weekend":
            begun = (today.weekday() - 5) % 7  # days ago: on a Saturday and a Sunday, the last one is another
            saturday = today - (begun + (7 * back if begun < 2 else 0)) * _DAY
            yield Span(saturday, saturday + _DAY)
        case "month":
            year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
            yield Span(date(year, month + 1, 1), date(year, month + 1, monthrange(year, month + 1)[1]))
        case _:
            yield Span(date(today.year - back, 1, 1), date(today.year - back, 12, 31))


def _past_units(given: dict[str, str], today: date) -> Iterator[Span]:
    yield Span(today - _count(given) * _UNIT_DAYS[_UNITS[given["unit"]]] * _DAY, today)


def _ago(given: dict[str, str], today: date) -> Iterator[Span]:
    """A moment some units ago, as loosely as the unit: three weeks ago is some day of a week."""
    days = _UNIT_DAYS[_UNITS[given["unit"]]]
    then = today - _count(given) * days * _DAY
    loose = days // 2 * _DAY
    yield Span(then - loose, then + loose)


def _count(given: dict[str, str]) -> int:
    return int(given["count"]) if given["count"].isdigit() else _NUMBERS[given["count"]]


def _numbered(*rows: str) -> dict[str, int]:
    """Rows of words for 1, 2, 3 …"""
    return {word: number for number, row in enumerate(rows, 1) for word in row.split()}


_MONTHS: Final = _numbered(
    "january januar jänner jan", "february februar feb", "march märz maerz mar mär", "april apr", "may mai",
    "june juni jun", "july juli jul", "august aug", "september sept sep", "october oktober oct okt",
    "november nov", "december dezember dec dez",
)  # fmt: skip
_WEEKDAYS: Final = {
    word: number - 1
    for word, number in _numbered(
        "monday montag", "tuesday dienstag", "wednesday mittwoch", "thursday donnerstag", "friday freitag",
        "saturday samstag sonnabend", "sunday sonntag",
    ).items()
}  # fmt: skip
_NUMBERS: Final = _numbered(
    "a an one ein eine einem einer", "two zwei couple", "three drei few paar", "four vier", "five fünf", "six sechs",
    "seven sieben", "eight acht", "nine neun", "ten zehn",
)  # fmt: skip
_RELATIVE_DAYS: Final = {
    "today": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "tonight": 0, "heute": 0,
    "yesterday": 1, "last night": 1, "gestern": 1, "letzte nacht": 1,
    "the day before yesterday": 2, "day before yesterday": 2, "vorgestern": 2,
}  # fmt: skip
_UNITS: Final = {
    word: unit
    for unit, words in {
        "day": "day days tag tage tagen", "week": "week weeks woche wochen", "weekend": "weekend wochenende",
        "month": "month months monat monate monaten", "year": "year years jahr jahre jahren",
    }.items()
    for word in words.split()
}  # fmt: skip
_UNIT_DAYS: Final = {"day": 1, "week": 7, "weekend": 7, "month": 30, "year": 365}

_READERS: Final[tuple[tuple[str, Callable[[dict[str, str], date], Iterator[Span]]], ...]] = (
    ("relative", _day_relative),
    ("weekday", _weekday_named),
    ("ago", _ago),
    ("past", _past_units),
    ("unit", _unit_relative),
    ("day", _day_named),
    ("month", _month_named),
    ("year", _year_named),
)


def _one_of(words: dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_MONTH: Final = _one_of(_MONTHS)
_LONG_MONTH: Final = "|".join(word for word in sorted(_MONTHS) if len(word) > 4)
_YEAR: Final = r"(?:19|20)\d\d"
_LAST: Final = "last|past|letzte[mnrs]?|vergangene[mnrs]?|vorige[mnrs]?"
_THIS: Final = "this|diese[mnrs]?"
_UNIT: Final = _one_of(_UNITS)
_COUNT: Final = rf"\d{{1,3}}|{_one_of(_NUMBERS)}"
_IS_YEAR: Final = re.compile(_YEAR)
_AROUND_DATES: Final = {
    "on",
    "the",
    "of",
    "in",
    "am",
    "vom",
    "im",
    "during",
    "since",
    "seit",
    "last",
    "this",
    "jahr",
    "jahre",
    "year",
}
_SINCE: Final = re.compile(r"\b(?:since|seit)\s+$", re.IGNORECASE)
_TH: Final = r"(?:st|nd|rd|th|\.)?"
_TO_A_DAY: Final = r"(?:on\s+|am\s+|vom\s+)?(?:the\s+)?"
#: Tried in this order at each place; groups are numbered, for a name may stand only once in an expression.
_PATTERNS: Final = (
    r"(?:on\s+|am\s+|vom\s+)?(?P<year1>\d{4})-(?P<number1>\d\d)-(?P<day1>\d\d)",
    r"(?:on\s+|am\s+|vom\s+)?(?P<day2>\d{1,2})\.\s?(?P<number2>\d{1,2})\.\s?(?P<year2>\d{4})",
    rf"{_TO_A_DAY}(?P<day3>\d{{1,2}}){_TH}\s+(?:of\s+)?(?P<month3>{_MONTH})\b\.?(?:,?\s+(?P<year3>{_YEAR}))?",
    rf"{_TO_A_DAY}(?P<month4>{_MONTH})\.?\s+(?P<day4>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<year4>{_YEAR}))?",
    rf"(?:in\s+|im\s+|during\s+|since\s+)?(?P<month5>{_MONTH})\.?,?\s+(?:of\s+)?(?P<year5>{_YEAR})",
    rf"(?:in|im|during|since|seit|{_LAST}|{_THIS})\s+(?P<month6>{_MONTH})",
    rf"(?P<month7>{_LONG_MONTH})",
    rf"(?:in|during|since|of|im jahre?|seit|year|jahr)\s+(?P<year8>{_YEAR})",
    rf"(?P<relative9>{_one_of(_RELATIVE_DAYS).replace(' ', chr(92) + 's+')})",
    rf"(?P<which10>{_LAST}|{_THIS}|on|am)\s+(?P<weekday10>{_one_of(_WEEKDAYS)})",
    rf"(?:in\s+|within\s+)?(?:the\s+|den\s+)?(?P<past11>{_LAST})\s+(?P<count11>{_COUNT})\s+(?P<unit11>{_UNIT})",
    rf"(?:in\s+|im\s+)?(?:the\s+)?(?P<which12>{_LAST}|{_THIS})\s+(?P<unit12>{_UNIT})",
    rf"(?P<count13>{_COUNT})\s+(?:of\s+)?(?P<unit13>{_UNIT})\s+(?P<ago13>ago)",
    rf"(?P<ago14>vor)\s+(?P<count14>{_COUNT})\s+(?P<unit14>{_UNIT})",
)
_ANY: Final = re.compile("|".join(rf"\b{pattern}\b" for pattern in _PATTERNS), re.IGNORECASE)
