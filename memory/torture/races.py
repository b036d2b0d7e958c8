"""Many people who write, correct, look up, ask and forget in the same moment: each sees what they did, nothing else."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from memory.clock import SystemClock
from memory.errors import NotFound
from memory.open import MemoryOptions, Store, look_into_memory, open_memory
from memory.place import Channel, OneReader, Place
from memory.records import Memory, Person, Trust
from memory.search.question import Question
from memory.tables.memories import NewMemory
from memory.torture.faults import faults_of
from memory.torture.figures import Figures

PEOPLE: Final = 8
HANDS: Final = 3  #: that work for each person at the same time
HOT_ITEMS: Final = 100  #: fewer than there are, so that items are dropped and come back meanwhile


async def race_round(folder: Path, rounds: int, seed: int = 1) -> Figures:
    """Lets everybody work for so many rounds, then compares what each was told with what is there."""
    clock = SystemClock()
    async with open_memory(folder, clock, "a test of races", MemoryOptions(hot_items=HOT_ITEMS)) as store:
        people = [await store.people.meet(Channel.CONSOLE, f"{number}", f"person {number}") for number in range(PEOPLE)]
        lives = [_Life(store, person) for person in people]
        await asyncio.gather(
            *(life.work(rounds, random.Random(f"{seed} {hand} {life.name}")) for life in lives for hand in range(HANDS))  # noqa: S311
        )
        for life in lives:
            await life.check(await store.memories.of_owner(life.place, life.person.id), "the store")
    async with look_into_memory(folder, clock) as store:
        for life in lives:
            await life.check(await store.memories.of_owner(life.place, life.person.id), "the database")
    faults = [fault for life in lives for fault in life.faults]
    return Figures(
        trials=sum(life.done for life in lives),
        acknowledged=sum(len(life.in_force) for life in lives),
        faults=(*faults, *faults_of(folder / "ember.db")),
    )


class _Life:
    """What one person did, and has to find."""

    def __init__(self, store: Store, person: Person) -> None:
        self.person = person
        self.place = Place(Channel.CONSOLE, OneReader(person.id))
        self.name = person.name
        self.in_force: dict[int, Memory] = {}
        self.done = 0
        self.faults: list[str] = []
        self._store = store

    async def work(self, rounds: int, choose: random.Random) -> None:
        for number in range(rounds):
            kept = await self._remember(f"{choose.random()} of {number}")
            if choose.random() < 0.5:
                kept = await self._correct(kept)
            await self._look_up(kept)
            if choose.random() < 0.3:
                await self._forget(kept)

    async def check(self, found: Sequence[Memory], where: str) -> None:
        if {memory.id for memory in found} != set(self.in_force):
            self.faults.append(f"{where} holds something else than {self.name} was told")

    async def _remember(self, what: str) -> Memory:
        kept = await self._store.memories.add(self.place, self.person.id, self._new(f"fact {what}"))
        self.in_force[kept.id] = kept
        self.done += 1
        return kept

    async def _correct(self, old: Memory) -> Memory:
        """Corrects a memory twice in the same moment, of which only one can come first."""
        both = (
            self._store.memories.supersede(self.place, self.person.id, old.id, self._new(f"{old.content} {half}"))
            for half in ("so", "or so")
        )
        ended = await asyncio.gather(*both, return_exceptions=True)
        made = [one for one in ended if isinstance(one, Memory)]
        self.done += 2
        if len(made) != 1 or not any(isinstance(one, NotFound) for one in ended):
            self.faults.append(f"two corrections at once gave {ended!r}")
        del self.in_force[old.id]
        self.in_force |= {one.id: one for one in made}
        return made[0]

    async def _look_up(self, kept: Memory) -> None:
        found, listed, asked = await asyncio.gather(
            self._store.memories.get(self.place, kept.id),
            self._store.memories.of_owner(self.place, self.person.id),
            self._store.search.find(Question(self.place, self.person.id, kept.content, 5)),
        )
        self.done += 3
        if found != kept or kept not in listed or kept.id not in {hit.item.id for hit in asked.hits}:
            self.faults.append(f"{self.name} did not find at once what was remembered")
        if any(memory.owner != self.person.id for memory in listed):
            self.faults.append(f"{self.name} was shown what is another's")

    async def _forget(self, kept: Memory) -> None:
        erased = await self._store.erasure.erase(self.place, self.person.id, kept.id)
        for item in erased.items:
            self.in_force.pop(item, None)
        self.done += 1
        if await self._store.memories.get(self.place, kept.id) is not None:
            self.faults.append(f"{self.name} found what had been forgotten")

    def _new(self, content: str) -> NewMemory:
        return NewMemory(content, Trust.SAID)
