"""What a question found is given again without the database, for as long as it would be found again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, event

from memory import Found, ItemId, Memory, NewMemory, Place, Question, Tier, Trust, look_into_memory
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, Scene, opened
from tests.memory.word_embedding import WordEmbedding


@contextmanager
def statements() -> Iterator[list[str]]:
    run: list[str] = []

    def note(connection: object, cursor: object, sql: str, *_: object) -> None:
        run.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def remember(scene: Scene, name: str, text: str, place: Place = DM, **more: object) -> Memory:
    person = await scene.person(name)
    return await scene.store.memories.add(scene.place(place, person), person.id, NewMemory(text, Trust.SAID, **more))  # type: ignore[arg-type]


async def ask(scene: Scene, name: str, text: str, place: Place = DM, **more: object) -> Found:
    person = await scene.person(name)
    return await scene.store.search.find(Question(scene.place(place, person), person.id, text, 10, **more))  # type: ignore[arg-type]


def contents(found: Found) -> list[str]:
    return [hit.item.content for hit in found.hits]


async def test_a_question_asked_again_needs_no_database_and_counts_as_a_hit(scene: Scene) -> None:
    await remember(scene, "EJ", "EJ likes pizza")
    for question in ("pizza", " ", "pizza AND likes"):
        first = await ask(scene, "EJ", question, operators=True)
        assert contents(first) == ["EJ likes pizza"]
        with statements() as run:
            assert await ask(scene, "EJ", question, operators=True) == first
        assert run == []
    assert scene.store.health().hit_ratio["queries"] == 0.5


async def test_another_asker_place_limit_or_moment_is_another_question(scene: Scene) -> None:
    await remember(scene, "EJ", "EJ likes pizza")
    before = scene.clock.now()
    scene.clock.advance(timedelta(minutes=1))
    old = await remember(scene, "EJ", "EJ likes pizza at work", GENERAL)
    assert len((await ask(scene, "EJ", "pizza")).hits) == 2
    assert contents(await ask(scene, "EJ", "pizza", GENERAL)) == [old.content]
    assert (await ask(scene, "EJ", "pizza", GENERAL)).withheld == 1
    assert (await ask(scene, "Bob", "pizza", GENERAL)).withheld == 0
    assert contents(await ask(scene, "Bob", "pizza")) == []
    assert contents(await ask(scene, "EJ", "pizza", as_of=before)) == ["EJ likes pizza"]


async def test_what_is_written_here_or_where_the_asker_reads_alone_is_seen_at_once(scene: Scene) -> None:
    await remember(scene, "EJ", "EJ likes pizza", GENERAL)
    assert (await ask(scene, "EJ", "pizza", GENERAL)).withheld == 0
    await remember(scene, "EJ", "EJ likes pizza at home")
    assert (await ask(scene, "EJ", "pizza", GENERAL)).withheld == 1
    await scene.says("Bob", "I like pizza", GENERAL)
    assert "I like pizza" in contents(await ask(scene, "EJ", "pizza", GENERAL))
    await remember(scene, "Bob", "Bob likes pizza", OTHER_GUILD)
    with statements() as run:
        assert len((await ask(scene, "EJ", "pizza", GENERAL)).hits) == 2
    assert run == []


async def test_what_is_being_forgotten_is_never_given_again(scene: Scene) -> None:
    memory = await remember(scene, "EJ", "EJ likes pizza")
    assert contents(await ask(scene, "EJ", "pizza")) == ["EJ likes pizza"]
    cached = scene.store.search._ground.found
    assert len(cached) == 1
    await scene.store.erasure.erase(scene.place(DM, scene.people["EJ"]), scene.people["EJ"].id, memory.id)
    assert len(cached) == 0
    assert contents(await ask(scene, "EJ", "pizza")) == []


async def test_an_answer_that_something_was_forgotten_under_is_not_kept(scene: Scene) -> None:
    memory = await remember(scene, "EJ", "EJ likes pizza")
    ground = scene.store.search._ground

    def forgotten_meanwhile(*_: object) -> None:
        ground.cache.erased([ItemId(memory.id)])

    event.listen(Engine, "before_cursor_execute", forgotten_meanwhile)
    try:
        await ask(scene, "EJ", "pizza")
    finally:
        event.remove(Engine, "before_cursor_execute", forgotten_meanwhile)
    assert len(ground.found) == 0


async def test_what_a_working_memory_takes_part_in_is_not_kept_for_nobody_writes_when_its_session_ends(
    scene: Scene,
) -> None:
    received = await scene.says("EJ", "hello")
    assert received is not None
    await remember(scene, "EJ", "EJ wears a red hat", tier=Tier.WORKING, session=received.message.session)
    for question in ("red hat", " "):
        assert contents(await ask(scene, "EJ", question)) == ["EJ wears a red hat"]
    assert (await ask(scene, "EJ", "red hat", GENERAL)).withheld == 1
    assert len(scene.store.search._ground.found) == 0


async def test_yesterday_is_another_day_after_midnight_where_the_asker_is(scene: Scene) -> None:
    await scene.says("EJ", "the lighthouse is closed")
    zone = "Pacific/Auckland"  # 22:05 there
    scene.clock.advance(timedelta(hours=1, minutes=53))
    assert contents(await ask(scene, "EJ", "what did I say yesterday?", time_zone=zone)) == []
    scene.clock.advance(timedelta(minutes=3))
    assert len(scene.store.search._ground.found) == 1
    assert contents(await ask(scene, "EJ", "what did I say yesterday?", time_zone=zone)) == ["the lighthouse is closed"]


async def test_a_language_that_somebody_chooses_is_asked_in_at_once(scene: Scene) -> None:
    await remember(scene, "Bob", "Bob mag Läufe", language="de")
    assert contents(await ask(scene, "Bob", "laufen")) == []
    await scene.store.people.prefer(scene.people["Bob"].id, "language", "de")
    assert contents(await ask(scene, "Bob", "laufen")) == ["Bob mag Läufe"]


async def test_an_answer_without_meanings_is_not_kept_where_they_are_compared(scene: Scene) -> None:
    await remember(scene, "EJ", "my kitten sleeps on the sofa")
    assert contents(await ask(scene, "EJ", "feline")) == []
    scene.store.search.use_embeddings(WordEmbedding(failing=True))
    assert contents(await ask(scene, "EJ", "feline")) == []
    assert len(scene.store.search._ground.found) == 1  # the one from before


async def test_beside_a_running_ember_nothing_is_kept_for_nobody_tells_of_its_writes(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as scene:
        await remember(scene, "EJ", "EJ likes pizza")
        async with look_into_memory(tmp_path / "data", scene.clock) as looking:
            beside = Scene(tmp_path / "data", looking, scene.clock, scene.people)
            assert len((await ask(beside, "EJ", "pizza")).hits) == 1
            await remember(scene, "EJ", "EJ likes pizza with saffron")
            assert len((await ask(beside, "EJ", "pizza")).hits) == 2
