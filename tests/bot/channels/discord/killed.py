"""Ember on Discord in a process of its own, which shows replies without waiting; its settings are its environment."""

import asyncio

from bot.app import open_ember
from bot.channels.discord import DiscordChannel
from bot.channels.discord.streaming import Pace
from bot.settings import Settings


async def _run(settings: Settings) -> None:
    async with open_ember(settings, "a test") as ember, asyncio.TaskGroup() as group:
        pace = Pace(first=0.0, edit=0.0)
        channel = DiscordChannel(
            settings, ember.store, ember.router, ember.outbox, ember.commands, ember.sentences, 0.01, pace
        )
        group.create_task(ember.worker.run())
        group.create_task(channel.run())


if __name__ == "__main__":
    asyncio.run(_run(Settings()))
