"""Random people who say things in random places, and what each place may then be shown of it.

The oracle knows who is in which guild, channel and thread, and the table of places, in plain words; it does not know
`memory.scope`. `python -m tests.memory.visibility FOLDER SEED WORLDS` prints what was shown or refused wrongly: a copy
of the package with a fault in it has to be found out by it.
"""

import asyncio
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from memory import (
    PROFILE,
    Addresses,
    BlockEdit,
    Channel,
    FinishedReply,
    IdentityId,
    IncomingMessage,
    ItemId,
    NewMemory,
    NotFound,
    OneReader,
    PartOfGuild,
    Person,
    Place,
    Question,
    SessionId,
    Thread,
    Trust,
    WholeGuild,
)
from memory.upkeep.condensing import AT_LEAST
from tests.memory.scene import Scene, opened
from tests.memory.word_embedding import WordEmbedding

FOUND_OUT = 3  #: exit status; a crash has another


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, and who reads there."""

    place: Place
    members: frozenset[int]  #: of the world's people
    reads: frozenset[str]  #: names of what it is shown
    learns: str


@dataclass(frozen=True, slots=True)
class Said:
    """One item, as the oracle knows it."""

    id: ItemId
    owner: int
    spot: Spot
    canary: str
    session: SessionId | None  #: of a message
    is_reply: bool = False

    def visible_in(self, spot: Spot) -> bool:
        """It is shown where it was learned, wherever that is shown, and to its owner alone."""
        return self.spot.learns in spot.reads or f"alone {self.owner}" in spot.reads

    @property
    def readers(self) -> frozenset[int]:
        return self.spot.members


@dataclass(slots=True)
class World:
    """Some people and places of their own, in a memory that may hold other worlds too."""

    name: str
    people: list[Person]
    spots: list[Spot]
    said: list[Said] = field(default_factory=list)
    condensed: list[Said] = field(default_factory=list)  #: messages for which a summary stands
    superseded: list[tuple[Said, Said]] = field(default_factory=list)  #: what was said, and what is true instead
    related: list[tuple[Said, Said]] = field(default_factory=list)
    blocks: set[ItemId] = field(default_factory=set)
    profiles: set[int] = field(default_factory=set)  #: whose there are


def draw_spots(name: str, people: list[Person], choose: random.Random) -> list[Spot]:
    everybody = range(len(people))
    spots: list[Spot] = []
    for number in everybody:
        alone = frozenset({f"alone {number}"})
        dm = Place(Channel.DISCORD, OneReader(people[number].id), channel_id=f"{name} dm {number}")
        spots.append(Spot(dm, frozenset({number}), alone, f"alone {number}"))
    for guild in ("red", "blue"):
        members = frozenset(choose.sample(everybody, k=choose.randint(2, len(people))))
        id_of_guild = f"{name} {guild}"
        for channel, whole in (("hall", True), ("attic", False)):
            inside = members if whole else frozenset(choose.sample(sorted(members), k=choose.randint(1, len(members))))
            key = f"{id_of_guild} {channel}"
            readers = WholeGuild() if whole else PartOfGuild()
            reads = frozenset({f"in {key}", f"guild {guild}"})
            learns = f"guild {guild}" if whole else f"in {key}"
            place = Place(Channel.DISCORD, readers, key, id_of_guild)
            spots.append(Spot(place, inside, reads, learns))
            public = Place(Channel.DISCORD, readers, key, id_of_guild, Thread(f"{key} thread"))
            spots.append(Spot(public, inside, reads, learns))
            few = frozenset(choose.sample(sorted(inside), k=choose.randint(1, len(inside))))
            hidden = Place(Channel.DISCORD, readers, key, id_of_guild, Thread(f"{key} huddle", private=True))
            spots.append(Spot(hidden, few, reads | {f"in {key} huddle"}, f"in {key} huddle"))
            asker = choose.choice(sorted(inside))
            spots.append(
                Spot(
                    place.only_for(people[asker].id),
                    frozenset({asker}),
                    frozenset({f"alone {asker}"}),
                    f"alone {asker}",
                )
            )
    for thread in ("letter", "list"):
        readers_of_mail = frozenset(choose.sample(everybody, k=choose.randint(2, len(people))))
        addresses = Addresses(frozenset(f"{number}@{name}" for number in readers_of_mail))
        place = Place(Channel.EMAIL, addresses, thread=Thread(f"{name} {thread}"))
        mail = f"mail {thread} {sorted(readers_of_mail)}"
        spots.append(Spot(place, readers_of_mail, frozenset({mail}), mail))
    return spots


async def make_world(scene: Scene, name: str, choose: random.Random) -> World:
    people = [
        await scene.store.people.meet(Channel.DISCORD, f"{name} {number}", f"{name} {number}")
        for number in range(choose.randint(2, 4))
    ]
    world = World(name, people, draw_spots(name, people, choose))
    for number in range(choose.randint(4, 12)):
        spot = choose.choice(world.spots)
        owner = choose.choice(sorted(spot.members))
        await _say(scene, world, spot, owner, f"canary{name}x{number}", choose)
    await _supersede_and_relate(scene, world, choose)
    await _condense(scene, world, choose)
    return world


async def _supersede_and_relate(scene: Scene, world: World, choose: random.Random) -> None:
    """Corrects some memories in their owner's DM, and relates others to them."""
    for old in [said for said in world.said if said.session is None and said.id not in world.blocks]:
        if choose.random() < 0.5:
            dm, owner = world.spots[old.owner], world.people[old.owner].id
            canary = f"{old.canary}c"
            new = NewMemory(f"the story is {canary}", Trust.SAID)
            memory = await scene.store.memories.supersede(dm.place, owner, old.id, new)
            world.said.remove(old)
            world.said.append(Said(memory.id, old.owner, dm, canary, None))
            world.superseded.append((old, world.said[-1]))
        else:
            spot = choose.choice([spot for spot in world.spots if old.owner in spot.members])
            canary = f"{old.canary}n"
            new = NewMemory(f"the story is {canary}", Trust.SAID, related=(old.id,))
            memory = await scene.store.memories.add(spot.place, world.people[old.owner].id, new)
            world.said.append(Said(memory.id, old.owner, spot, canary, None))
            world.related.append((world.said[-1], old))


async def _condense(scene: Scene, world: World, choose: random.Random) -> None:
    """Lets somebody talk long ago, among others, and makes a summary of it: only that is asked for."""
    spot = choose.choice(world.spots)
    for owner in sorted(spot.members):
        for number in range(AT_LEAST // 2):
            person = world.people[owner]
            key = f"{world.name} old {owner} {number}"
            text = f"old talk {number}"
            incoming = IncomingMessage(key, spot.place, Channel.DISCORD, f"{world.name} {owner}", person.name, text)
            received = await scene.store.talk.receive(incoming)
            assert received is not None
            turn = scene.store.turns.new(person, spot.place, received.message.session)
            await scene.store.turns.open(turn, [received.message.id])
            await scene.store.turns.finish(turn, FinishedReply("so it was", Trust.DERIVED))
    scene.clock.advance(timedelta(days=40))
    old = await scene.store.condensing.old_talks(scene.clock.now() - timedelta(days=30))
    people = {person.id: number for number, person in enumerate(world.people)}
    for talk in old.talks:
        canary = f"canary{world.name}s{people[talk.owner]}x{talk.messages[0].id}"
        summary = await scene.store.condensing.keep(talk, f"the story is {canary}")
        assert summary is not None
        gone = {message.id for message in talk.messages}
        world.condensed += [said for said in world.said if said.id in gone]
        world.said = [said for said in world.said if said.id not in gone]
        world.said.append(Said(summary.id, people[talk.owner], spot, canary, None))


async def _say(scene: Scene, world: World, spot: Spot, owner: int, canary: str, choose: random.Random) -> None:
    person, place = world.people[owner], spot.place
    drawn = choose.random()
    if drawn < 0.2:
        is_profile = owner not in world.profiles
        label = PROFILE if is_profile else f"b{len(world.said)}"
        edit = BlockEdit(f"the story is {canary}", Trust.SAID)
        block = await scene.store.blocks.edit(place, person.id, label, edit)
        world.profiles |= {owner} if is_profile else set()
        world.blocks.add(block.id)
        world.said.append(Said(block.id, owner, world.spots[owner] if is_profile else spot, canary, None))
        return
    if drawn < 0.5:
        new = NewMemory(f"the story is {canary}", Trust.SAID)
        memory = await scene.store.memories.add(place, person.id, new)
        world.said.append(Said(memory.id, owner, spot, canary, None))
        return
    incoming = IncomingMessage(canary, place, Channel.DISCORD, f"{world.name} {owner}", person.name, f"I hide {canary}")
    received = await scene.store.talk.receive(incoming)
    assert received is not None
    session = received.message.session
    turn = scene.store.turns.new(person, place, session)
    await scene.store.turns.open(turn, [received.message.id])
    await scene.store.turns.finish(turn, FinishedReply(f"you hide {canary}r", Trust.DERIVED))
    world.said.append(Said(received.message.id, owner, spot, canary, session))
    world.said.append(Said(turn.reply, owner, spot, f"{canary}r", session, is_reply=True))


async def wrongs_of(scene: Scene, world: World, choose: random.Random) -> list[str]:
    """Everything that was shown and may not be, or was not shown and has to be, as some of the places see it."""
    wrong: list[str] = []
    for spot in choose.sample(world.spots, k=10):
        asker = world.people[min(spot.members)]
        wrong += await _wrong_lists(scene, world, spot)
        for said in world.said:
            seen = said.visible_in(spot)
            if seen and not spot.members <= said.readers:
                wrong.append(f"the oracle itself lets {said} be read by somebody in {spot}")
            for way, shown in await _ways_to_see(scene, said, spot, asker.id, world.blocks):
                if shown != seen:
                    wrong.append(
                        f"{way} {'shows' if shown else 'hides'} {said.canary} of {said.spot.place} in {spot.place}"
                    )
            eraser = choose.randrange(len(world.people))
            if (not seen or eraser != said.owner) and await _erases(
                scene, spot.place, world.people[eraser].id, said.id
            ):
                wrong.append(f"erase takes {said} for {eraser} in {spot.place}")
    return wrong


async def _ways_to_see(
    scene: Scene, said: Said, spot: Spot, asker: IdentityId, blocks: set[ItemId]
) -> list[tuple[str, bool]]:
    store, place = scene.store, spot.place
    found = await store.search.find(Question(place, asker, said.canary, 100))
    ways = [
        ("search", said.id in {hit.item.id for hit in found.hits}),
        ("item", await store.search.item(place, said.id) is not None),
    ]
    if store.search.semantic is not None:
        ways.append(("comparing", said.id in await _compared(scene, spot, asker)))
    if said.session is None:
        ways.append(("history", said.id in {one.id for one in await store.memories.history(place, said.id)}))
        if said.id in blocks:
            shown = await store.blocks.of_place(place, await store.people.meet(Channel.DISCORD, "nobody", "nobody"))
            ways.append(("blocks", said.id in {block.memory.id for block in shown}))
        return [*ways, ("get", await store.memories.get(place, said.id) is not None)]
    conversation = await store.talk.conversation(place, said.session, ItemId(0))
    ways.append(("conversation", said.id in {message.id for message in conversation}))
    if said.is_reply:
        ways.append(("delivery", await store.turns.reply_to_deliver(place, said.id) is not None))
    return ways


async def _compared(scene: Scene, spot: Spot, asker: IdentityId) -> set[ItemId]:
    """Every item whose vectors are looked at in a place, found or not."""
    search = scene.store.search
    assert search._semantic is not None
    closest = await search._semantic.closest("who hides what?", asker, search._scopes.read_in(spot.place))
    assert closest is not None
    return set(closest.best(100_000))


async def _wrong_lists(scene: Scene, world: World, spot: Spot) -> list[str]:
    wrong: list[str] = []
    for number, person in enumerate(world.people):
        memories = [said for said in world.said if said.session is None and said.owner == number]
        true = {said.id for said in memories if said.visible_in(spot)}
        listed = {memory.id for memory in await scene.store.memories.of_owner(spot.place, person.id)}
        if listed != true:
            wrong.append(f"the list of {person.name} in {spot.place} has {listed ^ true}")
        now = scene.clock.now()
        if {memory.id for memory in await scene.store.memories.as_of(spot.place, person.id, now)} != true:
            wrong.append(f"as_of of {person.name} in {spot.place}")
        newest = await scene.store.search.find(Question(spot.place, person.id, " ", 100))
        if {hit.item.id for hit in newest.hits} != true:
            wrong.append(f"the newest of {person.name} in {spot.place}")
    for old, new in [pair for pair in world.superseded if pair[1] in world.said]:  # what is forgotten is in no pair
        seen = [one.id for one in (old, new) if one.visible_in(spot)]
        shown = [one.id for one in await scene.store.memories.history(spot.place, old.id)]
        if shown != (seen if old.visible_in(spot) else []):
            wrong.append(f"the history of {old.canary} in {spot.place}")
    for one, other in [pair for pair in world.related if set(pair) <= set(world.said)]:
        both = one.visible_in(spot) and other.visible_in(spot)
        for asked, answer in ((one, other), (other, one)):
            shown = [related.item.id for related in await scene.store.related_items.of(spot.place, asked.id)]
            if (answer.id in shown) != both:
                wrong.append(f"what is related to {asked.canary} in {spot.place}")
    return wrong


async def _erases(scene: Scene, place: Place, owner: IdentityId, item: ItemId) -> bool:
    try:
        await scene.store.erasure.erase(place, owner, item)
    except NotFound:
        return False
    return True


def seeds(first: int, how_many: int) -> Iterator[tuple[str, random.Random]]:
    for number in range(first, first + how_many):
        yield f"w{number}", random.Random(number)


async def search_for_wrongs(folder: Path, seed: int, worlds: int, hot_items: int = 50) -> list[str]:
    """Makes worlds in one memory, each among the others' items, and looks at all of them from everywhere."""
    wrong: list[str] = []
    async with opened(folder, hot_items=hot_items) as scene:
        made = [(await make_world(scene, name, choose), choose) for name, choose in seeds(seed, worlds)]
        embedder = scene.store.search.use_embeddings(WordEmbedding())
        async with asyncio.TaskGroup() as working:
            running = working.create_task(embedder.run())
            await embedder.idle()
            running.cancel()
        for world, choose in made:
            wrong += await wrongs_of(scene, world, choose)
    return wrong


if __name__ == "__main__":
    folder, seed, worlds = sys.argv[1:]
    wrong = asyncio.run(search_for_wrongs(Path(folder), int(seed), int(worlds)))
    print(len(wrong), *wrong[:3], sep="\n")  # noqa: T201
    sys.exit(FOUND_OUT if wrong else 0)
