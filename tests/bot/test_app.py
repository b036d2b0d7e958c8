"""What is opened by the settings."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.app import open_ember
from bot.settings import Settings, SettingsError
from memory.search import local_embedding
from tests.servers.openai import OpenAIServer

Make = Callable[..., Settings]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.delenv("EMBEDDING_PROVIDER")
    return lambda **chosen: Settings(_env_file=None, data_dir=tmp_path / "data", **chosen)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


async def opened_with(settings: Settings) -> str | None:
    async with open_ember(settings, "a test") as ember:
        assert (ember.embedder is None) == (ember.store.search.semantic is None)
        return ember.store.search.semantic


async def test_meanings_are_compared_by_what_is_installed(made: Make) -> None:
    assert await opened_with(made()) == "all-MiniLM-L6-v2-int8"
    assert await opened_with(made(embedding_provider="local")) == "all-MiniLM-L6-v2-int8"


async def test_none_means_words_alone(made: Make) -> None:
    assert await opened_with(made(embedding_provider="none")) is None


async def test_a_model_that_is_named_at_the_endpoint_is_asked_there(made: Make, server: OpenAIServer) -> None:
    endpoint = {"openai_base_url": server.base_url, "openai_model": "m"}
    assert await opened_with(made(**endpoint, embedding_model="small")) == "small"
    assert await opened_with(made(**endpoint, embedding_model="small", embedding_provider="openai")) == "small"
    assert await opened_with(made(**endpoint)) == "all-MiniLM-L6-v2-int8"
    assert server.requests == []


async def test_a_folder_is_taken_before_what_is_installed(made: Make, tmp_path: Path) -> None:
    installed = local_embedding.installed_model()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.onnx").symlink_to(installed.weights)
    (tmp_path / "mine" / "tokenizer.json").symlink_to(installed.tokenizer)
    name = await opened_with(made(embedding_model=str(tmp_path / "mine")))
    assert name is not None
    assert name.startswith("mine-")


async def test_a_chosen_model_that_is_not_there_is_named(
    made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match=r"model\.onnx cannot be read"):
        await opened_with(made(embedding_provider="local", embedding_model=str(tmp_path)))
    monkeypatch.setattr(local_embedding, "_WEIGHTS", "no-such-package")
    with pytest.raises(SettingsError, match="no-such-package is not installed"):
        await opened_with(made(embedding_provider="local"))
    assert await opened_with(made()) is None
