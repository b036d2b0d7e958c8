"""`admin stats|people|memory`: how much is said, by how many, and what is kept; never what anybody says."""

from datetime import datetime, timedelta
from typing import Final

from bot.commands.admin.naming import PAGE_OPTION, moment
from bot.commands.page import Asking, Chart, Command, Page, Rank, leafed
from memory import Store, Traffic

DAYS: Final = 30  #: that the figures are of
CHARTED_DAYS: Final = 14
PEOPLE: Final = 500  #: at most, those answered most

_SCOPES: Final = {
    "private": "one person alone",
    "channel": "a channel's readers",
    "guild": "a whole server",
    "thread": "the readers of a mail thread",
    "everyone": "everybody",
}


class FigureCommands:
    """Reads counts: in a guild those of what everybody in it can read, with the owner alone all of them."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        rank = Rank.GUILD_ADMIN
        return (
            Command("admin stats", "Show how much I am used here", self.stats, rank=rank),
            Command("admin people", "Show who talks with me here", self.people, (PAGE_OPTION,), rank),
            Command("admin memory", "Show how much I keep", self.memory, rank=Rank.OWNER),
        )

    async def stats(self, asking: Asking) -> Page:
        """Shows the figures of the last days, with a chart of the messages."""
        traffic = await self._store.figures.traffic(DAYS, asking.place.guild)
        rows = (
            ("people answered", f"{traffic.people:,}"),
            ("answers", f"{traffic.answers:,}"),
            ("messages to me", f"{sum(traffic.messages_by_day.values()):,}"),
            ("answers with a thumb up", f"{traffic.liked:,}"),
            ("answers with a thumb down", f"{traffic.disliked:,}"),
        )
        return Page("Figures", _of(asking), ("what", "how many"), rows, chart=self._chart(traffic))

    async def people(self, asking: Asking) -> Page:
        """Lists who was answered in the last days, and how often."""
        found = await self._store.figures.people(DAYS, PEOPLE, asking.place.guild)
        rows = [
            (one.name, "1 answer" if one.answers == 1 else f"{one.answers:,} answers", self._last(asking, one.last_at))
            for one in found
        ]
        shown, buttons = leafed("admin people", rows, asking)
        return Page("People", _of(asking), ("who", "answers", "last"), shown, buttons)

    async def memory(self, asking: Asking) -> Page:
        """Shows how many items are kept, by what they are and by who may see them, and what is held at hand."""
        health = self._store.health()
        rows = (
            *((one.what, f"for {_SCOPES[one.kind]}", f"{one.count:,}") for one in await self._store.figures.items()),
            ("held for fast reading", "of all", f"{health.hot_cache_size:,}"),
            ("vectors", "of all", f"{await self._store.figures.vectors():,}"),
        )
        return Page("Memory", "What is in force, counted.", ("what", "seen by", "how many"), rows)

    def _chart(self, traffic: Traffic) -> Chart:
        today = self._store.clock.now().date()
        days = [today - timedelta(days=back) for back in reversed(range(CHARTED_DAYS))]
        bars = tuple((f"{day:%m-%d}", float(traffic.messages_by_day.get(f"{day:%Y-%m-%d}", 0))) for day in days)
        return Chart("Messages to me a day (UTC)", "messages", bars)

    def _last(self, asking: Asking, at: datetime) -> str:
        return moment(at, asking, self._default_zone)


def _of(asking: Asking) -> str:
    """Says what the figures are of."""
    if asking.place.guild is None:
        return f"Everywhere, in the last {DAYS} days."
    return f"In this server, in the channels that everybody here can read, in the last {DAYS} days."
