"""Tells the date and the time."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capabilities import Context, TellTheModel, capability


@capability(read_only=True)
async def current_time(ctx: Context, time_zone: str | None = None) -> str:
    """Tell the weekday, date and time, where the person is or in another time zone.

    `time_zone` is an IANA name such as "Europe/Berlin" or "Asia/Tokyo"; leave it out for the person's own.
    """
    zone = _zone(time_zone or ctx.time_zone)
    now = ctx.now().astimezone(zone)
    offset = now.isoformat(timespec="minutes")[-6:]
    return f"{now:%A}, {now.day} {now:%B %Y}, {now:%H:%M}, {zone.key} (UTC{offset})"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # Names are looked up as files: "Europe" is a directory, "../x" no key, a very long one no file name.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TellTheModel(f'there is no time zone "{name[:60]}"; use an IANA name such as Europe/Berlin') from error
