"""The only way to write: one thread owns the writing connection and commits whatever has queued.

    await queue.write(op)  ->  waiting  ->  one transaction  ->  COMMIT  ->  the hot cache  ->  the caller

While a batch is committed the next one collects (group commit, without a timer). If an op raises, the batch is undone
and run again with each op in a savepoint of its own, so that only the bad one fails.
"""

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Generic, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Dialect, Insert
from sqlalchemy.exc import DBAPIError

from memory.errors import DoubtfulCommit, NothingKept, OpenedForReading, QueueClosed, QueueFull

T = TypeVar("T")

#: A function of one connection, pure but for its SQL, for it may be run again. Its result comes after COMMIT.
Op = Callable[[Connection], T]

WAITING_LIMIT: Final = 10_000  #: ops; beyond it writers wait
BATCH_LIMIT: Final = 1_000  #: ops in one transaction, about, so that who comes behind a burst waits a bounded time
PATIENCE_SECONDS: Final = 5.0  #: how long a writer waits for room before it hears "busy"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """An op as data: rows to insert, in order. Neighbours in a batch with the same inserts share each statement."""

    inserts: tuple[Insert, ...]
    rows: tuple[Mapping[str, object], ...]  #: one for each insert
    result: T

    def __post_init__(self) -> None:
        if len(self.inserts) != len(self.rows):
            raise ValueError("an insert for each row, and a row for each insert")


class _Prepared:
    """An insert compiled once for the driver: Core's own work for each row would take as long as SQLite's."""

    def __init__(self, insert: Insert, columns: Sequence[str], dialect: Dialect) -> None:
        compiled = insert.compile(dialect=dialect, column_keys=list(columns))
        self.sql = str(compiled)
        names = tuple(compiled.positiontup or ())
        types = [compiled.binds[name].type for name in names]
        converters = [one.dialect_impl(dialect).bind_processor(dialect) for one in types]
        self._picked = itemgetter(*names, names[0])  # one more, or it would give a lone value and no tuple
        self._converters = [(at, convert) for at, convert in enumerate(converters) if convert is not None]

    def values(self, row: Mapping[str, object]) -> tuple[object, ...]:
        values = list(self._picked(row)[:-1])
        for at, convert in self._converters:
            values[at] = convert(values[at])
        return tuple(values)


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
    def close(self) -> None: ...
    def is_disk_trouble(self, error: Exception) -> bool: ...


class Writes(Protocol):
    """What takes ops."""

    async def write(self, op: Op[T] | Rows[T], changed: Callable[[T], None] | None = None) -> T: ...


class NoWrites:
    """The queue of a memory that was opened for reading."""

    async def write(self, op: Op[T] | Rows[T], changed: Callable[[T], None] | None = None) -> T:
        raise OpenedForReading


class _Write(Generic[T]):
    """A caller's op on its way, and what became of it."""

    __slots__ = ("_changed", "_done", "_error", "_op", "_result", "inserts", "rows")

    def __init__(self, op: Op[T] | Rows[T], done: asyncio.Future[T], changed: Callable[[T], None] | None) -> None:
        self._op = op
        self._done = done
        self._changed = changed
        self._error: Exception | None = None
        self.inserts: tuple[Insert, ...] = ()
        self.rows: tuple[Mapping[str, object], ...] = ()
        self._result: list[T] = []  # one, once it is known
        if isinstance(op, Rows):
            self.inserts, self.rows, self._result = op.inserts, op.rows, [op.result]

    def run(self, connection: Connection) -> None:
        if isinstance(self._op, Rows):
            for insert, row in zip(self.inserts, self.rows, strict=True):
                connection.execute(insert, row)
        else:
            self._result = [self._op(connection)]

    def fail(self, error: Exception) -> None:
        # A future takes no StopIteration, and everybody behind its caller would wait for ever.
        self._error = RuntimeError(f"an op raised {error!r}") if isinstance(error, StopIteration) else error

    def tell_cache(self) -> None:
        if self._error is None and self._changed is not None:
            self._changed(self._result[0])

    def tell_caller(self) -> None:
        if self._done.done():  # the caller was cancelled; its op was not
            if self._error is not None:
                log.error("a write failed after its caller had left", error=str(self._error))
        elif self._error is not None:
            self._done.set_exception(self._error)
        else:
            self._done.set_result(self._result[0])


class _AnyWrite(Protocol):
    """A `_Write`, whatever its result."""

    @property
    def inserts(self) -> tuple[Insert, ...]: ...
    @property
    def rows(self) -> tuple[Mapping[str, object], ...]: ...
    def run(self, connection: Connection) -> None: ...
    def fail(self, error: Exception) -> None: ...
    def tell_cache(self) -> None: ...
    def tell_caller(self) -> None: ...


class WriteQueue:
    """Takes ops from the loop, commits them in order in one thread, and answers after COMMIT.

    `connect` opens the writing connection, in that thread. `forget_cached` is called, in the loop, when a COMMIT
    failed in a way that leaves open whether it happened.
    """

    def __init__(
        self,
        connect: Callable[[], WritingConnection],
        forget_cached: Callable[[], None],
        waiting_limit: int = WAITING_LIMIT,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._connect = connect
        self._forget_cached = forget_cached
        self._waiting_limit = waiting_limit
        self._patience_seconds = patience_seconds
        self._loop = asyncio.get_running_loop()
        self._arrived: list[_AnyWrite] = []
        self._waiting: queue.SimpleQueue[list[_AnyWrite] | None] = queue.SimpleQueue()
        self._depth = 0
        self._prepared: dict[tuple[Insert, tuple[str, ...]], _Prepared] = {}  # the thread's own
        self._room = asyncio.Event()
        self._room.set()
        self._open = True
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._work, name="ember-writer", daemon=True)
        self._thread.start()

    async def write(self, op: Op[T] | Rows[T], changed: Callable[[T], None] | None = None) -> T:
        """Runs an op and returns its result once it is durable.

        `changed` takes what the op changed to the hot cache: in the loop, in the order of the writes, before callers
        wake. A cancelled caller stops waiting; its op commits or fails all the same. Raises QueueFull, QueueClosed,
        NothingKept, DoubtfulCommit, or what the op raised.
        """
        if self._depth >= self._waiting_limit:
            await self._wait_for_room()
        if not self._open:
            raise QueueClosed
        done: asyncio.Future[T] = self._loop.create_future()
        if not self._arrived:
            self._loop.call_soon(self._hand_over)
        self._depth += 1
        self._arrived.append(_Write(op, done, changed))
        return await done

    async def close(self) -> None:
        """Refuses new writes, commits what waits, closes the connection and joins the thread."""
        if self._open:
            self._open = False
            self._hand_over()
            self._waiting.put(None)
        try:
            await asyncio.shield(self._ended)
        finally:
            self._thread.join()  # cancelled, too: nothing may be written once the data directory is given back

    def _hand_over(self) -> None:
        """Gives the thread what one round of the loop has written: those whom one COMMIT woke write together again."""
        if self._arrived:
            self._waiting.put(self._arrived)
            self._arrived = []

    async def _wait_for_room(self) -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                while self._depth >= self._waiting_limit:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise QueueFull(waiting=self._depth) from None

    # What follows runs in the writer's thread, but for `_settle`.

    def _work(self) -> None:
        connection: WritingConnection | None = None
        while batch := self._take():
            try:
                connection = connection or self._connect()
                known = self._commit(connection, batch)
            except Exception as error:  # the thread's edge: it must outlive a lost disk, and callers must hear of it
                log.critical("the writer lost its database", error=str(error))
                _fail_all(batch, NothingKept(cause=_cause(error)))
                known = False
            if not known and connection is not None:
                connection.close()  # after a failed fsync only a new connection can be believed
                connection = None
            self._loop.call_soon_threadsafe(self._settle, batch, known)
        if connection is not None:
            connection.close()
        self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _take(self) -> list[_AnyWrite]:
        """Waits for writes and takes all that queue behind them; empty at the end."""
        batch: list[_AnyWrite] = []
        arrived = self._waiting.get()
        while arrived is not None:
            batch += arrived
            if len(batch) >= BATCH_LIMIT:
                return batch
            try:
                arrived = self._waiting.get_nowait()
            except queue.Empty:
                return batch
        if batch:
            self._waiting.put(None)  # the end, once this batch is done
        return batch

    def _commit(self, connection: WritingConnection, batch: Sequence[_AnyWrite]) -> bool:
        """Runs a batch as one transaction; False when nobody can say whether its COMMIT happened."""
        try:
            connection.begin()
            try:
                self._run_joined(connection.core, batch)
            except Exception:  # an op may raise anything; run apart, each answers for itself
                connection.rollback()
                connection.begin()
                _run_apart(connection, batch)
        except DBAPIError as error:
            connection.rollback()
            _fail_all(batch, NothingKept(cause=error.orig))
            return True
        try:
            connection.commit()
        except DBAPIError as error:
            doubtful = not connection.in_transaction
            connection.rollback()
            _fail_all(batch, DoubtfulCommit(cause=error.orig) if doubtful else NothingKept(cause=error.orig))
            return not doubtful
        return True

    def _run_joined(self, connection: Connection, batch: Sequence[_AnyWrite]) -> None:
        """Runs a batch as it stands; neighbours with the same inserts share one executemany for each."""
        for inserts, group in itertools.groupby(batch, key=lambda write: write.inserts):
            writes = list(group)
            for position, insert in enumerate(inserts):
                rows = [write.rows[position] for write in writes]
                if any(len(row) != len(rows[0]) for row in rows):
                    raise ValueError("neighbours with other columns cannot share a statement")
                prepared = self._prepare(insert, tuple(rows[0]), connection.dialect)
                connection.exec_driver_sql(prepared.sql, [prepared.values(row) for row in rows])
            if not inserts:
                for write in writes:
                    write.run(connection)

    def _prepare(self, insert: Insert, columns: tuple[str, ...], dialect: Dialect) -> _Prepared:
        if (insert, columns) not in self._prepared:
            self._prepared[insert, columns] = _Prepared(insert, columns, dialect)
        return self._prepared[insert, columns]

    def _settle(self, batch: Sequence[_AnyWrite], known: bool) -> None:
        self._depth -= len(batch)
        self._room.set()
        if not known:
            self._forget_cached()
        for write in batch:
            try:
                write.tell_cache()
            except Exception as error:  # what is durable is answered all the same, or its callers would wait for ever
                log.critical("the hot cache could not take a write", error=str(error))
                self._forget_cached()
        for write in batch:
            write.tell_caller()


def _run_apart(connection: WritingConnection, batch: Sequence[_AnyWrite]) -> None:
    """Runs each op in its own savepoint; what one raises goes to its caller alone."""
    for write in batch:
        connection.savepoint()
        try:
            write.run(connection.core)
        except Exception as error:  # an op may raise anything
            if not connection.in_transaction:  # SQLite undid the whole transaction by itself: disk full, I/O error
                raise
            connection.undo_to_savepoint()
            write.fail(NothingKept(cause=_cause(error)) if connection.is_disk_trouble(error) else error)
        connection.release()


def _cause(error: Exception) -> BaseException | None:
    """What the driver says, without the statement and its values: those may be somebody's words."""
    return error.orig if isinstance(error, DBAPIError) else error


def _fail_all(batch: Sequence[_AnyWrite], error: Exception) -> None:
    for write in batch:
        write.fail(error)
