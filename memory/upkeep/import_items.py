"""Takes what a file says into a person's memory, in one op: all of it is there afterwards, or nothing.

Everything becomes the person's private items. It is `external`, but for what this installation has written itself about
the same person. What is there already stays as it is, so importing twice changes nothing.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Insert, insert
from sqlalchemy.dialects import sqlite

from memory.place import Channel, OneReader, Place
from memory.records import Direction, ItemId, MessageState, Notice, OwnerKind, Person, SessionId, Tier, TurnId
from memory.scope import ScopeNumber
from memory.tables.erasures import Tombstones
from memory.tables.ground import Ground
from memory.tables.index import INDEX_WORDS, indexed
from memory.tables.memories import memories
from memory.tables.messages import blank_message, messages, user_sessions
from memory.tables.people import user_preferences
from memory.tables.relationships import memory_relationships
from memory.tables.scopes import ScopeNumbers
from memory.upkeep.import_file import read_import
from memory.upkeep.import_plan import PLACE, ImportPlan, message_mark, place_key, plan, read_known
from memory.upkeep.imported import ImportedMemory, ImportedMessage, ImportedSession

_AT_ONCE: Final = 500  #: rows of one statement

Row = dict[str, object]


class Imports:
    """Imports files."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, secret: bytes) -> None:
        self._ground = ground
        self._scopes = scopes
        self._secret = secret

    async def look_at(self, person: Person, file: Path) -> ImportPlan:
        """Reads a file and says what importing it would do. Raises FileRefused."""
        imported = await asyncio.to_thread(read_import, file, self._secret)
        scopes = self._scopes.private_to(person.id)
        known = await self._ground.reads.read(lambda connection: read_known(connection, person.id, scopes))
        return await asyncio.to_thread(plan, imported, person.id, known, Tombstones(self._secret))

    async def carry_out(self, person: Person, plan: ImportPlan) -> None:
        """Takes in what was looked at."""
        place = Place(Channel.CONSOLE, OneReader(person.id))
        scopes = await self._scopes.of_item(place, person.id)
        statements = list(_Rows(self._ground, person, plan, scopes).statements())

        def op(connection: Connection) -> None:
            for statement, values in statements:
                for at in range(0, len(values), _AT_ONCE):
                    connection.execute(statement, values[at : at + _AT_ONCE])

        # The cache would believe that it knew all of the scope; it learns anew what is asked for.
        await self._ground.queue.write(op, lambda _: self._ground.cache.clear())


class _Rows:
    """All that an import writes, made before the op, for it may run twice."""

    def __init__(self, ground: Ground, person: Person, plan: ImportPlan, scopes: tuple[ScopeNumber, ...]) -> None:
        self._ground = ground
        self._person = person
        self._plan = plan
        self._scopes = scopes
        self._items = dict(plan.known_items)
        self._turns = dict(plan.turns)
        self._sessions = dict(plan.sessions)
        self._replies: dict[str, ItemId] = {}
        self._ids: dict[int, ItemId] = {}  # by place in the file: names in it may be anything
        self._new_sessions: list[Row] = []
        self._name()
        self._said = [self._message(one, self._ids[at]) for at, one in enumerate(plan.messages)]
        behind = len(plan.messages)
        self._kept = [self._memory(one, self._ids[at]) for at, one in enumerate(plan.memories, start=behind)]

    def statements(self) -> Iterator[tuple[Insert, list[Row]]]:
        """Returns what is written, in an order in which everything referred to is there before."""
        yield insert(user_sessions), self._new_sessions
        yield insert(messages), self._said
        yield insert(memories), self._kept
        yield INDEX_WORDS, [self._words(row) for row in (*self._said, *self._kept) if _is_found_by_its_words(row)]
        yield sqlite.insert(memory_relationships).on_conflict_do_nothing(), list(self._relationships())
        preferences: list[Row] = [
            {"identity_id": self._person.id, "name": name, "value": value, "updated_at": at}
            for name, value, at in self._plan.preferences
        ]
        yield sqlite.insert(user_preferences).on_conflict_do_nothing(), preferences

    def _name(self) -> None:
        """Gives ids, older items first: the order of ids is the order of a conversation."""
        new = self._plan.items_to_take
        known_sessions = {session.key: session for session in self._plan.imported.sessions}
        for at in sorted(range(len(new)), key=lambda at: (new[at].created_at, at)):
            one = new[at]
            if one.session is not None and one.session not in self._sessions:
                told = known_sessions.get(one.session)
                self._begin(told or ImportedSession(one.session, "lost", one.created_at, one.created_at))
            self._ids[at] = ItemId(self._ground.ids.next())
            self._items.setdefault(one.key, self._ids[at])
            if isinstance(one, ImportedMessage) and one.turn is not None:
                self._turns.setdefault(one.turn, TurnId(self._ids[at]))
                if one.direction is Direction.OUT:
                    self._replies.setdefault(one.turn, self._ids[at])

    def _begin(self, session: ImportedSession) -> None:
        self._sessions[session.key] = SessionId(self._ground.ids.next())
        self._new_sessions.append(
            {
                "id": self._sessions[session.key],
                "place_key": place_key(session),
                "started_at": session.started_at,
                "last_at": session.last_at,
                "ended_at": session.last_at,
                "conversation_from": 0,
            }
        )

    def _message(self, one: ImportedMessage, id_: ItemId) -> Row:
        mark = message_mark(one.direction, one.created_at, one.content).hex()
        answered = one.direction is Direction.IN and one.turn is not None
        return {
            **blank_message(id_, self._person.id, self._scopes, self._sessions[one.session], one.created_at),
            "channel": Channel.CONSOLE,
            "external_id": f"{PLACE}{self._person.id}:{mark}",
            "direction": one.direction,
            "state": MessageState.DONE,
            "trust": one.trust,
            "turn_id": None if one.turn is None else self._turns[one.turn],
            "response_id": self._replies.get(one.turn or "") if answered else None,
            "content": one.content,
            "language": one.language or self._person.language,
            "attachments": one.attachments,
            "notices": tuple(Notice(text) for text in one.notices),  # memories have other ids here
            "compressed_into": self._items.get(one.compressed_into or ""),
        }

    def _memory(self, one: ImportedMemory, id_: ItemId) -> Row:
        return {
            "id": id_,
            "owner_kind": OwnerKind.PERSON,
            "owner_id": self._person.id,
            "scope_id": self._scopes[0],
            "owner_scope_id": self._scopes[-1],
            "trust": one.trust,
            # What was shared there is private here.
            "tier": Tier.SEMANTIC if one.tier is Tier.SHARED else one.tier,
            "content": one.content,
            "language": one.language,
            "importance": one.importance,
            "confidence": one.confidence,
            "source": self._items.get(one.source or ""),
            "created_at": one.created_at,
            "valid_from": one.valid_from,
            "superseded_at": one.superseded_at,
            "superseded_by": self._items.get(one.superseded_by or ""),
            "label": one.label,
            "read_only": one.read_only and self._plan.vouched,
            "session_id": None if one.session is None else self._sessions[one.session],
            "access_count": one.access_count,
            "accessed_at": one.accessed_at,
            "compressed_into": self._items.get(one.compressed_into or ""),
        }

    def _words(self, row: Row) -> Row:
        return indexed(ItemId(int(str(row["id"]))), str(row["content"]), str(row["language"]), self._scopes)

    def _relationships(self) -> Iterator[Row]:
        for one in self._plan.imported.relationships:
            if one.from_key in self._items and one.to_key in self._items:
                yield {
                    "from_id": self._items[one.from_key],
                    "to_id": self._items[one.to_key],
                    "kind": one.kind,
                    "confidence": one.confidence,
                    "created_at": one.created_at,
                }


def _is_found_by_its_words(row: Row) -> bool:
    return row["content"] != "" and row["compressed_into"] is None
