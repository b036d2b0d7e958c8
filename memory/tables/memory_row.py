"""A memory as a row of its table, and back."""

from sqlalchemy import Row

from memory.place import IdentityId
from memory.records import ItemId, Memory
from memory.tables.messages import item_numbers


def memory_row(memory: Memory) -> dict[str, object]:
    return {
        "id": memory.id,
        "owner_kind": memory.owner_kind,
        "owner_id": memory.owner,
        "scope_id": memory.scopes[0],
        "owner_scope_id": memory.scopes[-1],
        "trust": memory.trust,
        "tier": memory.tier,
        "content": memory.content,
        "language": memory.language,
        "importance": memory.importance,
        "confidence": memory.confidence,
        "source": memory.source,
        "created_at": memory.created_at,
        "valid_from": memory.valid_from,
        "label": memory.label,
        "read_only": memory.read_only,
        "session_id": memory.session,
    }


def memory_of(row: Row[tuple[object, ...]]) -> Memory:
    return Memory(
        id=ItemId(row.id),
        owner=IdentityId(row.owner_id),
        scopes=item_numbers(row.scope_id, row.owner_scope_id),
        trust=row.trust,
        tier=row.tier,
        content=row.content,
        importance=row.importance,
        confidence=row.confidence,
        language=row.language,
        created_at=row.created_at,
        valid_from=row.valid_from,
        source=row.source,
        superseded_at=row.superseded_at,
        superseded_by=row.superseded_by,
        label=row.label,
        read_only=row.read_only,
        session=row.session_id,
        access_count=row.access_count,
        compressed_into=row.compressed_into,
        owner_kind=row.owner_kind,
    )
