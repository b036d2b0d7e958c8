"""Measures langgraph-checkpoint-sqlite's store: `python -m benchmarks.peers.langgraph_store FOLDER ITEMS`.

Its search needs a vector extension, which it can load only where Python's sqlite3 was built to load any.
"""

import asyncio
import sqlite3
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

from langgraph.store.sqlite.aio import AsyncSqliteStore

from benchmarks.workload import ALONE, DIMENSION, READS, WRITERS, Speed, kept, p95_ms, questions, timed, vector


async def measure(folder: Path, items: int) -> Speed:
    """Keeps each item as a value of its person's namespace, with the vector index that its search needs."""
    can_search = hasattr(sqlite3.Connection, "enable_load_extension")
    index = {"dims": DIMENSION, "embed": lambda texts: [vector(text) for text in texts], "fields": ["text"]}
    index = index if can_search else None
    async with AsyncSqliteStore.from_conn_string(str(folder / "store.db"), index=index) as store:
        await store.setup()
        everything = list(kept(items))

        async def put(number: int) -> None:
            one = everything[number]
            await store.aput((str(one.person),), str(number), {"text": one.text})

        async def writer(first: int) -> None:
            for number in range(first, items - ALONE, WRITERS):
                await put(number)

        begun = perf_counter()
        await asyncio.gather(*(writer(number) for number in range(WRITERS)))
        together = (items - ALONE) / (perf_counter() - begun)
        alone = await timed([partial(put, number) for number in range(items - ALONE, items)])
        places = [(number * 7919) % items for number in range(READS)]
        reads = await timed([partial(store.aget, (str(everything[n].person),), str(n)) for n in places])
        asked = [partial(store.asearch, (str(one.person),), query=one.text, limit=10) for one in questions()]
        searches = p95_ms(await timed(asked)) if can_search else None
    return Speed("langgraph", items, ALONE / sum(alone), p95_ms(alone), together, p95_ms(reads), searches)


if __name__ == "__main__":
    print(asyncio.run(measure(Path(sys.argv[1]), int(sys.argv[2]))).to_json())
