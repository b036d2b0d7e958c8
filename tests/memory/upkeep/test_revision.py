"""What was said says something else, and is answered anew."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from memory import (
    PAUSED,
    Channel,
    FinishedReply,
    IncomingMessage,
    ItemId,
    Job,
    Learned,
    NewMemory,
    OpenTurn,
    Part,
    PartKind,
    PartOfGuild,
    Place,
    Question,
    Recall,
    Revised,
    Tier,
    Trust,
)
from memory.tables.jobs import JobType
from memory.upkeep.revision import FRESH
from tests.memory.scene import DM, GENERAL, Scene, faults_of, opened, tables_holding


async def edits(scene: Scene, turn: OpenTurn, text: str, place: Place = DM, who: str = "EJ") -> Revised | None:
    line = await scene.line_of(turn)
    return await scene.store.revisions.revise(
        IncomingMessage(
            external_id=line.external_id or "",
            place=replace(scene.place(place, turn.asker)),
            link_kind=Channel.DISCORD,
            address=f"address of {who}",
            name=who,
            content=text,
        )
    )


async def out(scene: Scene, platform_id: str) -> Job:
    (job,) = (await scene.store.work.claim([Channel.DISCORD], 10)).jobs
    await scene.store.work.complete(job, platform_id)
    return job


async def anew(scene: Scene, turn: OpenTurn) -> OpenTurn:
    again = scene.store.turns.new(turn.asker, turn.place, turn.session)
    assert await scene.store.revisions.begin_anew(again, turn.reply) is not None
    return again


async def test_new_words_take_the_place_of_the_old_everywhere_and_secrets_are_cut_out(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("EJ", "I like pizzza")
        revised = await edits(scene, turn, "I like pasta, my password is hunter2xyz")
        assert revised is not None
        assert "hunter2xyz" not in revised.message.content
        place = scene.place(DM, turn.asker)
        for words, found in (("pasta", 1), ("pizzza", 0)):
            hits = (await scene.store.search.find(Question(place, turn.asker.id, words, 5))).hits
            assert sum(words in hit.item.content for hit in hits) == found
        said = await scene.store.talk.conversation(place, turn.session, ItemId(0))
        assert said[0].content == revised.message.content
        assert await edits(scene, turn, "I like pasta, my password is hunter2xyz") is None
    assert tables_holding(tmp_path, "pizzza") == []
    assert faults_of(tmp_path) == []


async def test_nobody_changes_what_another_person_has_said(scene: Scene) -> None:
    await scene.person("Bob")
    turn = await scene.asks_and_hears("EJ", "I like pizza")
    assert await edits(scene, turn, "I like pasta", who="Bob") is None
    assert (await scene.line_of(turn)).content == "I like pizza"


async def test_only_the_latest_question_is_worth_another_answer_and_only_for_a_while(scene: Scene) -> None:
    first = await scene.asks_and_hears("EJ", "one", place=GENERAL)
    second = await scene.asks_and_hears("EJ", "two", place=GENERAL)
    await scene.asks_and_hears("Bob", "three", place=GENERAL)
    await scene.asks_and_hears("EJ", "four")
    latest = [await edits(scene, turn, "other words", GENERAL) for turn in (first, second)]
    assert [one is not None and one.is_latest for one in latest] == [False, True]
    scene.clock.advance(FRESH + timedelta(seconds=1))
    late = await edits(scene, second, "words at last", GENERAL)
    assert late is not None
    assert not late.is_latest


async def test_what_was_learned_is_taken_back_and_an_older_line_teaches_anew(scene: Scene) -> None:
    turn = await scene.asks("EJ", "I like pizza")
    await scene.finishes(turn, FinishedReply("Good.", Trust.DERIVED, teaches=True))
    (own,) = (await scene.store.work.claim_own([JobType.EXTRACTION])).jobs
    told = await scene.store.learning.told(own)
    assert told is not None
    await scene.store.learning.learn(own, told, [Learned("EJ likes pizza", Tier.SEMANTIC, 5, 1.0)])
    await scene.asks_and_hears("EJ", "something else")
    revised = await edits(scene, turn, "I like pasta")
    assert revised is not None
    assert not revised.is_latest
    assert await scene.store.memories.of_owner(scene.place(DM, turn.asker), turn.asker.id) == []
    (again,) = (await scene.store.work.claim_own([JobType.EXTRACTION])).jobs
    told = await scene.store.learning.told(again)
    assert told is not None
    assert told.words == "I like pasta"


async def test_what_was_being_learned_as_the_words_changed_is_not_kept(scene: Scene) -> None:
    turn = await scene.asks("EJ", "I like pizza")
    await scene.finishes(turn, FinishedReply("Good.", Trust.DERIVED, teaches=True))
    (own,) = (await scene.store.work.claim_own([JobType.EXTRACTION])).jobs
    told = await scene.store.learning.told(own)
    assert told is not None
    await edits(scene, turn, "I like pasta")
    assert await scene.store.learning.learn(own, told, [Learned("EJ likes pizza", Tier.SEMANTIC, 5, 1.0)]) == []


async def test_an_answer_anew_takes_over_what_the_former_became_and_that_one_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks("EJ", "tell me")
        await scene.finishes(turn, FinishedReply("Flowers and bees.", Trust.DERIVED, deliveries=3))
        for number in range(3):
            await out(scene, f"m{number}")
        again = await anew(scene, turn)
        assert (await scene.store.work.claim([Channel.DISCORD], 10)).jobs == ()
        await scene.finishes(again, FinishedReply("Birds.", Trust.DERIVED, deliveries=2))
        jobs = [await out(scene, f"n{number}") for number in range(3)]
        assert [(job.item, job.part, job.sent_as) for job in jobs] == [
            (again.reply, part, f"m{part}") for part in range(3)
        ]
        said = await scene.store.talk.conversation(scene.place(DM, turn.asker), turn.session, ItemId(0))
        assert [message.content for message in said] == ["tell me", "Birds."]
        assert (await scene.line_of(again)).response == again.reply
    assert tables_holding(tmp_path, "bees") == []
    assert faults_of(tmp_path) == []


async def test_what_was_on_its_way_as_it_was_taken_over_is_edited_too(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "tell me", "Flowers.")
    (under_way,) = (await scene.store.work.claim([Channel.DISCORD], 10)).jobs
    again = await anew(scene, turn)
    await scene.store.work.complete(under_way, "m0")
    await scene.finishes(again, FinishedReply("Birds.", Trust.DERIVED))
    job = await out(scene, "n0")
    assert (job.item, job.sent_as) == (again.reply, "m0")
    await scene.store.work.complete(under_way, "too late")
    assert scene.rows("SELECT platform_id FROM queue") == [("n0",)]


async def test_an_answer_made_with_one_that_is_made_anew_tells_nothing_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("EJ", "tell me", "Flowers and bees.", GENERAL)
        later = await scene.asks("Ana", "what did EJ hear?", GENERAL)
        step = scene.store.steps.begin("key", later.id, later.asker.id, "recall", '{"query": "bees"}')
        await scene.store.steps.finish(step, "Flowers and bees.", success=True)
        parts = (Part(PartKind.CALL, "recall: bees"), Part(PartKind.RESULT, "Flowers and bees."))
        recalled = (Recall(turn.reply, 0.5, "it fits"),)
        await scene.finishes(later, FinishedReply("Ask EJ.", Trust.DERIVED, parts=parts, recalled=recalled))
        await scene.finishes(await anew(scene, turn), "Birds.")
    assert tables_holding(tmp_path, "bees") == []


async def test_an_answer_anew_is_taken_up_again_after_a_crash(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        turn = await scene.asks_and_hears("EJ", "tell me")
        await out(scene, "m0")
        again = await anew(scene, turn)
    async with opened(tmp_path) as scene:
        await scene.store.work.release_leases()
        (left,) = await scene.store.turns.unfinished(Channel.DISCORD)
        assert (left.turn, left.reply, [line.content for line in left.lines]) == (again.id, again.reply, ["tell me"])
        first = await scene.store.platform_messages.first(again.place, again.reply)
        assert first is not None
        assert first.platform_id == "m0"


async def test_a_send_under_way_as_the_answer_is_begun_anew_may_have_arrived(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "tell me")
    await scene.store.work.claim([Channel.DISCORD], 10)
    again = await anew(scene, turn)
    first = await scene.store.platform_messages.first(again.place, again.reply)
    assert first is not None
    assert (first.platform_id, first.in_doubt) == (None, True)


async def test_what_the_former_turn_s_calls_remembered_is_taken_back(scene: Scene) -> None:
    turn = await scene.asks("EJ", "remember pizza")
    step = scene.store.steps.begin("key", turn.id, turn.asker.id, "remember", "{}")
    kept = await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("earlier", Trust.SAID))
    await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("pizza", Trust.SAID), step)
    await scene.finishes(turn)
    await anew(scene, turn)
    there = await scene.store.memories.of_owner(scene.place(DM, turn.asker), turn.asker.id)
    assert [memory.id for memory in there] == [kept.id]


async def test_another_person_s_answer_is_not_begun_anew(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "tell me", place=GENERAL)
    bob = await scene.person("Bob")
    theirs = scene.store.turns.new(bob, scene.place(GENERAL, bob), turn.session)
    assert await scene.store.revisions.begin_anew(theirs, turn.reply) is None


@pytest.mark.parametrize("off_the_record", [False, True])
async def test_what_somebody_who_has_paused_makes_of_older_words_is_not_kept(
    scene: Scene, off_the_record: bool
) -> None:
    turn = await scene.asks_and_hears("EJ", "I like pizza")
    if off_the_record:
        await scene.store.pausing.off_the_record(turn.place, turn.asker.id)
    else:
        await scene.store.people.prefer(turn.asker.id, PAUSED, True)
    assert await edits(scene, turn, "I have lost my job") is None
    assert (await scene.line_of(turn)).content == "I like pizza"


async def test_what_is_edited_or_answered_anew_in_a_channel_that_was_closed_stays_in_it(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "when is the raid?", place=GENERAL)
    closed = replace(GENERAL, readers=PartOfGuild())
    revised = await edits(scene, turn, "the raid is on Friday", closed)
    assert revised is not None
    assert revised.is_latest
    again = scene.store.turns.new(turn.asker, scene.place(closed, turn.asker), turn.session)
    assert await scene.store.revisions.begin_anew(again, turn.reply) is not None
    await scene.finishes(again, "The raid, indeed, is on Friday.")
    bob = await scene.person("Bob")
    elsewhere = replace(GENERAL, channel_id="another")
    for place, found in ((elsewhere, 0), (closed, 2)):
        question = Question(scene.place(place, bob), bob.id, "raid Friday", 5)
        assert len((await scene.store.search.find(question)).hits) == found
    await edits(scene, again, "the raid is on Friday at nine", GENERAL)  # open again: it stays there all the same
    assert (await scene.store.search.find(Question(scene.place(elsewhere, bob), bob.id, "raid", 5))).hits == ()
