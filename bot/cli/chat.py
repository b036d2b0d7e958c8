"""`ember run` and `ember chat`: Ember talks."""

import asyncio
import logging
from typing import Final

from bot import app
from bot.logs import set_up_logs
from bot.settings import Settings, load_settings

_ON_DISCORD: Final = "ember run on Discord"
_IN_TERMINAL: Final = "ember chat in a terminal"


def run() -> None:
    """Talk on every channel that is configured: Discord with a DISCORD_TOKEN, else this terminal."""
    settings = load_settings()
    if settings.discord_token is None:
        _talk_here(settings)
        return
    set_up_logs(settings.log_level, settings.log_format)
    asyncio.run(app.run(settings, _ON_DISCORD, lambda ember: [app.discord(ember, settings)]))


def chat() -> None:
    """Talk in this terminal; lines that come from a pipe are answered one by one."""
    _talk_here(load_settings())


def _talk_here(settings: Settings) -> None:
    # What is no trouble would only stand between the lines of the conversation.
    quiet = max(logging.WARNING, logging.getLevelNamesMapping()[settings.log_level])
    set_up_logs(logging.getLevelName(quiet), settings.log_format)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # a retry may still go well; if not, the answer says so
    asyncio.run(app.run(settings, _IN_TERMINAL, lambda ember: [app.terminal(ember)]))
