"""What commands about a guild need of its platform: what there is, what Ember lacks there, and a notice to all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.sentences import Sentence, Sentences
from memory import Channel, Place

NAMED: Final = 10  #: channels that one sentence names
MISSING_NAMED: Final = 5  #: lines about what is missing


@dataclass(frozen=True, slots=True)
class GuildChannel:
    """A guild's channel as Ember may use it."""

    id: str
    name: str  #: as people see it, with its mark
    may_talk: bool
    missing: tuple[str, ...]  #: permissions that something of Ember's needs, as the platform calls them


@dataclass(frozen=True, slots=True)
class GuildRole:
    """A role of a guild's members."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PostedNotice:
    """A notice that was posted for everybody."""

    message: str  #: the platform's id
    pinned: bool  #: False: Ember may not pin there


class GuildDoor(Protocol):
    """A platform with guilds."""

    @property
    def reads_everything(self) -> bool:
        """Whether Ember is shown what is said without mentioning it."""

    def channels(self, guild: str) -> Sequence[GuildChannel]:
        """Returns the channels of a guild that Ember sees, as people see them in order."""

    def roles(self, guild: str) -> Sequence[GuildRole]:
        """Returns the roles of a guild, without the one that everybody has."""

    async def post_notice(self, place: Place, text: str) -> PostedNotice:
        """Posts and pins something in a place. Raises NotDelivered, Undeliverable."""

    async def take_down(self, place: Place, message: str) -> None:
        """Deletes a notice, if it is still there. Raises NotDelivered, Undeliverable."""


class GuildDoors:
    """The doors that are open, by channel."""

    def __init__(self) -> None:
        self._doors: dict[Channel, GuildDoor] = {}

    def attend(self, channel: Channel, door: GuildDoor) -> None:
        """Asks a platform from now on."""
        self._doors[channel] = door

    def find(self, place: Place) -> GuildDoor | None:
        """Returns the door of a place's channel; None when it is not open."""
        return self._doors.get(place.channel)


def set_up_check(sentences: Sentences, language: str, channels: Sequence[GuildChannel], reads_everything: bool) -> str:
    """Says where Ember may talk, and what is missing there; short."""
    talking = [channel for channel in channels if channel.may_talk]
    if talking:
        names = ", ".join(channel.name for channel in talking[:NAMED]) + (", …" if len(talking) > NAMED else "")
        lines = [sentences.say(Sentence.SETUP_MAY_TALK_IN, language, channels=names)]
    else:
        lines = [sentences.say(Sentence.SETUP_MAY_TALK_NOWHERE, language)]
    lacking = [(missing, channel.name) for channel in talking or channels for missing in channel.missing]
    lines += [
        sentences.say(Sentence.SETUP_MISSING_PERMISSION, language, permission=permission, channel=name)
        for permission, name in lacking[:MISSING_NAMED]
    ]
    if not reads_everything:
        lines.append(sentences.say(Sentence.SETUP_CONTENT_WITHHELD, language))
    return "\n".join(lines)
