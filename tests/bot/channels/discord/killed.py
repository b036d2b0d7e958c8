"""Ember on Discord in a process of its own, which shows replies without waiting; its settings are its environment."""

import asyncio

from bot.app import open_ember
from bot.channels.discord.streaming import Pace
from bot.settings import Settings
from tests.bot.channels.discord.home import discord_channel


async def _run(settings: Settings) -> None:
    async with open_ember(settings, "a test") as ember, asyncio.TaskGroup() as group:
        channel = discord_channel(ember, settings, Pace(first=0.0, edit=0.0))
        group.create_task(ember.worker.run())
        group.create_task(channel.run())


if __name__ == "__main__":
    asyncio.run(_run(Settings()))
