"""The link that invites Ember to a server, with what it needs there and nothing more."""

from dataclasses import dataclass
from typing import Final

import discord

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.client import set_up_library
from bot.channels.discord.request import discord_request
from bot.settings import Settings, SettingsError

ASK_SECONDS: Final = 30.0
SCOPES: Final = ("bot", "applications.commands")
#: What each is for stands in docs/discord.md.
WANTED: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    attach_files=True,
    pin_messages=True,
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an owner needs to know before Ember can join."""

    name: str  #: the application's
    url: str
    message_content: bool  #: whether the Message Content intent is granted


async def invitation(settings: Settings) -> Invitation:
    """Asks Discord whose token it is. Raises SettingsError."""
    if settings.discord_token is None:
        raise SettingsError("DISCORD_TOKEN is not set")
    set_up_library(str(settings.discord_api_base))
    try:
        async with discord_request(ASK_SECONDS), discord.Client(intents=discord.Intents.none()) as client:
            await client.login(settings.discord_token.get_secret_value())
            about = await client.application_info()
    except discord.LoginFailure:
        raise SettingsError("DISCORD_TOKEN is not accepted by Discord") from None
    except (NotDelivered, Undeliverable) as error:
        raise SettingsError(f"Discord cannot be asked at the moment: {error}") from error
    content = about.flags.gateway_message_content or about.flags.gateway_message_content_limited
    return Invitation(about.name, discord.utils.oauth_url(about.id, permissions=WANTED, scopes=SCOPES), content)
