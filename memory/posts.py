"""The second grade of writes: small figures that may be lost or doubled, and that never hold a write up.

A post is data: an amount to add under a key, the latest value of a key, or a row of a log. Posts of one key become one
while they wait, so that a memory that is read a thousand times in half a minute costs one row's update.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count, groupby, islice
from typing import Final

from sqlalchemy import Connection, Insert, Update

POSTS_LIMIT: Final = 10_000  #: waiting at once; beyond it the oldest is dropped

#: The names under which a statement of a post binds what it is given; no column may be called so.
KEY: Final = "posted_key"
AMOUNT: Final = "posted_amount"
VALUE: Final = "posted_value"


@dataclass(frozen=True, slots=True)
class Added:
    """An amount to add. The update binds KEY and AMOUNT."""

    statement: Update
    key: int | str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Latest:
    """A value of which only the last counts. The statement, an update or an upsert, binds KEY and VALUE."""

    statement: Update | Insert
    key: int | str
    value: object


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of a log, of which none replaces another."""

    statement: Insert
    row: Mapping[str, object]


Post = Added | Latest | LogRow
_Key = tuple[Update | Insert, int | str]


class Posts:
    """What waits, oldest first."""

    def __init__(self, limit: int = POSTS_LIMIT) -> None:
        self._limit = limit
        self._waiting: dict[_Key, Post] = {}
        self._rows = count()
        self.dropped = 0  #: never written: the oldest of too many, and what the disk refused

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, post: Post) -> None:
        """Takes a post, joining it with what waits under its key."""
        match post:
            case Added():
                key: _Key = (post.statement, post.key)
                before = self._waiting.get(key)
                if isinstance(before, Added):
                    post = replace(post, amount=before.amount + post.amount)
            case Latest():
                key = (post.statement, post.key)
            case LogRow():
                key = (post.statement, next(self._rows))
        self._waiting[key] = post
        if len(self._waiting) > self._limit:
            del self._waiting[next(iter(self._waiting))]
            self.dropped += 1

    def take(self, most: int) -> tuple[Post, ...]:
        """Gives out the oldest, each once."""
        keys = list(islice(self._waiting, most))
        return tuple(self._waiting.pop(key) for key in keys)


def write_posts(connection: Connection, posts: tuple[Post, ...]) -> None:
    """The op that writes posts: those of one statement in one executemany."""
    # The keys of a sort have to be comparable, and which statement goes first does not matter.
    for _, same in groupby(sorted(posts, key=_of_statement), key=_of_statement):
        together = list(same)
        connection.execute(together[0].statement, list(_bound(together)))


def _of_statement(post: Post) -> int:
    return id(post.statement)


def _bound(posts: list[Post]) -> Iterator[Mapping[str, object]]:
    for post in posts:
        match post:
            case Added():
                yield {KEY: post.key, AMOUNT: post.amount}
            case Latest():
                yield {KEY: post.key, VALUE: post.value}
            case LogRow():
                yield post.row
