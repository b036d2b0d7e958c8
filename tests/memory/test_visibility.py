"""Who is shown what, through every way that shows anything: against an oracle, and with the rule taken out."""

from pathlib import Path

import pytest

from memory import BlockEdit, Channel, NewMemory, OneReader, Place, Question, Trust
from memory.scope import UnknownReader
from tests.memory.scene import CONSOLE, Scene
from tests.memory.slip import searched
from tests.memory.visibility import FOUND_OUT, search_for_wrongs


@pytest.mark.long
@pytest.mark.parametrize("hot_items", [5, 1_000])
@pytest.mark.parametrize("seed", range(3))
async def test_every_place_is_shown_what_it_may_see_and_nothing_else(tmp_path: Path, seed: int, hot_items: int) -> None:
    """About twelve thousand looks in all: each of some items, in each of ten places, in each of a handful of ways."""
    assert await search_for_wrongs(tmp_path, seed=seed, worlds=2, hot_items=hot_items) == []


#: Each takes the rule out of one place, as a slip of the pen would: file, what stands there, what the slip makes of it.
SLIPS = {
    "messages are read without it": (
        "memory/tables/messages.py",
        "shared = or_(messages.c.scope_id.in_(readable), messages.c.owner_scope_id.in_(readable))",
        "shared = messages.c.id > 0",
    ),
    "memories are read without it": (
        "memory/tables/memories.py",
        "shared = or_(memories.c.scope_id.in_(readable), memories.c.owner_scope_id.in_(readable))",
        "shared = memories.c.id > 0",
    ),
    "the cache gives without it": ("memory/scope.py", "return not set(item).isdisjoint(place)", "return True"),
    "private threads count as their channel": (
        "memory/scope.py",
        "return (Scope(ScopeKind.CHANNEL, place.thread.id), parent)",
        "return (parent, parent)",
    ),
    "an attic is learned for the guild": (
        "memory/scope.py",
        "case WholeGuild() if not _is_private_thread(place):",
        "case WholeGuild() | PartOfGuild() if not _is_private_thread(place):",
    ),
    "what was known at a moment is everybody's": (
        "memory/tables/memories.py",
        ".where(readable_memories(self._scopes.read_in(place)), memories.c.owner_id == owner)",
        ".where(memories.c.owner_id == owner)",
    ),
    "a history is shown whole": (
        "memory/tables/memories.py",
        "memories.c.id.in_(_chain(connection, memory)), readable)",
        "memories.c.id.in_(_chain(connection, memory)))",
    ),
    "what is related is shown wherever the one is": (
        "memory/tables/related_items.py",
        "memories.c.id.in_(ids), readable_memories(readable), alive(now)",
        "memories.c.id.in_(ids), alive(now)",
    ),
    "a profile belongs to where it was written": (
        "memory/tables/blocks.py",
        "place.only_for(owner) if label == PROFILE else place",
        "place",
    ),
    "a summary belongs to its person alone": (
        "memory/upkeep/condensing.py",
        "scopes=talk.scopes,",
        "scopes=talk.scopes[-1:],",
    ),
    "vectors are compared without it": (
        "memory/tables/embeddings.py",
        "stands_in = or_(embeddings.c.scope_id == scope, embeddings.c.owner_scope_id == scope)",
        "stands_in = embeddings.c.item_id > 0",
    ),
    "erasing asks for the owner alone": (
        "memory/upkeep/selection.py",
        "own_line.where(readable_messages(readable))",
        "own_line",
    ),
    "erasing does not ask for the owner": (
        "memory/upkeep/selection.py",
        "messages.c.id == item, messages.c.owner_id == owner,",
        "messages.c.id == item,",
    ),
}


@pytest.mark.long
@pytest.mark.timeout(180)  # a process for each, two at once
async def test_a_rule_left_out_anywhere_is_found_out(tmp_path: Path) -> None:
    beside = ("memory/scene.py", "memory/visibility.py", "memory/word_embedding.py")
    found = await searched(SLIPS, tmp_path, "memory.visibility", "4", "1", beside=beside)
    assert found == dict.fromkeys(SLIPS, FOUND_OUT)


async def test_a_place_whose_reader_is_unnamed_shows_and_takes_nothing(scene: Scene) -> None:
    ana = await scene.person("Ana")
    received = await scene.says("Ana", "I like figs", CONSOLE)
    assert received is not None
    store, session = scene.store, received.message.session
    for ask in (
        store.search.find(Question(CONSOLE, ana.id, "figs", 5)),
        store.search.item(CONSOLE, received.message.id),
        store.memories.of_owner(CONSOLE, ana.id),
        store.memories.get(CONSOLE, received.message.id),
        store.memories.as_of(CONSOLE, ana.id, scene.clock.now()),
        store.memories.ever_of(CONSOLE, ana.id),
        store.memories.history(CONSOLE, received.message.id),
        store.related_items.of(CONSOLE, received.message.id),
        store.blocks.of_place(CONSOLE, ana),
        store.blocks.edit(CONSOLE, ana.id, "figs", BlockEdit("figs", Trust.SAID)),
        store.condensing.restore(CONSOLE, ana.id, received.message.id),
        store.memories.add(CONSOLE, ana.id, NewMemory("figs", Trust.SAID)),
        store.talk.conversation(CONSOLE, session, received.message.id),
        store.talk.last_reply(CONSOLE, ana.id),
        store.turns.reply_to_deliver(CONSOLE, received.message.id),
        store.turns.open(store.turns.new(ana, CONSOLE, session), [received.message.id]),
        store.erasure.erase(CONSOLE, ana.id, received.message.id),
        store.erasure.take_back(CONSOLE, ana.id, received.message.id),
    ):
        with pytest.raises(UnknownReader):
            await ask


async def test_a_reply_is_not_delivered_to_a_place_that_has_other_readers_by_then(scene: Scene) -> None:
    turn = await scene.asks_and_hears("Ana", "where is my passport?", "In the drawer.")
    bob = await scene.person("Bob")
    assert await scene.store.turns.reply_to_deliver(turn.place, turn.reply) is not None
    for readers in (
        Place(Channel.DISCORD, OneReader(bob.id), turn.place.channel_id),
        Place(Channel.DISCORD, OneReader(bob.id)),
    ):
        assert await scene.store.turns.reply_to_deliver(readers, turn.reply) is None
