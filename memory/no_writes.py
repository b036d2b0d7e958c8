"""The queue of a memory that was opened for reading."""

from collections.abc import Callable
from typing import TypeVar

from memory.batch import WritingConnection
from memory.errors import OpenedForReading
from memory.posts import Post
from memory.write_queue import Op, QueueFigures, Rows

T = TypeVar("T")


class NoWrites:
    """Takes nothing."""

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
