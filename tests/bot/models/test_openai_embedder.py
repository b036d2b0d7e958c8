"""Vectors from an endpoint: whole and in order, or a ModelError."""

from collections.abc import AsyncIterator

import pytest

from bot.models.model import ModelRefused, ModelUnavailable
from bot.models.openai_embedder import OpenAIEmbedder
from tests.bot.models.listening import KEY
from tests.servers.openai import Embeddings, OpenAIServer
from tests.servers.openai.faults import Hang, RawStream, Refusal, Reset
from tests.servers.openai.replies import vector_of


@pytest.fixture
async def embedder(server: OpenAIServer) -> AsyncIterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder("test-embedding", KEY, server.base_url, deadline_seconds=3)
    yield embedder
    await embedder.close()


async def test_each_text_gets_its_vector_whatever_the_order_of_the_answer(
    server: OpenAIServer, embedder: OpenAIEmbedder
) -> None:
    embedded = await embedder.embed(["my cat sleeps", "the train"])
    assert embedded.vectors.tolist() == [vector_of("my cat sleeps", 8), vector_of("the train", 8)]
    assert embedded.input_tokens == 5
    assert server.requests == [
        {"model": "test-embedding", "input": ["my cat sleeps", "the train"], "encoding_format": "float"}
    ]


async def test_an_endpoint_may_keep_its_usage_to_itself(server: OpenAIServer, embedder: OpenAIEmbedder) -> None:
    server.queue(Embeddings(tells_usage=False))
    assert (await embedder.embed(["my cat sleeps"])).input_tokens is None


@pytest.mark.parametrize(
    "fault",
    [
        Refusal(500),
        Refusal(429),
        Reset(),
        Hang(),
        Embeddings(left_out=1),
        RawStream(("no JSON",)),
        RawStream(({"data": [{"index": 0, "embedding": ["one"]}]},)),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_what_may_pass_is_unavailable(
    server: OpenAIServer, embedder: OpenAIEmbedder, fault: Refusal | Reset | Hang | Embeddings | RawStream
) -> None:
    server.queue(fault)
    with pytest.raises(ModelUnavailable) as error:
        await embedder.embed(["my cat sleeps", "the train"])
    assert KEY not in str(error.value)
    assert len(server.requests) == 1


async def test_a_wrong_key_or_model_is_refused(server: OpenAIServer, embedder: OpenAIEmbedder) -> None:
    server.queue(Refusal(401, f"Incorrect API key provided: {KEY}"))
    with pytest.raises(ModelRefused) as error:
        await embedder.embed(["my cat sleeps"])
    assert KEY not in str(error.value)
