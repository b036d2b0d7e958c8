"""Ember's own export, read back (docs/export-format.md)."""

import hmac
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from memory.place import Channel
from memory.records import Direction, MessageState, Tier, Trust
from memory.tables.relationships import RelationshipKind
from memory.upkeep.export import VERSION, Signature
from memory.upkeep.file_shapes import Moment, Name, Shape, Text
from memory.upkeep.imported import (
    Imported,
    ImportedMemory,
    ImportedMessage,
    ImportedRelationship,
    ImportedSession,
    Origin,
)


class _Identity(Shape):
    id: Name


class _Link(Shape):
    kind: Channel
    address: Name


class _Preference(Shape):
    name: Name
    value: JsonValue
    updated_at: Moment


class _Session(Shape):
    id: Name
    place_key: Name
    started_at: Moment
    last_at: Moment


class _Message(Shape):
    id: Name
    session_id: Name
    turn_id: Name | None
    direction: Direction
    state: MessageState
    trust: Trust
    content: Text
    language: Name
    attachments: tuple[Text, ...]
    notices: tuple[Text, ...]
    created_at: Moment
    compressed_into: Name | None


class _Memory(Shape):
    id: Name
    trust: Trust
    tier: Tier
    content: Text
    language: Name
    importance: Annotated[int, Field(ge=1, le=10)]
    confidence: Annotated[float, Field(ge=0, le=1)]
    created_at: Moment
    valid_from: Moment
    source: Name | None
    superseded_at: Moment | None
    superseded_by: Name | None
    label: Name | None
    read_only: bool
    session_id: Name | None
    access_count: Annotated[int, Field(ge=0, lt=2**53)]
    accessed_at: Moment | None
    compressed_into: Name | None


class _Relationship(Shape):
    from_id: Name
    to_id: Name
    kind: RelationshipKind
    confidence: Annotated[float, Field(ge=0, le=1)]
    created_at: Moment


class _Tables(Shape):
    user_identities: tuple[_Identity, ...] = ()
    identity_links: tuple[_Link, ...] = ()
    user_preferences: tuple[_Preference, ...] = ()
    user_sessions: tuple[_Session, ...] = ()
    messages: tuple[_Message, ...] = ()
    memories: tuple[_Memory, ...] = ()
    memory_relationships: tuple[_Relationship, ...] = ()


class _Export(Shape):
    format: Literal["ember-export"]
    version: Annotated[int, Field(ge=1, le=VERSION)]
    tables: _Tables


def read_export(said: object, secret: bytes) -> Imported:
    """Takes what an export says of a person and of what they said. Raises ValidationError."""
    export = _Export.model_validate(said)
    tables = export.tables
    return Imported(
        Origin.EMBER,
        messages=tuple(_message(one) for one in tables.messages if one.state in _ENDED),
        memories=tuple(_memory(one) for one in tables.memories),
        sessions=tuple(ImportedSession(s.id, s.place_key, s.started_at, s.last_at) for s in tables.user_sessions),
        relationships=tuple(
            ImportedRelationship(one.from_id, one.to_id, one.kind, one.confidence, one.created_at)
            for one in tables.memory_relationships
        ),
        preferences=tuple((one.name, one.value, one.updated_at) for one in tables.user_preferences),
        vouched_for=_whose(tables) if _is_ours(said, secret) else frozenset(),
    )


_ENDED = (MessageState.DONE, MessageState.DECLINED)
_Raw: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


def _whose(tables: _Tables) -> frozenset[str]:
    identities = {one.id for one in tables.user_identities}
    return frozenset(identities | {f"{link.kind}:{link.address}" for link in tables.identity_links})


def _is_ours(said: object, secret: bytes) -> bool:
    """Whether this installation has written the file, and nobody has changed what it says since."""
    whole = _Raw.validate_python(said)
    signature = Signature(secret)
    signature.add("header", {name: value for name, value in whole.items() if name not in ("tables", "signature")})
    tables = whole["tables"]
    if not isinstance(tables, Mapping):
        return False
    for name, rows in tables.items():
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, Mapping):
                return False
            signature.add(name, row)
    return hmac.compare_digest(signature.hex, str(whole.get("signature", "")))


def _message(one: _Message) -> ImportedMessage:
    return ImportedMessage(
        key=one.id,
        session=one.session_id,
        turn=one.turn_id,
        direction=one.direction,
        trust=one.trust,
        content=one.content,
        language=one.language,
        attachments=one.attachments,
        notices=one.notices,
        created_at=one.created_at,
        compressed_into=one.compressed_into,
    )


def _memory(one: _Memory) -> ImportedMemory:
    return ImportedMemory(
        key=one.id,
        trust=one.trust,
        tier=one.tier,
        content=one.content,
        language=one.language,
        importance=one.importance,
        confidence=one.confidence,
        created_at=one.created_at,
        valid_from=one.valid_from,
        source=one.source,
        superseded_at=one.superseded_at,
        superseded_by=one.superseded_by,
        label=one.label,
        read_only=one.read_only,
        session=one.session_id,
        access_count=one.access_count,
        accessed_at=one.accessed_at,
        compressed_into=one.compressed_into,
    )
