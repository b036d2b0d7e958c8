"""`admin logs|audit`: the warnings and errors of late, and what admins did."""

from typing import Final

from bot.commands.admin.naming import PAGE_OPTION, moment
from bot.commands.page import Asking, Command, Page, Rank, leafed
from memory import Store

LAST: Final = 200  #: lines or uses


class RecordCommands:
    """Reads what was kept; neither record holds anybody's words."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        return (
            Command(
                "admin logs",
                "Show my last warnings and errors",
                self.logs,
                (PAGE_OPTION,),
                Rank.OWNER,
                looks_only=True,
            ),
            Command("admin audit", "Show what admins did", self.audit, (PAGE_OPTION,), Rank.GUILD_ADMIN),
        )

    async def logs(self, asking: Asking) -> Page:
        """Lists warnings and errors, newest first."""
        rows = [
            (
                moment(one.created_at, asking, self._default_zone),
                one.level,
                one.event,
                ", ".join(f"{name} {value}" for name, value in one.facts.items()),
            )
            for one in await self._store.logs.last(LAST)
        ]
        shown, buttons = leafed("admin logs", rows, asking)
        text = "" if rows else "There was nothing to warn of."
        return Page("Log", text, ("when", "how bad", "what", "more"), shown, buttons)

    async def audit(self, asking: Asking) -> Page:
        """Lists uses of admins' commands, newest first: the owner's everywhere, a guild admin's in the guild."""
        guild = None if Rank.OWNER in asking.ranks else asking.place.guild
        rows = [
            (moment(one.created_at, asking, self._default_zone), one.actor, f"/{one.action}", one.target, one.outcome)
            for one in await self._store.audit.last(LAST, guild, asking.use)
        ]
        shown, buttons = leafed("admin audit", rows, asking)
        return Page("Audit", "", ("when", "who", "what", "on", "outcome"), shown, buttons)
