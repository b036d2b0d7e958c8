"""What stands below Ember's name: nothing while all is well, else what is not; told only when it changes."""

import asyncio
from collections.abc import Callable
from typing import Final

import discord
import structlog

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.request import discord_request
from bot.configuration import of_guild
from bot.conversation.speak_gate import SpeakGate

LOOK_SECONDS: Final = 10.0
TELL_SECONDS: Final = 10.0

MUTED: Final = "muted"
DISK: Final = "I can't keep anything right now"
MODEL: Final = "I can't think right now"
WITHHELD: Final = "mention me: I read nothing else"

log = structlog.get_logger()


class Presence:
    """Looks from time to time. `disk_works` and `model_works` say how it went last."""

    def __init__(self, gate: SpeakGate, disk_works: Callable[[], bool], model_works: Callable[[], bool]) -> None:
        self._gate = gate
        self._disk_works = disk_works
        self._model_works = model_works
        self._told: str | None = None

    async def run(self, client: discord.Client) -> None:
        """Tells until it is cancelled."""
        while True:
            now = self._now(client)
            if now != self._told and await _tell(client, now):
                self._told = now
            await asyncio.sleep(LOOK_SECONDS)

    def forget(self) -> None:
        """A session begins, of which Discord shows nothing yet."""
        self._told = None

    def _now(self, client: discord.Client) -> str | None:
        guilds = client.guilds
        if guilds and all(self._gate.muted_in(of_guild(str(guild.id))) for guild in guilds):
            return MUTED
        if not self._disk_works():
            return DISK
        if not self._model_works():
            return MODEL
        return None if client.intents.message_content else WITHHELD


async def _tell(client: discord.Client, trouble: str | None) -> bool:
    """Says it below Ember's name; False when the connection is being taken up again."""
    activity = None if trouble is None else discord.CustomActivity(trouble)
    status = discord.Status.online if trouble is None else discord.Status.idle
    try:
        async with discord_request(TELL_SECONDS):
            await client.change_presence(activity=activity, status=status)
    except (NotDelivered, Undeliverable) as error:
        log.debug("the presence was not told", error=str(error))
        return False
    return True
