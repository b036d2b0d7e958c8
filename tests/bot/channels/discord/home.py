"""A Discord with one guild in it, a model server, and Ember between them: all real but for the two servers."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from bot.app import Ember, open_ember
from bot.channels.discord import DiscordChannel
from bot.channels.discord.streaming import Pace
from bot.settings import Settings
from memory import Clock
from tests.servers.discord import Channel, DiscordServer, Message, User
from tests.servers.openai import BACKGROUND, Body, OpenAIServer, Reply, call


@dataclass(frozen=True)
class Listening:
    """A channel with the task that runs it."""

    channel: DiscordChannel
    task: asyncio.Task[None]


class Home:
    """The guild "home" with #general, Ada and Bob, and the data directory that outlives a restart."""

    def __init__(self, server: DiscordServer, model: OpenAIServer, data_dir: Path) -> None:
        self.server = server
        self.world = server.world
        self.model = model
        self.data_dir = data_dir
        self.pace: Pace | None = None  #: at which replies are shown
        self.guild = self.world.add_guild("home")
        self.general = self.world.add_channel(self.guild, "general")
        self.ada = self.add_member("ada")
        self.bob = self.add_member("bob")
        model.answer_with(think)

    @property
    def me(self) -> str:
        """How people mention Ember."""
        return self.world.bot.mention

    def add_member(self, name: str) -> User:
        user = self.world.add_user(name)
        self.world.join(self.guild, user)
        return user

    def dm(self, user: User) -> Channel:
        return self.world.dm(user)

    # Ember

    def settings(self, **changed: object) -> Settings:
        usual = {
            "data_dir": self.data_dir,
            "messages_per_minute": 1_000,
            "sqlite_synchronous": "NORMAL",  # no power is cut here
            "openai_base_url": self.model.base_url,
            "background_model": BACKGROUND,
            "openai_model": "m",
            "discord_token": self.server.token,
            "discord_api_base": self.server.base,
        }
        return Settings.model_validate(usual | changed)

    @asynccontextmanager
    async def ember(
        self, learning: bool = False, clock: Clock | None = None, **changed: object
    ) -> AsyncIterator[Ember]:
        """Runs Ember until the block is left; `learning`: its own work too."""
        settings = self.settings(**changed)
        async with open_ember(settings, "a test", clock) as ember:
            working = asyncio.create_task(ember.worker.run())
            behind = asyncio.create_task(ember.background.run()) if learning else None
            try:
                async with self.listening(ember, settings):
                    yield ember
            finally:
                await ember.turns.close(grace_seconds=0)
                ember.worker.stop()
                await working
                if behind is not None:
                    behind.cancel()
                    await asyncio.wait([behind])

    @asynccontextmanager
    async def listening(self, ember: Ember, settings: Settings) -> AsyncIterator[Listening]:
        """Listens on Discord until the block is left."""
        channel = discord_channel(ember, settings, self.pace)
        listening = asyncio.create_task(channel.run())
        try:
            await self.server.wait_connected()
            yield Listening(channel, listening)
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Lets no file of this process grow beyond the database's log."""
        before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((self.data_dir / "ember.db-wal").stat().st_size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))

    # What is said, and what came of it

    async def ask(self, user: User, channel: Channel, text: str) -> Message:
        """Says something and returns the next message of Ember's there."""
        before = len(self.server.sent_by_bot(channel))
        await self.server.say(user, channel, text)
        return (await self.server.wait_messages(channel, before + 1))[before]

    def answers(self, channel: Channel) -> list[str]:
        """What Ember has said somewhere, without the small print below."""
        return [message.content.partition("\n-#")[0] for message in self.server.sent_by_bot(channel)]

    def value(self, query: str) -> object:
        """Reads one value, past Ember."""
        with sqlite3.connect(f"file:{self.data_dir / 'ember.db'}?mode=ro", uri=True) as database:
            row = database.execute(query).fetchone()
            return None if row is None else row[0]

    def rows(self, table: str, condition: str = "1") -> int:
        """Counts rows, past Ember."""
        with sqlite3.connect(f"file:{self.data_dir / 'ember.db'}?mode=ro", uri=True) as database:
            return int(database.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()[0])

    async def until(self, probe: Callable[[], object]) -> None:
        """Waits for something that happens inside of Ember, of which neither server hears."""
        async with asyncio.timeout(5):
            while not probe():
                await asyncio.sleep(0.005)

    def prompts(self) -> list[str]:
        """What the model was sent, a text a request."""
        return [str(request["messages"]) for request in self.model.requests]

    def edits(self, channel: Channel) -> list[str]:
        """What Ember's messages in a channel were made to say, in order."""
        path = f"/channels/{channel.id}/messages/"
        return [
            str(request.json["content"])
            for request in self.server.requests
            if request.method == "PATCH" and request.path.startswith(path) and isinstance(request.json, dict)
        ]

    def posts(self, channel: Channel) -> int:
        """Counts the attempts to send something to a channel."""
        path = f"/channels/{channel.id}/messages"
        return sum(request.method == "POST" and request.path == path for request in self.server.requests)


def discord_channel(ember: Ember, settings: Settings, pace: Pace | None = None) -> DiscordChannel:
    """Opens the channel as the app does, but for the wait for guilds that the server does not have."""
    return DiscordChannel(
        settings=settings,
        store=ember.store,
        router=ember.router,
        commands=ember.commands,
        sentences=ember.sentences,
        gate=ember.gate,
        doors=ember.doors,
        model_works=ember.model_works,
        outbox=ember.outbox,
        guild_wait_seconds=0.01,
        pace=pace,
    )


def think(body: Body) -> Reply:
    """A model that remembers what it is told to, looks up what it is asked, and else says what it heard."""
    last = messages_of(body)[-1]
    words = words_of(body)
    if last["role"] == "tool":
        return Reply((f"Found: {last['content']}",) if "items" in str(last["content"]) else ("Noted.",))
    if words.startswith("remember "):
        return Reply((call("remember", {"content": words.removeprefix("remember ")}),))
    if words.startswith("what "):
        return Reply((call("recall", {"query": words}),))
    return Reply((f"You said: {words}",))


def words_of(body: Body) -> str:
    """What the person said, as the model was told."""
    return str(messages_of(body)[-1]["content"]).partition("Words:\n")[2]


def messages_of(body: Body) -> list[dict[str, JsonValue]]:
    found = body["messages"]
    assert isinstance(found, list)
    return [message for message in found if isinstance(message, dict)]
