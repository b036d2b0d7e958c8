"""The capabilities' handle on blocks made real."""

from dataclasses import replace

from bot.handles import TurnRecord
from bot.notices import updated_notice
from bot.sentences import Sentences
from capabilities import TellTheModel
from memory import (
    PROFILE,
    BlockEdit,
    ItemId,
    Memory,
    OneReader,
    OpenTurn,
    StepDone,
    StepStart,
    Store,
    StoreError,
)


class BlockHandle:
    """The asker's blocks in the turn's place, for one call; what it changes goes with the call's step, in one op."""

    def __init__(
        self,
        store: Store,
        turn: OpenTurn,
        record: TurnRecord,
        sentences: Sentences,
        step: StepStart,
        done: StepDone | None,
    ) -> None:
        self._store = store
        self._turn = turn
        self._record = record
        self._sentences = sentences
        self._step = step
        self._effect = done.effect if done is not None else None

    async def edit(self, label: str, text: str, passage: str | None, append: bool) -> Memory:
        if self._effect is not None:
            block = await self._made_before(self._effect)
        else:
            self._record.check_kept()
            language = self._turn.asker.language
            self._record.check_wish(f"{label.replace('_', ' ').replace('-', ' ')} block", language)
            trust = self._record.trust_in(text, language)
            edit = BlockEdit(text, trust, passage, append, language, self._record.source)
            try:
                block = await self._store.blocks.edit(self._turn.place, self._turn.asker.id, label, edit, self._step)
            except StoreError as error:
                raise TellTheModel(str(error)) from error
        if self._is_read_by_others(block):  # they, and the model that answers them, learn what was added and no more
            block = replace(block, content=text)
        told = f"{label}: {block.content}"
        self._record.notices.append(updated_notice(self._sentences, self._turn.asker.language, told, block.id))
        return block

    def _is_read_by_others(self, block: Memory) -> bool:
        """Whether the turn's place does not see the block: a profile is private wherever it is written."""
        return block.label == PROFILE and self._turn.place.readers != OneReader(self._turn.asker.id)

    async def _made_before(self, effect: str) -> Memory:
        """Returns what this call wrote before the process ended in the middle of it."""
        for place in (self._turn.place, self._turn.place.only_for(self._turn.asker.id)):
            block = await self._store.memories.get(place, ItemId(int(effect)))
            if block is not None:
                return block
        raise TellTheModel("it was written, and taken back since")
