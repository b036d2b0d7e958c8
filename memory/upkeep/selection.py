"""What goes when something is forgotten: the item that is named, what it was taken from, and what was made of it.

A reply holds an item when it was made with it (recalled, or standing in the conversation), or answers it, and repeats a
weighty word of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, or_, select

from memory.engines.sqlite_forgetting import items_holding, one_of
from memory.errors import NotFound
from memory.place import IdentityId
from memory.records import Direction, Item, ItemId, Memory, Message, TurnId
from memory.scope import ScopeNumber
from memory.stop_words import weighty_words
from memory.tables.erasures import not_erasing
from memory.tables.memories import memories, read_memories, readable_memories
from memory.tables.messages import message_query, messages, read_messages, readable_messages
from memory.tables.people import languages_in_use
from memory.tables.receipts import prompt_parts, recalls
from memory.tables.relationships import RelationshipKind, memory_relationships

#: Replies read at a time while looking for those whose conversation held a line. It stands in each one's until the
#: conversation is cut, so among as many in a row of which none holds it, it has been.
TOLD_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that goes."""

    memories: tuple[Memory, ...] = ()
    messages: tuple[Message, ...] = ()
    words: frozenset[str] = frozenset()  #: the weighty words of what was named, as they are indexed

    @property
    def items(self) -> tuple[Item, ...]:
        return (*self.memories, *self.messages)

    @property
    def ids(self) -> tuple[ItemId, ...]:
        return tuple(item.id for item in self.items)


def select_items(connection: Connection, named: Sequence[Item], asking: TurnId | None = None) -> Selection:
    """Follows some items of one owner's to all that goes with them; `asking` is the turn that asks for it."""
    chain = _chain(connection, named)
    said = _said(connection, named, chain, asking)
    chain += _summaries(connection, said, chain)
    chain += _retold(connection, [*named, *said], chain)
    words = _words_of((*chain, *(message for message in said if message.turn != asking)))
    holding = _repeated(connection, [*chain, *said], words)
    chain += _summaries(connection, holding, chain)
    return Selection(tuple(chain), (*said, *holding), words)


def own_item(connection: Connection, owner: IdentityId, item: ItemId, readable: Collection[ScopeNumber]) -> Item:
    """Returns an item of somebody's that may be used in a place. Raises NotFound."""
    own_line = message_query().where(messages.c.id == item, messages.c.owner_id == owner, messages.c.content != "")
    found = read_messages(connection, own_line.where(readable_messages(readable)))
    return found[0] if found else own_memory(connection, owner, item, readable)


def own_memory(connection: Connection, owner: IdentityId, item: ItemId, readable: Collection[ScopeNumber]) -> Memory:
    """Returns a memory of somebody's that may be used in a place. Raises NotFound."""
    own = select(memories).where(memories.c.id == item, memories.c.owner_id == owner)
    found = read_memories(connection, own.where(readable_memories(readable)))
    if not found:
        raise NotFound
    return found[0]


def own_items_about(
    connection: Connection,
    owner: IdentityId,
    topic: str,
    private: ScopeNumber,
    readable: Collection[ScopeNumber],
) -> list[Item]:
    """Returns what somebody keeps or has said that holds every weighty word of a topic, and may be used in a place."""
    languages = languages_in_use(connection)
    stems = (sorted({stem for one in languages for stem in weighty_words(typed, one)}) for typed in topic.split())
    wanted = [one for one in stems if one]
    if not wanted:
        return []
    ids = set(items_holding(connection, private, wanted))
    ids |= _behind_summaries(connection, private, wanted)
    return _own_items(connection, owner, sorted(ids), readable)


def items_by_id(connection: Connection, ids: Collection[ItemId]) -> list[Item]:
    """Returns items as they are stored, hidden ones too: memories, then messages."""
    remembered = read_memories(connection, select(memories).where(memories.c.id.in_(one_of(ids))))
    return [*remembered, *read_messages(connection, message_query().where(messages.c.id.in_(one_of(ids))))]


def made_of(connection: Connection, items: Sequence[Item]) -> list[Memory]:
    """Returns the memories that were made of some items: taken from them, or standing for them as a summary."""
    ids = [item.id for item in items]
    summaries = {item.compressed_into for item in items if item.compressed_into is not None}
    derived = select(memory_relationships.c.from_id).where(
        memory_relationships.c.to_id.in_(one_of(ids)), memory_relationships.c.kind == RelationshipKind.DERIVED_FROM
    )
    made = or_(memories.c.source.in_(one_of(ids)), memories.c.id.in_(one_of(summaries)), memories.c.id.in_(derived))
    return read_memories(connection, select(memories).where(made))


def repeating(
    connection: Connection, items: Sequence[Item], made: Mapping[ItemId, Collection[ItemId]]
) -> list[Message]:
    """Returns the replies that repeat a weighty word of just those of the items that they were made with.

    `made` are all that were made with any of them. Those that are hidden already are passed over.
    """
    unhidden = messages.c.id.in_(one_of(made)) & (messages.c.content != "") & not_erasing(messages.c.id)
    by_id = {item.id: item for item in items}
    return [
        reply
        for reply in read_messages(connection, message_query().where(unhidden))
        if not _reply_words(reply).isdisjoint(_words_of(by_id[item] for item in made[reply.id] if item != reply.id))
    ]


def made_with(connection: Connection, items: Sequence[Item]) -> Mapping[ItemId, set[ItemId]]:
    """Returns the replies that were made with some items, and with which."""
    made: defaultdict[ItemId, set[ItemId]] = defaultdict(set)
    ids = [item.id for item in items]
    for row in connection.execute(
        select(recalls.c.reply_id, recalls.c.item_id).where(recalls.c.item_id.in_(one_of(ids)))
    ):
        made[ItemId(row.reply_id)].add(ItemId(row.item_id))
    said = [item for item in items if isinstance(item, Message)]
    line_of = {line.turn: line.id for line in said if line.direction is Direction.IN and line.turn is not None}
    answers = select(messages.c.id, messages.c.turn_id).where(
        messages.c.turn_id.in_(one_of(line_of)), messages.c.direction == Direction.OUT
    )
    for row in connection.execute(answers):
        made[ItemId(row.id)].add(line_of[row.turn_id])
    for reply, line in _told(connection, said):
        made[reply].add(line)
    return made


def _own_items(
    connection: Connection, owner: IdentityId, ids: Collection[ItemId], readable: Collection[ScopeNumber]
) -> list[Item]:
    kept = select(memories).where(memories.c.id.in_(ids), memories.c.owner_id == owner, readable_memories(readable))
    said = message_query().where(messages.c.id.in_(ids), messages.c.owner_id == owner, readable_messages(readable))
    return [*read_memories(connection, kept), *read_messages(connection, said)]


def _behind_summaries(connection: Connection, private: ScopeNumber, wanted: Sequence[Sequence[str]]) -> set[ItemId]:
    """Finds what stands behind a summary by its own words, which the index does not hold."""
    ids: set[ItemId] = set()
    for table in (memories, messages):
        behind = select(table.c.id, table.c.content, table.c.language).where(
            table.c.owner_scope_id == private, table.c.compressed_into.is_not(None)
        )
        for row in connection.execute(behind):
            words = weighty_words(row.content, row.language)
            if all(not words.isdisjoint(stems) for stems in wanted):
                ids.add(ItemId(row.id))
    return ids


def _chain(connection: Connection, named: Sequence[Item]) -> list[Memory]:
    """The memories that go: those named, or made of what is named, with all that they superseded."""
    level = [item for item in named if isinstance(item, Memory)]
    level += made_of(connection, named)
    chain: dict[ItemId, Memory] = {}
    while level := [memory for memory in level if memory.id not in chain]:
        chain |= {memory.id: memory for memory in level}
        before = select(memories).where(memories.c.superseded_by.in_([memory.id for memory in level]))
        level = [*read_memories(connection, before), *made_of(connection, level)]
    return list(chain.values())


def _summaries(connection: Connection, said: Sequence[Message], chain: Sequence[Memory]) -> list[Memory]:
    """What stands for some messages in the index, and holds what they say."""
    ids = {item.compressed_into for item in said if item.compressed_into is not None}
    ids -= {memory.id for memory in chain}
    return read_memories(connection, select(memories).where(memories.c.id.in_(ids)))


def _retold(connection: Connection, told: Sequence[Item], chain: Sequence[Memory]) -> list[Memory]:
    """What somebody has made of the summaries of some messages by editing them, and still repeats what those said."""
    summaries = {item.compressed_into for item in told}
    words = _words_of(told)
    found: list[Memory] = []
    seen = {memory.id for memory in chain}
    level = [memory for memory in chain if memory.id in summaries]
    while level:
        ids = {memory.superseded_by for memory in level if memory.superseded_by is not None} - seen
        later = read_memories(connection, select(memories).where(memories.c.id.in_(ids)))
        level = [memory for memory in (*later, *made_of(connection, later)) if memory.id not in seen]
        seen |= {memory.id for memory in level}
        found += [memory for memory in level if not words.isdisjoint(_words_of([memory]))]
    return found


def _said(
    connection: Connection, named: Sequence[Item], chain: Iterable[Memory], asking: TurnId | None
) -> list[Message]:
    """The owner's lines that go: what the memories were taken from, and what was said to have them forgotten."""
    sources = {memory.source for memory in chain if memory.source is not None}
    # A turn may be several lines in a row, of which the source is one.
    same_turns = select(messages.c.turn_id).where(messages.c.id.in_(sources), messages.c.turn_id.is_not(None))
    sources |= {item.id for item in named if isinstance(item, Message)}
    in_turns = or_(messages.c.turn_id.in_(same_turns), messages.c.turn_id == asking)
    lines = in_turns & (messages.c.direction == Direction.IN)
    own = message_query().where(messages.c.owner_id.in_({item.owner for item in named}))
    return read_messages(connection, own.where(or_(messages.c.id.in_(sources), lines)))


def _repeated(connection: Connection, erased: Sequence[Item], words: frozenset[str]) -> list[Message]:
    """Returns the replies made with erased items that hold any of their words.

    A reply that holds them stands in the conversation too, so what was made with that one is looked at in its turn.
    """
    holding: list[Message] = []
    seen = {item.id for item in erased}
    level = erased
    while level:
        made = message_query().where(messages.c.id.in_(made_with(connection, level).keys() - seen))
        replies = read_messages(connection, made.where(messages.c.direction == Direction.OUT))
        seen |= {reply.id for reply in replies}
        level = repeated = [reply for reply in replies if not words.isdisjoint(_reply_words(reply))]
        holding += repeated
    return holding


def _told(connection: Connection, said: Sequence[Message]) -> Iterable[tuple[ItemId, ItemId]]:
    """Gives the replies whose conversation held one of some messages: their receipts list a part that holds it."""
    line_of: dict[str, ItemId] = {}
    askers: defaultdict[ItemId, set[int]] = defaultdict(set)
    for part in connection.execute(
        select(prompt_parts.c.hash, prompt_parts.c.item_id, prompt_parts.c.owner_id).where(
            prompt_parts.c.item_id.in_(one_of(message.id for message in said))
        )
    ):
        line_of[part.hash] = ItemId(part.item_id)
        askers[ItemId(part.item_id)].add(part.owner_id)
    by_session: defaultdict[int, list[ItemId]] = defaultdict(list)
    for message in said:
        if message.id in askers:
            by_session[message.session].append(message.id)
    for session, lines in by_session.items():
        owners = {owner for line in lines for owner in askers[line]}
        yield from _told_in(connection, session, sorted(lines), owners, line_of)


def _told_in(
    connection: Connection,
    session: int,
    lines: Sequence[ItemId],
    owners: Collection[int],
    line_of: Mapping[str, ItemId],
) -> Iterable[tuple[ItemId, ItemId]]:
    replies = select(messages.c.id, messages.c.receipt).where(
        messages.c.session_id == session, messages.c.direction == Direction.OUT, messages.c.owner_id.in_(owners)
    )
    after, last = lines[0], lines[-1]
    while True:
        page = connection.execute(
            replies.where(messages.c.id > after).order_by(messages.c.id).limit(TOLD_AT_ONCE)
        ).all()
        held = [(ItemId(row.id), line_of[digest]) for row in page for digest in row.receipt if digest in line_of]
        yield from held
        if len(page) < TOLD_AT_ONCE or (not held and page[-1].id > last):
            return
        after = ItemId(page[-1].id)


def _reply_words(reply: Message) -> frozenset[str]:
    return weighty_words(" ".join((reply.content, *(notice.text for notice in reply.notices))), reply.language)


def _words_of(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(word for item in items for word in weighty_words(item.content, item.language))
