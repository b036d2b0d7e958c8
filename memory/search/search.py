"""Search: a place, an asker and a question in, scored items out.

question -> asked (words, people, time) or query (operators) -> candidates by the index -> ranking -> the best, whole
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import accumulate, islice
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, bindparam, select

from memory.engines.sqlite_candidates import (
    Candidate,
    When,
    ids_between,
    read_candidates,
    read_neighbours,
    read_speakers,
    read_successors,
)
from memory.engines.sqlite_search import CANDIDATES, WeighedWord, count_holding, count_items, matching, weightiest
from memory.place import Place
from memory.records import Found, Hit, Item, ItemId, Memory, Message
from memory.scope import ScopeNumber
from memory.search.asked import Asked, name_words, read_question
from memory.search.embedder import Embedder
from memory.search.embedding import EmbeddingProvider
from memory.search.meaning import MEANT, closeness_of
from memory.search.query import Text, TypedQuery, read_typed_query
from memory.search.question import Question
from memory.search.ranking import NOT_NEAR, Counts, Ranked, Ranking
from memory.search.semantic import Semantic
from memory.search.sentences import in_first_person
from memory.search.vectors import Closest
from memory.tables.ground import Ground
from memory.tables.memories import alive, in_force, memories, read_memories, readable_memories
from memory.tables.messages import message_query, messages, read_messages, readable_messages
from memory.tables.people import languages_in_use
from memory.tables.relationships import read_belonging
from memory.tables.scopes import ScopeNumbers
from memory.ttl_caches import QueryKey, SizeKey

WITHHELD_SCORE: Final = 0.5  #: an item counts as withheld when it answers at least this well by what it holds itself
CHECKED: Final = 500  #: candidates of a search with operators: not all that the index picks pass its check
DAYS_ADDED: Final = 31  #: a span of at most so many days adds its items even where no word meets them
LENDERS: Final = 60  #: of the items that hold words, so many that hold most of them lend to their neighbours
NEIGHBOURS: Final = 60  #: of the items that hold no word and only stand near one, the nearest
ENTRIES: Final = 6_000  #: of the index that one search goes through, about
PASSED: Final = 0.05  #: what passes the check of a search with operators counts at least this much
OF_A_TIME: Final = 300  #: items of the time that a question asks for, the newest
WIDENED: Final = 3  #: of the hits, the best, are followed by what belongs to them
RELATED: Final = 0.5  #: of a hit's score, times how sure it is, goes to what belongs to it
_TOLD: Final = 60  #: characters of an item in a reason
_SPARE: Final = 4  #: items read beyond those asked for, for some say the same in the same words

_Scopes = tuple[ScopeNumber, ...]
_Sizes = dict[_Scopes, int]  #: how many items some scopes hold


class Search:
    """Finds items that a place may use."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers) -> None:
        self._ground = ground
        self._scopes = scopes
        self._semantic: Semantic | None = None

    @property
    def semantic(self) -> str | None:
        """The model by which meanings are compared; None: search goes by words alone."""
        return None if self._semantic is None else self._semantic.provider.name

    def use_embeddings(self, provider: EmbeddingProvider) -> Embedder:
        """Compares meanings from now on. The embedder that it returns gives items their vectors while it runs."""
        self._semantic = Semantic(self._ground, provider)
        return Embedder(self._ground, self._semantic)

    async def find(self, question: Question) -> Found:
        """Returns the best items for a question and how many more the asker would find in private.

        A blank question gives the asker's newest memories.
        """
        here = self._scopes.read_in(question.place)
        private = self._scopes.private_to(question.asker) if question.count_withheld else ()
        elsewhere = tuple(scope for scope in private if scope not in here)
        now = self._ground.clock.now()
        key = self._key(question, now, (*here, *elsewhere))
        known = self._ground.found.get(key)
        if known is not None:
            return known
        closest = await self._closest(question, now, here)
        kept = self._ground.found.sizes
        sized = {scopes: SizeKey(scopes, self._ground.cache.counters(scopes)) for scopes in (here, elsewhere)}
        sizes = {scopes: size for scopes, one in sized.items() if (size := kept.get(one)) is not None}
        found, lasts = await self._ground.reads.read(
            lambda connection: _find(connection, question, now, here, elsewhere, closest, sizes)
        )
        for scopes, size in sizes.items():
            kept.put(sized[scopes], size)
        # Without its meanings it was answered for now only: they may be there in a moment.
        if lasts and (closest is not None or not self._compares(question)) and self._written(key) == key.counters:
            self._ground.found.put(key, found)
        return found

    async def item(self, place: Place, item: ItemId) -> Item | None:
        """Returns one item that may be used in a place."""
        here = self._scopes.read_in(place)
        cached = self._ground.cache.get(item, here)
        if cached is not None and not _ends_by_itself(cached):
            return cached
        now = self._ground.clock.now()
        return await self._ground.reads.read(lambda connection: _items(connection, [item], here, now).get(item))

    def _key(self, question: Question, now: datetime, scopes: tuple[ScopeNumber, ...]) -> QueryKey:
        today = now.astimezone(ZoneInfo(question.time_zone)).date()
        return QueryKey(question, today, self.semantic, scopes, self._ground.cache.counters(scopes))

    def _written(self, key: QueryKey) -> tuple[int, ...]:
        return self._ground.cache.counters(key.scopes)

    def _compares(self, question: Question) -> bool:
        return self._semantic is not None and not question.operators and bool(question.text.strip())

    async def _closest(self, question: Question, now: datetime, here: Sequence[ScopeNumber]) -> Closest | None:
        """Compares meanings; not of a search with operators, nor of a question that says nothing by its words."""
        if self._semantic is None or not self._compares(question):
            return None
        asked = await self._ground.reads.read(lambda connection: _Looking(connection, question, now, {}).asked(here))
        if not asked.words:
            return None
        return await self._semantic.closest(in_first_person(question.text, asked.names), question.asker, here)


def _find(
    connection: Connection,
    question: Question,
    now: datetime,
    here: _Scopes,
    elsewhere: _Scopes,
    closest: Closest | None,
    sizes: _Sizes,
) -> tuple[Found, bool]:
    """Returns what was found, and whether it stays so until something is written or the day ends.

    `sizes` are taken from where they are known, and added to.
    """
    if not question.text.strip():
        newest = _newest(connection, question, here, now)
        return Found(tuple(Hit(memory, 0.0, "newest") for memory in newest)), not any(map(_ends_by_itself, newest))
    looking = _Looking(connection, question, now, sizes)
    hits = looking.hits_in(here, closest)
    return Found(tuple(hits), looking.count_withheld(elsewhere, here), looking.only_time), looking.lasts


class _Looking:
    """One question on its way through one state of the database."""

    def __init__(self, connection: Connection, question: Question, now: datetime, sizes: _Sizes) -> None:
        self._connection = connection
        self._sizes = sizes
        self._question = question
        self._now = now
        self._zone = ZoneInfo(question.time_zone)
        self._today = now.astimezone(self._zone).date()
        self._languages = languages_in_use(connection)
        self._typed = read_typed_query(question.text, self._languages) if question.operators else None
        self._seen: set[ItemId] = set(question.leave_out)
        self.only_time = False  #: known once something was looked for
        self.lasts = True  #: False once something was read that ends without a write

    def hits_in(self, scopes: _Scopes, closest: Closest | None) -> list[Hit]:
        """Returns the best items of some scopes. `closest` was compared in these, and in no others."""
        ranking, ranked = self._ranked(scopes, closest)
        self._seen |= {one.candidate.id for one in ranked}
        hits: list[Hit] = []
        for one, item in self._whole(ranked, scopes):
            if len(hits) == self._question.limit:
                break
            why = ranking.explain(one)
            until = one.candidate.until
            hits.append(Hit(item, one.score, why.reason, why.lacks, until, why.of_time, why.taken_over))
        if self._typed is not None or self.only_time:
            return hits
        related = islice(self._related(ranking, hits, scopes), self._question.limit - len(hits))
        return sorted([*hits, *related], key=lambda hit: -round(hit.score, 9))

    def _related(self, ranking: Ranking, hits: Sequence[Hit], scopes: Sequence[ScopeNumber]) -> Iterator[Hit]:
        """Yields what belongs to the best of the hits, where they leave room for it."""
        if not 0 < len(hits) < self._question.limit:
            return
        best = {hit.item.id: hit for hit in hits[:WIDENED]}
        lent = {
            one.id: (RELATED * one.confidence * best[one.to].score, best[one.to].item)
            for one in sorted(
                read_belonging(self._connection, best), key=lambda one: one.confidence * best[one.to].score
            )
            if one.id not in self._seen
        }
        read = read_candidates(self._connection, lent, scopes, When(False, self._question.as_of))
        ranked = sorted(
            (Ranked(one, lent[item][0], NOT_NEAR) for item, one in read.items()), key=lambda one: -one.score
        )
        told = {hit.item.content for hit in hits}
        for one, item in self._whole(ranked, scopes):
            if item.content not in told:
                why, to = ranking.explain(one), lent[item.id][1]
                reason = f'related to "{_beginning(to.content)}"'
                yield Hit(item, one.score, reason, why.lacks, one.candidate.until, why.of_time)

    def count_withheld(self, scopes: _Scopes, here: Collection[ScopeNumber]) -> int:
        """Counts what would answer well in scopes that are not read here."""
        if not scopes:
            return 0
        ranking, ranked = self._ranked(scopes)
        # What only stands near an answer is not one, and what is shown here already is not withheld.
        well = [
            one for one in ranked if one.candidate.id not in self._seen and ranking.explain(one).own >= WITHHELD_SCORE
        ]
        return sum(1 for _, item in self._whole(well, scopes) if set(item.scopes).isdisjoint(here))

    def _ranked(self, scopes: _Scopes, closest: Closest | None = None) -> tuple[Ranking, list[Ranked]]:
        """Returns all that was found in some scopes, in order."""
        asked = self.asked(scopes)
        if not scopes or not (asked.words or asked.time.spans):
            return Ranking(asked, Counts(0, {}), self._today, self._zone), []
        if scopes not in self._sizes:
            self._sizes[scopes] = count_items(self._connection, scopes)
        counts = Counts(self._sizes[scopes], count_holding(self._connection, scopes, asked.stems))
        ranking = Ranking(asked, counts, self._today, self._zone)
        if self._typed is not None:
            passed = self._passing(self._typed, scopes)
            return ranking, ranking.rank(passed.values(), ranking.holding(passed), least=PASSED)
        self.only_time = asked.only_time
        if asked.only_time:
            return ranking, ranking.fullest_first(self._of_the_time(asked, scopes))
        weighty = weightiest(self._connection, scopes, _telling(asked, counts), counts.items)
        picked = self._read(weighty, scopes, asked)
        meant = {} if closest is None else self._read(closest.best(MEANT), scopes, asked)
        holding = ranking.holding(picked | meant)
        told = {one.source for one in picked.values()}  # a memory stands for the message it was taken from
        lenders = [item for item in holding if item in picked and item not in told][:LENDERS]
        near = ranking.near(holding, read_neighbours(self._connection, lenders, scopes))
        nearest = sorted(near.keys() - holding.keys(), key=lambda item: (-near[item].lex, item))[:NEIGHBOURS]
        ended = ranking.holding(self._ended(weighty, picked, scopes))
        successors = read_successors(self._connection, ended)
        near = ranking.succeeding(near, ended, successors)
        beside = {*nearest, *self._of_the_days(asked, scopes), *(item for one in successors for item in one.shares)}
        others = self._read(beside - holding.keys(), scopes, asked)
        found = picked | meant | others
        return ranking, ranking.rank(found.values(), near, closeness_of(found, closest, picked))

    def asked(self, scopes: Sequence[ScopeNumber]) -> Asked:
        """Understands the question by who has spoken in some scopes."""
        text = self._question.text if self._typed is None else self._typed.words
        speakers = read_speakers(self._connection, name_words(text), scopes) if self._typed is None else []
        return read_question(text, self._languages, self._question.asker, speakers, self._today)

    def _ended(
        self, found: Collection[ItemId], picked: Collection[ItemId], scopes: Sequence[ScopeNumber]
    ) -> dict[ItemId, Candidate]:
        """Returns the memories among what the index found that are no longer so: others stand for them."""
        if self._question.as_of is not None:
            return {}
        left = read_candidates(self._connection, set(found).difference(picked), scopes, When(True, None))
        return {item: one for item, one in left.items() if one.is_memory}

    def _passing(self, typed: TypedQuery, scopes: Sequence[ScopeNumber]) -> dict[ItemId, Candidate]:
        picked = matching(self._connection, scopes, typed.match, CHECKED)
        read = read_candidates(self._connection, picked, scopes, When(False, self._question.as_of))
        return {item: one for item, one in read.items() if typed.tree.holds(Text.of(one.content, one.language))}

    def _of_the_time(self, asked: Asked, scopes: Sequence[ScopeNumber]) -> list[Candidate]:
        ids = [item for span in asked.time.spans[:1] for item in self._made(span.first, span.last, scopes, OF_A_TIME)]
        return list(self._read(ids, scopes, asked).values())

    def _of_the_days(self, asked: Asked, scopes: Sequence[ScopeNumber]) -> Iterator[ItemId]:
        for span in asked.time.spans:
            if (span.last - span.first).days < DAYS_ADDED:
                yield from self._made(span.first, span.last, scopes, CANDIDATES)

    def _made(self, first: date, last: date, scopes: Sequence[ScopeNumber], most: int) -> list[ItemId]:
        end = _midnight(last + timedelta(days=1), self._zone)
        return ids_between(self._connection, _midnight(first, self._zone), end, scopes, most)

    def _read(self, ids: Collection[ItemId], scopes: Sequence[ScopeNumber], asked: Asked) -> dict[ItemId, Candidate]:
        when = When(superseded=asked.used_to or asked.only_time, as_of=self._question.as_of)
        return read_candidates(self._connection, ids, scopes, when)

    def _whole(self, ranked: Sequence[Ranked], scopes: Sequence[ScopeNumber]) -> Iterator[tuple[Ranked, Item]]:
        """Yields items whole, without the message that a memory was taken from, and nothing in the same words twice."""
        left_out = {*self._question.leave_out, *(one.candidate.source for one in ranked)}
        left = [one for one in ranked if one.candidate.id not in left_out]
        told: set[str] = set()
        at_once = self._question.limit + _SPARE
        for start in range(0, len(left), at_once):
            some = left[start : start + at_once]
            items = _items(self._connection, [one.candidate.id for one in some], scopes, self._now)
            self.lasts = self.lasts and not any(map(_ends_by_itself, items.values()))
            for one in some:
                item = items.get(one.candidate.id)
                if item is not None and item.content not in told:
                    told.add(item.content)
                    yield one, item


def _ends_by_itself(item: Item) -> bool:
    """A working memory ends with its session, for which nobody writes anything."""
    return isinstance(item, Memory) and item.session is not None


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TOLD else f"{line[:_TOLD]}…"


def _telling(asked: Asked, counts: Counts) -> list[WeighedWord]:
    """Returns the words with their weights, the rarest first.

    Without the commonest where all together stand in very many items: those decide little, and take long.
    """
    rarest_first = sorted(asked.words, key=counts.rarity, reverse=True)
    holding = [sum(counts.holding.get(stem, 0) for stem in word.stems) for word in rarest_first]
    most = max(1, bisect_right(list(accumulate(holding)), ENTRIES))
    return [
        WeighedWord(word.stems, counts.rarity(word), min(1.0, many / max(1, counts.items)))
        for word, many in zip(rarest_first[:most], holding, strict=False)
    ]


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _newest(connection: Connection, question: Question, here: Collection[ScopeNumber], now: datetime) -> list[Memory]:
    own = select(memories).where(readable_memories(here), memories.c.owner_id == question.asker, in_force(now))
    return read_memories(connection, own.order_by(memories.c.id.desc()).limit(question.limit))


def _items(
    connection: Connection, ids: Collection[ItemId], scopes: Collection[ScopeNumber], now: datetime
) -> Mapping[ItemId, Memory | Message]:
    """Reads items whole, in force or not, unless their words were forgotten or their session has ended."""
    asked = {"ids": list(ids), "scopes": list(scopes)}
    found: list[Memory | Message] = [*read_memories(connection, _REMEMBERED, asked)]
    ending = [item.id for item in found if _ends_by_itself(item)]
    if ending:
        going_on = select(memories.c.id).where(memories.c.id.in_(ending), alive(now))
        ended = set(ending).difference(connection.execute(going_on).scalars())
        found = [item for item in found if item.id not in ended]
    return {item.id: item for item in [*found, *read_messages(connection, _SAID, asked)]}


#: Made once: to make them takes longer than to run them.
_IDS: Final[BindParameter[Sequence[int]]] = bindparam("ids", expanding=True)
_SCOPES: Final[BindParameter[Sequence[int]]] = bindparam("scopes", expanding=True)
_REMEMBERED: Final = select(memories).where(memories.c.id.in_(_IDS), readable_memories(_SCOPES))
_SAID: Final = message_query().where(
    messages.c.id.in_(_IDS), messages.c.forgotten_at.is_(None), readable_messages(_SCOPES)
)
