"""A channel without a platform: what is said is handed to the Router, what is delivered stands in a list."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from bot.app import Ember
from bot.channel import Delivery, NotDelivered
from bot.surroundings import Appetite, Attached, Author, FileKind, Surroundings
from bot.turn import Incoming
from memory import Channel, IncomingMessage, Message, OneReader, OpenTurn, PartOfGuild, Place, Thread, WholeGuild


class SilentLive:
    """Shows nothing; counts what it was told."""

    def __init__(self, visible: bool = False) -> None:
        self.visible = visible
        self.shown = ""
        self.withdrawn = 0

    async def show(self, text: str) -> bool:
        self.shown += text
        return self.visible

    async def withdraw(self) -> None:
        self.withdrawn += 1
        self.shown = ""

    async def let_join(self) -> None:
        return

    async def close(self) -> None:
        return

    async def stop(self, mark: str) -> None:
        self.shown += mark


class ChannelInAList:
    """A Discord-like channel that keeps what it delivers."""

    channel = Channel.DISCORD

    def __init__(self, ember: Ember, visible: bool = False) -> None:
        self._ember = ember
        self._visible = visible
        self._numbers = count(1)
        self._arrived = asyncio.Condition()
        self.places: dict[str, Place] = {}
        self.deliveries: list[Delivery] = []
        self.lives: list[SilentLive] = []
        self.removed: list[str] = []
        self.around = Surroundings()  #: of every line
        self.voice: bytes | None = None  #: spoken in the first line of every turn
        self.broken = False  #: takes no delivery

    async def run(self) -> None:
        await self._ember.router.attend(self)

    async def place(self, key: str) -> Place | None:
        return self.places.get(key)

    async def surroundings(self, place: Place, lines: Sequence[Message], appetite: Appetite) -> Surroundings:
        if self.voice is None:
            return self.around
        name = "voice-message.ogg"
        voice = Attached(FileKind.AUDIO, Author.ASKER, name, "", 4, self.voice, came_with=lines[0].id, spoken=True)
        return replace(self.around, attached=(voice,))

    async def live(self, turn: OpenTurn, reply_to: str | None) -> SilentLive:
        self.lives.append(SilentLive(self._visible))
        return self.lives[-1]

    async def deliver(self, delivery: Delivery) -> str | None:
        if self.broken:
            raise NotDelivered("the platform is down")
        async with self._arrived:
            self.deliveries.append(delivery)
            self._arrived.notify_all()
        return f"sent-{len(self.deliveries)}"

    async def remove(self, place: Place, platform_id: str) -> None:
        self.removed.append(platform_id)

    async def say(self, text: str, place: Place, who: str = "ej", external_id: str | None = None) -> str | None:
        """Says something that is addressed to Ember."""
        self.places[place.key] = place
        message = IncomingMessage(
            external_id=external_id or f"{who}-{next(self._numbers)}-{id(self)}",
            place=place,
            link_kind=Channel.DISCORD,
            address=who,
            name=who.upper(),
            content=text,
        )
        return await self._ember.router.receive(Incoming(message, addressed=True, counted=False))

    async def deliveries_of(self, number: int) -> list[Delivery]:
        """Waits until so many were delivered."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.deliveries) >= number)
            return self.deliveries

    async def answer(self, text: str, place: Place, who: str = "ej") -> str:
        """Says something and waits for the next delivery."""
        before = len(self.deliveries)
        assert await self.say(text, place, who) is None
        return (await self.deliveries_of(before + 1))[before].text


def dm(who: str = "ej") -> Place:
    return Place(Channel.DISCORD, OneReader(), channel_id=f"dm-{who}")


def open_channel(name: str = "general", guild: str = "g") -> Place:
    return Place(Channel.DISCORD, WholeGuild(), channel_id=name, guild=guild)


def closed_channel(name: str = "staff", guild: str = "g") -> Place:
    return Place(Channel.DISCORD, PartOfGuild(), channel_id=name, guild=guild)


def private_thread(name: str, parent: str = "general", guild: str = "g") -> Place:
    return Place(Channel.DISCORD, PartOfGuild(), channel_id=parent, guild=guild, thread=Thread(name, private=True))
