"""Column types: a moment comes back as it was, and stands in the order of time."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from memory.tables.types import NaiveTime, UtcDateTime
from tests.memory.scene import MORNING

moments = st.builds(
    lambda away, minutes: (MORNING + away).astimezone(timezone(timedelta(minutes=minutes))),
    st.timedeltas(timedelta(days=-730_000), timedelta(days=2_900_000)),
    st.integers(-1439, 1439),
)
_DIALECT = sqlite.dialect()


def text_of(moment: datetime) -> str:
    text = UtcDateTime().process_bind_param(moment, _DIALECT)
    assert text is not None
    return text


@given(moments)
def test_a_moment_keeps_its_microseconds_and_comes_back_in_utc(moment: datetime) -> None:
    back = UtcDateTime().process_result_value(text_of(moment), _DIALECT)
    assert back == moment
    assert back is not None
    assert back.utcoffset() == timedelta(0)


@given(moments, moments)
def test_the_order_of_texts_is_the_order_of_moments(one: datetime, other: datetime) -> None:
    assert (text_of(one) < text_of(other)) == (one < other)
    assert (text_of(one) == text_of(other)) == (one == other)


def test_a_whole_second_is_written_out_like_any_other() -> None:
    assert text_of(datetime(2026, 11, 21, 9, 5, tzinfo=UTC)) == "2026-11-21T09:05:00.000000+00:00"


def test_the_two_moments_of_a_doubled_hour_are_two_texts() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    assert text_of(first) == "2026-10-25T00:30:00.000000+00:00"
    assert text_of(first.replace(fold=1)) == "2026-10-25T01:30:00.000000+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveTime):
        text_of(datetime(2026, 11, 21, 9, 5, tzinfo=UTC).replace(tzinfo=None))
