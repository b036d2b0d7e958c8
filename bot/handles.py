"""The capabilities' handles made real: what a call may do, on behalf of whom, within the rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.notices import forgotten_notice, updated_notice
from bot.sentences import Sentences
from capabilities import TellTheModel
from memory import (
    Erased,
    Found,
    HoldsSecret,
    IdentityId,
    Item,
    ItemId,
    LabelTaken,
    Memory,
    NewMemory,
    NotFound,
    Notice,
    OpenTurn,
    Question,
    ReadOnlyBlock,
    Recall,
    RelationshipKind,
    StepDone,
    StepStart,
    Store,
    Tier,
    TooLong,
    Trust,
    holds_all_of,
    shares_words,
)


@dataclass(slots=True)
class TurnRecord:
    """What a turn has taken in and changed so far."""

    words: str  #: the asker's own, in this turn
    source: ItemId  #: the message that holds them
    paused: bool = False  #: nothing of the turn is kept, and nothing learned
    in_prompt: set[ItemId] = field(default_factory=set)  #: items that the prompt holds already
    trust: Trust = Trust.SAID  #: the least of all that it has taken in
    recalled: list[Recall] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    erased: list[Erased] = field(default_factory=list)

    @property
    def gone(self) -> set[ItemId]:
        """The items that this turn was asked to forget."""
        return {item for erased in self.erased for item in erased.items}

    @property
    def made_from(self) -> tuple[Recall, ...]:
        """The items that went into the turn and are still there."""
        return tuple(recall for recall in self.recalled if recall.item not in self.gone)

    def check_kept(self) -> None:
        """Raises TellTheModel when the person has paused, or is off the record here."""
        if self.paused:
            raise TellTheModel("their memory is paused, so nothing is kept; they can change that with /privacy")

    def took_in(self, item: Item, asker: IdentityId) -> None:
        """Lowers the turn's trust to an item's; another person's words are foreign to the one who asks."""
        self.trust = Trust.least(self.trust, item.trust if item.owner == asker else Trust.EXTERNAL)

    def took_in_foreign(self) -> None:
        """Lowers the turn's trust to that of words from outside, which nobody said to Ember."""
        self.trust = Trust.least(self.trust, Trust.EXTERNAL)

    def trust_in(self, content: str, language: str) -> Trust:
        """`said` when the person's own words of this turn hold it all; else it is somebody's conclusion."""
        if holds_all_of(self.words, content, language):
            return Trust.SAID
        return Trust.EXTERNAL if self.trust is Trust.EXTERNAL else Trust.DERIVED

    def check_wish(self, named: str, language: str) -> None:
        """A turn that has taken in foreign text changes nothing by itself: the person's own words must name it.

        Raises TellTheModel when they share no word with `named`.
        """
        if self.trust is Trust.EXTERNAL and not shares_words(self.words, named, language):
            raise TellTheModel("the person has not asked for that; ask them, and let them say it in their words")


class MemoryHandle:
    """The asker's memory for one call; what it changes goes with the call's step, in one op."""

    def __init__(
        self,
        store: Store,
        turn: OpenTurn,
        record: TurnRecord,
        sentences: Sentences,
        time_zone: str,
        step: StepStart,
        done: StepDone | None,
    ) -> None:
        self._store = store
        self._turn = turn
        self._record = record
        self._sentences = sentences
        self._time_zone = time_zone
        self._step = step
        self._effect = done.effect if done is not None else None

    async def add(
        self, content: str, importance: int, tier: Tier, related: Sequence[ItemId], relationship: RelationshipKind
    ) -> Memory:
        if self._effect is not None:
            memory = await self._made_before(self._effect)
        else:
            self._record.check_kept()
            for item in related:
                if await self._store.search.item(self._turn.place, item) is None:
                    raise TellTheModel(f"there is no item {item} here to relate it to")
            session = self._turn.session if tier is Tier.WORKING else None
            made = replace(self._new(content, importance), tier=tier, session=session)
            new = replace(made, related=tuple(related), relationship=relationship)
            try:
                memory = await self._store.memories.add(self._turn.place, self._turn.asker.id, new, self._step)
            except (TooLong, HoldsSecret) as error:
                raise TellTheModel(str(error)) from error
        self._tell_of(memory)
        return memory

    async def search(self, query: str, limit: int) -> Found:
        asker = self._turn.asker.id
        own = frozenset({self._record.source})
        question = Question(self._turn.place, asker, query, limit, leave_out=own, time_zone=self._time_zone)
        found = await self._store.search.find(question)
        for hit in found.hits:
            self._record.took_in(hit.item, asker)
            self._record.recalled.append(Recall(hit.item.id, hit.score, hit.reason, self._step.id))
        return found

    async def supersede(self, memory: ItemId, content: str) -> Memory:
        if self._effect is not None:
            after = await self._made_before(self._effect)
        else:
            self._record.check_kept()
            await self._check_wish(memory)
            before = await self._store.memories.get(self._turn.place, memory)
            try:
                new = self._new(content, before.importance if before else 5)
                after = await self._store.memories.supersede(
                    self._turn.place, self._turn.asker.id, memory, new, self._step
                )
            except (NotFound, TooLong, LabelTaken, ReadOnlyBlock, HoldsSecret) as error:
                raise TellTheModel(str(error)) from error
        self._tell_of(after)
        return after

    async def forget(self, item: ItemId) -> None:
        if self._effect is None:
            await self._check_wish(item)
            try:
                turn = self._turn
                erased = await self._store.erasure.erase(turn.place, turn.asker.id, item, turn.id, self._step)
            except NotFound as error:
                raise TellTheModel(str(error)) from error
            self._record.erased.append(erased)
        self._record.notices.append(forgotten_notice(self._sentences, self._turn.asker.language))

    def _tell_of(self, memory: Memory) -> None:
        notice = updated_notice(self._sentences, self._turn.asker.language, memory.content, memory.id)
        self._record.notices.append(notice)

    async def _check_wish(self, item: ItemId) -> None:
        found = await self._store.search.item(self._turn.place, item)
        if found is not None:
            self._record.check_wish(found.content, found.language)

    def _new(self, content: str, importance: int) -> NewMemory:
        return NewMemory(
            content=content,
            trust=self._record.trust_in(content, self._turn.asker.language),
            importance=importance,
            source=self._record.source,
            language=self._turn.asker.language,
        )

    async def _made_before(self, effect: str) -> Memory:
        """Returns what this call made before the process ended in the middle of it."""
        memory = await self._store.memories.get(self._turn.place, ItemId(int(effect)))
        if memory is None:
            raise TellTheModel("it was remembered, and forgotten since")
        return memory
