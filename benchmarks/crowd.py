"""A memory that many people have filled: made in the database itself, for a million `remember`s would take minutes."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.workload import PEOPLE, Kept, kept
from memory import Channel, OneReader, Person, Place, Synchronous, SystemClock, open_memory
from memory.engines.sqlite import SqliteWriter, create_writer_engine
from memory.ids import IdMaker
from memory.scope import private
from memory.tables.scopes import all_scopes, number_scopes
from memory.tables.types import utc_text
from memory.words import keyed_words

AT_ONCE: Final = 50_000  #: items in one transaction
BEGAN: Final = datetime(2025, 1, 1, tzinfo=UTC)

_INSERT_MEMORY: Final = """
INSERT INTO memories (id, owner_kind, owner_id, scope_id, owner_scope_id, trust, tier, content, language, importance,
    confidence, created_at, valid_from)
VALUES (?, 'person', ?, ?, ?, 'said', 'semantic', ?, 'en', 5, 1.0, ?, ?)
"""
_INSERT_WORDS: Final = "INSERT INTO items_fts (rowid, words) VALUES (?, ?)"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people of a filled memory, by their numbers in the workload."""

    people: tuple[Person, ...]

    def place(self, number: int) -> Place:
        """Where one of them is alone with Ember."""
        return Place(Channel.DISCORD, OneReader(self.people[number].id), f"dm of {number}")


async def fill(path: Path, items: int, only: int | None = None) -> Crowd:
    """Makes a memory in a folder; `only` keeps the items of one person alone, and everybody is known all the same."""
    async with open_memory(path, SystemClock(), "a benchmark") as store:
        people = [await store.people.meet(Channel.DISCORD, str(number), f"P{number}") for number in range(PEOPLE)]
    engine = create_writer_engine(path / "ember.db", Synchronous.NORMAL)
    with closing(SqliteWriter(engine)) as writer:
        writer.begin()
        number_scopes(writer.core, tuple(private(person.id) for person in people))
        numbers = all_scopes(writer.core)
        writer.commit()
        scopes = [numbers[str(private(person.id))] for person in people]
        wanted = (one for one in kept(items) if only is None or one.person == only)
        ids = IdMaker(SystemClock(), after=max(person.id for person in people))
        while batch := list(islice(wanted, AT_ONCE)):
            _insert(writer, list(_rows(batch, people, scopes, ids)))
    engine.dispose()
    return Crowd(tuple(people))


def _rows(
    batch: Sequence[Kept], people: Sequence[Person], scopes: Sequence[int], ids: IdMaker
) -> Iterator[tuple[int, int, int, str, str, str]]:
    for number, one in enumerate(batch):
        scope = scopes[one.person]
        moment = utc_text(BEGAN + timedelta(minutes=number))
        yield ids.next(), people[one.person].id, scope, one.text, moment, keyed_words(one.text, "en", scope, scope)


def _insert(writer: SqliteWriter, rows: Sequence[tuple[int, int, int, str, str, str]]) -> None:
    writer.begin()
    writer.core.exec_driver_sql(
        _INSERT_MEMORY,
        [(item, owner, scope, scope, text, moment, moment) for item, owner, scope, text, moment, _ in rows],
    )
    writer.core.exec_driver_sql(_INSERT_WORDS, [(item, words) for item, *_, words in rows])
    writer.commit()
