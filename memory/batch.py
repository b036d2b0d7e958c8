"""What the writer's thread does with a batch: one transaction, in which neighbours' rows share their statements."""

import itertools
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, Protocol

from sqlalchemy import Connection, Dialect, Insert
from sqlalchemy.exc import DBAPIError

from memory.errors import DoubtfulCommit, NothingKept

#: Rows in one statement, at most; fewer go as 32, 16, ... so that the driver keeps a handful of statements prepared.
ROWS_TOGETHER: Final = 64

_UNSEEN: Final = object()


class WritingConnection(Protocol):
    """The one connection that writes, with its transactions by hand: a failed COMMIT has to be looked at closely."""

    @property
    def core(self) -> Connection: ...
    @property
    def in_transaction(self) -> bool: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def savepoint(self) -> None: ...
    def release(self) -> None: ...
    def undo_to_savepoint(self) -> None: ...
    def run(self, sql: str, values: Sequence[object]) -> None: ...
    def checkpoint(self) -> bool: ...
    def checkpoint_truncating(self) -> bool: ...
    def drop_cached_pages(self) -> None: ...
    def close(self) -> None: ...
    def is_disk_trouble(self, error: Exception) -> bool: ...


class Queued(Protocol):
    """An op on its way, as the writer's thread sees it."""

    @property
    def inserts(self) -> tuple[Insert, ...]: ...
    @property
    def rows(self) -> tuple[Mapping[str, object], ...]: ...
    def run(self, connection: Connection) -> None: ...
    def fail(self, error: Exception) -> None: ...


class _Prepared:
    """An insert compiled once for the driver: Core's own work for each row would take as long as SQLite's.

    Many rows go in one statement, for the driver gives Python's lock away and takes it back with each that it runs.
    """

    def __init__(self, insert: Insert, columns: Sequence[str], dialect: Dialect) -> None:
        compiled = insert.compile(dialect=dialect, column_keys=list(columns))
        self._sql = str(compiled)
        self._names = names = tuple(compiled.positiontup or ())
        types = [compiled.binds[name].type for name in names]
        converters = [one.dialect_impl(dialect).bind_processor(dialect) for one in types]
        self._picked = itemgetter(*names, names[0])  # one more, or it would give a lone value and no tuple
        self._converters = [(at, convert) for at, convert in enumerate(converters) if convert is not None]
        self._row = f"({', '.join('?' * len(names))})"
        self._most = ROWS_TOGETHER if self._sql.endswith(f"VALUES {self._row}") else 1

    def run(self, connection: WritingConnection, rows: Sequence[Mapping[str, object]]) -> None:
        at, together = 0, self._most
        while at < len(rows):
            while together > len(rows) - at:
                together //= 2
            connection.run(self._sql + f", {self._row}" * (together - 1), self._values(rows[at : at + together]))
            at += together

    def _values(self, rows: Sequence[Mapping[str, object]]) -> list[object]:
        values: list[object] = []
        last: list[object] = [_UNSEEN] * len(self._names)
        converted = last.copy()
        for row in rows:
            start = len(values)
            values += self._picked(row)
            values.pop()
            for at, convert in self._converters:
                value = values[start + at]
                if value is not last[at]:  # most of a row stands in its neighbours too: who owns it, of what kind it is
                    last[at], converted[at] = value, convert(value)
                values[start + at] = converted[at]
        return values


class Batches:
    """Runs batches, each as one transaction."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[Insert, tuple[str, ...]], _Prepared] = {}

    def commit(self, connection: WritingConnection, batch: Sequence[Queued]) -> bool:
        """Runs a batch as one transaction; False when nobody can say whether its COMMIT happened."""
        try:
            connection.begin()
            try:
                self._run_joined(connection, batch)
            except Exception:  # an op may raise anything; run apart, each answers for itself
                connection.rollback()
                connection.begin()
                _run_apart(connection, batch)
        except DBAPIError as error:
            connection.rollback()
            fail_all(batch, NothingKept(cause=error.orig))
            return True
        try:
            connection.commit()
        except DBAPIError as error:
            doubtful = not connection.in_transaction
            connection.rollback()
            fail_all(batch, DoubtfulCommit(cause=error.orig) if doubtful else NothingKept(cause=error.orig))
            return not doubtful
        return True

    def _run_joined(self, connection: WritingConnection, batch: Sequence[Queued]) -> None:
        """Runs a batch as it stands; neighbours with the same inserts share one statement for each."""
        for inserts, group in itertools.groupby(batch, key=lambda queued: queued.inserts):
            neighbours = list(group)
            for position, insert in enumerate(inserts):
                rows = [queued.rows[position] for queued in neighbours]
                if any(len(row) != len(rows[0]) for row in rows):
                    raise ValueError("neighbours with other columns cannot share a statement")
                self._prepare(insert, tuple(rows[0]), connection.core.dialect).run(connection, rows)
            if not inserts:
                for queued in neighbours:
                    queued.run(connection.core)

    def _prepare(self, insert: Insert, columns: tuple[str, ...], dialect: Dialect) -> _Prepared:
        if (insert, columns) not in self._prepared:
            self._prepared[insert, columns] = _Prepared(insert, columns, dialect)
        return self._prepared[insert, columns]


def _run_apart(connection: WritingConnection, batch: Sequence[Queued]) -> None:
    """Runs each op in its own savepoint; what one raises goes to its caller alone."""
    for queued in batch:
        connection.savepoint()
        try:
            queued.run(connection.core)
        except Exception as error:  # an op may raise anything
            if not connection.in_transaction:  # SQLite undid the whole transaction by itself: disk full, I/O error
                raise
            connection.undo_to_savepoint()
            queued.fail(NothingKept(cause=driver_error(error)) if connection.is_disk_trouble(error) else error)
        connection.release()


def driver_error(error: Exception) -> BaseException | None:
    """What the driver says, without the statement and its values: those may be somebody's words."""
    return error.orig if isinstance(error, DBAPIError) else error


def fail_all(batch: Sequence[Queued], error: Exception) -> None:
    for queued in batch:
        queued.fail(error)
