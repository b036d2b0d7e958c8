"""`prompts` and `prompt_history`: what Ember is told, every version with its author and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, ForeignKey, Integer, Row, Select, String, Table, cast, func, insert, select
from sqlalchemy.dialects import sqlite

from memory.errors import ChangedMeanwhile, StoreError
from memory.tables.ground import Ground
from memory.tables.people import user_identities
from memory.tables.types import JsonOf, UtcDateTime, metadata

_names: Final = TypeAdapter(tuple[str, ...])

prompts = Table(
    "prompts",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),  # the one in force
)

prompt_history = Table(
    "prompt_history",
    metadata,
    Column("name", ForeignKey("prompts.name"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("category", String, nullable=False),
    Column("description", String, nullable=False),
    Column("variables", JsonOf(_names), nullable=False),
    Column("text", String, nullable=False),
    Column("author", String, nullable=False),  # an identity's number, or a name of no person's
    Column("reason", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One version of a prompt."""

    name: str
    version: int
    category: str
    description: str
    variables: tuple[str, ...]
    text: str
    author: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt to be saved."""

    name: str
    category: str
    description: str
    variables: tuple[str, ...]
    text: str


class PromptVersions:
    """Keeps prompts and their history."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: dict[str, PromptVersion] = {}  # in force: every prompt is made of one, and one process writes

    async def save(self, prompt: PromptText, author: str, reason: str, after: int | None = None) -> PromptVersion:
        """Makes a new version and puts it in force, unless it says the same as the one in force.

        `after` is the version that the author has seen, 0 for none: raises ChangedMeanwhile when another is in force.
        """
        now = self._ground.clock.now()
        try:
            saved = await self._ground.queue.write(
                lambda connection: _save(connection, prompt, author, reason, now, after)
            )
        except StoreError:
            self._known.pop(prompt.name, None)
            raise
        self._known[prompt.name] = saved
        return saved

    async def in_force(self, name: str) -> PromptVersion | None:
        """Returns the version of a prompt that is in force."""
        if name not in self._known:
            found = await self._ground.reads.read(lambda connection: _in_force(connection, name))
            if found is not None:
                self._known.setdefault(name, found)  # a version that was saved meanwhile is newer
        return self._known.get(name)

    async def all_in_force(self) -> Sequence[PromptVersion]:
        """Returns the versions in force of all prompts, by name; authors by their names."""
        query = _named().join(prompts, _IN_FORCE).order_by(prompts.c.name)
        rows = await self._ground.reads.read(lambda connection: connection.execute(query).all())
        return [_version(row, row.author_name) for row in rows]

    async def history(self, name: str) -> Sequence[PromptVersion]:
        """Returns every version of a prompt, oldest first; authors by their names."""
        query = _named().where(prompt_history.c.name == name).order_by(prompt_history.c.version)
        rows = await self._ground.reads.read(lambda connection: connection.execute(query).all())
        return [_version(row, row.author_name) for row in rows]


_IN_FORCE: Final = (prompts.c.name == prompt_history.c.name) & (prompts.c.version == prompt_history.c.version)


def _save(
    connection: Connection, prompt: PromptText, author: str, reason: str, now: datetime, after: int | None
) -> PromptVersion:
    before = _in_force(connection, prompt.name)
    in_force = 0 if before is None else before.version
    if after is not None and after != in_force:
        raise ChangedMeanwhile(name=prompt.name, version=in_force)
    if before is not None and _says(before) == prompt:
        return before
    version = in_force + 1
    label = sqlite.insert(prompts).values(name=prompt.name, version=version)
    connection.execute(label.on_conflict_do_update(index_elements=["name"], set_={"version": version}))
    saved = PromptVersion(
        prompt.name, version, prompt.category, prompt.description, prompt.variables, prompt.text, author, reason, now
    )
    row = {
        "name": saved.name,
        "version": version,
        "category": saved.category,
        "description": saved.description,
        "variables": saved.variables,
        "text": saved.text,
        "author": author,
        "reason": reason,
        "created_at": now,
    }
    connection.execute(insert(prompt_history), row)
    return saved


def _in_force(connection: Connection, name: str) -> PromptVersion | None:
    row = connection.execute(
        select(prompt_history).join(prompts, _IN_FORCE).where(prompts.c.name == name)
    ).one_or_none()
    return None if row is None else _version(row)


def _named() -> Select[tuple[object, ...]]:
    """Selects versions with their authors' names; a number that has none any more stays one."""
    of_author = cast(user_identities.c.id, String) == prompt_history.c.author
    name = func.coalesce(user_identities.c.name, prompt_history.c.author).label("author_name")
    return select(prompt_history, name).outerjoin(user_identities, of_author)


def _version(row: Row[tuple[object, ...]], author: str | None = None) -> PromptVersion:
    return PromptVersion(
        name=row.name,
        version=row.version,
        category=row.category,
        description=row.description,
        variables=row.variables,
        text=row.text,
        author=author or row.author,
        reason=row.reason,
        created_at=row.created_at,
    )


def _says(version: PromptVersion) -> PromptText:
    return PromptText(version.name, version.category, version.description, version.variables, version.text)
