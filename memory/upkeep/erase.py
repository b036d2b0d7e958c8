"""Forgetting an item with all that holds it: the one way in which items leave the memory.

It takes the memory, what it superseded, the person's messages that it was taken from, the turn that asks for it, and
every part, step and reply that holds its text: rows, index words and caches, in one op. A reply holds it when it was
made with what goes (recalled, or standing in the conversation), or answers it, and repeats a weighty word of it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, String, cast, delete, literal, or_, select, update

from memory.errors import NotFound
from memory.place import IdentityId, Place
from memory.records import Direction, Item, ItemId, Memory, Message, TurnId
from memory.scope import ScopeNumber
from memory.stop_words import weighty_words
from memory.tables.embeddings import drop_vectors
from memory.tables.ground import Ground
from memory.tables.index import unindex
from memory.tables.memories import memories, read_memories, readable_memories
from memory.tables.receipts import FORGOTTEN, PartKind, prompt_parts, recalls
from memory.tables.scopes import ScopeNumbers
from memory.tables.steps import INSERT_STEP, StepStart, effect_row, steps
from memory.tables.talk import message_query, messages, read_messages, readable_messages

#: Parts of many items at once, or of none that is known: they go with their reply.
_OF_THE_TURN: Final = (PartKind.CALL, PartKind.RESULT)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was forgotten."""

    items: tuple[ItemId, ...]  #: the item that was named, and what was forgotten with it
    words: frozenset[str]  #: the weighty words that they held, as they are indexed
    languages: frozenset[str]  #: in which those were analysed

    def is_held_by(self, text: str) -> bool:
        """Whether a text may repeat what was forgotten."""
        return any(not self.words.isdisjoint(weighty_words(text, language)) for language in self.languages)


class Erasure:
    """Forgets items for their owner."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def erase(
        self,
        place: Place,
        owner: IdentityId,
        item: ItemId,
        asking: TurnId | None = None,
        step: StepStart | None = None,
    ) -> Erased:
        """Forgets an item of the owner's that may be used in a place.

        `asking` is the turn that asks for it, whose words are forgotten too. Raises NotFound, also for an item that is
        there but is somebody else's.
        """
        readable = self._scopes.read_in(place)
        now = self._ground.clock.now()

        def op(connection: Connection) -> Erased:
            selection = _select(connection, _named(connection, owner, item, readable), asking)
            _blank_parts(connection, selection)
            _blank_steps(connection, selection)
            _erase_items(connection, selection, now)
            if step is not None:
                connection.execute(INSERT_STEP, {**effect_row(step, FORGOTTEN), "arguments": FORGOTTEN})
            return Erased(selection.ids, selection.words, frozenset(item.language for item in selection.items))

        return await self._ground.queue.write(op, lambda erased: self._ground.cache.erased(erased.items))

    async def take_back(self, place: Place, owner: IdentityId, memory: ItemId) -> None:
        """Takes one memory of the owner's back, and puts what it superseded in force again; what was said stays."""
        readable = self._scopes.read_in(place)

        def op(connection: Connection) -> tuple[ItemId, list[Memory]]:
            taken = _own_memory(connection, owner, memory, readable)
            before = select(memories.c.id).where(memories.c.superseded_by == memory)
            restored = list(connection.execute(before).scalars())
            # In force again, or behind what has superseded the one that is taken back.
            again = {"superseded_at": taken.superseded_at, "superseded_by": taken.superseded_by}
            connection.execute(update(memories).where(memories.c.id.in_(restored)).values(again))
            unindex(connection, taken)
            drop_vectors(connection, [memory])
            connection.execute(update(prompt_parts).where(prompt_parts.c.item_id == memory).values(text=FORGOTTEN))
            connection.execute(delete(memories).where(memories.c.id == memory))
            return memory, read_memories(connection, select(memories).where(memories.c.id.in_(restored)))

        def changed(outcome: tuple[ItemId, list[Memory]]) -> None:
            self._ground.cache.erased([outcome[0]])
            self._ground.cache.wrote(outcome[1])

        await self._ground.queue.write(op, changed)


@dataclass(frozen=True, slots=True)
class _Selection:
    """Everything that goes."""

    memories: tuple[Memory, ...]
    messages: tuple[Message, ...]
    replies: tuple[ItemId, ...]  #: those made with an erased item, whether or not their text holds it
    turns: tuple[TurnId, ...]  #: those in which it was said, remembered, repeated, or asked to be forgotten
    words: frozenset[str]

    @property
    def ids(self) -> tuple[ItemId, ...]:
        return tuple(item.id for item in self.items)

    @property
    def items(self) -> tuple[Item, ...]:
        return (*self.memories, *self.messages)


def _named(connection: Connection, owner: IdentityId, item: ItemId, readable: Collection[ScopeNumber]) -> Item:
    own_line = message_query().where(messages.c.id == item, messages.c.owner_id == owner, messages.c.content != "")
    found = read_messages(connection, own_line.where(readable_messages(readable)))
    return found[0] if found else _own_memory(connection, owner, item, readable)


def _own_memory(connection: Connection, owner: IdentityId, item: ItemId, readable: Collection[ScopeNumber]) -> Memory:
    own = select(memories).where(memories.c.id == item, memories.c.owner_id == owner)
    found = read_memories(connection, own.where(readable_memories(readable)))
    if not found:
        raise NotFound
    return found[0]


def _select(connection: Connection, named: Item, asking: TurnId | None) -> _Selection:
    chain = _chain(connection, named)
    said = _said(connection, named, chain, asking)
    words = _weighty_words((*chain, *(message for message in said if message.turn != asking)))
    replies, holding = _repeated(connection, [*chain, *said], words)
    return _Selection(
        memories=tuple(chain),
        messages=(*said, *holding),
        replies=tuple(reply.id for reply in replies),
        turns=tuple({message.turn for message in (*said, *holding) if message.turn is not None}),
        words=words,
    )


def _chain(connection: Connection, named: Item) -> list[Memory]:
    """The memories that go: the one named, or those taken from the message named, and all that they superseded."""
    if isinstance(named, Memory):
        level = [named]
    else:
        level = read_memories(connection, select(memories).where(memories.c.source == named.id))
    chain: list[Memory] = []
    while level:
        chain.extend(level)
        ids = [memory.id for memory in level]
        level = read_memories(connection, select(memories).where(memories.c.superseded_by.in_(ids)))
    return chain


def _said(connection: Connection, named: Item, chain: Iterable[Memory], asking: TurnId | None) -> list[Message]:
    """The owner's lines that go: what the memories were taken from, and what was said to have them forgotten."""
    sources = {memory.source for memory in chain if memory.source is not None}
    # A turn may be several lines in a row, of which the source is one.
    same_turns = select(messages.c.turn_id).where(messages.c.id.in_(sources), messages.c.turn_id.is_not(None))
    sources |= {named.id} if isinstance(named, Message) else set()
    in_turns = or_(messages.c.turn_id.in_(same_turns), messages.c.turn_id == asking)
    lines = in_turns & (messages.c.direction == Direction.IN)
    own = message_query().where(messages.c.owner_id == named.owner)
    return read_messages(connection, own.where(or_(messages.c.id.in_(sources), lines)))


def _repeated(
    connection: Connection, erased: Sequence[Item], words: frozenset[str]
) -> tuple[list[Message], list[Message]]:
    """Returns the replies made with erased items, and which of them hold their words.

    A reply that holds them stands in the conversation too, so what was made with that one is looked at in its turn.
    """
    replies: list[Message] = []
    holding: list[Message] = []
    seen = {item.id for item in erased}
    level: Sequence[Item] = erased
    while level:
        made = [reply for reply in _made_with(connection, level) if reply.id not in seen]
        seen |= {reply.id for reply in made}
        repeating = [reply for reply in made if not words.isdisjoint(_reply_words(reply))]
        replies += made
        holding += repeating
        level = repeating
    return replies, holding


def _made_with(connection: Connection, items: Sequence[Item]) -> list[Message]:
    ids = [item.id for item in items]
    said = [item for item in items if isinstance(item, Message)]
    turns = {message.turn for message in said if message.direction is Direction.IN and message.turn is not None}
    recalled = select(recalls.c.reply_id).where(recalls.c.item_id.in_(ids))
    known = or_(messages.c.id.in_(recalled), messages.c.turn_id.in_(turns), messages.c.id.in_(_told(connection, said)))
    return read_messages(connection, message_query().where(messages.c.direction == Direction.OUT, known))


def _told(connection: Connection, said: Sequence[Message]) -> list[ItemId]:
    """Returns the replies whose conversation held one of some messages: their receipts list a part that holds it."""
    ids = [message.id for message in said]
    parts = connection.execute(select(prompt_parts).where(prompt_parts.c.item_id.in_(ids))).all()
    if not parts:
        return []
    later = (messages.c.id > min(ids)) & (messages.c.direction == Direction.OUT)
    replies = select(messages.c.id, messages.c.receipt).where(
        messages.c.session_id.in_({message.session for message in said}),
        messages.c.owner_id.in_({part.owner_id for part in parts}),
        later,
    )
    hashes = {part.hash for part in parts}
    return [row.id for row in connection.execute(replies) if not hashes.isdisjoint(row.receipt)]


def _reply_words(reply: Message) -> frozenset[str]:
    return weighty_words(" ".join((reply.content, *reply.notices)), reply.language)


def _weighty_words(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(word for item in items for word in weighty_words(item.content, item.language))


def _blank_parts(connection: Connection, selection: _Selection) -> None:
    connection.execute(update(prompt_parts).where(prompt_parts.c.item_id.in_(selection.ids)).values(text=FORGOTTEN))
    receipts = connection.execute(
        select(messages.c.owner_id, messages.c.receipt).where(messages.c.id.in_(selection.replies))
    )
    for row in receipts:
        of_reply = (prompt_parts.c.owner_id == row.owner_id) & prompt_parts.c.hash.in_(row.receipt)
        connection.execute(
            update(prompt_parts).where(of_reply, prompt_parts.c.kind.in_(_OF_THE_TURN)).values(text=FORGOTTEN)
        )


def _blank_steps(connection: Connection, selection: _Selection) -> None:
    held = select(recalls.c.step_id).where(recalls.c.item_id.in_(selection.ids), recalls.c.step_id.is_not(None))
    made = steps.c.effect.in_([str(memory.id) for memory in selection.memories])
    connection.execute(
        update(steps)
        .where(or_(steps.c.turn_id.in_(selection.turns), steps.c.id.in_(held), made))
        # The key is a hash of the arguments, and short ones can be guessed.
        .values(arguments=FORGOTTEN, result=FORGOTTEN, key=literal(FORGOTTEN) + cast(steps.c.id, String))
    )


def _erase_items(connection: Connection, selection: _Selection, now: datetime) -> None:
    for item in selection.items:
        unindex(connection, item)
    drop_vectors(connection, selection.ids)
    connection.execute(delete(memories).where(memories.c.id.in_([memory.id for memory in selection.memories])))
    # A message's row stays, without a word, so that a replayed one is still known as answered.
    blank = {"content": "", "notices": (), "attachments": (), "forgotten_at": now}
    said = [message.id for message in selection.messages]
    connection.execute(update(messages).where(messages.c.id.in_(said)).values(blank))
    connection.execute(delete(recalls).where(recalls.c.item_id.in_(selection.ids)))
