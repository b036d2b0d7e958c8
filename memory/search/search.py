"""Search: a place, an asker and a question in, scored items out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from memory.engines.sqlite_search import candidates, count_holding, count_items
from memory.place import IdentityId, Place
from memory.records import Found, Hit, Item, ItemId, Memory, Message
from memory.scope import ScopeNumber
from memory.search.ranking import Candidate, Counts, rank
from memory.stop_words import STOP_WORDS
from memory.tables.ground import Ground
from memory.tables.memories import memories, read_memories, readable_memories
from memory.tables.people import languages_in_use
from memory.tables.scopes import ScopeNumbers
from memory.tables.talk import message_query, messages, read_messages, readable_messages
from memory.words import AskedWord, analyse, asked_words, says_something

ASKED_WORDS: Final = 32  #: of a question; a longer one is a text, and its first words say what it is about
WITHHELD_SCORE: Final = 0.5  #: an item counts as withheld when it answers at least this well


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for, where, and for whom."""

    place: Place
    asker: IdentityId
    text: str
    limit: int
    leave_out: frozenset[ItemId] = frozenset()  #: what the prompt holds already


class Search:
    """Finds items that a place may use."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes

    async def find(self, question: Question) -> Found:
        """Returns the best items for a question and how many more the asker would find in private.

        A blank question gives the asker's newest memories.
        """
        here = self._scopes.read_in(question.place)
        elsewhere = tuple(scope for scope in self._scopes.private_to(question.asker) if scope not in here)
        return await self._ground.reads.read(lambda connection: _find(connection, question, here, elsewhere))

    async def item(self, place: Place, item: ItemId) -> Item | None:
        """Returns one item that may be used in a place."""
        here = self._scopes.read_in(place)
        cached = self._ground.cache.get(item, here)
        if cached is not None:
            return cached
        return await self._ground.reads.read(lambda connection: _item(connection, item, here))


def _find(
    connection: Connection, question: Question, here: Sequence[ScopeNumber], elsewhere: Sequence[ScopeNumber]
) -> Found:
    if not question.text.strip():
        return Found(tuple(Hit(memory, 0.0, "newest") for memory in _newest(connection, question, here)))
    asked = _weighty(question.text, languages_in_use(connection))
    hits = [hit for hit in _hits(connection, asked, here) if hit.item.id not in question.leave_out]
    readable = {hit.item.id for hit in hits} | question.leave_out
    withheld = [
        hit
        for hit in _hits(connection, asked, elsewhere)
        if hit.score >= WITHHELD_SCORE and hit.item.id not in readable and set(hit.item.scopes).isdisjoint(here)
    ]
    return Found(tuple(_once(hits)[: question.limit]), withheld=len(_once(withheld)))


def _newest(connection: Connection, question: Question, here: Collection[ScopeNumber]) -> list[Memory]:
    own = select(memories).where(
        readable_memories(here), memories.c.owner_id == question.asker, memories.c.superseded_at.is_(None)
    )
    return read_memories(connection, own.order_by(memories.c.id.desc()).limit(question.limit))


def _weighty(question: str, languages: Collection[str]) -> list[AskedWord]:
    """The words of a question that say what it is about."""
    asked = asked_words(question, languages)
    weighty = [word for word in asked if says_something(word.stem) and _bare(word.typed) not in STOP_WORDS]
    # Each word has a stem in each language, and what was typed without a space may be many words.
    typed = list(dict.fromkeys(word.typed for word in weighty))[:ASKED_WORDS]
    return [word for word in weighty if word.typed in typed][: ASKED_WORDS * len(languages)]


def _bare(typed: str) -> str:
    return typed.strip("?!.,;:\"'()").lower()


def _hits(connection: Connection, asked: Sequence[AskedWord], scopes: Sequence[ScopeNumber]) -> list[Hit]:
    if not asked or not scopes:
        return []
    stems = list(dict.fromkeys(word.stem for word in asked))
    picked = _items(connection, candidates(connection, scopes, stems), scopes)
    counts = Counts(count_items(connection, scopes), count_holding(connection, scopes, stems))
    return rank(picked, asked, counts)


def _items(connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber]) -> list[Candidate]:
    """Reads candidates; the rule stands here again, so that a damaged index shows nobody another's items."""
    remembered = select(memories).where(
        memories.c.id.in_(ids), readable_memories(scopes), memories.c.superseded_at.is_(None)
    )
    said = message_query().where(messages.c.id.in_(ids), readable_messages(scopes))
    found: list[Item] = [*read_memories(connection, remembered), *read_messages(connection, said)]
    return [Candidate(item, frozenset(analyse(item.content, item.language))) for item in found]


def _item(connection: Connection, item: ItemId, scopes: Collection[ScopeNumber]) -> Item | None:
    """Reads one item, in force or not, unless its words were forgotten."""
    remembered = select(memories).where(memories.c.id == item, readable_memories(scopes))
    said = message_query().where(messages.c.id == item, messages.c.forgotten_at.is_(None), readable_messages(scopes))
    found: list[Item] = [*read_memories(connection, remembered), *read_messages(connection, said)]
    return found[0] if found else None


def _once(hits: Sequence[Hit]) -> list[Hit]:
    """Leaves out the message that a found memory was taken from, and what says the same in the same words."""
    sources = {hit.item.source for hit in hits if isinstance(hit.item, Memory)}
    kept: dict[str, Hit] = {}
    for hit in hits:
        if isinstance(hit.item, Message) and hit.item.id in sources:
            continue
        kept.setdefault(hit.item.content, hit)
    return list(kept.values())
