"""Erasing in an older copy of the database what was forgotten since it was made, known by its tombstones."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from memory.engines.sqlite_forgetting import merge_at_once
from memory.place import IdentityId
from memory.records import ItemId
from memory.scope import private
from memory.tables.erasures import ErasureId, Tombstones, erasing, tombstones
from memory.tables.memories import memories
from memory.tables.messages import messages
from memory.tables.people import user_identities
from memory.tables.scopes import scopes
from memory.upkeep.erase_rows import STEP_ITEMS, erase_items, erase_rest_of_person, hide_person
from memory.upkeep.selection import items_by_id, made_with

#: What is gone through here is nobody's erasure: it was asked for elsewhere.
_NO_ERASURE = ErasureId(0)


def tombstones_of(connection: Connection) -> dict[bytes, datetime]:
    """Returns every tombstone with when it was set."""
    return {row.hash: row.created_at for row in connection.execute(select(tombstones))}


def holds_forgotten(connection: Connection, names: Tombstones, forgotten: Mapping[bytes, datetime]) -> bool:
    """Whether a copy, of any schema so far, holds something that was forgotten."""
    return any(True for _ in _forgotten_people(connection, names, forgotten)) or any(
        True for _ in _forgotten_items(connection, names, forgotten)
    )


def erase_again(connection: Connection, names: Tombstones, forgotten: Mapping[bytes, datetime], now: datetime) -> int:
    """Erases in a copy what was forgotten since, and returns how many items; nobody else may be using the copy.

    Transactions are by hand on the connection, and none is open. Afterwards unused parts of the file still hold bytes
    of what was erased: they have to be overwritten, or the file written anew.
    """
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    rows = [{"hash": one, "created_at": moment} for one, moment in sorted(forgotten.items())]
    if rows:
        connection.execute(insert(tombstones).on_conflict_do_nothing(), rows)
    erased = 0
    for person in list(_forgotten_people(connection, names, forgotten)):
        erased += _erase_all(connection, hide_person(connection, _NO_ERASURE, person), now, person)
        while erase_rest_of_person(connection, person):
            pass
    erased += _erase_all(connection, list(_forgotten_items(connection, names, forgotten)), now)
    merge_at_once(connection)
    connection.exec_driver_sql("COMMIT")
    return erased


def _erase_all(connection: Connection, ids: Sequence[ItemId], now: datetime, person: IdentityId | None = None) -> int:
    for first in range(0, len(ids), STEP_ITEMS):
        items = items_by_id(connection, ids[first : first + STEP_ITEMS])
        told = {*made_with(connection, items), *(item.id for item in items)}
        erase_items(connection, items, told, now, [item.id for item in items if item.owner == person])
        connection.execute(delete(erasing).where(erasing.c.item_id.in_([item.id for item in items])))
    return len(ids)


def _forgotten_people(
    connection: Connection, names: Tombstones, forgotten: Mapping[bytes, datetime]
) -> Iterator[IdentityId]:
    """People of whom something is left: their private scope still has its name."""
    known = select(user_identities.c.id).order_by(user_identities.c.id)
    scoped = set(connection.execute(select(scopes.c.name)).scalars())
    linked = "SELECT DISTINCT identity_id FROM identity_links"
    reached = set(connection.exec_driver_sql(linked).scalars())
    for identity in connection.execute(known).scalars():
        if names.of_person(IdentityId(identity)) in forgotten and (
            identity in reached or str(private(IdentityId(identity))) in scoped
        ):
            yield IdentityId(identity)


def _forgotten_items(
    connection: Connection, names: Tombstones, forgotten: Mapping[bytes, datetime]
) -> Iterator[ItemId]:
    for query in (select(memories.c.id), select(messages.c.id).where(messages.c.forgotten_at.is_(None))):
        for item in connection.execute(query).scalars():
            if names.of_item(ItemId(item)) in forgotten:
                yield ItemId(item)
