"""A place with people in it, and the real discord.py in it too."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import discord
from discord import app_commands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.servers.discord import Channel, DiscordServer, Guild, User


class Bot(discord.Client):
    """An unmodified client that keeps what it is told."""

    def __init__(self, *, content: bool = True, **intents: bool) -> None:
        usual = {"guilds": True, "guild_messages": True, "dm_messages": True, "guild_typing": True, "reactions": True}
        chosen = discord.Intents(**{**usual, "message_content": content, **intents})
        super().__init__(intents=chosen, guild_ready_timeout=0.01)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.seen: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the five seconds that discord.py lets pass before it identifies anew."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            await self.heard.put(message)

    async def on_resumed(self) -> None:
        await self.seen.put(("resumed", None))

    async def on_thread_create(self, thread: discord.Thread) -> None:
        await self.seen.put(("thread", thread))

    async def on_message_edit(self, before: discord.Message, after: discord.Message) -> None:
        await self.seen.put(("edit", after))

    async def on_message_delete(self, message: discord.Message) -> None:
        await self.seen.put(("delete", message))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        await self.seen.put(("bulk", payload.message_ids))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        await self.seen.put(("react", (payload.user_id, str(payload.emoji), payload.message_id)))

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        await self.seen.put(("unreact", (payload.user_id, str(payload.emoji), payload.message_id)))

    async def on_raw_reaction_clear(self, payload: discord.RawReactionClearEvent) -> None:
        await self.seen.put(("cleared", payload.message_id))

    async def on_guild_channel_pins_update(self, channel: object, last_pin: object) -> None:
        await self.seen.put(("pins", last_pin))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        await self.seen.put(("thread gone", payload.thread_id))

    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        await self.seen.put(("thread changed", payload.data["thread_metadata"]["archived"]))

    async def on_thread_remove(self, thread: discord.Thread) -> None:
        await self.seen.put(("thread left", thread.id))

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        await self.seen.put(("unavailable", guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self.seen.put(("available", guild.id))

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self.seen.put(("channel", after))

    async def on_typing(self, channel: object, user: discord.abc.User, when: object) -> None:
        await self.seen.put(("typing", user))

    async def next(self, kind: str) -> object:
        """Return what the next event of one kind brought."""
        async with asyncio.timeout(5):
            while True:
                name, thing = await self.seen.get()
                if name == kind:
                    return thing

    async def hear(self) -> discord.Message:
        async with asyncio.timeout(5):
            return await self.heard.get()


class Raw(Bot):
    """A client that hands over interactions as they come."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await self.seen.put(("interaction", interaction))

    async def interaction(self) -> discord.Interaction:
        found = await self.next("interaction")
        assert isinstance(found, discord.Interaction)
        return found


AnyBot = TypeVar("AnyBot", bound=Bot)


class Place:
    """A server with one guild, one channel and one person, the owner beside them."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.world = server.world
        self.guild: Guild = self.world.add_guild("home")
        self.general: Channel = self.world.add_channel(self.guild, "general")
        self.ada: User = self.world.add_user("ada")
        self.world.join(self.guild, self.ada)
        self.owner: User = self.guild.owner

    def talk(self, bot: Bot, channel: Channel | None = None) -> discord.PartialMessageable:
        """Return a channel as the bot writes to it."""
        return bot.get_partial_messageable((channel or self.general).id)

    @asynccontextmanager
    async def online(self, bot: AnyBot) -> AsyncIterator[AnyBot]:
        """Run a client until the block is left."""
        running = asyncio.create_task(bot.start(self.server.token))
        try:
            await self.server.wait_connected()
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)
