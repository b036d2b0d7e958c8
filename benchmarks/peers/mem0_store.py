"""Measures mem0ai with `infer=False`: `python -m benchmarks.peers.mem0_store FOLDER ITEMS`.

From one thread: its asynchronous twin writes from several, which its local vector store does not survive.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

os.environ["MEM0_TELEMETRY"] = "False"  # read when the package is imported

from langchain_core.embeddings import Embeddings
from mem0 import Memory

from benchmarks.workload import DIMENSION, READS, Kept, Speed, kept, p95_ms, questions, timed, vector


class _NoModel(Embeddings):
    """Vectors of no meaning, at no cost."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return vector(text)


async def measure(folder: Path, items: int) -> Speed:
    """Keeps each item as a memory of its user, in the vector store on disk that mem0 takes by itself."""
    memory = Memory.from_config(
        {
            "embedder": {"provider": "langchain", "config": {"model": _NoModel()}},
            "llm": {"provider": "openai", "config": {"api_key": "none is called"}},
            "vector_store": {
                "provider": "qdrant",
                "config": {"path": str(folder / "qdrant"), "on_disk": True, "embedding_model_dims": DIMENSION},
            },
            "history_db_path": str(folder / "history.db"),
        }
    )
    everything = list(kept(items))
    ids: dict[int, str] = {}

    async def add(number: int) -> None:
        one = everything[number]
        ids[number] = memory.add(one.text, user_id=str(one.person), infer=False)["results"][0]["id"]

    async def get(number: int) -> None:
        memory.get(ids[number])

    async def search(one: Kept) -> None:
        memory.search(one.text, top_k=10, filters={"user_id": str(one.person)})

    alone = await timed([partial(add, number) for number in range(items)])
    reads = await timed([partial(get, (number * 7919) % items) for number in range(READS)])
    searches = await timed([partial(search, one) for one in questions()])
    memory.vector_store.client.close()
    return Speed("mem0", items, items / sum(alone), p95_ms(alone), None, p95_ms(reads), p95_ms(searches))


if __name__ == "__main__":
    print(asyncio.run(measure(Path(sys.argv[1]), int(sys.argv[2]))).to_json())
