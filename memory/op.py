"""Ops: what the write queue takes, and one of them on its way."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Insert

from memory.batch import Queued

T = TypeVar("T")

#: A function of one connection, pure but for its SQL, for it may be run again. Its result comes after COMMIT.
Op = Callable[[Connection], T]

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


class Write(Generic[T]):
    """A caller's op on its way, and what became of it."""

    __slots__ = ("_changed", "_done", "_op", "_result", "error", "inserts", "rows")
    _result: T  # once it is known

    def __init__(self, op: Op[T] | Rows[T], done: asyncio.Future[T], changed: Callable[[T], None] | None) -> None:
        self._op = op
        self._done = done
        self._changed = changed
        self.error: Exception | None = None
        self.inserts: tuple[Insert, ...] = ()
        self.rows: tuple[Mapping[str, object], ...] = ()
        if isinstance(op, Rows):
            self.inserts, self.rows, self._result = op.inserts, op.rows, op.result

    def run(self, connection: Connection) -> None:
        if isinstance(self._op, Rows):
            for insert, row in zip(self.inserts, self.rows, strict=True):
                connection.execute(insert, row)
        else:
            self._result = self._op(connection)

    def fail(self, error: Exception) -> None:
        # A future takes no StopIteration, and everybody behind its caller would wait for ever.
        self.error = RuntimeError(f"an op raised {error!r}") if isinstance(error, StopIteration) else error

    def tell_cache(self) -> None:
        if self.error is None and self._changed is not None:
            self._changed(self._result)

    def tell_caller(self) -> None:
        if self._done.done():  # the caller was cancelled; its op was not
            if self.error is not None:
                log.error("a write failed after its caller had left", error=str(self.error))
        elif self.error is not None:
            self._done.set_exception(self.error)
        else:
            self._done.set_result(self._result)


class AnyWrite(Queued, Protocol):
    """A `Write`, whatever its result."""

    @property
    def error(self) -> Exception | None: ...
    def tell_cache(self) -> None: ...
    def tell_caller(self) -> None: ...
