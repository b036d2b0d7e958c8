"""Each call for vectors is booked: on the account of whose words they are, once, and at what it used."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.models.openai_embedder import OpenAIEmbedder
from bot.spending.booked_embedder import BookedEmbedder
from memory import Channel, EmbeddingFailed
from tests.memory.scene import Scene, opened
from tests.servers.openai import Embeddings, OpenAIServer
from tests.servers.openai.faults import Refusal, Reset


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened(tmp_path / "data") as scene:
        yield scene


@pytest.fixture
async def embedder(server: OpenAIServer, scene: Scene) -> AsyncIterator[BookedEmbedder]:
    embedder = BookedEmbedder(OpenAIEmbedder("test-embedding", "", server.base_url), scene.store.ledger)
    yield embedder
    await embedder.close()


async def booked(scene: Scene) -> list[tuple[object, ...]]:
    await scene.store.people.meet(Channel.DISCORD, "somebody", "S")  # what was sent before it is written with it
    return scene.rows("SELECT state, identity_id, model, input_tokens, cost_usd FROM model_usage_stats ORDER BY id")


async def test_a_call_is_booked_for_whose_words_they_are(
    scene: Scene, server: OpenAIServer, embedder: BookedEmbedder
) -> None:
    ej = await scene.person("EJ")
    assert embedder.dimension is None
    vectors = await embedder.embed(["my cat sleeps", "the train"], ej.id)
    assert vectors.shape == (2, 8)
    assert (embedder.name, embedder.dimension) == ("test-embedding", 8)
    assert await booked(scene) == [("settled", ej.id, "test-embedding", 5, None)]
    assert scene.rows("SELECT count(*) FROM model_usage_stats WHERE turn_id = id") == [(1,)]


async def test_many_texts_go_out_in_several_calls_each_booked(
    scene: Scene, server: OpenAIServer, embedder: BookedEmbedder
) -> None:
    ej = await scene.person("EJ")
    vectors = await embedder.embed([f"text {number}" for number in range(130)], ej.id)
    assert len(vectors) == 130
    assert [len(request["input"]) for request in server.requests] == [64, 64, 2]  # type: ignore[arg-type]
    assert [row[3] for row in await booked(scene)] == [128, 128, 4]


async def test_vectors_of_several_lengths_are_refused(
    scene: Scene, server: OpenAIServer, embedder: BookedEmbedder
) -> None:
    ej = await scene.person("EJ")
    server.queue(Embeddings(dimension=4))
    with pytest.raises(EmbeddingFailed, match="several lengths"):
        await embedder.embed([f"text {number}" for number in range(65)], ej.id)


async def test_what_was_refused_is_released_and_what_broke_off_is_booked_at_the_most(
    scene: Scene, server: OpenAIServer, embedder: BookedEmbedder
) -> None:
    ej = await scene.person("EJ")
    for fault in (Refusal(401), Refusal(429), Reset(), Embeddings(left_out=1)):
        server.queue(fault)
        with pytest.raises(EmbeddingFailed):
            await embedder.embed(["my cat sleeps"], ej.id)
    assert [row[0] for row in await booked(scene)] == ["released", "released", "settled", "settled"]
    most = scene.rows("SELECT reserved_input_tokens = input_tokens FROM model_usage_stats WHERE state = 'settled'")
    assert most == [(1,), (1,)]


async def test_an_answer_without_usage_is_booked_at_the_most(
    scene: Scene, server: OpenAIServer, embedder: BookedEmbedder
) -> None:
    ej = await scene.person("EJ")
    server.queue(Embeddings(tells_usage=False))
    await embedder.embed(["my cat sleeps"], ej.id)
    await booked(scene)
    assert scene.rows("SELECT input_tokens = reserved_input_tokens FROM model_usage_stats") == [(1,)]
