"""What a person sees while a reply is made: that Ember is typing."""

import asyncio
from typing import Final

import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.request import discord_request

EVERY_SECONDS: Final = 8.0  #: Discord shows it for ten
REQUEST_SECONDS: Final = 5.0

log = structlog.get_logger()


class TypingMark:
    """Types until it is closed; the reply itself comes whole, with its delivery."""

    def __init__(self, channel: discord.abc.Messageable) -> None:
        self._typing = asyncio.create_task(_type(channel))

    async def show(self, text: str) -> bool:
        return False

    async def withdraw(self) -> None:
        return

    async def close(self) -> None:
        self._typing.cancel()
        await asyncio.wait([self._typing])


async def _type(channel: discord.abc.Messageable) -> None:
    while True:
        try:
            async with discord_request(REQUEST_SECONDS):
                await channel.typing()
        except NotDelivered as error:
            log.debug("typing was not shown", error=str(error))
        except Undeliverable as error:
            log.debug("typing cannot be shown", error=str(error))
            return
        await asyncio.sleep(EVERY_SECONDS)
