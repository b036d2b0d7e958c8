"""`mute`, `unmute` and `quiet`: when Ember says nothing, and when it says nothing unasked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.page import Asking, Command, Option, OptionKind, Page, Rank
from bot.configuration import Configuration, of_channel, of_guild
from bot.conversation.speak_gate import FOR_EVER, MUTED, QUIET, SpeakGate
from memory import Clock

MINUTES: Final = "minutes"
EVERYWHERE: Final = "everywhere"
YES: Final = "yes"
QUIET_MINUTES: Final = 60
LONGEST_MINUTES: Final = 43_200  #: thirty days

_WHOLE_SERVER: Final = Option(EVERYWHERE, "yes: in the whole server", OptionKind.NAME, choices=(YES,))


class HushCommands:
    """The commands that quieten. `fall_silent` ends what is under way where Ember may say nothing any more."""

    def __init__(
        self,
        configuration: Configuration,
        gate: SpeakGate,
        clock: Clock,
        default_zone: str,
        fall_silent: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._gate = gate
        self._clock = clock
        self._default_zone = default_zone
        self._fall_silent = fall_silent

    def commands(self) -> tuple[Command, ...]:
        for_how_long = Option(MINUTES, "For how many minutes; left out: until /unmute", OptionKind.NUMBER)
        for_a_while = Option(
            MINUTES, f"For how many minutes; left out: {QUIET_MINUTES}; 0: no longer", OptionKind.NUMBER
        )
        return (
            Command(
                "mute",
                "I say nothing here at all, at once",
                self.mute,
                (for_how_long, _WHOLE_SERVER),
                rank=Rank.GUILD_ADMIN,
                in_guilds=True,
            ),
            Command(
                "unmute", "I may talk here again", self.unmute, (_WHOLE_SERVER,), rank=Rank.GUILD_ADMIN, in_guilds=True
            ),
            Command(
                "quiet",
                "I say nothing here without being asked, for a while",
                self.quiet,
                (for_a_while,),
                in_guilds=True,
                introduces=True,
            ),
        )

    async def mute(self, asking: Asking) -> Page:
        """Silences a channel with its threads, or a guild: answers under way end, and those that wait are dropped."""
        minutes = asking.number(MINUTES, 1, LONGEST_MINUTES)
        until = None if minutes is None else self._clock.now() + timedelta(minutes=minutes)
        await self._configuration.set(MUTED, _target(asking), _kept(until), asking.person)
        self._fall_silent()
        where = "in this server" if asking.text(EVERYWHERE) else "here"
        return Page("Mute", f"I say nothing {where} {self._until(asking, until)}. /unmute ends it.")

    async def unmute(self, asking: Asking) -> Page:
        """Ends what `mute` began."""
        target = _target(asking)
        was_muted = self._gate.muted_in(target)
        if was_muted:
            await self._configuration.set(MUTED, target, None, asking.person)
        if self._gate.is_muted(asking.place):
            other = "the whole server is muted: /unmute with everywhere ends that"
            if asking.text(EVERYWHERE):
                other = "this channel is muted by itself: /unmute here ends that"
            return Page("Unmute", f"I still say nothing here: {other}.")
        return Page("Unmute", "I talk here again." if was_muted else "I was not muted.")

    async def quiet(self, asking: Asking) -> Page:
        """Has Ember speak only when it is spoken to; whoever is there may ask for that."""
        minutes = asking.number(MINUTES, 0, LONGEST_MINUTES)
        target = of_channel(asking.place.channel_id)
        if minutes == 0:
            await self._configuration.set(QUIET, target, None, asking.person)
            return Page("Quiet", "That is over.")
        until = self._clock.now() + timedelta(minutes=QUIET_MINUTES if minutes is None else minutes)
        await self._configuration.set(QUIET, target, _kept(until), asking.person)
        return Page("Quiet", f"I speak here only when I am spoken to, {self._until(asking, until)}.")

    def _until(self, asking: Asking, until: datetime | None) -> str:
        if until is None:
            return "from now on"
        zone = ZoneInfo(asking.person.time_zone or self._default_zone)
        return f"until {until.astimezone(zone):%Y-%m-%d %H:%M}"


def _target(asking: Asking) -> str:
    guild = asking.place.guild
    return of_guild(guild) if guild is not None and asking.text(EVERYWHERE) else of_channel(asking.place.channel_id)


def _kept(until: datetime | None) -> str:
    return FOR_EVER if until is None else until.isoformat()
