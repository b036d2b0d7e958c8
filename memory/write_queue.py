"""The only way to write: one thread owns the writing connection and commits whatever has queued.

    await queue.write(op)  ->  waiting  ->  one transaction  ->  COMMIT  ->  the hot cache  ->  the caller
    queue.post(...)        ->  joined by key  ->  behind the next batch, or with the background sync

While a batch is committed the next one collects (group commit, without a timer). If an op raises, the batch is undone
and run again with each op in a savepoint of its own, so that only the bad one fails.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

import structlog

from memory.batch import Batches, WritingConnection, driver_error, fail_all
from memory.errors import DoubtfulCommit, NothingKept, OpenedForReading, QueueClosed, QueueFull
from memory.op import AnyWrite, Op, Rows, Write
from memory.posts import Post, Posts, write_posts

T = TypeVar("T")

WAITING_LIMIT: Final = 10_000  #: ops; beyond it writers wait
BATCH_LIMIT: Final = 1_000  #: ops in one transaction, about, so that who comes behind a burst waits a bounded time
PATIENCE_SECONDS: Final = 5.0  #: how long a writer waits for room before it hears "busy"
POSTS_TOGETHER: Final = 200  #: behind one batch; about a millisecond, which is all that they may cost a write
CHECKPOINT_PATIENCE_SECONDS: Final = 10.0  #: how long a truncating checkpoint is tried while readers stand in its way
_CHECKPOINT_RETRY_SECONDS: Final = 0.02
_BATCHES_REMEMBERED: Final = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How a write queue is doing."""

    depth: int = 0  #: ops that wait or are under way
    oldest_seconds: float = 0.0  #: how long the one that waits longest has waited
    batch_mean: float = 0.0  #: ops in a batch, over the last hundred batches
    batch_largest: int = 0
    failures: int = 0  #: ops that the disk refused, or may have lost, since the start
    posts_waiting: int = 0
    posts_dropped: int = 0  #: since the start
    connected: bool = True  #: False: the disk refused what was tried last


class Writes(Protocol):
    """What takes ops."""

    async def write(self, op: Op[T] | Rows[T], changed: Callable[[T], None] | None = None) -> T: ...
    def send(self, op: Op[int]) -> None: ...
    def post(self, *posts: Post) -> None: ...
    async def checkpoint_truncating(self) -> bool: ...
    async def between(self, run: Callable[[WritingConnection], bool]) -> bool: ...


class NoWrites:
    """The queue of a memory that was opened for reading."""

    async def write(self, op: Op[T] | Rows[T], changed: Callable[[T], None] | None = None) -> T:
        raise OpenedForReading

    def send(self, op: Op[int]) -> None:
        raise OpenedForReading

    def post(self, *posts: Post) -> None:
        """Takes nothing: a post may be lost."""

    async def checkpoint_truncating(self) -> bool:
        raise OpenedForReading

    async def between(self, run: Callable[[WritingConnection], bool]) -> bool:
        raise OpenedForReading

    def figures(self) -> QueueFigures:
        return QueueFigures()


@dataclass(frozen=True, slots=True)
class _Between:
    """A checkpoint: it has to stand outside any transaction, between two batches."""

    run: Callable[[WritingConnection], bool]
    done: asyncio.Future[bool]

    def tell(self, truncated: bool, error: NothingKept | None) -> None:
        if self.done.done():
            return
        if error is not None:
            self.done.set_exception(error)
        else:
            self.done.set_result(truncated)


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
        posts: Posts | None = None,
    ) -> None:
        self._connect = connect
        self._forget_cached = forget_cached
        self._waiting_limit = waiting_limit
        self._patience_seconds = patience_seconds
        self._posts = Posts() if posts is None else posts
        self._loop = asyncio.get_running_loop()
        self._arrived: list[AnyWrite] = []
        self._handed_over: deque[tuple[float, int]] = deque()  # when, and how many; not settled yet
        self._waiting: queue.SimpleQueue[list[AnyWrite] | _Between | None] = queue.SimpleQueue()
        self._depth = 0
        self._batch_sizes: deque[int] = deque(maxlen=_BATCHES_REMEMBERED)
        self._failures = 0
        self._connected = True
        self.trusted = True  #: False: a disk failed so that what it holds now is to be looked at closely
        self._batches = Batches()  # the thread's own
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
        self._arrive(Write(op, done, changed))
        return await done

    def send(self, op: Op[int]) -> None:
        """Takes an op that nobody waits for, in its order among the others; one that fails is logged.

        For what the next start does by itself when it is missing. Raises QueueClosed.
        """
        if not self._open:
            raise QueueClosed
        sent: asyncio.Future[int] = self._loop.create_future()
        sent.add_done_callback(_log_failure)
        self._arrive(Write(op, sent, None))

    def post(self, *posts: Post) -> None:
        """Takes what may be lost or doubled: written behind the next batch, or with the background sync."""
        for post in posts:
            self._posts.add(post)

    async def flush(self) -> None:
        """Writes what was posted. What the disk refuses is dropped and counted."""
        while self._posts and self._open:
            written = self._take_up_posts()
            self._hand_over()
            await asyncio.wait([written])

    async def checkpoint(self) -> None:
        """Moves what the WAL holds into the database, as far as no reader stands in the way. Raises NothingKept."""
        await self.between(lambda connection: connection.checkpoint())

    async def between(self, run: Callable[[WritingConnection], bool]) -> bool:
        """Runs what has to stand outside any transaction, between two batches. Raises NothingKept, QueueClosed."""
        if not self._open:
            raise QueueClosed
        between = _Between(run, self._loop.create_future())
        self._waiting.put(between)
        try:
            return await between.done
        except NothingKept:
            self._connected = self.trusted = False
            raise

    async def checkpoint_truncating(self, patience_seconds: float = CHECKPOINT_PATIENCE_SECONDS) -> bool:
        """Empties the WAL, so that nothing of what was erased stays in it; False when readers held it all the while.

        Writes go on meanwhile. Raises NothingKept, QueueClosed.
        """
        until = self._loop.time() + patience_seconds
        while not await self.between(lambda connection: connection.checkpoint_truncating()):
            if self._loop.time() >= until:
                return False
            await asyncio.sleep(_CHECKPOINT_RETRY_SECONDS)
        return True

    def figures(self) -> QueueFigures:
        """Says how the queue is doing, without touching the disk."""
        sizes = self._batch_sizes or (0,)
        return QueueFigures(
            depth=self._depth,
            oldest_seconds=self._loop.time() - self._handed_over[0][0] if self._handed_over else 0.0,
            batch_mean=sum(sizes) / len(sizes),
            batch_largest=max(sizes),
            failures=self._failures,
            posts_waiting=len(self._posts),
            posts_dropped=self._posts.dropped,
            connected=self._connected,
        )

    async def close(self) -> None:
        """Refuses new writes, commits what waits and what was posted, closes the connection and joins the thread."""
        if self._open:
            self._open = False
            while self._posts:
                self._take_up_posts()
            self._hand_over()
            self._waiting.put(None)
        try:
            await asyncio.shield(self._ended)
        finally:
            self._thread.join()  # cancelled, too: nothing may be written once the data directory is given back

    def _arrive(self, write: AnyWrite) -> None:
        if not self._arrived:
            self._loop.call_soon(self._hand_over)
        self._depth += 1
        self._arrived.append(write)

    def _hand_over(self) -> None:
        """Gives the thread what one round of the loop has written: those whom one COMMIT woke write together again."""
        if self._arrived:
            if self._posts:
                self._take_up_posts()
            self._handed_over.append((self._loop.time(), len(self._arrived)))
            self._waiting.put(self._arrived)
            self._arrived = []

    def _take_up_posts(self) -> asyncio.Future[None]:
        """Puts the oldest posts behind what has arrived, as an op of their own."""
        posts = self._posts.take(POSTS_TOGETHER)
        written: asyncio.Future[None] = self._loop.create_future()
        written.add_done_callback(partial(self._posts_written, len(posts)))
        self._depth += 1
        self._arrived.append(Write(lambda connection: write_posts(connection, posts), written, None))
        return written

    def _posts_written(self, posts: int, written: asyncio.Future[None]) -> None:
        error = written.exception()
        if error is not None:
            self._posts.dropped += posts
            log.warning("figures were lost", posts=posts, error=str(error))

    async def _wait_for_room(self) -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                while self._depth >= self._waiting_limit:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise QueueFull(waiting=self._depth) from None

    def _settle(self, batch: Sequence[AnyWrite], known: bool) -> None:
        self._depth -= len(batch)
        self._room.set()
        self._count(batch)
        if not known:
            self.trusted = False
            self._forget_cached()
        for write in batch:
            try:
                write.tell_cache()
            except Exception as error:  # what is durable is answered all the same, or its callers would wait for ever
                log.critical("the hot cache could not take a write", error=str(error))
                self._forget_cached()
        for write in batch:
            write.tell_caller()

    def _count(self, batch: Sequence[AnyWrite]) -> None:
        settled = 0
        while settled < len(batch):  # a batch is made of whole hand-overs
            settled += self._handed_over.popleft()[1]
        lost = sum(isinstance(write.error, NothingKept | DoubtfulCommit) for write in batch)
        self._failures += lost
        self._connected = not lost
        self._batch_sizes.append(len(batch))

    # What follows runs in the writer's thread.

    def _work(self) -> None:
        connection: WritingConnection | None = None
        behind: list[_Between | None] = []
        while (taken := behind.pop() if behind else self._waiting.get()) is not None:
            if isinstance(taken, _Between):
                connection = self._run_between(connection, taken)
                continue
            batch = self._with_those_behind(taken, behind)
            try:
                connection = connection or self._connect()
                known = self._batches.commit(connection, batch)
            except Exception as error:  # the thread's edge: it must outlive a lost disk, and callers must hear of it
                log.critical("the writer lost its database", error=str(error))
                fail_all(batch, NothingKept(cause=driver_error(error)))
                known = False
            if not known and connection is not None:
                connection.close()  # after a failed fsync only a new connection can be believed
                connection = None
            self._loop.call_soon_threadsafe(self._settle, batch, known)
        if connection is not None:
            connection.close()
        self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _with_those_behind(self, batch: list[AnyWrite], behind: list[_Between | None]) -> list[AnyWrite]:
        """Returns a batch with all that queues behind it; what is no write comes after it."""
        while len(batch) < BATCH_LIMIT:
            try:
                more = self._waiting.get_nowait()
            except queue.Empty:
                break
            if not isinstance(more, list):
                behind.append(more)
                break
            batch += more
        return batch

    def _run_between(self, connection: WritingConnection | None, between: _Between) -> WritingConnection | None:
        error: NothingKept | None = None
        truncated = False
        try:
            connection = connection or self._connect()
            truncated = between.run(connection)
        except Exception as failed:  # the thread's edge: what has files of its own to write may fail in its own ways
            log.error("a checkpoint failed", error=type(failed).__name__)
            error = NothingKept(cause=driver_error(failed))
            if connection is not None:
                connection.close()
                connection = None
        self._loop.call_soon_threadsafe(between.tell, truncated, error)
        return connection


def _log_failure(sent: asyncio.Future[int]) -> None:
    if not sent.cancelled() and (error := sent.exception()) is not None:
        log.error("a write that nobody waits for failed", error=str(error))
