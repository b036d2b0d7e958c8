import pytest

from tests.capabilities.asking import Asking


async def test_the_time_is_told_where_the_asker_is() -> None:
    result = await Asking().call("current_time", "")
    assert result.text == "Saturday, 21 November 2026, 10:05, Europe/Berlin (UTC+01:00)"


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Asia/Kolkata", "14:35, Asia/Kolkata (UTC+05:30)"),
        ("America/New_York", "04:05, America/New_York (UTC-05:00)"),
        ("UTC", "09:05, UTC (UTC+00:00)"),
    ],
)
async def test_the_time_is_told_elsewhere(zone: str, told: str) -> None:
    assert (await Asking().call("current_time", f'{{"time_zone": "{zone}"}}')).text.endswith(told)


@pytest.mark.parametrize("zone", ["Mars", "Europe", "../etc/passwd", "/etc/passwd", "x" * 5000, "a\\u0000b"])
async def test_an_unknown_zone_is_told_so(zone: str) -> None:
    result = await Asking().call("current_time", f'{{"time_zone": "{zone}"}}')
    assert not result.success
    assert "there is no time zone" in result.text
    assert len(result.text) < 200
