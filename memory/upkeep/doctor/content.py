"""What a database holds: its pages, its index, and rows that belong to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    Table,
    Update,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from memory.engines.sqlite import SqliteWriter
from memory.engines.sqlite_checks import (
    broken_references,
    index_drifted,
    page_damage,
    rebuild_index,
    unmatched,
)
from memory.errors import StoreError
from memory.migrations.upgrade import check_schema
from memory.records import Direction, MessageState
from memory.scope import ScopeKind
from memory.tables.embeddings import embeddings
from memory.tables.erasures import ErasureState, erasures
from memory.tables.jobs import JobState, JobType, queue
from memory.tables.memories import memories
from memory.tables.messages import messages
from memory.tables.metrics import HIT_RATIO, performance_metrics
from memory.tables.people import user_identities
from memory.tables.receipts import FORGOTTEN, prompt_parts, recalls
from memory.tables.relationships import memory_relationships
from memory.tables.scopes import scopes
from memory.upkeep.doctor.findings import Finding, Verdict

FEWEST_HITS: Final = 0.8  #: share of the reads that the hot cache should answer
LONGEST_ANSWER: Final = timedelta(hours=1)  #: a line that has waited longer is waited for by nobody
LONGEST_FORGETTING: Final = timedelta(days=1)  #: until the bytes are gone, from large backups too

_MEND: Final = "ember doctor --mend, while Ember is stopped"
_RESTORE: Final = "ember restore"


@dataclass(frozen=True, slots=True)
class _Orphans:
    """Rows that belong to an item, and whose item is gone."""

    what: str
    table: Table
    which: ColumnElement[bool]
    mended: Delete | Update


def _no_item(item: Column[int]) -> ColumnElement[bool]:
    return ~exists().where(memories.c.id == item) & ~exists().where(messages.c.id == item)


def _to_delete(what: str, table: Table, *items: Column[int]) -> _Orphans:
    which = or_(*(_no_item(item) for item in items))
    return _Orphans(what, table, which, delete(table).where(which))


#: A part keeps its row, without its text, for the receipts that list it.
_STILL_TOLD: Final = prompt_parts.c.item_id.is_not(None) & (prompt_parts.c.text != FORGOTTEN)
_TEXTS: Final = _STILL_TOLD & _no_item(prompt_parts.c.item_id)
_ORPHANS: Final = (
    _Orphans("texts", prompt_parts, _TEXTS, update(prompt_parts).where(_TEXTS).values(text=FORGOTTEN)),
    _to_delete("notes of what a reply was made from", recalls, recalls.c.item_id),
    _to_delete("vectors", embeddings, embeddings.c.item_id),
    _to_delete("relationships", memory_relationships, memory_relationships.c.from_id, memory_relationships.c.to_id),
)


def examine_pages(connection: Connection) -> Finding:
    """Looks at every page in use; with a bad one, nothing else that the database says can be believed."""
    try:
        damage = page_damage(connection)
    except DBAPIError as error:
        damage = str(error.orig)
    if damage:
        return Finding("database", Verdict.BAD, f"The database is damaged: {damage}.", _RESTORE)
    return Finding("database", Verdict.OK, "Every page of the database is whole.")


def examine_schema(connection: Connection) -> Finding:
    try:
        check_schema(connection)
    except StoreError as error:
        return Finding("schema", Verdict.BAD, str(error))
    return Finding("schema", Verdict.OK, "The database has the schema of this Ember.")


def examine_rows(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Yields what there is to say of the rows, by reading alone."""
    yield _references(connection)
    yield _scopes(connection)
    yield _waiting(connection, now)
    yield _forgetting(connection, now)
    yield from _hits(connection)


def compare_index_by_rows(connection: Connection) -> Finding:
    """Compares the index with the items as far as reading goes: beside a running Ember."""
    apart = unmatched(connection)
    if apart.any:
        told = f"{apart.not_indexed:,} items are not in the search index, and {apart.not_there:,} of it are gone."
        return Finding("search index", Verdict.BAD, told, _MEND)
    told = "Every item is in the search index. Its words can be compared while Ember is stopped."
    return Finding("search index", Verdict.OK, told)


def compare_index_by_words(writer: SqliteWriter, *, mend: bool) -> Finding:
    """Compares every word of the index with what its item would give now."""
    if not index_drifted(writer.core):
        return Finding("search index", Verdict.OK, "The search index holds exactly the words of the items.")
    if not mend:
        told = "The search index does not match what is remembered: things may not be found, or wrongly."
        return Finding("search index", Verdict.BAD, told, "ember doctor --mend")
    writer.begin()
    rebuild_index(writer.core)
    writer.commit()
    return Finding("search index", Verdict.MENDED, "The search index did not match; it was made anew.")


def examine_orphans(connection: Connection) -> Finding:
    """Looks for rows whose item is gone."""
    found = _orphans(connection)
    if not found:
        return Finding("orphans", Verdict.OK, "Every row that belongs to an item has it.")
    return Finding("orphans", Verdict.WARN, f"Something is left of items that are gone: {_listed(found)}.", _MEND)


def mend_orphans(writer: SqliteWriter) -> Finding:
    """Removes rows whose item is gone: nobody can reach them, and some still tell what was forgotten."""
    found = _orphans(writer.core)
    if not found:
        return examine_orphans(writer.core)
    writer.begin()
    for orphans in _ORPHANS:
        writer.core.execute(orphans.mended)
    writer.commit()
    return Finding("orphans", Verdict.MENDED, f"What was left of items that are gone was removed: {_listed(found)}.")


def _orphans(connection: Connection) -> dict[str, int]:
    found = {
        orphans.what: connection.execute(
            select(func.count()).select_from(orphans.table).where(orphans.which)
        ).scalar_one()
        for orphans in _ORPHANS
    }
    return {what: rows for what, rows in found.items() if rows}


def _listed(found: dict[str, int]) -> str:
    return ", ".join(f"{rows:,} {what}" for what, rows in found.items())


def _references(connection: Connection) -> Finding:
    if broken := broken_references(connection):
        return Finding("references", Verdict.BAD, f"{broken:,} rows refer to rows that are not there.", _RESTORE)
    return Finding("references", Verdict.OK, "Every reference leads somewhere.")


def _scopes(connection: Connection) -> Finding:
    """An item in a scope that no place reads is seen by nobody."""
    people = {str(person) for person in connection.execute(select(user_identities.c.id)).scalars()}
    wrong = [row.number for row in connection.execute(select(scopes)) if not _is_scope(row.name, people)]
    items = sum(
        connection.execute(
            select(func.count())
            .select_from(table)
            .where(or_(table.c.scope_id.in_(wrong), table.c.owner_scope_id.in_(wrong)))
        ).scalar_one()
        for table in (memories, messages)
    )
    if not items:
        return Finding("scopes", Verdict.OK, "Every item stands where somebody can see it.")
    return Finding("scopes", Verdict.BAD, f"{items:,} items stand in scopes that no place reads.", _RESTORE)


def _is_scope(name: str, people: set[str]) -> bool:
    kind, _, key = name.partition(":")
    if kind == ScopeKind.PRIVATE:
        return key in people
    return name == ScopeKind.EVERYONE or (kind in ScopeKind.__members__.values() and key != "")


def _waiting(connection: Connection, now: datetime) -> Finding:
    """Lines that nobody answers, and deliveries that nobody will make due: what they hold back never goes out."""
    lines = select(func.count()).where(
        messages.c.direction == Direction.IN,
        messages.c.state.in_([MessageState.RECEIVED, MessageState.ANSWERING]),
        messages.c.created_at < now - LONGEST_ANSWER,
    )
    streaming = exists().where(messages.c.id == queue.c.item_id, messages.c.state == MessageState.STREAMING)
    held = select(func.count()).where(
        queue.c.type == JobType.DELIVERY, queue.c.state == JobState.IN_PROGRESS, queue.c.attempts == 0, ~streaming
    )
    unanswered, held_back = connection.execute(lines).scalar_one(), connection.execute(held).scalar_one()
    if held_back:
        told = f"{held_back:,} deliveries are held back by turns that are over, and what comes behind them with them."
        return Finding("waiting", Verdict.BAD, told, "Please report this; it should not be possible.")
    if unanswered:
        told = f"{unanswered:,} messages have waited for an answer for over an hour."
        return Finding("waiting", Verdict.WARN, told, "Start Ember, or start it again: it takes them up.")
    return Finding("waiting", Verdict.OK, "Nothing waits that nobody will take up.")


def _forgetting(connection: Connection, now: datetime) -> Finding:
    """What was forgotten and still stands in a file; nobody can read it, but whoever gets the file."""
    late = select(func.count()).where(erasures.c.asked_at < now - LONGEST_FORGETTING)
    in_backups = connection.execute(late.where(erasures.c.state == ErasureState.ERASED)).scalar_one()
    in_database = connection.execute(late.where(erasures.c.state == ErasureState.HIDDEN)).scalar_one()
    if not in_backups and not in_database:
        return Finding("forgetting", Verdict.OK, "What was forgotten is gone.")
    told = f"Of what was forgotten over a day ago, {in_database + in_backups:,} still have to go from a file."
    remedy = "Start Ember: it goes on with it."
    if in_backups:
        remedy += " If this stays so, delete the backups that ember restore lists as unreadable."
    return Finding("forgetting", Verdict.WARN, told, remedy)


def _hits(connection: Connection) -> Iterator[Finding]:
    """Nothing where none was recorded yet."""
    newest = performance_metrics.c.at.desc()
    query = select(performance_metrics.c.value).where(performance_metrics.c.name == HIT_RATIO).order_by(newest).limit(1)
    ratio = connection.execute(query).scalar_one_or_none()
    if ratio is None:
        return
    told = f"{ratio:.0%} of the reads were answered from the hot cache."
    if ratio < FEWEST_HITS:
        yield Finding("hot cache", Verdict.WARN, told, "Raise HOT_CACHE_SIZE if this stays so.")
    else:
        yield Finding("hot cache", Verdict.OK, told)
