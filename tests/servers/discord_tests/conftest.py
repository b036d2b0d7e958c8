"""A place for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest
import yarl

from tests.servers.discord import DiscordServer
from tests.servers.discord_tests.place import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with DiscordServer() as server:
        monkeypatch.setattr(discord.http.Route, "BASE", server.base + "/v10")
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        yield Place(server)
