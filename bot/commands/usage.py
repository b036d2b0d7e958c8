"""`usage` shows what one's own talk with Ember took, by day."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.commands.memories.own_items import OwnItems
from bot.commands.page import Asking, Chart, Command, Option, OptionKind, Page
from bot.commands.why import cost, tokens
from memory import Store, Used, UsedAt

USUAL: Final = 14  #: days
LONGEST: Final = 90
_DAYS: Final = "days"
_NONE: Final = Used(0, 0, 0, 0, None)


class UsageCommand:
    """Reads the ledger, for the asker alone."""

    def __init__(self, store: Store, items: OwnItems) -> None:
        self._store = store
        self._items = items

    def commands(self) -> tuple[Command, ...]:
        days = Option(_DAYS, f"How many days, to today; {USUAL} if you leave it out", OptionKind.NUMBER)
        return (Command("usage", "Show what your talk with me took, by day", self.usage, (days,)),)

    async def usage(self, asking: Asking) -> Page:
        """Shows the asker's model calls, tokens and cost, what Ember did for them by itself with them."""
        days = asking.number(_DAYS, 1, LONGEST) or USUAL
        zone = self._items.zone(asking)
        last = self._store.clock.now().astimezone(zone).date()
        first = last - timedelta(days=days - 1)
        since = datetime.combine(first, time(), zone).astimezone(UTC)
        by_day: dict[date, list[UsedAt]] = defaultdict(list)
        for one in await self._store.ledger.of_person(asking.person.id, since):
            by_day[one.at.astimezone(zone).date()].append(one)
        span = "today" if days == 1 else f"in the last {days} days"
        if not by_day:
            return Page("Usage", f"You have used nothing {span}.")
        total = _sum([one for of_day in by_day.values() for one in of_day])
        rows = tuple((str(day), _told(_sum(by_day[day]))) for day in sorted(by_day, reverse=True))
        every = (first + timedelta(days=number) for number in range(days))
        used = tuple((f"{day:%d %b}", float(_tokens(_sum(by_day[day]) if day in by_day else _NONE))) for day in every)
        return Page(
            "Usage", f"You, {span}: {_told(total)}.", ("day", "what"), rows, chart=Chart("Tokens a day", "tokens", used)
        )


def _sum(of: list[UsedAt]) -> Used:
    """Adds up; of a sum in which one cost is not known, none is."""
    costs = [one.used.cost_usd for one in of]
    known = [one for one in costs if one is not None]
    return Used(
        calls=len(of),
        input_tokens=sum(one.used.input_tokens for one in of),
        cached_input_tokens=sum(one.used.cached_input_tokens for one in of),
        output_tokens=sum(one.used.output_tokens for one in of),
        cost_usd=sum(known) if len(known) == len(costs) else None,
    )


def _tokens(used: Used) -> int:
    return used.input_tokens + used.output_tokens


def _told(used: Used) -> str:
    return f"{tokens(used)}; cost {cost(used.cost_usd)}"
