"""What happens with a message: whether Ember answers, may speak up unasked, or leaves no trace of it.

What admins have set for a guild or a channel is read from the configuration, under the names below; a thread counts as
its channel. Whoever has not set anything has a bot that talks where it is spoken to.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from bot.configuration import Configuration, of_channel, of_guild
from bot.turn import Incoming
from memory import Clock, Place

MUTED: Final = "muted_until"  #: of a guild or a channel: a moment, or FOR_EVER
QUIET: Final = "quiet_until"  #: of a channel: the same
TALKS: Final = "talks"  #: of a guild or a channel: False where Ember may not talk; the channel's goes before
AMBIENT: Final = "ambient_per_hour"  #: of a channel: how often in an hour Ember may speak up unasked
AMBIENT_NOTICE: Final = "ambient_notice"  #: of a channel: the platform's id of the notice that says so
BASE_ROLE: Final = "base_role"  #: of a guild: the role whose members are the whole guild
FOR_EVER: Final = "for ever"


class Speaking(StrEnum):
    """What is done with a message."""

    ANSWER = "answer"  #: it is recorded and answered
    AMBIENT = "ambient"  #: nobody was asked, and Ember may speak up there
    ELSEWHERE = "elsewhere"  #: Ember was asked in a guild in which it does not talk
    NOTHING = "nothing"  #: no row, no model request


class SpeakGate:
    """Decides by what is set now. `guilds`: the only ones in which Ember talks; none named: all."""

    def __init__(self, configuration: Configuration, clock: Clock, guilds: Collection[str]) -> None:
        self._configuration = configuration
        self._clock = clock
        self._guilds = frozenset(guilds)

    def decide(self, incoming: Incoming) -> Speaking:
        """Says what is done with a message; nothing is asked or awaited for it."""
        place = incoming.message.place
        if self.is_elsewhere(place):
            return Speaking.ELSEWHERE if incoming.addressed else Speaking.NOTHING
        if self.is_silent(place):
            return Speaking.NOTHING
        if incoming.addressed:
            return Speaking.ANSWER
        return Speaking.AMBIENT if self.listens(place) and not incoming.to_others else Speaking.NOTHING

    def is_elsewhere(self, place: Place) -> bool:
        """Whether a place is in a guild that the owner has not named."""
        return place.guild is not None and self.is_elsewhere_in(place.guild)

    def is_elsewhere_in(self, guild: str) -> bool:
        """The same of a guild."""
        return bool(self._guilds) and guild not in self._guilds

    def is_closed(self, place: Place) -> bool:
        """Whether nobody is answered in a place: Ember says nothing there, or one word about where it does talk."""
        return self.is_silent(place) or self.is_elsewhere(place)

    def is_silent(self, place: Place) -> bool:
        """Whether Ember says nothing in a place, whoever asks."""
        return not self.talks(place) or self.is_muted(place)

    def talks(self, place: Place) -> bool:
        """Whether a guild's admins let Ember talk in a place."""
        return place.guild is None or self.talks_in(place.guild, place.channel_id)

    def talks_in(self, guild: str, channel_id: str) -> bool:
        """The same of a guild's channel."""
        return self._configuration.value(TALKS, guild, channel_id) is not False

    def is_muted(self, place: Place) -> bool:
        if place.guild is None:
            return False
        return self.muted_in(of_guild(place.guild)) or self.muted_in(of_channel(place.channel_id))

    def muted_in(self, target: str) -> bool:
        """Whether just that guild or channel is muted now."""
        return self._lasts(MUTED, target)

    def listens(self, place: Place) -> bool:
        """Whether Ember may speak up unasked in a place now."""
        return place.guild is not None and self.cap(place) > 0 and not self.is_quiet(place)

    def is_quiet(self, place: Place) -> bool:
        return self._lasts(QUIET, of_channel(place.channel_id))

    def cap(self, place: Place) -> int:
        """How often in an hour Ember may speak up unasked in a place."""
        kept = self._configuration.setting(AMBIENT, of_channel(place.channel_id))
        return kept.value if kept is not None and isinstance(kept.value, int) else 0

    def base_role(self, guild: str) -> int | None:
        """Returns the id of the role that a guild's admin has named as everybody's."""
        kept = self._configuration.setting(BASE_ROLE, of_guild(guild))
        return int(kept.value) if kept is not None and isinstance(kept.value, str) else None

    def _lasts(self, name: str, target: str) -> bool:
        kept = self._configuration.setting(name, target)
        return kept is not None and _is_ahead(kept.value, self._clock.now())


def _is_ahead(until: JsonValue, now: datetime) -> bool:
    return until == FOR_EVER or (isinstance(until, str) and datetime.fromisoformat(until) > now)
