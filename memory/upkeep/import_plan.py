"""Looks through what a file says before any of it is taken: what is new, what is there, what is refused and why."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final
from zoneinfo import available_timezones

from pydantic import JsonValue
from sqlalchemy import Connection, select

from memory.place import Channel, IdentityId
from memory.records import Direction, ItemId, SessionId, Trust, TurnId
from memory.scope import ScopeNumber
from memory.secrets import is_secret, without_secrets
from memory.tables.blocks import BLOCKS_LIMIT, PERSONA, is_label
from memory.tables.erasures import Tombstones
from memory.tables.memories import BLOCK_LIMIT, CONTENT_LIMIT, memories
from memory.tables.messages import messages, user_sessions
from memory.tables.people import identity_links
from memory.tables.types import utc_text
from memory.upkeep.erase_again import tombstones_of
from memory.upkeep.imported import Imported, ImportedItem, ImportedMemory, ImportedMessage, ImportedSession, Origin
from memory.words import STEMMERS

MESSAGE_LIMIT: Final = 100_000  #: characters; more of one message is cut
PLACE: Final = "import:"


@dataclass(slots=True)
class Refusals:
    """How much of a file is not taken as it is."""

    there: int = 0  #: already known, by time and words
    forgotten: int = 0  #: what the person had forgotten stays so
    secrets: int = 0  #: memories that are a secret
    redacted: int = 0  #: messages out of which a secret was cut
    too_long: int = 0  #: memories beyond the limit
    cut: int = 0  #: messages beyond the limit
    blocks: int = 0  #: those whose name another one has, or that are one too many, too long, or called what none is


@dataclass(frozen=True, slots=True)
class Known:
    """What is there of a person, by what names it in every file."""

    messages: Mapping[bytes, tuple[ItemId, TurnId | None]]
    memories: Mapping[bytes, ItemId]
    sessions: Mapping[tuple[str, datetime], SessionId]
    labels: frozenset[str]
    links: tuple[tuple[Channel, str], ...]  #: the addresses that lead to the person
    forgotten: Collection[bytes]  #: tombstones


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import is about to do."""

    owner: IdentityId
    origin: Origin
    vouched: bool  #: this installation has written the file, about the same person
    messages: tuple[ImportedMessage, ...]
    memories: tuple[ImportedMemory, ...]
    imported: Imported
    refusals: Refusals
    sessions: Mapping[str, SessionId]  #: of those that are there, by their names in the file
    known_items: Mapping[str, ItemId]
    turns: Mapping[str, TurnId]
    preferences: tuple[tuple[str, JsonValue, datetime], ...]

    @property
    def blocks(self) -> int:
        return sum(memory.label is not None for memory in self.memories)

    @property
    def items_to_take(self) -> tuple[ImportedItem, ...]:
        return (*self.messages, *self.memories)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last time in what is new."""
        moments = [item.created_at for item in self.items_to_take]
        return (min(moments), max(moments)) if moments else None


def message_mark(direction: Direction, created_at: datetime, content: str) -> bytes:
    """Returns what a message is known by in every file."""
    return sha256(f"{direction}\0{utc_text(created_at)}\0{content}".encode()).digest()


def memory_mark(created_at: datetime, content: str) -> bytes:
    """Returns what a memory is known by in every file."""
    return sha256(f"memory\0{utc_text(created_at)}\0{content}".encode()).digest()


def place_key(session: ImportedSession) -> str:
    """Returns a place that nobody talks in."""
    return session.place_key if session.place_key.startswith(PLACE) else f"{PLACE}ember:{session.place_key}"


def plan(imported: Imported, owner: IdentityId, known: Known, names: Tombstones) -> ImportPlan:
    """Decides on every item of a file."""
    same_person = {str(owner), *(f"{kind}:{address}" for kind, address in known.links)}
    vouched = not imported.vouched_for.isdisjoint(same_person)
    look = _Look(known, vouched, names, tuple(names.of_address(kind, address) for kind, address in known.links))
    return ImportPlan(
        owner=owner,
        origin=imported.origin,
        vouched=vouched,
        messages=tuple(look.messages(imported.messages)),
        memories=tuple(look.memories(imported.memories)),
        imported=imported,
        refusals=look.refusals,
        sessions={
            session.key: known.sessions[place_key(session), session.started_at]
            for session in imported.sessions
            if (place_key(session), session.started_at) in known.sessions
        },
        known_items=look.items,
        turns=look.turns,
        preferences=tuple(one for one in imported.preferences if _is_preference(one[0], one[1])),
    )


def read_known(connection: Connection, owner: IdentityId, scopes: Collection[ScopeNumber]) -> Known:
    """Reads what is there of a person; `scopes` is their private one."""
    own = messages.c.owner_scope_id.in_(scopes) & (messages.c.owner_id == owner)
    said = select(messages.c.id, messages.c.turn_id, messages.c.direction, messages.c.created_at, messages.c.content)
    kept = select(memories).where(memories.c.owner_scope_id.in_(scopes), memories.c.owner_id == owner)
    rows = connection.execute(kept).all()
    of_import = user_sessions.c.place_key.startswith(PLACE)
    sessions = select(user_sessions).where(of_import, user_sessions.c.id.in_(select(messages.c.session_id).where(own)))
    links = connection.execute(select(identity_links).where(identity_links.c.identity_id == owner))
    return Known(
        messages={
            message_mark(row.direction, row.created_at, row.content): (row.id, row.turn_id)
            for row in connection.execute(said.where(own))
        },
        memories={memory_mark(row.created_at, row.content): row.id for row in rows},
        sessions={(row.place_key, row.started_at): row.id for row in connection.execute(sessions)},
        labels=frozenset(
            row.label for row in rows if row.label and row.superseded_at is None and row.scope_id in scopes
        ),
        links=tuple((link.kind, link.address) for link in links),
        forgotten=tombstones_of(connection),
    )


def _clean(text: str) -> str:
    return without_secrets(text)[:MESSAGE_LIMIT]


def _is_preference(name: str, value: JsonValue) -> bool:
    if not isinstance(value, str):  # a list is looked up in no table
        return False
    match name:
        case "language":
            return value in STEMMERS
        case "time_zone":
            return value in available_timezones()
    return False


@dataclass(slots=True)
class _Look:
    """Goes through the items of a file."""

    known: Known
    vouched: bool
    names: Tombstones
    addresses: tuple[bytes, ...]
    refusals: Refusals = field(default_factory=Refusals)
    items: dict[str, ItemId] = field(default_factory=dict)
    turns: dict[str, TurnId] = field(default_factory=dict)
    _seen: set[bytes] = field(default_factory=set)
    _forgotten_turns: set[str] = field(default_factory=set)

    def messages(self, said: tuple[ImportedMessage, ...]) -> Iterator[ImportedMessage]:
        for message in said:
            if not message.content.strip() and not message.attachments:
                continue  # it was forgotten where it comes from
            content = _clean(message.content)
            mark = message_mark(message.direction, message.created_at, content)
            if mark in self.known.messages:
                id_, turn = self.known.messages[mark]
                self.items[message.key] = id_
                if turn is not None and message.turn is not None:
                    self.turns[message.turn] = turn
            if mark in self.known.messages or mark in self._seen:
                self.refusals.there += 1
            elif message.turn in self._forgotten_turns or self._is_forgotten(message.key, content):
                self.refusals.forgotten += 1
                if message.turn is not None:
                    self._forgotten_turns.add(message.turn)  # the reply repeats it
            else:
                self._seen.add(mark)
                self.refusals.cut += len(message.content) > MESSAGE_LIMIT
                self.refusals.redacted += is_secret(message.content)
                yield replace(
                    message,
                    content=content,
                    attachments=tuple(map(_clean, message.attachments)),
                    notices=tuple(map(_clean, message.notices)),
                    trust=self._trust(message.trust),
                )

    def memories(self, kept: tuple[ImportedMemory, ...]) -> Iterator[ImportedMemory]:
        labels = set(self.known.labels)
        for memory in kept:
            mark = memory_mark(memory.created_at, memory.content)
            if mark in self.known.memories:
                self.items[memory.key] = self.known.memories[mark]
            if mark in self.known.memories or mark in self._seen:
                self.refusals.there += 1
            elif len(memory.content) > CONTENT_LIMIT or not memory.content.strip():
                self.refusals.too_long += 1
            elif is_secret(memory.content):
                self.refusals.secrets += 1
            elif self._is_forgotten(memory.key, memory.content):
                self.refusals.forgotten += 1
            elif memory.label is not None and not self._may_be_block(memory, labels):
                self.refusals.blocks += 1
            else:
                self._seen.add(mark)
                if memory.label is not None and memory.superseded_at is None:
                    labels.add(memory.label)
                yield replace(memory, trust=self._trust(memory.trust))

    def _may_be_block(self, memory: ImportedMemory, labels: Collection[str]) -> bool:
        """Blocks stand in every prompt: no more of them, and none longer, than a person could make."""
        if memory.label is None or not is_label(memory.label) or len(memory.content) > BLOCK_LIMIT:
            return False
        if memory.label == PERSONA:  # who Ember is, the installation's owner alone says
            return False
        return memory.superseded_at is not None or (memory.label not in labels and len(labels) < BLOCKS_LIMIT)

    def _is_forgotten(self, key: str, text: str) -> bool:
        if self.vouched and key.isdecimal() and self.names.of_item(ItemId(int(key))) in self.known.forgotten:
            return True
        return bool(self.known.forgotten) and any(
            self.names.of_text(address, text) in self.known.forgotten for address in self.addresses
        )

    def _trust(self, trust: Trust) -> Trust:
        return trust if self.vouched else Trust.EXTERNAL
