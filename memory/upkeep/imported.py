"""What a file to be imported says, wherever it comes from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from memory.records import Direction, Tier, Trust
from memory.tables.relationships import RelationshipKind


class Origin(StrEnum):
    """Who wrote a file."""

    EMBER = "ember"  #: an export of some Ember's
    CHATGPT = "chatgpt"  #: an export of ChatGPT's


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """One message. `key` and its like are names inside the file."""

    key: str
    session: str
    turn: str | None
    direction: Direction
    trust: Trust
    content: str
    language: str | None
    attachments: tuple[str, ...]
    notices: tuple[str, ...]
    created_at: datetime
    compressed_into: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedMemory:
    """One memory."""

    key: str
    trust: Trust
    tier: Tier
    content: str
    language: str
    importance: int
    confidence: float
    created_at: datetime
    valid_from: datetime
    source: str | None
    superseded_at: datetime | None
    superseded_by: str | None
    label: str | None
    read_only: bool
    session: str | None
    access_count: int
    accessed_at: datetime | None
    compressed_into: str | None


ImportedItem = ImportedMessage | ImportedMemory


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """A conversation."""

    key: str
    place_key: str
    started_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ImportedRelationship:
    """How two items belong together."""

    from_key: str
    to_key: str
    kind: RelationshipKind
    confidence: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """All that is taken from a file."""

    origin: Origin
    messages: tuple[ImportedMessage, ...] = ()
    memories: tuple[ImportedMemory, ...] = ()
    sessions: tuple[ImportedSession, ...] = ()
    relationships: tuple[ImportedRelationship, ...] = ()
    preferences: tuple[tuple[str, JsonValue, datetime], ...] = ()
    #: Of an export that this installation wrote: whose it is, by identity and by addresses (kind, address).
    vouched_for: frozenset[str] = frozenset()
