"""A model, and the endpoint that it speaks to."""

from collections.abc import AsyncIterator

import pytest

from bot.models.openai_model import OpenAIModel
from tests.bot.models.listening import KEY
from tests.bot.models.offline_chat import Chat
from tests.servers.openai import OpenAIServer


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture
async def model(server: OpenAIServer) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel("test-model", KEY, server.base_url)
    yield model
    await model.close()


@pytest.fixture
def chat() -> Chat:
    return Chat()
