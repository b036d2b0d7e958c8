"""The endpoint for tests, where Ember's own client does not reach it: answers in one piece, and the list of models."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI, AuthenticationError

from tests.servers.openai import Body, OpenAIServer, Reply, call


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer(api_key="sk-test") as server:
        yield server


@pytest.fixture
async def client(server: OpenAIServer) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key="sk-test", base_url=server.base_url, max_retries=0) as client:
        yield client


async def test_an_answer_comes_in_one_piece_when_no_stream_is_asked_for(
    server: OpenAIServer, client: AsyncOpenAI
) -> None:
    server.answer("Let me see.", call("recall", {"query": "tea"}))
    answer = await client.chat.completions.create(model="test-model", messages=[{"role": "user", "content": "Tea?"}])
    assert answer.choices[0].message.content == "Let me see."
    assert [found.id for found in answer.choices[0].message.tool_calls or ()] == ["call_recall_0"]
    assert answer.usage is not None
    assert answer.usage.total_tokens == 25


async def test_the_test_decides_by_what_the_prompt_says(server: OpenAIServer, client: AsyncOpenAI) -> None:
    def decide(body: Body) -> Reply:
        return Reply(("Tea it is.",) if "tea" in str(body["messages"]) else ("What?",))

    server.answer_with(decide)
    answer = await client.chat.completions.create(model="test-model", messages=[{"role": "user", "content": "tea"}])
    assert answer.choices[0].message.content == "Tea it is."


async def test_the_models_are_listed(client: AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["test-model"]


async def test_a_wrong_key_is_turned_away(client: AsyncOpenAI) -> None:
    with pytest.raises(AuthenticationError):
        await client.with_options(api_key="sk-wrong").models.list()
