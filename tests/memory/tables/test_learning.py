"""What a turn's words teach: what may be looked at, and that it is kept in one op or not at all."""

import pytest

from memory import (
    PAUSED,
    TEACHES,
    FinishedReply,
    JobType,
    Learned,
    Memory,
    NewMemory,
    OpenTurn,
    OwnJob,
    Place,
    Told,
    Trust,
)
from memory.records import Tier
from tests.memory.scene import DM, GENERAL, STAFF, Scene

TEACHING = FinishedReply("Understood.", Trust.DERIVED, teaches=True)


async def job_of(scene: Scene, name: str, text: str, place: Place = DM) -> tuple[OpenTurn, OwnJob]:
    turn = await scene.asks_and_hears(name, text, TEACHING, place)
    (job,) = (await scene.store.work.claim_own([JobType.EXTRACTION])).jobs
    return turn, job


async def told_in(scene: Scene, name: str, text: str, place: Place = DM) -> tuple[OwnJob, Told]:
    _, job = await job_of(scene, name, text, place)
    told = await scene.store.learning.told(job)
    assert told is not None
    return job, told


async def knows(scene: Scene, name: str, content: str, place: Place) -> Memory:
    person = await scene.person(name)
    return await scene.store.memories.add(scene.place(place, person), person.id, NewMemory(content, Trust.SAID))


def fact(content: str) -> Learned:
    return Learned(content, Tier.SEMANTIC, 5, 0.9)


async def test_a_turn_that_teaches_leaves_one_job_and_any_other_none(scene: Scene) -> None:
    turn = await scene.asks("Ana", "I like tea")
    assert await scene.finishes(turn, TEACHING)
    assert not await scene.finishes(turn, TEACHING)
    await scene.asks_and_hears("Ana", "hello")
    declined = await scene.asks("Ana", "stop")
    await scene.store.turns.decline(declined.id, declined.reply)
    assert scene.rows("SELECT count(*) FROM queue WHERE type = 'extraction'") == [(1,)]
    ((payload,),) = scene.rows("SELECT payload FROM queue WHERE type = 'extraction'")
    assert "tea" not in str(payload)


async def test_only_what_is_seen_there_and_is_the_person_s_own_is_known(scene: Scene) -> None:
    await knows(scene, "Ana", "in private", DM)
    await knows(scene, "Ana", "among the staff", STAFF)
    await knows(scene, "Ana", "in general", GENERAL)
    await knows(scene, "Bob", "of Bob in general", GENERAL)
    _, told = await told_in(scene, "Ana", "I like tea", STAFF)
    assert [memory.content for memory in told.known] == ["in general", "among the staff"]
    _, told = await told_in(scene, "Ana", "I like tea", GENERAL)
    assert [memory.content for memory in told.known] == ["in general"]
    _, told = await told_in(scene, "Ana", "I like tea", DM)
    assert [memory.content for memory in told.known] == ["in general", "among the staff", "in private"]


async def want_no_more_of_it(scene: Scene, turn: OpenTurn, wish: str) -> None:
    if wish == "off the record":
        await scene.store.pausing.off_the_record(turn.place, turn.asker.id)
    else:
        await scene.store.people.prefer(turn.asker.id, wish, wish == PAUSED)


@pytest.mark.parametrize("wish", [TEACHES, PAUSED, "off the record"])
async def test_nobody_who_has_come_to_want_nothing_learned_is_learned_from(scene: Scene, wish: str) -> None:
    turn, job = await job_of(scene, "Ana", "I like tea")
    told = await scene.store.learning.told(job)
    assert told is not None
    await want_no_more_of_it(scene, turn, wish)
    assert await scene.store.learning.told(job) is None
    assert await scene.store.learning.learn(job, told, [fact("I like tea")]) == []
    assert scene.rows("SELECT count(*) FROM memories") == [(0,)]
    assert scene.rows("SELECT count(*) FROM queue WHERE type IN ('extraction', 'notice')") == [(0,)]


async def test_what_is_forgotten_before_or_meanwhile_teaches_nothing(scene: Scene) -> None:
    turn, job = await job_of(scene, "Ana", "I like tea")
    told = await scene.store.learning.told(job)
    assert told is not None
    line = await scene.line_of(turn)
    await scene.store.erasure.erase(turn.place, turn.asker.id, line.id)
    assert await scene.store.learning.learn(job, told, [fact("I like tea")]) == []
    assert await scene.store.learning.told(job) is None
    assert scene.rows("SELECT count(*) FROM memories") == [(0,)]
    assert scene.rows("SELECT count(*) FROM queue WHERE type IN ('extraction', 'notice')") == [(0,)]


async def test_a_fact_stands_where_and_when_it_was_said(scene: Scene) -> None:
    job, told = await told_in(scene, "Ana", "I like tea", GENERAL)
    (memory,) = await scene.store.learning.learn(job, told, [fact("I like tea")])
    (line,) = told.lines
    assert (memory.scopes, memory.source, memory.valid_from) == (line.scopes, line.id, line.created_at)
    assert (memory.trust, memory.owner) == (Trust.SAID, told.asker.id)
    assert await scene.store.memories.get(scene.place(GENERAL, told.asker), memory.id) == memory
    assert scene.rows("SELECT content FROM memories") == [("I like tea",)]


async def test_what_is_no_longer_in_force_is_not_ended_again(scene: Scene) -> None:
    old = await knows(scene, "Ana", "I live in Berlin", DM)
    job, told = await told_in(scene, "Ana", "I live in Rome")
    place = scene.place(DM, told.asker)
    newer = await scene.store.memories.supersede(place, told.asker.id, old.id, NewMemory("I live in Oslo", Trust.SAID))
    replacing = Learned("I live in Rome", Tier.SEMANTIC, 5, 0.9, replaces=(old.id,))
    (memory,) = await scene.store.learning.learn(job, told, [replacing])
    assert [one.id for one in await scene.store.memories.of_owner(place, told.asker.id)] == [newer.id, memory.id]
    before = await scene.store.memories.get(place, old.id)
    assert before is not None
    assert before.superseded_by == newer.id
