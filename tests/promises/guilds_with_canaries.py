"""Random guilds in which each thing that somebody says or keeps carries a word that stands nowhere else.

What there is, and who may be shown it, is known in plain words: `memory.scope` is not asked. A world is two guilds with
the people of both; many worlds share one memory.
"""

import random
from dataclasses import dataclass, field
from typing import Final

from memory import (
    TONE,
    BlockEdit,
    Channel,
    FinishedReply,
    IncomingMessage,
    ItemId,
    NewMemory,
    Notice,
    Part,
    PartKind,
    Recall,
    Trust,
)
from tests.memory.scene import Scene
from tests.memory.visibility import Said, Spot, World

GUILDS_A_WORLD: Final = 2
_ANSWERED: Final = 8  #: questions in each world, with all that an answer leaves behind
_BLOCKED: Final = ("hall", "attic")


@dataclass(slots=True)
class Guilds:
    """A world, and what is hidden in it."""

    world: World
    learned: dict[str, set[str]] = field(default_factory=dict)  #: where each word may be shown, by the names of `Spot`
    owner: dict[str, int] = field(default_factory=dict)  #: whose it is, by word
    lost: set[tuple[int, str]] = field(default_factory=set)  #: who no longer reads where
    gone: set[int] = field(default_factory=set)  #: who has had everything forgotten
    administered: dict[str, set[int]] = field(default_factory=dict)  #: who used an admin command, by guild
    made: int = 0

    def hide(self, owner: int, *where: str) -> str:
        """Makes a word of somebody's; without a where it is theirs alone."""
        self.made += 1
        word = f"canary{self.world.name}h{self.made}"
        self.put(word, owner, *where)
        return word

    def put(self, word: str, owner: int, *where: str) -> None:
        self.owner[word] = owner
        self.learned.setdefault(word, set()).update(where)

    def may_see(self, asker: int, spot: Spot, word: str, of_others: bool = True) -> bool:
        """Somebody's own are always theirs; others' are shown where they were learned, to who reads there still."""
        owner = self.owner.get(word)
        if owner is None or owner in self.gone:
            return False
        if owner == asker:
            return True
        readable = {where for where in spot.reads if (asker, where) not in self.lost}
        return of_others and not self.learned[word].isdisjoint(readable)

    def may_name(self, asker: int, spot: Spot, name: str) -> bool:
        """Others are named where everybody can read that they talk with Ember, or use what admins use."""
        numbers = [number for number, person in enumerate(self.world.people) if person.name == name]
        if not numbers:
            return False
        guild = f"guild {guild_of(spot)}"
        heard = {said.owner for said in self.world.said if self.may_see(asker, spot, said.canary)}
        spoken = {said.owner for said in self.world.said if said.is_reply and said.spot.learns == guild}
        return numbers[0] in {asker, *heard, *spoken, *self.administered.get(guild, ())}

    def loses(self, person: int, spot: Spot) -> None:
        """Takes a channel, with its threads, away from somebody."""
        shut = spot.place.channel_id
        for each in self.world.spots:
            if each.place.channel_id == shut:
                self.lost |= {(person, where) for where in each.reads if where.startswith("in ")}

    def spots_of(self, person: int) -> list[Spot]:
        """Where somebody can ask."""
        found = [spot for spot in self.world.spots if person in spot.members]
        return [spot for spot in found if self.lost.isdisjoint((person, where) for where in spot.reads)]


def guild_of(spot: Spot) -> str | None:
    """The guild as the names of `Spot` call it."""
    return None if spot.place.guild is None else spot.place.guild.rpartition(" ")[2]


def guilds_of(world: World) -> Guilds:
    """Takes a world as `tests.memory.visibility` made it."""
    guilds = Guilds(world)
    for said in [*world.said, *world.condensed, *(old for old, _ in world.superseded)]:
        guilds.put(said.canary, said.owner, said.spot.learns)
    return guilds


async def hide_more(scene: Scene, guilds: Guilds, choose: random.Random) -> None:
    """Adds what only the whole of Ember leaves: answers with receipts, calls and notices, tones, what was shared."""
    world = guilds.world
    for number, person in enumerate(world.people):
        await scene.store.people.prefer(person.id, TONE, f"as {guilds.hide(number)} would")
    for spot in world.spots:
        if spot.place.thread is None and spot.place.channel_id.endswith(_BLOCKED) and len(spot.members) > 1:
            await _block(scene, guilds, spot, choose.choice(sorted(spot.members)))
    for spot in choose.sample(world.spots, k=_ANSWERED):
        await _answered(scene, guilds, spot, choose.choice(sorted(spot.members)), choose)
    await _share(scene, guilds, choose)
    await _deliver(scene)


async def _block(scene: Scene, guilds: Guilds, spot: Spot, owner: int) -> None:
    word = guilds.hide(owner, spot.learns)
    edit = BlockEdit(f"the story is {word}", Trust.SAID)
    block = await scene.store.blocks.edit(spot.place, guilds.world.people[owner].id, "custom", edit)
    guilds.world.blocks.add(block.id)
    guilds.world.said.append(Said(block.id, owner, spot, word, None))


async def _answered(scene: Scene, guilds: Guilds, spot: Spot, owner: int, choose: random.Random) -> None:
    """A question, its answer made of all that the place shows, and a memory taken from it."""
    store, world, person = scene.store, guilds.world, guilds.world.people[owner]
    asked, answer, notice, learned = (guilds.hide(owner, spot.learns) for _ in range(4))
    shown = [said for said in world.said if said.visible_in(spot)]
    given, found = (choose.sample(shown, k=min(3, len(shown))) for _ in range(2))
    before, after = (" ".join(said.canary for said in used) for used in (given, found))
    address = f"{world.name} {owner}"
    incoming = IncomingMessage(asked, spot.place, Channel.DISCORD, address, person.name, f"what story hides {asked}?")
    received = await store.talk.receive(incoming)
    assert received is not None
    message = received.message
    turn = store.turns.new(person, spot.place, message.session)
    await store.turns.open(turn, [message.id])
    step = store.steps.begin(f"{turn.id}", turn.id, person.id, "recall", f'{{"query": "the story {before}"}}')
    await store.steps.finish(step, f"found the story {after}", True)
    new = NewMemory(f"the story is {learned}", Trust.SAID, source=message.id)
    memory = await store.memories.add(spot.place, person.id, new)
    parts = (
        *(Part(PartKind.RECALLED, f"the story is {said.canary}", said.id) for said in given),
        Part(PartKind.CALL, f"recall: {before}"),
        Part(PartKind.RESULT, f"found {after}"),
    )
    recalled = {said.id: Recall(said.id, 0.5, "the words fit", step.id) for said in found}
    recalled |= {said.id: Recall(said.id, 0.5, "the words fit") for said in given}
    reply = FinishedReply(
        f"the story is {answer}",
        Trust.DERIVED,
        notices=(Notice(f"I remember the story {notice}", (memory.id,)),),
        prompt=("ember", 1),
        parts=parts,
        recalled=tuple(recalled.values()),
    )
    await store.turns.finish(turn, reply)
    world.said.append(Said(message.id, owner, spot, asked, message.session))
    world.said.append(Said(turn.reply, owner, spot, answer, message.session, is_reply=True))
    world.said.append(Said(memory.id, owner, spot, learned, None))
    key = f"notice of {asked}"
    await store.work.notify(Channel.DISCORD, spot.place.key, f"the story of {guilds.hide(owner)}", key)


async def _share(scene: Scene, guilds: Guilds, choose: random.Random) -> None:
    """Lets a guild see a memory of somebody's."""
    world = guilds.world
    spot = choose.choice([spot for spot in world.spots if spot.learns.startswith("guild ")])
    owner = choose.choice(sorted(spot.members))
    word, person = guilds.hide(owner, spot.learns), world.people[owner].id
    memory = await scene.store.memories.add(
        spot.place.only_for(person), person, NewMemory(f"the story is {word}", Trust.SAID)
    )
    shared = await scene.store.memories.share(spot.place, person, memory.id)
    world.said.append(Said(shared.id, owner, spot, word, None))


def sent_as(reply: ItemId) -> str:
    """The platform's id of an answer."""
    return f"sent{reply}"


async def _deliver(scene: Scene) -> None:
    """Gives what goes out its id on the platform; what is no answer to anybody is given up."""
    work = scene.store.work
    while jobs := (await work.claim([Channel.DISCORD, Channel.EMAIL], 100)).jobs:
        for job in jobs:
            if job.text is None:
                await work.complete(job, sent_as(job.item))
            else:
                await work.fail(job, "NotDelivered")
