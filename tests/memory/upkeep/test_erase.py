"""Forgetting: everything that holds what is forgotten goes with it, and nobody else's things do."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from memory import (
    FORGOTTEN,
    FinishedReply,
    ItemId,
    Memory,
    NewMemory,
    NotFound,
    Notice,
    OpenTurn,
    Part,
    PartKind,
    Place,
    Question,
    Recall,
    Trust,
)
from tests.memory.scene import CONSOLE, DM, GENERAL, OTHER_GUILD, Scene, faults_of, opened, tables_holding

CANARY = "zqx7canary7"
FACT = f"EJ keeps the key under the {CANARY}"


def answer(
    text: str, *parts: Part, recalled: tuple[Recall, ...] = (), notices: tuple[Notice, ...] = ()
) -> FinishedReply:
    return FinishedReply(text, Trust.DERIVED, parts=parts, recalled=recalled, notices=notices)


async def remembers(scene: Scene, text: str = FACT, place: Place = DM) -> tuple[OpenTurn, Memory]:
    """A turn in which EJ has something remembered, by a call, with its receipt."""
    turn = await scene.asks("EJ", f"remember that {text}", place)
    line = await scene.line_of(turn)
    arguments = f'{{"content": "{text}"}}'
    step = scene.store.steps.begin(f"step {turn.id}", turn.id, turn.asker.id, "remember", arguments)
    new = NewMemory(text, Trust.SAID, source=line.id)
    memory = await scene.store.memories.add(turn.place, turn.asker.id, new, step)
    await scene.store.steps.finish(step, f"remembered: {text}", success=True)
    parts = (
        Part(PartKind.WORDS, line.content, line.id),
        Part(PartKind.CALL, f"remember {arguments}"),
        Part(PartKind.RESULT, f"remembered: {text}"),
    )
    await scene.finishes(turn, answer(f"I noted that {text}", *parts, notices=(Notice(f"memory updated: {text}"),)))
    return turn, memory


async def recalls(scene: Scene, memory: Memory, place: Place = DM, name: str = "EJ", says: str = FACT) -> OpenTurn:
    """A turn whose reply was made with a memory: from the prompt, and from a call's result."""
    turn = await scene.asks(name, "where is my key?", place)
    step = scene.store.steps.begin(f"step {turn.id}", turn.id, turn.asker.id, "recall", '{"query": "key"}')
    await scene.store.steps.finish(step, f"found: {memory.content}", success=True)
    parts = (
        Part(PartKind.RECALLED, f"Recalled: {memory.content}", memory.id),
        Part(PartKind.CALL, "recall key"),
        Part(PartKind.RESULT, f"found: {memory.content}"),
    )
    await scene.finishes(turn, answer(says, *parts, recalled=(Recall(memory.id, 0.9, "holds key", step.id),)))
    return turn


async def erase(scene: Scene, memory: Memory, place: Place = DM, asking: OpenTurn | None = None) -> frozenset[ItemId]:
    ej = scene.people["EJ"]
    erased = await scene.store.erasure.erase(scene.place(place, ej), ej.id, memory.id, asking.id if asking else None)
    return frozenset(erased.items)


@pytest.fixture
async def closed(tmp_path: Path) -> Path:
    return tmp_path / "closed"


async def test_forgetting_a_memory_leaves_its_canary_nowhere(closed: Path) -> None:
    async with opened(closed) as scene:
        first, memory = await remembers(scene)
        scene.clock.advance(timedelta(hours=2))
        second = await recalls(scene, memory)
        asking = await scene.asks("EJ", f"forget the {CANARY}")
        assert tables_holding(closed, CANARY)
        erased = await erase(scene, memory, asking=asking)
        assert erased >= {memory.id, first.reply, second.reply}
        assert tables_holding(closed, CANARY) == []
        assert await scene.store.memories.of_owner(first.place, first.asker.id) == []
        for gone in erased:
            assert await scene.store.search.item(first.place, gone) is None
        assert (await scene.store.search.find(Question(first.place, first.asker.id, CANARY, 10))).hits == ()
        await scene.finishes(asking, "I have forgotten that.")
    assert faults_of(closed) == []


async def test_forgetting_takes_what_the_memory_superseded(closed: Path) -> None:
    async with opened(closed) as scene:
        turn, memory = await remembers(scene)
        for number in range(3):
            later = await scene.asks("EJ", f"no, it is under {CANARY} number {number}")
            line = await scene.line_of(later)
            new = NewMemory(f"{FACT} number {number}", Trust.SAID, source=line.id)
            memory = await scene.store.memories.supersede(turn.place, turn.asker.id, memory.id, new)
            await scene.finishes(later, "Noted.")
        await erase(scene, memory)
        assert tables_holding(closed, CANARY) == []
        assert scene.rows("SELECT count(*) FROM memories") == [(0,)]
    assert faults_of(closed) == []


async def test_forgetting_takes_every_line_of_the_turn_that_it_was_said_in(closed: Path) -> None:
    async with opened(closed) as scene:
        one = await scene.says("EJ", FACT)
        two = await scene.says("EJ", "please remember that")
        assert one is not None
        assert two is not None
        turn = await scene.takes_up(DM, one, two)
        new = NewMemory(FACT, Trust.SAID, source=two.message.id)
        memory = await scene.store.memories.add(turn.place, turn.asker.id, new)
        await scene.finishes(turn)
        await erase(scene, memory)
        assert tables_holding(closed, CANARY) == []


async def test_forgetting_takes_replies_that_repeat_what_only_the_conversation_held(closed: Path) -> None:
    """What stands in the conversation is not recalled again, so no recall leads to the reply that repeats it."""
    async with opened(closed) as scene:
        first, memory = await remembers(scene)
        line = await scene.line_of(first)
        scene.clock.advance(timedelta(hours=2))
        second = await recalls(scene, memory)
        held = Part(PartKind.REPLY, FACT, second.reply)
        third = await scene.asks_and_hears("EJ", "are you sure?", answer(f"Yes: {FACT}", held))
        held = Part(PartKind.REPLY, f"Yes: {FACT}", third.reply)
        fourth = await scene.asks_and_hears("EJ", "really?", answer(f"Under the {CANARY}.", held))
        other = await scene.asks_and_hears("EJ", "what is 2 + 2?", answer("It is 4.", held))
        erased = await erase(scene, memory)
        assert erased == {memory.id, line.id, first.reply, second.reply, third.reply, fourth.reply}
        assert tables_holding(closed, CANARY) == []
        last = await scene.store.talk.last_reply(other.place, other.asker.id)
        assert last is not None
        assert last.content == "It is 4."
    assert faults_of(closed) == []


async def test_forgetting_takes_the_steps_of_replies_that_hold_it(closed: Path) -> None:
    async with opened(closed) as scene:
        _, memory = await remembers(scene)
        turn = await scene.asks("EJ", "and say it backwards")
        step = scene.store.steps.begin("a key", turn.id, turn.asker.id, "reverse", f'{{"text": "{FACT}"}}')
        await scene.store.steps.finish(step, f"reversed {FACT}", success=True)
        recall = Recall(memory.id, 0.5, "holds key")
        await scene.finishes(turn, answer(f"backwards: {FACT}", recalled=(recall,)))
        await erase(scene, memory)
        assert tables_holding(closed, CANARY) == []


async def asked_in_words(scene: Scene, memory: Memory) -> OpenTurn:
    """A turn of Ana's for whose prompt a memory of EJ's was recalled; a call names it and finds it again."""
    turn = await scene.asks("Ana", "where does EJ keep it?", GENERAL)
    step = scene.store.steps.begin(f"step {turn.id}", turn.id, turn.asker.id, "recall", f'{{"query": "{FACT}"}}')
    await scene.store.steps.finish(step, f"found: {FACT}", success=True)
    parts = (Part(PartKind.CALL, f"recall: {FACT}"), Part(PartKind.RESULT, f"found: {FACT}"))
    twice = tuple(Recall(memory.id, 0.5, "holds key", by) for by in (None, step.id))
    await scene.finishes(turn, answer("Ask them.", *parts, recalled=twice))
    return turn


async def test_forgetting_takes_what_a_call_named_that_was_recalled_for_its_prompt(closed: Path) -> None:
    async with opened(closed) as scene:
        ej = await scene.person("EJ")
        memory = await scene.store.memories.add(GENERAL, ej.id, NewMemory(FACT, Trust.SAID))
        await asked_in_words(scene, memory)
        await erase(scene, memory)
        assert tables_holding(closed, CANARY) == []


async def test_what_was_taken_back_is_not_told_by_the_calls_that_named_it(closed: Path) -> None:
    async with opened(closed) as scene:
        ej = await scene.person("EJ")
        memory = await scene.store.memories.add(GENERAL, ej.id, NewMemory(FACT, Trust.SAID))
        await asked_in_words(scene, memory)
        await scene.store.erasure.take_back(scene.place(DM, ej), ej.id, memory.id)
        assert tables_holding(closed, CANARY) == []


async def test_forgetting_takes_the_call_that_made_a_memory_without_a_source(closed: Path) -> None:
    async with opened(closed) as scene:
        turn = await scene.asks("EJ", "you may remember it")
        step = scene.store.steps.begin("a key", turn.id, turn.asker.id, "remember", FACT)
        memory = await scene.store.memories.add(turn.place, turn.asker.id, NewMemory(FACT, Trust.DERIVED), step)
        await scene.store.steps.finish(step, FACT, success=True)
        await erase(scene, memory)
        assert tables_holding(closed, CANARY) == []


async def test_a_stopped_turn_keeps_no_result_that_nothing_could_find_again(closed: Path) -> None:
    async with opened(closed) as scene:
        _, memory = await remembers(scene)
        turn = await scene.asks("EJ", "where is my key?")
        step = scene.store.steps.begin("a key", turn.id, turn.asker.id, "recall", "key")
        await scene.store.steps.finish(step, f"found: {FACT}", success=True)
        await scene.store.turns.decline(turn.id, turn.reply)
        await erase(scene, memory)
        assert tables_holding(closed, CANARY) == []


async def test_forgetting_twice_in_one_turn_leaves_the_index_sound(closed: Path) -> None:
    async with opened(closed) as scene:
        _, one = await remembers(scene)
        _, two = await remembers(scene, f"{FACT} too")
        for number in range(3):
            await scene.asks_and_hears("EJ", f"something else {number}")
        asking = await scene.asks("EJ", f"forget both {CANARY}")
        await erase(scene, one, asking=asking)
        await erase(scene, two, asking=asking)
        await scene.finishes(asking)
    assert faults_of(closed) == []
    assert tables_holding(closed, CANARY) == []


async def test_two_memories_of_one_message_are_forgotten_one_after_the_other(closed: Path) -> None:
    async with opened(closed) as scene:
        turn, one = await remembers(scene)
        line = await scene.line_of(turn)
        new = NewMemory(f"EJ has a dog beside the {CANARY}", Trust.SAID, source=line.id)
        two = await scene.store.memories.add(turn.place, turn.asker.id, new)
        await erase(scene, one)
        await erase(scene, two)
        assert tables_holding(closed, CANARY) == []
    assert faults_of(closed) == []


async def test_forgetting_a_message_takes_the_memories_taken_from_it(closed: Path) -> None:
    async with opened(closed) as scene:
        turn, memory = await remembers(scene)
        line = await scene.line_of(turn)
        erased = await scene.store.erasure.erase(turn.place, turn.asker.id, line.id)
        assert erased.items[0] == memory.id
        assert tables_holding(closed, CANARY) == []


async def test_a_forgotten_message_is_still_known_as_answered(scene: Scene) -> None:
    received = await scene.says("EJ", FACT, external_id="the same")
    assert received is not None
    turn = await scene.takes_up(DM, received)
    await scene.finishes(turn)
    await scene.store.erasure.erase(turn.place, turn.asker.id, received.message.id)
    assert await scene.says("EJ", FACT, external_id="the same") is None
    assert tables_holding(scene.path, CANARY) == []


async def test_a_receipt_shows_that_something_was_forgotten(scene: Scene) -> None:
    first, memory = await remembers(scene)
    await erase(scene, memory)
    reply = await scene.store.talk.last_reply(first.place, first.asker.id)
    assert reply is not None
    receipt = await scene.store.turns.receipt(reply)
    assert {part.text for part in receipt.parts} == {FORGOTTEN}
    assert receipt.recalled == ()


async def test_nobody_elses_items_are_forgotten(scene: Scene) -> None:
    _, memory = await remembers(scene, place=GENERAL)
    bobs = await scene.asks_and_hears("Bob", f"I too have a {CANARY}", f"So you have a {CANARY}.", GENERAL)
    bob = bobs.asker
    kept = await scene.store.memories.add(bobs.place, bob.id, NewMemory(f"Bob has a {CANARY}", Trust.SAID))
    await erase(scene, memory, GENERAL)
    assert await scene.store.memories.of_owner(bobs.place, bob.id) == [kept]
    assert (await scene.line_of(bobs)).content == f"I too have a {CANARY}"
    reply = await scene.store.talk.last_reply(bobs.place, bob.id)
    assert reply is not None
    assert CANARY in reply.content
    found = await scene.store.search.find(Question(bobs.place, bob.id, CANARY, 10))
    assert {hit.item.owner for hit in found.hits} == {bob.id}


async def test_a_reply_to_somebody_else_that_was_made_with_it_goes_too(scene: Scene) -> None:
    _, memory = await remembers(scene, place=GENERAL)
    await recalls(scene, memory, GENERAL, name="Bob")
    await erase(scene, memory, GENERAL)
    assert tables_holding(scene.path, CANARY) == []


async def test_what_is_not_yours_and_what_is_not_there_read_the_same(scene: Scene) -> None:
    _, memory = await remembers(scene, place=GENERAL)
    bob = await scene.person("Bob")
    erasure, everywhere = scene.store.erasure, scene.place(GENERAL, bob)
    told: set[str] = set()
    for item in (memory.id, ItemId(424242)):
        for attempt in (erasure.erase(everywhere, bob.id, item), erasure.take_back(everywhere, bob.id, item)):
            with pytest.raises(NotFound) as refused:
                await attempt
            told.add(str(refused.value))
    assert len(told) == 1
    assert tables_holding(scene.path, CANARY)


async def test_an_item_is_not_forgotten_from_a_place_that_may_not_see_it(scene: Scene) -> None:
    _, memory = await remembers(scene)
    with pytest.raises(NotFound):
        await erase(scene, memory, GENERAL)
    _, in_guild = await remembers(scene, place=GENERAL)
    with pytest.raises(NotFound):
        await erase(scene, in_guild, OTHER_GUILD)
    assert in_guild.id in await erase(scene, in_guild, DM)


async def test_the_erasing_call_says_nothing_of_what_it_erased(scene: Scene) -> None:
    _, memory = await remembers(scene)
    asking = await scene.asks("EJ", "forget it")
    step = scene.store.steps.begin("a key", asking.id, asking.asker.id, "forget", f'{{"query": "{CANARY}"}}')
    await scene.store.erasure.erase(asking.place, asking.asker.id, memory.id, asking.id, step)
    await scene.store.steps.finish(step, "forgotten", success=True)
    (done,) = await scene.store.steps.of_turn(asking.id)
    assert (done.arguments, done.effect, done.result) == (FORGOTTEN, FORGOTTEN, "forgotten")
    assert tables_holding(scene.path, CANARY) == []


async def test_the_words_of_what_was_forgotten_are_known_to_whoever_answers(scene: Scene) -> None:
    _, memory = await remembers(scene)
    ej = scene.people["EJ"]
    erased = await scene.store.erasure.erase(scene.place(DM, ej), ej.id, memory.id)
    assert erased.is_held_by(f"Your {CANARY} is forgotten")
    assert not erased.is_held_by("I have nothing on that.")


async def test_forgotten_text_does_not_come_back_through_a_read_that_was_under_way(scene: Scene) -> None:
    """The list is read while the memory is being erased; whatever it shows, the next one shows nothing."""
    _, memory = await remembers(scene)
    ej = scene.people["EJ"]
    place = scene.place(DM, ej)
    await asyncio.gather(
        *(scene.store.memories.of_owner(place, ej.id) for _ in range(5)),
        scene.store.erasure.erase(place, ej.id, memory.id),
        *(scene.store.memories.of_owner(place, ej.id) for _ in range(5)),
    )
    assert await scene.store.memories.of_owner(place, ej.id) == []
    assert await scene.store.memories.get(place, memory.id) is None


async def test_taking_a_memory_back_puts_what_it_superseded_in_force_again(closed: Path) -> None:
    async with opened(closed) as scene:
        turn, old = await remembers(scene, "EJ lives in Berlin", CONSOLE)
        new = NewMemory(FACT, Trust.SAID)
        latest = await scene.store.memories.supersede(turn.place, turn.asker.id, old.id, new)
        await recalls(scene, latest, CONSOLE, says="No idea.")
        await scene.store.erasure.take_back(turn.place, turn.asker.id, latest.id)
        assert await scene.store.memories.of_owner(turn.place, turn.asker.id) == [old]
        assert await scene.store.memories.get(turn.place, latest.id) is None
        assert (await scene.store.search.find(Question(turn.place, turn.asker.id, "Berlin", 5))).hits != ()
        reply = await scene.store.talk.last_reply(turn.place, turn.asker.id)
        assert reply is not None
        parts = (await scene.store.turns.receipt(reply)).parts
        assert [part.text for part in parts if part.item == latest.id] == [FORGOTTEN]
        assert scene.rows("SELECT reply_id FROM recalls WHERE item_id = ?", latest.id) == []
    async with opened(closed) as again:
        again.people = scene.people
        assert await again.store.memories.of_owner(turn.place, turn.asker.id) == [old]
    assert faults_of(closed) == []


async def test_taking_back_a_memory_in_the_middle_leaves_one_in_force(scene: Scene) -> None:
    turn, first = await remembers(scene, "EJ lives in Berlin")
    place, ej = turn.place, turn.asker.id
    second = await scene.store.memories.supersede(place, ej, first.id, NewMemory("EJ lives in Paris", Trust.SAID))
    third = await scene.store.memories.supersede(place, ej, second.id, NewMemory("EJ lives in Rome", Trust.SAID))
    await scene.store.erasure.take_back(place, ej, second.id)
    assert [memory.id for memory in await scene.store.memories.of_owner(place, ej)] == [third.id]
    erased = await scene.store.erasure.erase(place, ej, third.id)
    assert first.id in erased.items
