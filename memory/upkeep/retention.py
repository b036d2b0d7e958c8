"""What has been kept as long as it should be: chosen here, taken away by the one erase.

Working memories go with their session, messages and what happened after a time; a person may have set a shorter one for
their own. Facts, what was shared and blocks are never taken by age, and what was spent stays as a number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, delete, select

from memory.ids import first_id_at
from memory.place import IdentityId
from memory.records import ItemId, MessageState, Tier
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.logs import logs
from memory.tables.memories import alive, memories
from memory.tables.messages import messages
from memory.tables.metrics import performance_metrics
from memory.tables.people import RETENTION_DAYS, user_preferences
from memory.tables.scopes import ScopeNumbers
from memory.upkeep.erase import Erasure

AT_ONCE: Final = 2_000  #: items of one erasure

_ENDED: Final = (MessageState.DONE, MessageState.DECLINED)


@dataclass(frozen=True, slots=True)
class KeptFor:
    """For how many days things are kept; 0 is for ever."""

    messages: int = 365
    episodic: int = 365  #: memories of what happened, summaries among them
    metrics: int = 90  #: and what was logged


class Retention:
    """Finds what has been kept long enough, and lets it go."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, erasure: Erasure) -> None:
        self._ground = ground
        self._scopes = scopes
        self._erasure = erasure

    async def apply(self, kept: KeptFor) -> int:
        """Lets everything go that has been kept long enough; returns how many items that were."""
        gone = 0
        while ids := await self.expired(kept):
            await self._erasure.erase_expired(ids)
            gone += len(ids)
        if kept.metrics:
            since = self._ground.clock.now() - timedelta(days=kept.metrics)
            figures = delete(performance_metrics).where(performance_metrics.c.at < since)
            await self._ground.queue.write(lambda connection: connection.execute(figures).rowcount)
            lines = delete(logs).where(logs.c.created_at < since)
            await self._ground.queue.write(lambda connection: connection.execute(lines).rowcount)
        return gone

    async def expired(self, kept: KeptFor, limit: int = AT_ONCE) -> list[ItemId]:
        """Returns items of everybody that have been kept long enough: for `apply`, and to look at before it."""
        now = self._ground.clock.now()

        def read(connection: Connection) -> list[ItemId]:
            found: dict[ItemId, None] = {}
            for query in self._queries(connection, kept, now):
                found |= dict.fromkeys(ItemId(item) for item in connection.execute(query.limit(limit)).scalars())
                if len(found) >= limit:
                    break
            return list(found)[:limit]

        return await self._ground.reads.read(read)

    def _queries(self, connection: Connection, kept: KeptFor, now: datetime) -> Iterator[Select[int]]:
        yield _memories(memories.c.session_id.is_not(None), ~alive(now))
        # Old ids instead of old times: ids are what a walk through the table can be cut short by.
        if kept.messages:
            yield _messages(messages.c.id < first_id_at(now - timedelta(days=kept.messages)))
        if kept.episodic:
            yield _events(memories.c.id < first_id_at(now - timedelta(days=kept.episodic)))
        chosen = select(user_preferences).where(user_preferences.c.name == RETENTION_DAYS)
        for row in connection.execute(chosen):
            if isinstance(row.value, int) and row.value > 0:
                yield from self._queries_of(IdentityId(row.identity_id), now - timedelta(days=row.value))

    def _queries_of(self, person: IdentityId, before: datetime) -> Iterator[Select[int]]:
        """Their own by what stands in their private scope, and by when it was said, not by when it was written down."""
        private = self._scopes.private_to(person)
        yield _messages(
            messages.c.owner_scope_id.in_(private), messages.c.owner_id == person, messages.c.created_at < before
        )
        yield _events(
            memories.c.owner_scope_id.in_(private), memories.c.owner_id == person, memories.c.created_at < before
        )


def _messages(*which: ColumnElement[bool]) -> Select[int]:
    return select(messages.c.id).where(*which, messages.c.state.in_(_ENDED), not_erasing(messages.c.id))


def _memories(*which: ColumnElement[bool]) -> Select[int]:
    return select(memories.c.id).where(*which, not_erasing(memories.c.id))


def _events(*which: ColumnElement[bool]) -> Select[int]:
    return _memories(*which, memories.c.tier == Tier.EPISODIC, memories.c.label.is_(None))
