"""Everything about a person as one JSON file, row by row, from one state of the database (docs/export-format.md).

What is in it is decided by the map of whose each row is, and by the rule: what the person may see in private. Their own
items, and the replies to them, are; what others said and a part, a recall or a result holds, is left out.
"""

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Final

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    exists,
    or_,
    select,
)

from memory.errors import NotFound
from memory.place import Channel, IdentityId, OneReader, Place
from memory.records import Notice, TurnId
from memory.scope import ScopeNumber
from memory.tables.erasures import not_erasing
from memory.tables.ground import Ground
from memory.tables.memories import memories, readable_memories
from memory.tables.messages import messages, readable_messages
from memory.tables.people import user_identities
from memory.tables.receipts import FORGOTTEN, PartKind, prompt_parts, recalls
from memory.tables.relationships import memory_relationships
from memory.tables.scopes import ScopeNumbers, all_scopes
from memory.tables.steps import steps
from memory.tables.types import utc_text
from memory.upkeep.belonging import BELONGS, Belonging

FORMAT: Final = "ember-export"
VERSION: Final = 1
#: Written as the scope's name; the owner's scope is always their private one.
_SCOPE: Final = "scope_id"
_LEFT_OUT: Final = "owner_scope_id"
#: What Ember is told, which is its owner's.
_OF_EMBER: Final = (PartKind.SCHEMA, PartKind.SYSTEM)
#: What is made of the words of several items at once.
_OF_CALLS: Final = (PartKind.CALL, PartKind.RESULT)

Encoded = dict[str, JsonValue]
_json: Final[TypeAdapter[JsonValue]] = TypeAdapter(JsonValue)


class Signature:
    """Vouches for an export with the installation's secret: whoever brings it back here is known to tell the truth.

    It covers what is said, not how the file is laid out.
    """

    def __init__(self, secret: bytes) -> None:
        self._hmac = hmac.new(secret, b"ember-export\0", "sha256")

    def add(self, what: str, said: Mapping[str, JsonValue]) -> None:
        self._hmac.update(f"{what}\0{line(said)}\0".encode(errors="surrogatepass"))  # whatever a file says

    @property
    def hex(self) -> str:
        return self._hmac.hexdigest()


def line(said: Mapping[str, JsonValue]) -> str:
    """Returns a row as it is written and signed."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Exports:
    """Writes exports."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, secret: bytes) -> None:
        self._ground = ground
        self._scopes = scopes
        self._secret = secret

    async def write(self, identity: IdentityId, out: IO[bytes]) -> Mapping[str, int]:
        """Writes everything about a person as UTF-8, and returns how many rows of each table. Raises NotFound."""
        readable = self._scopes.read_in(Place(Channel.CONSOLE, OneReader(identity)))
        now = self._ground.clock.now()
        signature = Signature(self._secret)

        def export(connection: Connection) -> Mapping[str, int]:
            return _write(connection, _Theirs(identity, readable), now, signature, out)

        return await self._ground.reads.read(export)


def _write(
    connection: Connection, theirs: "_Theirs", now: datetime, signature: Signature, out: IO[bytes]
) -> Mapping[str, int]:
    person = connection.execute(select(user_identities).where(user_identities.c.id == theirs.identity)).one_or_none()
    if person is None:
        raise NotFound
    scope_names = {number: name for name, number in all_scopes(connection).items()}
    header: Encoded = {"format": FORMAT, "version": VERSION, "exported_at": utc_text(now)}
    signature.add("header", header)
    out.write(f"{line(header)[:-1]},\n".encode())
    out.write(b'"tables":{')
    counts: dict[str, int] = {}
    for table in (table for table, belonging in BELONGS.items() if belonging.exported):
        counts[table.name] = 0
        out.write(f"{',' if len(counts) > 1 else ''}\n{json.dumps(table.name)}:[".encode())
        for row in theirs.rows_of(connection, table):
            said = _encoded(table, row, scope_names)
            signature.add(table.name, said)
            out.write(f"{',' if counts[table.name] else ''}\n{line(said)}".encode())
            counts[table.name] += 1
        out.write(b"]")
    out.write(f'}},\n"signature":"{signature.hex}"}}\n'.encode())
    return counts


def exported_columns(table: Table) -> list[str]:
    """Returns the names that a table's rows have in an export."""
    names = [column.name for column in table.columns if column.name != _LEFT_OUT]
    return ["scope" if name == _SCOPE else name for name in names]


def _encoded(table: Table, row: Mapping[str, object], scope_names: Mapping[ScopeNumber, str]) -> Encoded:
    said: Encoded = {}
    for column in table.columns:
        value: object = row[column.name]
        if column.name == _SCOPE and isinstance(value, int):
            said["scope"] = scope_names[ScopeNumber(value)]
        elif column.name != _LEFT_OUT:
            said[column.name] = _plain(column, value)
    return said


def _plain(column: Column[object], value: object) -> JsonValue:
    match value:
        case datetime():
            return utc_text(value)
        case StrEnum():
            return str(value)
        case tuple():
            return [one.text if isinstance(one, Notice) else str(one) for one in value]
        # A number of 63 bits is another one in most programs that read JSON.
        case int() if isinstance(column.type, BigInteger):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
    return _json.validate_python(value)  # a preference


@dataclass(frozen=True, slots=True)
class _Theirs:
    """What is a person's own."""

    identity: IdentityId
    readable: tuple[ScopeNumber, ...]  #: what they may see in private

    def rows_of(self, connection: Connection, table: Table) -> Iterator[dict[str, object]]:
        """Returns a table's rows that are theirs, without what others said, in their order."""
        query = select(table).where(self._own(BELONGS[table]), *self._private(table))
        rows = (row._asdict() for row in connection.execute(query.order_by(*table.primary_key.columns)))
        if table is steps:
            of_turns = {turn for turn, _ in self._made_of_others(connection)}
            return ({**row, "arguments": "", "result": None} if row["turn_id"] in of_turns else row for row in rows)
        if table is prompt_parts:
            of_others = {part for _, receipt in self._made_of_others(connection) for part in receipt}
            return (row for row in rows if row["kind"] not in _OF_CALLS or row["hash"] not in of_others)
        return rows

    def _own(self, belonging: Belonging) -> ColumnElement[bool]:
        """The map's answer: by their identity, else by the first item or the session that is theirs."""
        if belonging.owner is not None:
            return belonging.owner == self.identity
        if belonging.session is not None:
            return belonging.session.in_(self._ids(messages).with_only_columns(messages.c.session_id))
        first = next(iter(belonging.items))
        return or_(first.in_(self._ids(messages)), first.in_(self._ids(memories)))

    def _ids(self, items: Table) -> Select[tuple[int]]:
        """Returns the query of their items; each stands in its owner's private scope, which has an index."""
        return select(items.c.id).where(items.c.owner_id == self.identity, items.c.owner_scope_id.in_(self.readable))

    def _private(self, table: Table) -> list[ColumnElement[bool]]:
        """What else has to hold for a row to be theirs alone."""
        if table in (messages, memories):
            return [table.c.owner_scope_id.in_(self.readable), not_erasing(table.c.id)]
        if table is recalls:
            return [self._may_see(recalls.c.item_id)]
        if table is memory_relationships:
            return [self._may_see(memory_relationships.c.from_id), self._may_see(memory_relationships.c.to_id)]
        if table is prompt_parts:
            of_items = or_(prompt_parts.c.text == FORGOTTEN, self._may_see(prompt_parts.c.item_id))
            return [prompt_parts.c.kind.not_in(_OF_EMBER), or_(of_items, prompt_parts.c.item_id.is_(None))]
        return []

    def _may_see(self, item: Column[int]) -> ColumnElement[bool]:
        a_message = exists().where(messages.c.id == item, readable_messages(self.readable))
        a_memory = exists().where(memories.c.id == item, readable_memories(self.readable))
        return or_(a_message.correlate(item.table), a_memory.correlate(item.table))

    def _made_of_others(self, connection: Connection) -> list[tuple[TurnId, tuple[str, ...]]]:
        """Returns the turns whose replies were made of others' items too, each with the parts of the reply.

        Any call of such a turn may hold others' words: the model wrote its arguments, and what was recalled for the
        prompt may have been read by a call once more, which no row tells.
        """
        made_of = select(messages.c.turn_id, messages.c.receipt).join(recalls, recalls.c.reply_id == messages.c.id)
        foreign = messages.c.id.in_(self._ids(messages)) & ~self._may_see(recalls.c.item_id)
        return [(TurnId(row.turn_id), row.receipt) for row in connection.execute(made_of.where(foreign))]
