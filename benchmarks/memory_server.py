"""`python -m benchmarks.memory_server --database PATH`: the memory over JSON lines, one reply a line, in order.

    {"op": "add", "items": [{"key", "text", "timestamp", "speaker", "person"}, ...]}  ->  {"ok": true}, once durable
    {"op": "search", "query", "k", "person"}   ->  {"keys": ["D1:3", ...]}, best first
    {"op": "get", "key"}                       ->  {"text": "..."} or {"text": null}
    {"op": "reset"}                            ->  {"ok": true}
    {"op": "stats"}                            ->  {"items", "vectors_waiting", "queue_depth"}

`--embeddings local` (or EMBEDDING_PROVIDER=local) compares meanings by the model on this machine, and a search waits
until what was added has its vectors (Ember itself does not wait); `none`, the default, goes by words alone.

`person` says whose private items they are, and who asks; left out, it is one and the same. `speaker` said the line.
Timestamps read "1:56 pm on 8 May, 2023", in UTC; items of one timestamp are one session. A key that is there already is
ignored. Bad input is answered by {"error": "..."}, and nothing of it is kept. PATH is a data directory; where PATH is
a file, the directory beside it that has its name without the ending.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, field_validator

from memory import (
    Channel,
    Embedder,
    IdentityId,
    Message,
    OneReader,
    PastLine,
    Place,
    Question,
    Store,
    StoreError,
    SystemClock,
    Trust,
    open_memory,
)
from memory.words import storable

NOBODY = "somebody"  #: the person where none is named
NO_NAME = "unknown"  #: the speaker of a line of which none is named
TIMESTAMP = "%I:%M %p on %d %B, %Y"
NONE, LOCAL = "none", "local"
KEYS = 1_000  #: a search gives at most

_SCOPE_OF_KEY = """
SELECT scopes.name FROM messages JOIN scopes ON number = scope_id WHERE channel = 'console' AND external_id = ?
"""

Reply = dict[str, object]
Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Input(BaseModel):
    """What all input has in common: known fields are checked strictly, others are passed over."""

    model_config = ConfigDict(strict=True, frozen=True)


class Item(Input):
    """A line of a conversation."""

    key: Name
    text: str
    timestamp: str
    speaker: Name | None = None
    person: Name | None = None

    @field_validator("timestamp")
    @classmethod
    def _is_a_time(cls, timestamp: str) -> str:
        said_at(timestamp)
        return timestamp


class Add(Input):
    """The items of an add."""

    items: list[Item]


class Search(Input):
    """A question."""

    query: str
    k: Annotated[int, Field(ge=0)] = 10
    person: Name | None = None


class Get(Input):
    """A key."""

    key: str


@dataclass(slots=True)
class Server:
    """The memory of one data directory."""

    directory: Path
    embeddings: str = NONE
    _embedder: Embedder | None = None
    _embedding: asyncio.Task[None] | None = None
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    _store: Store | None = None
    _people: dict[tuple[str, str], IdentityId] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        assert self._store is not None
        return self._store

    async def open(self) -> None:
        self._store = await self._opened.enter_async_context(open_memory(self.directory, SystemClock(), "a benchmark"))
        if self.embeddings == LOCAL:
            from memory.search.local_embedding import LocalEmbedding, installed_model

            provider = LocalEmbedding(installed_model())
            self._opened.push_async_callback(provider.close)
            self._embedder = self._store.search.use_embeddings(provider)
            self._embedding = asyncio.create_task(self._embedder.run())

    async def close(self) -> None:
        if self._embedding is not None:
            self._embedding.cancel()
            await asyncio.wait([self._embedding])
        self._embedder = self._embedding = None
        await self._opened.aclose()
        self._store = None
        self._people.clear()

    async def answer(self, line: str) -> Reply:
        try:
            asked = _OBJECT.validate_python(json.loads(line))
            op = asked.get("op")
            do = self._ops.get(op) if isinstance(op, str) else None
            return await do(asked) if do else {"error": f"op is one of {', '.join(self._ops)}"}
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return {"error": f"{'.'.join(map(str, first['loc'])) or 'input'}: {first['msg']}"}
        except (ValueError, RecursionError) as error:  # no JSON, or too deep
            return {"error": f"not JSON: {error}"}
        except StoreError as error:
            return {"error": str(error)}

    @property
    def _ops(self) -> Mapping[str, Callable[[dict[str, object]], Awaitable[Reply]]]:
        return {"add": self._add, "search": self._search, "get": self._get, "reset": self._reset, "stats": self._stats}

    async def _add(self, asked: dict[str, object]) -> Reply:
        of_person: dict[IdentityId, list[PastLine]] = {}
        for item in Add.model_validate(asked).items:
            person = await self._identity("person", item.person or NOBODY)
            speaker = (
                person if item.speaker == item.person else await self._identity("speaker", item.speaker or NO_NAME)
            )
            line = PastLine(
                key=storable(item.key),
                speaker=speaker,
                content=item.text,
                said_at=said_at(item.timestamp),
                conversation=item.timestamp,
                trust=Trust.SAID if speaker == person else Trust.EXTERNAL,
            )
            of_person.setdefault(person, []).append(line)
        for person, lines in of_person.items():
            await self.store.past_talk.take_over(person, lines)
        return {"ok": True}

    async def _search(self, asked: dict[str, object]) -> Reply:
        search = Search.model_validate(asked)
        person = await self._identity("person", search.person or NOBODY)
        if self._embedder is not None:
            await self._embedder.idle()
        found = await self.store.search.find(Question(_private(person), person, search.query, min(search.k, KEYS)))
        return {"keys": [hit.item.external_id for hit in found.hits if isinstance(hit.item, Message)]}

    async def _get(self, asked: dict[str, object]) -> Reply:
        key = storable(Get.model_validate(asked).key)
        for (scope,) in self._rows(_SCOPE_OF_KEY, key):
            line = await self.store.past_talk.find(_private(IdentityId(int(str(scope).removeprefix("private:")))), key)
            if line is not None:
                return {"text": line.content}
        return {"text": None}

    async def _reset(self, asked: dict[str, object]) -> Reply:
        await self.close()
        for file in self.directory.glob("ember.db*"):
            file.unlink()
        (self.directory / "installation.key").unlink(missing_ok=True)
        await self.open()
        return {"ok": True}

    async def _stats(self, asked: dict[str, object]) -> Reply:
        ((items,),) = self._rows("SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM memories)")
        waiting = 0 if self._embedder is None else self._embedder.progress.waiting
        # One line is answered before the next is read, so no write can be waiting.
        return {"items": items, "vectors_waiting": waiting, "queue_depth": 0}

    async def _identity(self, role: str, called: str) -> IdentityId:
        name = storable(called)
        if (role, name) not in self._people:
            person = await self.store.people.meet(Channel.CONSOLE, f"{role} {name}", name)
            self._people[role, name] = person.id
        return self._people[role, name]

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.directory / 'ember.db'}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()


_OBJECT = TypeAdapter(dict[str, object])


def said_at(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, TIMESTAMP).replace(tzinfo=UTC)


def _private(person: IdentityId) -> Place:
    return Place(Channel.CONSOLE, OneReader(person))


def directory_of(path: Path) -> Path:
    return path.with_suffix("") if path.is_file() else path


async def serve(path: Path, embeddings: str) -> None:
    server = Server(directory_of(path), embeddings)
    await server.open()
    try:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            reply = await server.answer(line.decode(errors="replace"))
            sys.stdout.write(f"{json.dumps(reply)}\n")
            sys.stdout.flush()
    finally:
        await server.close()


def _by_environment() -> str:
    return LOCAL if os.environ.get("EMBEDDING_PROVIDER") == LOCAL else NONE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--embeddings", choices=[NONE, LOCAL], default=_by_environment())
    chosen = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for replies
    asyncio.run(serve(chosen.database, chosen.embeddings))


if __name__ == "__main__":
    main()
