"""Lines of the past: kept as they were said, by whom and when, and somebody's own alone."""

from datetime import UTC, datetime, timedelta

import pytest

from memory import Channel, Message, OneReader, PastLine, Place, Question
from tests.memory.scene import DM, GENERAL, MORNING, Scene, faults_of, opened

THEN = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)


async def take_over(scene: Scene, name: str, *texts: str, said_at: datetime = THEN, talk: str = "a") -> int:
    person = await scene.person(name)
    friend = await scene.person("a friend")
    lines = [
        PastLine(f"{name} {said_at} {at}", friend.id if at % 2 else person.id, text, said_at, talk)
        for at, text in enumerate(texts)
    ]
    return await scene.store.past_talk.take_over(person.id, lines)


async def found(scene: Scene, name: str, question: str, place: Place = DM) -> list[Message]:
    person = await scene.person(name)
    hits = (await scene.store.search.find(Question(scene.place(place, person), person.id, question, 10))).hits
    return [hit.item for hit in hits if isinstance(hit.item, Message)]


async def test_a_line_keeps_its_speaker_and_its_time_and_stands_among_those_of_then(scene: Scene) -> None:
    await scene.says("EJ", "the lighthouse again")
    assert await take_over(scene, "EJ", "I saw a lighthouse", "how tall was it?") == 2
    earlier, reply, now = sorted(await found(scene, "EJ", "lighthouse"), key=lambda line: line.id)
    assert (earlier.owner_name, reply.owner_name) == ("EJ", "a friend")
    assert (earlier.created_at, reply.created_at, now.created_at) == (THEN, THEN, MORNING)
    assert earlier.session == reply.session != now.session


async def test_a_line_is_taken_over_once(scene: Scene) -> None:
    assert await take_over(scene, "EJ", "one", "two") == 2
    assert await take_over(scene, "EJ", "one", "another two", "three") == 1
    ej = await scene.person("EJ")
    line = await scene.store.past_talk.find(scene.place(DM, ej), f"EJ {THEN} 1")
    assert line is not None
    assert line.content == "two"


async def test_lines_are_their_persons_own(scene: Scene) -> None:
    await take_over(scene, "EJ", "the lighthouse of EJ")
    await take_over(scene, "Bob", "the lighthouse of Bob")
    assert [line.content for line in await found(scene, "EJ", "lighthouse")] == ["the lighthouse of EJ"]
    for name, place in (("a friend", DM), ("EJ", GENERAL)):
        assert await found(scene, name, "lighthouse", place) == []
    bob = await scene.person("Bob")
    assert await scene.store.past_talk.find(Place(Channel.CONSOLE, OneReader(bob.id)), f"EJ {THEN} 0") is None


@pytest.mark.parametrize("said_at", [THEN, MORNING, MORNING + timedelta(days=400), datetime(1999, 1, 1, tzinfo=UTC)])
async def test_ids_of_the_past_and_of_now_are_never_the_same(scene: Scene, said_at: datetime) -> None:
    assert await take_over(scene, "EJ", *(f"line {at}" for at in range(50)), said_at=said_at) == 50
    for _ in range(20):
        await scene.says("EJ", "now")
    assert await take_over(scene, "Bob", *(f"line {at}" for at in range(50)), said_at=said_at) == 50
    assert scene.rows("SELECT count(*), count(DISTINCT id) FROM messages") == [(120, 120)]


async def test_the_index_holds_the_lines_too(scene: Scene) -> None:
    await take_over(scene, "EJ", "the lighthouse", "", "Straße")
    path = scene.path.parent / "again"
    async with opened(path) as other:
        await take_over(other, "EJ", "the lighthouse", "", "Straße")
    assert faults_of(path) == []
