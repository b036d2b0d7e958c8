"""discord.py's client as Ember needs it, and how it logs in."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Protocol

import discord
import stamina
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.channel import NotDelivered
from bot.channels.discord.request import discord_request

API_VERSION: Final = 10
LOGIN_SECONDS: Final = 60.0
CLOSE_SECONDS: Final = 3.0  #: aiohttp may wait half a minute for a gateway that no longer answers
LONGEST_WAIT_SECONDS: Final = 60.0  #: between two attempts to log in
LONGEST_RATE_LIMIT_SECONDS: Final = 30.0  #: waited for in place (discord.py takes no less); longer: by the queue

TakeInteraction = Callable[[discord.Interaction], Awaitable[None]]


class Ears(Protocol):
    """Who is told of what happens on Discord."""

    async def said(self, message: discord.Message) -> None: ...

    async def types(self, event: discord.RawTypingEvent) -> None: ...

    async def edited(self, message: discord.Message) -> None: ...

    async def deleted(self, channel_id: int, message_ids: Collection[int]) -> None: ...

    async def reacted(self, event: discord.RawReactionActionEvent, is_there: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Greeting:
    """What Discord says before a client connects."""

    message_content: bool  #: the Message Content intent is granted; asking for it otherwise ends the connection
    gateway: str  #: the websocket's address


def set_up_library(api_base: str) -> None:
    """Sends all requests of this process to an API; discord.py keeps its address, like its warnings, in a class."""
    Route.BASE = f"{api_base.rstrip('/')}/v{API_VERSION}"
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Ember has no voice to do without


class EmberClient(discord.Client):
    """A client that keeps as little as discord.py allows, and pings nobody."""

    def __init__(self, greeting: Greeting, ears: Ears, take: TakeInteraction, guild_wait_seconds: float) -> None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(greeting.gateway)
        super().__init__(
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                guild_typing=True,
                dm_typing=True,
                guild_reactions=True,
                dm_reactions=True,
                message_content=greeting.message_content,
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=guild_wait_seconds,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT_SECONDS,
        )
        self._ears = ears
        self._take_interaction = take

    @property
    def me(self) -> discord.ClientUser:
        """Ember's own user; known once logged in."""
        assert self.user is not None
        return self.user

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await super().close()
        except TimeoutError:
            await self.http.close()  # which comes after the gateway, and was not reached

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        if not self.is_closed():  # discord.py would be ready still, and has let go of its loop
            super().dispatch(event, *args, **kwargs)

    async def on_message(self, message: discord.Message) -> None:
        await self._ears.said(message)

    async def on_raw_typing(self, event: discord.RawTypingEvent) -> None:
        await self._ears.types(event)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        await self._ears.edited(event.message)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._ears.deleted(event.channel_id, [event.message_id])

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        await self._ears.deleted(event.channel_id, event.message_ids)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self._ears.reacted(event, is_there=True)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        await self._ears.reacted(event, is_there=False)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await self._take_interaction(interaction)


@stamina.retry(on=NotDelivered, attempts=None, timeout=None, wait_max=LONGEST_WAIT_SECONDS)
async def log_in(token: str, ears: Ears, take: TakeInteraction, guild_wait_seconds: float) -> EmberClient:
    """Returns a client that may connect, as soon as Discord can be reached. Raises discord.LoginFailure."""
    async with discord_request(LOGIN_SECONDS), AsyncExitStack() as stack:
        client = await stack.enter_async_context(EmberClient(await _greet(token), ears, take, guild_wait_seconds))
        await client.login(token)
        stack.pop_all()  # it stays open, for the caller to close
    return client


async def _greet(token: str) -> Greeting:
    """Asks what the application may do; the intents of a client have to be known when it is made."""
    async with discord.Client(intents=discord.Intents(guilds=True)) as asking:
        await asking.login(token)
        _, gateway, _ = await asking.http.get_bot_gateway()
        flags = asking.application_flags
    return Greeting(flags.gateway_message_content or flags.gateway_message_content_limited, gateway)
