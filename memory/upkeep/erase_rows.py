"""Erasing rows: what hides a selection at once, and the steps that then take its rows, words and vectors away.

A step takes some hundred items, so that no write beside it waits long; what it has done is no longer in `erasing`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, insert, literal, or_, select, update
from sqlalchemy.dialects import sqlite

from memory.engines.sqlite_forgetting import one_of
from memory.place import IdentityId
from memory.records import Direction, Item, ItemId, Memory, Message
from memory.scope import private
from memory.tables.embeddings import drop_vectors
from memory.tables.erasures import ErasureId, ErasureKind, Tombstones, bury, erasing
from memory.tables.index import index, unindex
from memory.tables.jobs import queue
from memory.tables.memories import memories
from memory.tables.messages import messages, user_sessions
from memory.tables.receipts import FORGOTTEN, PartKind, prompt_parts, recalls
from memory.tables.scopes import scopes
from memory.tables.steps import steps
from memory.upkeep.belonging import BELONGS, Fate
from memory.upkeep.selection import items_by_id, made_of, made_with, repeating

#: Items, each with a handful of rows: a step takes about a tenth of a second, and other writes wait for it.
STEP_ITEMS: Final = 250

#: Parts of many items at once, or of none that is known: they go with their reply.
_OF_THE_TURN: Final = (PartKind.CALL, PartKind.RESULT)
_ITEMS: Final = (memories, messages)


def hide(connection: Connection, erasure: ErasureId, ids: Iterable[ItemId]) -> None:
    """Makes items unreadable from this commit on."""
    rows = [{"item_id": item, "erasure_id": erasure} for item in sorted(ids)]
    if rows:
        connection.execute(sqlite.insert(erasing).on_conflict_do_nothing(), rows)


def hide_person(connection: Connection, erasure: ErasureId, person: IdentityId) -> list[ItemId]:
    """Makes all that is a person's unreadable and the person unknown; returns the items."""
    for table, belonging in BELONGS.items():
        if belonging.owner is None or belonging.items or belonging.turn is not None:
            continue  # that goes with the items, step by step
        theirs = belonging.owner == person
        if belonging.with_person is Fate.DELETED:
            connection.execute(delete(table).where(theirs))
        elif belonging.words:
            connection.execute(update(table).where(theirs).values(_blank(table)))
    return hide_items_of(connection, erasure, person)


def hide_items_of(connection: Connection, erasure: ErasureId, person: IdentityId) -> list[ItemId]:
    """Hides what stands in a person's private scope, as every item of theirs does, and is not hidden yet."""
    number = select(scopes.c.number).where(scopes.c.name == str(private(person))).scalar_subquery()
    for table in _ITEMS:
        theirs = select(table.c.id, literal(erasure)).where(table.c.owner_scope_id == number)
        fresh = theirs.where(~exists().where(erasing.c.item_id == table.c.id))
        connection.execute(insert(erasing).from_select(["item_id", "erasure_id"], fresh))
    hidden = select(erasing.c.item_id).where(erasing.c.erasure_id == erasure)
    return [ItemId(item) for item in connection.execute(hidden).scalars()]


def erase_step(
    connection: Connection,
    erasure: ErasureId,
    kind: ErasureKind,
    owner: IdentityId | None,
    names: Tombstones,
    addresses: Collection[bytes],
    now: datetime,
) -> set[ItemId]:
    """Erases some of the items that an erasure has hidden; returns them and what it has hidden more, for the cache.

    None: there were none left. `addresses` stand for those of the items' owner.
    """
    next_ones = select(erasing.c.item_id).where(erasing.c.erasure_id == erasure).limit(STEP_ITEMS)
    ids = [ItemId(item) for item in connection.execute(next_ones).scalars()]
    if not ids:
        return set()
    items = items_by_id(connection, ids)
    replies = made_with(connection, items)
    more: set[ItemId] = set()
    person = (ErasureKind.PERSON, owner)
    if kind is ErasureKind.PERSON:  # what goes with an item was selected with it; a person's are too many for that
        made: list[Item] = [*made_of(connection, items), *repeating(connection, items, replies)]
        more = {item.id for item in made} - set(ids)
        hide(connection, erasure, more)
    bury(connection, _names(items, names, () if kind is ErasureKind.RETENTION else addresses), now)
    whole = kind is ErasureKind.RETENTION
    wholly = [item.id for item in items if whole or (kind, item.owner) == person]
    told = {*replies, *ids}
    if kind is ErasureKind.PERSON:  # their own receipts go as a whole; what is hidden of others' has its own step
        waiting = select(erasing.c.item_id).where(erasing.c.item_id.in_(one_of(replies)))
        told = {*told - set(connection.execute(waiting).scalars()), *set(ids) - set(wholly)}
    erase_items(connection, items, told, now, wholly)
    connection.execute(delete(erasing).where(erasing.c.item_id.in_(one_of(ids))))
    return {*ids, *more}


def erase_items(
    connection: Connection,
    items: Sequence[Item],
    told: Collection[ItemId],
    now: datetime,
    wholly: Collection[ItemId] = (),
) -> None:
    """Takes away some items' rows, words and vectors, and their text from whatever holds it.

    `told` are the replies whose calls may have told of them: those made with them, and themselves.
    A message's row stays, without a word, so that a replayed one is still known as answered; but not `wholly`.
    """
    ids = [item.id for item in items]
    whole = [item for item in items if isinstance(item, Message) and item.id in set(wholly)]
    blank_what_was_taken_in(connection, told)
    _take_steps(connection, items, whole)
    bring_back_from_summaries(connection, ids)
    unindex(connection, *(item for item in items if item.compressed_into is None))
    drop_vectors(connection, ids)  # while the rows are there: the windows of their neighbours go too
    _follow_map(connection, ids)
    connection.execute(delete(memories).where(memories.c.id.in_(one_of(ids))))
    _delete_messages(connection, whole)
    blank = {**_blank(messages), "forgotten_at": now, "compressed_into": None}
    connection.execute(update(messages).where(messages.c.id.in_(one_of(ids))).values(blank))


def erase_rest_of_person(connection: Connection, person: IdentityId) -> bool:
    """Takes away some of what is a person's and no item's; False when nothing is left."""
    parts = select(prompt_parts.c.hash).where(prompt_parts.c.owner_id == person).limit(STEP_ITEMS)
    hashes = list(connection.execute(parts).scalars())
    if hashes:
        of_person = (prompt_parts.c.owner_id == person) & prompt_parts.c.hash.in_(one_of(hashes))
        connection.execute(delete(prompt_parts).where(of_person))
        return True
    scope = scopes.c.name == str(private(person))
    connection.execute(update(scopes).where(scope).values(name=literal(f"{FORGOTTEN} ").concat(scopes.c.number)))
    return False


def _names(items: Sequence[Item], names: Tombstones, addresses: Collection[bytes]) -> Iterable[bytes]:
    for item in items:
        yield names.of_item(item.id)
        if isinstance(item, Message) and item.external_id is not None:
            yield names.of_external(item.channel, item.external_id)
        if isinstance(item, Memory) or item.direction is Direction.IN:
            for address in addresses:
                yield names.of_text(address, item.content)


def _follow_map(connection: Connection, ids: Sequence[ItemId]) -> None:
    """Does with every row that holds one of some items, or joins it, what the map says; the items' own come last."""
    for table, belonging in BELONGS.items():
        if table in _ITEMS:
            continue
        for column, fate in belonging.items.items():
            holds = column.in_(one_of(ids))
            if fate is Fate.DELETED:
                connection.execute(delete(table).where(holds))
            elif fate is Fate.BLANKED:
                connection.execute(update(table).where(holds).values(_blank(table)))


def blank_what_was_taken_in(connection: Connection, replies: Collection[ItemId]) -> None:
    """Blanks the calls of some replies with their results: the model may have named there what it had been shown."""
    receipts = select(messages.c.owner_id, messages.c.receipt).where(messages.c.id.in_(one_of(replies)))
    hashes_of: defaultdict[int, set[str]] = defaultdict(set)
    for row in connection.execute(receipts.where(messages.c.direction == Direction.OUT)):
        hashes_of[row.owner_id].update(row.receipt)
    for owner, hashes in hashes_of.items():
        of_reply = (prompt_parts.c.owner_id == owner) & prompt_parts.c.hash.in_(one_of(hashes))
        of_turn = of_reply & prompt_parts.c.kind.in_(_OF_THE_TURN)
        connection.execute(update(prompt_parts).where(of_turn).values(_blank(prompt_parts)))
    turns = select(messages.c.turn_id).where(messages.c.id.in_(one_of(replies)), messages.c.turn_id.is_not(None))
    _blank_steps(connection, steps.c.turn_id.in_(turns))


def _take_steps(connection: Connection, items: Sequence[Item], whole: Sequence[Message]) -> None:
    """Blanks the calls that hold some items' text; those of turns of which nothing stays go with them."""
    gone = {message.turn for message in whole if message.turn is not None}
    connection.execute(delete(steps).where(steps.c.turn_id.in_(one_of(gone))))
    turns = {item.turn for item in items if isinstance(item, Message) and item.turn is not None}
    held = select(recalls.c.step_id).where(
        recalls.c.item_id.in_(one_of(item.id for item in items)), recalls.c.step_id.is_not(None)
    )
    made = steps.c.effect.in_(one_of(str(item.id) for item in items if isinstance(item, Memory)))
    _blank_steps(connection, or_(steps.c.turn_id.in_(one_of(turns)), steps.c.id.in_(held), made))


def _blank_steps(connection: Connection, which: ColumnElement[bool]) -> None:
    # The call that asks for it has said nothing of it from the beginning, and its result is still to come.
    connection.execute(update(steps).where(which, steps.c.arguments != FORGOTTEN).values(_blank(steps)))


def bring_back_from_summaries(connection: Connection, ids: Sequence[ItemId]) -> list[Item]:
    """Makes what some summaries stood for findable by its own words again; returns it."""
    found: list[Item] = []
    for table in _ITEMS:
        behind = table.c.compressed_into.in_(one_of(ids)) & table.c.id.not_in(one_of(ids))
        back = list(connection.execute(select(table.c.id).where(behind)).scalars())
        if back:
            connection.execute(update(table).where(table.c.id.in_(one_of(back))).values(compressed_into=None))
            found += items_by_id(connection, back)
    for item in found:
        index(connection, item)
    return found


def _delete_messages(connection: Connection, said: Sequence[Message]) -> None:
    if not said:
        return
    ids = [message.id for message in said]
    sessions = {message.session for message in said}
    connection.execute(delete(recalls).where(recalls.c.reply_id.in_(one_of(ids))))
    connection.execute(delete(queue).where(queue.c.item_id.in_(one_of(ids))))
    connection.execute(delete(messages).where(messages.c.id.in_(one_of(ids))))
    empty = user_sessions.c.id.in_(one_of(sessions)) & ~exists().where(messages.c.session_id == user_sessions.c.id)
    places = set(connection.execute(delete(user_sessions).where(empty).returning(user_sessions.c.place_key)).scalars())
    # Ember's own sentences there, once nobody else speaks there.
    places -= set(
        connection.execute(select(user_sessions.c.place_key).where(user_sessions.c.place_key.in_(places))).scalars()
    )
    connection.execute(delete(queue).where(queue.c.respond_to.in_(places)))


def _blank(table: Table) -> dict[str, object]:
    return {column.key: reads for column, reads in BELONGS[table].words.items()}
