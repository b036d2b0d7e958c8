"""What was forgotten while a reply was being written: it must not come back with the reply."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, bindparam, select

from memory.records import ItemId, Notice
from memory.stop_words import weighty_words
from memory.tables.erasures import Tombstones, erasing, tombstones
from memory.tables.receipts import FORGOTTEN, Part, PartKind, Recall

_BURIED: Final = select(tombstones.c.hash).where(tombstones.c.hash.in_(bindparam("names", expanding=True)))
_HIDDEN: Final = select(erasing.c.item_id).where(erasing.c.item_id.in_(bindparam("items", expanding=True)))


@dataclass(frozen=True, slots=True)
class WhatIsLeft:
    """A reply without what was forgotten meanwhile."""

    text: str
    notices: tuple[Notice, ...]
    parts: tuple[tuple[str, Part], ...]  #: behind their hashes
    recalled: tuple[Recall, ...]
    lost: bool  #: whether something was forgotten


def what_is_left(
    connection: Connection,
    names: Tombstones,
    language: str,
    text: str,
    notices: Sequence[Notice],
    parts: Sequence[tuple[str, Part]],
    recalled: Sequence[Recall],
) -> WhatIsLeft:
    """Leaves out of a reply, and of what it was made from, the items that are gone by now."""
    gone = _gone(connection, names, {recall.item for recall in recalled} | _items_of(parts))
    if not gone:
        return WhatIsLeft(text, tuple(notices), tuple(parts), tuple(recalled), lost=False)
    told_by_call = any(recall.item in gone and recall.step is not None for recall in recalled)
    lost = {
        digest: part
        for digest, part in parts
        if part.item in gone or (told_by_call and part.kind in (PartKind.CALL, PartKind.RESULT))
    }
    words = {word for part in lost.values() if part.text != FORGOTTEN for word in weighty_words(part.text, language)}

    def repeats(said: str) -> bool:
        return not words.isdisjoint(weighty_words(said, language))

    return WhatIsLeft(
        text=FORGOTTEN if repeats(text) else text,
        notices=tuple(notice for notice in notices if not repeats(notice.text)),
        parts=tuple((digest, replace(part, text=FORGOTTEN) if digest in lost else part) for digest, part in parts),
        recalled=tuple(recall for recall in recalled if recall.item not in gone),
        lost=True,
    )


def _items_of(parts: Sequence[tuple[str, Part]]) -> set[ItemId]:
    return {part.item for _, part in parts if part.item is not None}


def _gone(connection: Connection, names: Tombstones, items: Collection[ItemId]) -> set[ItemId]:
    if not items:
        return set()
    named = {names.of_item(item): item for item in items}
    buried = connection.execute(_BURIED, {"names": list(named)}).scalars()
    hidden = connection.execute(_HIDDEN, {"items": list(items)}).scalars()
    return {named[one] for one in buried} | {ItemId(one) for one in hidden}
