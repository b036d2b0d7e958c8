"""A whole Ember on a real database, with a model server and a channel whose deliveries stand in a list."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import stamina

from bot.app import Ember, open_ember
from bot.settings import Settings
from memory import Place
from tests.bot.channel_in_a_list import ChannelInAList
from tests.servers.openai import BACKGROUND, OpenAIServer

Started = tuple[Ember, ChannelInAList]
Start = Callable[..., AbstractAsyncContextManager[Started]]


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> AsyncIterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture
def start(tmp_path: Path, server: OpenAIServer) -> Start:
    """Starts an Ember on the test's data directory, with its worker running; `learning`: its own work too."""

    @asynccontextmanager
    async def started(
        visible: bool = False, learning: bool = False, places: Mapping[str, Place] | None = None, **changed: object
    ) -> AsyncIterator[Started]:
        settings = Settings.model_validate(
            {"data_dir": tmp_path / "data", "openai_base_url": server.base_url, "openai_model": "m"}
            | {"background_model": BACKGROUND}
            | changed
        )
        async with open_ember(settings, "a test") as ember:
            channel = ChannelInAList(ember, visible)
            channel.places |= places or {}
            working = asyncio.create_task(ember.worker.run())
            behind = asyncio.create_task(ember.background.run()) if learning else None
            await channel.run()
            yield ember, channel
            await ember.turns.close(grace_seconds=0)
            ember.worker.stop()
            await working
            if behind is not None:  # what it is doing is left to the next start
                behind.cancel()
                await asyncio.wait([behind])

    return started
