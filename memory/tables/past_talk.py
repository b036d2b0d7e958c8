"""Lines of the past: what was said elsewhere, taken over into somebody's private memory as it was said then.

A line keeps its own time, in its id too, so that it stands among the others where it belongs. Its speaker may be
anybody; whose private line it is, is the person who brings it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, select

from memory.ids import EPOCH, first_id_at
from memory.place import Channel, IdentityId, OneReader, Place, Thread
from memory.records import Direction, ItemId, Message, MessageState, SessionId, Trust
from memory.scope import ScopeNumber
from memory.tables.ground import Ground
from memory.tables.index import INDEX_WORDS, indexed
from memory.tables.memories import memories
from memory.tables.messages import blank_message, message_query, messages, read_messages, readable_messages
from memory.tables.scopes import ScopeNumbers
from memory.tables.talk import open_session
from memory.words import DEFAULT_LANGUAGE, storable

_INSERT: Final = insert(messages)
#: Ids of lines of this second and later ones are still to be given to what is said now.
_STILL_PRESENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PastLine:
    """One line as it was said."""

    key: str  #: names the line where it comes from; one that is here already is passed over
    speaker: IdentityId
    content: str
    said_at: datetime
    conversation: str  #: names the conversation that it belongs to, where it comes from
    trust: Trust = Trust.EXTERNAL
    direction: Direction = Direction.IN
    language: str = DEFAULT_LANGUAGE


class PastTalk:
    """Takes over lines of the past."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def take_over(self, person: IdentityId, lines: Sequence[PastLine]) -> int:
        """Keeps lines as somebody's own, in their private scope; returns how many of them are new, once durable."""
        ground = self._ground
        scopes = await self._scopes.of_item(_place(person), person)
        still_present = ground.clock.now() - _STILL_PRESENT
        new = {line.key: (ItemId(ground.ids.next()), SessionId(ground.ids.next())) for line in lines}

        def op(connection: Connection) -> list[Message]:
            unknown = _unknown(connection, lines)
            placed = _placed(connection, unknown, {key: item for key, (item, _) in new.items()}, still_present)
            sessions = _sessions(connection, person, placed, {key: session for key, (_, session) in new.items()})
            rows = [_row(line, item, scopes, sessions[line.conversation]) for line, item in placed]
            words = [indexed(item, line.content, line.language, scopes) for line, item in placed if line.content]
            for insertion, values in ((_INSERT, rows), (INDEX_WORDS, words)):
                if values:
                    connection.execute(insertion, values)
            taken = message_query().where(messages.c.id.in_([item for _, item in placed]))
            return read_messages(connection, taken.order_by(messages.c.id))

        taken: list[Message] = await ground.queue.write(op, ground.cache.wrote)
        return len(taken)

    async def find(self, place: Place, key: str) -> Message | None:
        """Returns the line of a key as a place may see it."""
        same = messages.c.channel == Channel.CONSOLE, messages.c.external_id == key
        query = message_query().where(*same, messages.c.forgotten_at.is_(None))
        readable = readable_messages(self._scopes.read_in(place))
        found = await self._ground.reads.read(lambda connection: read_messages(connection, query.where(readable)))
        return found[0] if found else None


def _place(person: IdentityId, conversation: str = "") -> Place:
    """A thread, for a conversation of the past is one session however long its silences are."""
    return Place(Channel.CONSOLE, OneReader(person), channel_id=f"past of {person}", thread=Thread(conversation))


def _unknown(connection: Connection, lines: Sequence[PastLine]) -> list[PastLine]:
    """Returns the lines that are not here yet, each key once."""
    distinct = {line.key: line for line in reversed(lines)}
    same = messages.c.channel == Channel.CONSOLE, messages.c.external_id.in_(distinct)
    known = set(connection.execute(select(messages.c.external_id).where(*same)).scalars())
    return [line for line in reversed(distinct.values()) if line.key not in known]


def _placed(
    connection: Connection, lines: Sequence[PastLine], new: Mapping[str, ItemId], still_present: datetime
) -> list[tuple[PastLine, ItemId]]:
    """Gives each line an id of the time at which it was said, behind those that are there already."""
    placed: list[tuple[PastLine, ItemId]] = []
    free: dict[datetime, int] = {}
    for line in lines:
        if line.said_at >= still_present:
            placed.append((line, new[line.key]))
            continue
        second = max(line.said_at.replace(microsecond=0), EPOCH)  # ids do not reach further back
        if second not in free:
            free[second] = _first_free(connection, second)
        placed.append((line, ItemId(free[second])))
        free[second] += 1
    return placed


def _sessions(
    connection: Connection,
    person: IdentityId,
    placed: Sequence[tuple[PastLine, ItemId]],
    new: Mapping[str, SessionId],
) -> dict[str, SessionId]:
    """Returns the session of each conversation, beginning those that are not there."""
    sessions: dict[str, SessionId] = {}
    for line, _ in placed:
        if line.conversation not in sessions:
            place = _place(person, line.conversation)
            sessions[line.conversation], _since = open_session(connection, place, new[line.key], line.said_at)
    return sessions


def _first_free(connection: Connection, second: datetime) -> int:
    first, end = first_id_at(second), first_id_at(second + timedelta(seconds=1))
    largest = (
        connection.execute(select(func.max(table.c.id)).where(table.c.id >= first, table.c.id < end)).scalar_one()
        for table in (messages, memories)
    )
    return max(first, *((taken or 0) + 1 for taken in largest))


def _row(line: PastLine, item: ItemId, scopes: tuple[ScopeNumber, ...], session: SessionId) -> dict[str, object]:
    return {
        **blank_message(item, line.speaker, scopes, session, line.said_at),
        "channel": Channel.CONSOLE,
        "external_id": line.key,
        "direction": line.direction,
        "state": MessageState.DONE,
        "trust": line.trust,
        "content": storable(line.content),
        "language": line.language,
    }
