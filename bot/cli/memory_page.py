"""One memory as the shell shows it, in words."""

from datetime import UTC, datetime
from typing import Final

from memory import ItemId, Memory, NotFound, Place, RelationshipKind, Scope, ScopeKind, Store

_SEEN_BY: Final = {
    ScopeKind.PRIVATE: "you alone",
    ScopeKind.CHANNEL: "you, and whoever reads the channel {}",
    ScopeKind.GUILD: "you, and everybody in the guild {}",
    ScopeKind.THREAD: "you, and the readers of one mail thread",
    ScopeKind.EVERYONE: "everybody",
}
#: What stands before another item: as the shown one is to it, and as it is to the shown one.
_RELATED: Final = {
    RelationshipKind.RELATES_TO: ("related", "related"),
    RelationshipKind.CONTRADICTS: ("contradicts", "contradicted by"),
    RelationshipKind.EXTENDS: ("extends", "extended by"),
    RelationshipKind.IMPLEMENTS: ("carries out", "carried out by"),
    RelationshipKind.SUPERSEDES: ("replaces", "replaced by"),
    RelationshipKind.DERIVED_FROM: ("made from", "made into"),
}


async def detail_rows(store: Store, place: Place, memory_id: int) -> list[tuple[str, str]]:
    """Returns what there is to know of a memory that may be seen in a place. Raises NotFound."""
    item = ItemId(memory_id)
    memory = await store.memories.get(place, item)
    if memory is None:
        raise NotFound
    rows = _own_rows(memory, store.memories.scope_of(memory))
    for one in await store.memories.history(place, item):
        if one.id != memory.id:
            until = "now" if one.superseded_at is None else moment(one.superseded_at)
            rows.append(("before" if one.id < memory.id else "later", f"{one.content} ({one.id}, until {until})"))
    for related in await store.related_items.of(place, item):
        named = _RELATED[related.kind][0 if related.forward else 1]
        rows.append((named, f"{related.item.content} ({related.item.id})"))
    return rows


def moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")


def _own_rows(memory: Memory, scope: Scope) -> list[tuple[str, str]]:
    rows = [
        ("id", str(memory.id)),
        ("text", memory.content),
        ("seen by", _SEEN_BY[scope.kind].format(scope.key)),
        ("tier", str(memory.tier)),
        ("trust", str(memory.trust)),
        ("importance", str(memory.importance)),
        ("confidence", f"{memory.confidence:g}"),
        ("since", moment(memory.created_at)),
        ("true from", moment(memory.valid_from)),
        ("used", f"{memory.access_count} times"),
    ]
    if memory.label is not None:
        rows.append(("block", f"{memory.label}, read-only" if memory.read_only else memory.label))
    if memory.source is not None:
        rows.append(("taken from", f"message {memory.source}"))
    if memory.superseded_at is not None:
        rows.append(("until", moment(memory.superseded_at)))
    return rows
