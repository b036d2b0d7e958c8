"""`ember run` and `ember chat`: Ember talks."""

import asyncio
import logging
from functools import partial
from typing import Final

from bot import app
from bot.channel import ChannelAdapter
from bot.logs import set_log_level, set_up_logs
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
    asyncio.run(app.run(settings, _ON_DISCORD, partial(_on_discord, settings)))


def chat() -> None:
    """Talk in this terminal; lines that come from a pipe are answered one by one."""
    _talk_here(load_settings())


def _on_discord(settings: Settings, ember: app.Ember) -> list[ChannelAdapter]:
    ember.configuration.watch("log_level", lambda: set_log_level(ember.configuration.text("log_level")))
    return [app.discord(ember, settings)]


def _in_terminal(ember: app.Ember) -> list[ChannelAdapter]:
    ember.configuration.watch("log_level", lambda: set_log_level(_quiet(ember.configuration.text("log_level"))))
    return [app.terminal(ember)]


def _quiet(level: str) -> str:
    """What is no trouble would only stand between the lines of the conversation."""
    return logging.getLevelName(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


def _talk_here(settings: Settings) -> None:
    set_up_logs(_quiet(settings.log_level), settings.log_format)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # a retry may still go well; if not, the answer says so
    asyncio.run(app.run(settings, _IN_TERMINAL, _in_terminal))
