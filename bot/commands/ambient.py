"""`ambient`: where a guild's admins let Ember join in without being asked."""

from typing import Final

from bot.channel import NotDelivered, Undeliverable
from bot.commands.page import Asking, Command, Option, OptionKind, Page, Rank
from bot.configuration import Configuration, of_channel
from bot.conversation.speak_gate import AMBIENT, AMBIENT_NOTICE, SpeakGate
from bot.guild_door import GuildDoors
from bot.sentences import Sentence, Sentences
from memory import Place

PER_HOUR: Final = "per-hour"
USUALLY_PER_HOUR: Final = 3
MOST_PER_HOUR: Final = 60

_TITLE: Final = "Ambient"
_UNREAD: Final = (
    "That needs Discord's Message Content intent, which I do not have: without it I am not shown what is said to "
    "nobody. My owner can grant it in Discord's developer portal."
)
_UNPINNED: Final = (
    "I posted the notice but may not pin it here: give me the permission “Pin Messages”, or pin it yourself."
)


class AmbientCommands:
    """Switches ambient mode; a notice in the channel says so to everybody."""

    def __init__(self, configuration: Configuration, gate: SpeakGate, doors: GuildDoors, sentences: Sentences) -> None:
        self._configuration = configuration
        self._gate = gate
        self._doors = doors
        self._sentences = sentences

    def commands(self) -> tuple[Command, ...]:
        cap = Option(PER_HOUR, f"How often an hour at most; left out: {USUALLY_PER_HOUR}", OptionKind.NUMBER)
        admin = Rank.GUILD_ADMIN
        return (
            Command(
                "ambient on", "I may join in here without being asked", self.on, (cap,), rank=admin, in_guilds=True
            ),
            Command("ambient off", "I speak here only when I am spoken to", self.off, rank=admin, in_guilds=True),
            Command("ambient status", "Whether I may join in here", self.status, rank=admin, in_guilds=True),
        )

    async def on(self, asking: Asking) -> Page:
        """Posts and pins the notice, then lets Ember join in; nobody is listened to without having been told."""
        cap = asking.number(PER_HOUR, 1, MOST_PER_HOUR) or USUALLY_PER_HOUR
        door, channel = self._doors.find(asking.place), of_channel(asking.place.channel_id)
        if door is None or not door.reads_everything:
            return Page(_TITLE, _UNREAD)
        told = ""
        if self._notice(channel) is None:
            text = self._sentences.say(Sentence.CHANNEL_AMBIENT, asking.person.language)
            try:
                notice = await door.post_notice(_channel_of(asking.place), text)
            except (NotDelivered, Undeliverable):
                return Page(_TITLE, "I could not post the notice here that says so, so I leave it. May I write here?")
            await self._configuration.set(AMBIENT_NOTICE, channel, notice.message, asking.person)
            told = "" if notice.pinned else f"\n{_UNPINNED}"
        await self._configuration.set(AMBIENT, channel, cap, asking.person)
        return Page(_TITLE, f"I may join in here, at most {_times(cap)} an hour. /quiet holds me back.{told}")

    async def off(self, asking: Asking) -> Page:
        """Ends it at once, and takes the notice down."""
        channel, was_on = of_channel(asking.place.channel_id), self._gate.cap(asking.place) > 0
        if was_on:
            await self._configuration.set(AMBIENT, channel, None, asking.person)
        notice, door = self._notice(channel), self._doors.find(asking.place)
        told = ""
        if notice is not None:
            await self._configuration.set(AMBIENT_NOTICE, channel, None, asking.person)
            try:
                if door is not None:
                    await door.take_down(_channel_of(asking.place), notice)
            except (NotDelivered, Undeliverable):
                told = " I could not take my notice down; you can delete it."
        return Page(_TITLE, ("I speak here only when I am spoken to." if was_on else "It was not on.") + told)

    async def status(self, asking: Asking) -> Page:
        """Says whether it is on here, and what holds it back."""
        cap = self._gate.cap(asking.place)
        if not cap:
            return Page(_TITLE, "It is off here: I speak only when I am spoken to.")
        held = " Just now somebody asked me to be quiet." if self._gate.is_quiet(asking.place) else ""
        return Page(_TITLE, f"It is on here: I may join in, at most {_times(cap)} an hour.{held}")

    def _notice(self, channel: str) -> str | None:
        kept = self._configuration.setting(AMBIENT_NOTICE, channel)
        return kept.value if kept is not None and isinstance(kept.value, str) else None


def _channel_of(place: Place) -> Place:
    """The channel itself, also when a thread of it was where the command was used."""
    return Place(place.channel, place.readers, place.channel_id, place.guild)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
