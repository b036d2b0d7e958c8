"""A home for each test."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import discord
import pytest
import stamina
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.channels.discord.streaming import Pace
from bot.clockwork import worker
from tests.bot.channels.discord.home import Home
from tests.servers.discord import DiscordServer
from tests.servers.openai import OpenAIServer


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Spares the waits between attempts, and the five seconds that discord.py lets pass before it identifies anew."""

    async def at_once(self: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
        return

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    monkeypatch.setattr(worker, "FIRST_DELAY", timedelta(milliseconds=10))
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(autouse=True)
def addresses_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives discord.py its addresses back, which are global."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


@pytest.fixture(autouse=True)
def nothing_is_lost_in_a_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test in which discord.py or asyncio caught what Ember should have."""
    yield
    caught = [
        record.getMessage() for record in caplog.get_records("call") if record.name in {"discord.client", "asyncio"}
    ]
    assert [text for text in caught if text.startswith(("Ignoring exception", "Task exception"))] == []


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with DiscordServer() as server, OpenAIServer() as model:
        yield Home(server, model, tmp_path / "data")


@pytest.fixture
def quick(home: Home) -> Home:
    """A home in which replies are shown as soon as there is a word of them."""
    home.pace = Pace(first=0.0, edit=0.0)
    return home
