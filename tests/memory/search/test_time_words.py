"""Time words: which days they name, seen from a Saturday, and what is left of the question."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.search.time_words import Precision, read_time_words

TODAY = date(2026, 11, 21)  # a Saturday


def days(first: str, last: str | None = None) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last or first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", days("2026-11-21")),
        ("yesterday", days("2026-11-20")),
        ("last night", days("2026-11-20")),
        ("the day before yesterday", days("2026-11-19")),
        ("on 8 May 2023", days("2023-05-08")),
        ("on May 8th, 2023", days("2023-05-08")),
        ("on the 8th of May", days("2026-05-08")),
        ("on 24 December", days("2025-12-24")),
        ("2023-05-08", days("2023-05-08")),
        ("last Tuesday", days("2026-11-17")),
        ("on Saturday", days("2026-11-21")),
        ("last Saturday", days("2026-11-14")),
        ("last week", days("2026-11-09", "2026-11-15")),
        ("this week", days("2026-11-16", "2026-11-22")),
        ("last month", days("2026-10-01", "2026-10-31")),
        ("last year", days("2025-01-01", "2025-12-31")),
        ("in March", days("2026-03-01", "2026-03-31")),
        ("in December", days("2025-12-01", "2025-12-31")),
        ("in May 2023", days("2023-05-01", "2023-05-31")),
        ("in 2022", days("2022-01-01", "2022-12-31")),
        ("three days ago", days("2026-11-18")),
        ("2 weeks ago", days("2026-11-04", "2026-11-10")),
        ("in the last three days", days("2026-11-18", "2026-11-21")),
        ("heute", days("2026-11-21")),
        ("gestern", days("2026-11-20")),
        ("vorgestern", days("2026-11-19")),
        ("letzte Woche", days("2026-11-09", "2026-11-15")),
        ("im März", days("2026-03-01", "2026-03-31")),
        ("am 8. Mai 2023", days("2023-05-08")),
        ("am 8.5.2023", days("2023-05-08")),
        ("letzten Dienstag", days("2026-11-17")),
        ("am Dienstag", days("2026-11-17")),
        ("vor drei Tagen", days("2026-11-18")),
        ("letzten Monat", days("2026-10-01", "2026-10-31")),
        ("letztes Jahr", days("2025-01-01", "2025-12-31")),
    ],
)
def test_time_words_name_days(text: str, expected: tuple[date, date]) -> None:
    time = read_time_words(f"what about the garden {text}?", TODAY)
    assert (time.spans[0].first, time.spans[0].last) == expected
    assert time.rest.split() == ["what", "about", "the", "garden", "?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("since March", days("2026-03-01", "2026-11-21")),
        ("since 2024", days("2024-01-01", "2026-11-21")),
        ("since last week", days("2026-11-09", "2026-11-21")),
        ("since yesterday", days("2026-11-20", "2026-11-21")),
        ("seit März", days("2026-03-01", "2026-11-21")),
        ("seit vorgestern", days("2026-11-19", "2026-11-21")),
        ("last year in March", days("2025-03-01", "2025-03-31")),
        ("im Mai letztes Jahr", days("2025-05-01", "2025-05-31")),
    ],
)
def test_what_goes_on_since_then_and_a_month_of_last_year_are_one_span(text: str, expected: tuple[date, date]) -> None:
    (span,) = read_time_words(f"what about the garden {text}?", TODAY).spans
    assert (span.first, span.last) == expected


@pytest.mark.parametrize("day", [20, 21, 22, 23])
def test_the_last_weekend_is_over(day: int) -> None:
    (span,) = read_time_words("what about the garden last weekend?", date(2026, 11, day)).spans
    assert (span.first, span.last) == (
        days("2026-11-21", "2026-11-22") if day > 22 else days("2026-11-14", "2026-11-15")
    )


@pytest.mark.parametrize(
    "text",
    [
        "may I go", "I sat in the sun", "what second thing", "31 June", "on 2023-13-45", "the 5 of us",
        "2000 dollars", "the mayor", "todays", "the last two", "Augusta", "30 February 2023", "a week", "Mondays",
    ],
)  # fmt: skip
def test_other_words_name_no_time(text: str) -> None:
    time = read_time_words(text, TODAY)
    assert time.spans == ()
    assert time.rest == text


def test_a_date_without_a_year_may_mean_an_earlier_one() -> None:
    time = read_time_words("on 8 May", TODAY)
    assert time.nearness(date(2026, 5, 8)) == 1
    assert 0.8 < time.nearness(date(2023, 5, 8)) < 1


def test_a_date_counts_and_not_the_words_beside_it() -> None:
    time = read_time_words("what did he finish last Friday on 23 January, 2022?", TODAY)
    assert [span.first for span in time.spans] == [date(2022, 1, 23)]


def test_what_is_told_some_days_later_is_near_and_what_is_far_is_not() -> None:
    time = read_time_words("on 8 May 2023", TODAY)
    near = [time.nearness(date(2023, month, day)) for month, day in ((5, 8), (5, 10), (5, 20), (6, 10), (8, 1))]
    assert near == [1, 0.8, 0.5, 0.25, 0]
    month = read_time_words("in May 2023", TODAY)
    assert [month.nearness(date(2023, 5, 31)), month.nearness(date(2023, 6, 5))] == [1, 0.5]
    year = read_time_words("in 2023", TODAY)
    assert year.spans[0].precision is Precision.YEAR
    assert [year.nearness(date(2023, 5, 31)), year.nearness(date(2024, 1, 1))] == [0.3, 0]


@given(st.text(st.sampled_from("0123456789 -./,lastweekmonthdyinmayagovor"), max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_time_words(text, TODAY)
