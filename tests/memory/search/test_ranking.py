"""What puts an item in its place beside its own words: neighbours, speakers, time, and what is no longer so."""

from datetime import timedelta

import pytest

from memory import Found, NewMemory, Place, Question, Thread, Trust, WholeGuild
from tests.memory.scene import DM, GENERAL, Scene

THREAD = Place(GENERAL.channel, WholeGuild(), GENERAL.channel_id, GENERAL.guild, Thread("plans"))


async def ask(scene: Scene, name: str, text: str, place: Place = DM, **more: object) -> Found:
    person = await scene.person(name)
    return await scene.store.search.find(Question(scene.place(place, person), person.id, text, 10, **more))  # type: ignore[arg-type]


def contents(found: Found) -> list[str]:
    return [hit.item.content for hit in found.hits]


async def remember(scene: Scene, name: str, text: str, place: Place = DM, **more: object) -> int:
    person = await scene.person(name)
    memory = await scene.store.memories.add(scene.place(place, person), person.id, NewMemory(text, Trust.SAID, **more))  # type: ignore[arg-type]
    return memory.id


async def correct(scene: Scene, name: str, old: int, text: str) -> None:
    person = await scene.person(name)
    await scene.store.memories.supersede(scene.place(DM, person), person.id, old, NewMemory(text, Trust.SAID))  # type: ignore[arg-type]


async def test_what_stands_next_to_an_answer_in_a_chat_between_two_is_found_behind_it(scene: Scene) -> None:
    for text in ("where shall we go", "to the lighthouse", "that was long ago", "fine", "good", "much later"):
        await scene.says("EJ", text)
    found = await ask(scene, "EJ", "the lighthouse")
    assert contents(found) == ["to the lighthouse", "that was long ago", "where shall we go", "fine", "good"]
    assert [hit.lacks for hit in found.hits] == [(), *[("lighthouse",)] * 4]
    assert found.hits[1].reason == "stands near lighthouse"
    assert found.hits[1].score < found.hits[0].score


async def test_lines_of_others_beside_an_answer_in_a_busy_channel_are_not_found(scene: Scene) -> None:
    await scene.says("Ana", "who wants tea", GENERAL)
    turn = await scene.asks_and_hears("EJ", "tell me of the lighthouse", "It is closed today.", GENERAL)
    await scene.says("Bob", "me", GENERAL)
    assert contents(await ask(scene, "EJ", "lighthouse", GENERAL)) == [
        "tell me of the lighthouse",
        "It is closed today.",
    ]
    assert turn is not None


async def test_in_a_thread_the_lines_belong_together(scene: Scene) -> None:
    await scene.says("Ana", "shall we see the lighthouse", THREAD)
    await scene.says("Bob", "on Sunday then", THREAD)
    assert contents(await ask(scene, "Ana", "lighthouse", THREAD)) == ["shall we see the lighthouse", "on Sunday then"]
    assert contents(await ask(scene, "Ana", "lighthouse")) == ["shall we see the lighthouse"]


async def test_what_the_named_person_said_comes_first_and_the_name_is_no_word(scene: Scene) -> None:
    for name in ("Melanie", "Bob", "Ana"):
        await scene.says(name, f"I painted the boat, {name} is not my name", GENERAL)
        scene.clock.advance(timedelta(days=60))
    for question in ("What did Melanie paint?", "What did Mel paint?", "what is on melanie's paint"):
        hits = (await ask(scene, "EJ", question, GENERAL)).hits
        assert hits[0].item.content.startswith("I painted the boat, Melanie"), question
        assert "by whom the question names" in hits[0].reason
    ana = await ask(scene, "Ana", "what did I paint", GENERAL)
    assert contents(ana)[0].startswith("I painted the boat, Ana")


async def test_who_does_not_speak_here_is_a_word_like_any_other(scene: Scene) -> None:
    await remember(scene, "Bob", "the parrot")
    await remember(scene, "EJ", "Bob has a parrot")
    found = await ask(scene, "EJ", "what has Bob")
    assert contents(found) == ["Bob has a parrot"]
    assert found.hits[0].reason == "holds Bob"


async def test_a_fact_about_another_lacks_the_name_that_the_question_calls(scene: Scene) -> None:
    await scene.says("Bob", "hello", GENERAL)
    await remember(scene, "EJ", "Ana likes sushi", GENERAL)
    await remember(scene, "EJ", "Bob likes noodles", GENERAL)
    hits = (await ask(scene, "EJ", "what does Bob like?", GENERAL)).hits
    assert [(hit.item.content, hit.lacks) for hit in hits] == [("Bob likes noodles", ()), ("Ana likes sushi", ("Bob",))]


async def test_a_question_of_a_time_alone_finds_what_was_said_then(scene: Scene) -> None:
    await scene.says("EJ", "the garden needs water", GENERAL)
    scene.clock.advance(timedelta(days=3))
    await scene.says("EJ", "the roof is red", GENERAL)
    scene.clock.advance(timedelta(days=1))
    await scene.says("EJ", "today we rest", GENERAL)
    # The first line was said on a Saturday, so this is Wednesday.
    for question in ("what did we talk about in #general last Tuesday?", "what was said yesterday?", "gestern?"):
        found = await ask(scene, "EJ", question, GENERAL)
        assert found.only_time, question
        assert contents(found) == ["the roof is red"], question
    assert contents(await ask(scene, "EJ", "what did we talk about in March?", GENERAL)) == []


async def test_a_day_is_a_day_where_the_asker_is(scene: Scene) -> None:
    await scene.says("EJ", "the garden needs water")  # 9:05 in London on the 21st is still the 20th in Honolulu
    assert contents(await ask(scene, "EJ", "what was said on 21 November?")) == ["the garden needs water"]
    assert contents(await ask(scene, "EJ", "what was said on 21 November?", time_zone="Pacific/Honolulu")) == []
    assert contents(await ask(scene, "EJ", "what was said on 20 November?", time_zone="Pacific/Honolulu")) != []


async def test_a_time_puts_what_is_of_it_first_and_says_what_is_not(scene: Scene) -> None:
    for text in ("the garden needs water", "the garden is dry", "the garden is green"):
        await scene.says("EJ", text)
        scene.clock.advance(timedelta(days=60))
    found = await ask(scene, "EJ", "what about the garden in January?")
    assert contents(found)[0] == "the garden is dry"
    assert [hit.of_time for hit in found.hits] == [True, False, False]


async def test_an_item_that_holds_the_date_is_of_the_time(scene: Scene) -> None:
    await remember(scene, "EJ", "the dentist comes on 3 May")
    await remember(scene, "EJ", "the plumber comes some day")
    hits = (await ask(scene, "EJ", "who comes on 3 May?")).hits
    assert [(hit.item.content, hit.of_time) for hit in hits] == [
        ("the dentist comes on 3 May", True),
        ("the plumber comes some day", False),
    ]


async def lives_in_berlin_then_paris(scene: Scene) -> None:
    received = await scene.says("EJ", "remember that I live in Berlin")
    assert received is not None
    old = await remember(scene, "EJ", "I live in Berlin", source=received.message.id)
    scene.clock.advance(timedelta(days=40))
    await correct(scene, "EJ", old, "I live in Paris")
    scene.clock.advance(timedelta(days=40))


@pytest.mark.parametrize(
    "question", ["where did I use to live?", "wo habe ich früher gewohnt, live?", "where did I live before?"]
)
async def test_what_was_once_so_is_found_when_it_is_asked_for(scene: Scene, question: str) -> None:
    await lives_in_berlin_then_paris(scene)
    found = {hit.item.content: hit for hit in (await ask(scene, "EJ", question)).hits}
    assert set(found) == {"I live in Berlin", "I live in Paris"}
    assert found["I live in Berlin"].until is not None
    assert found["I live in Berlin"].reason.endswith("until 31 December 2026")
    assert found["I live in Paris"].until is None


async def test_what_is_no_longer_so_is_not_found_nor_the_message_behind_it(scene: Scene) -> None:
    await lives_in_berlin_then_paris(scene)
    assert contents(await ask(scene, "EJ", "where do I live?")) == ["I live in Paris"]
    assert contents(await ask(scene, "EJ", "Berlin")) == ["I live in Paris"]


async def test_what_was_so_at_a_moment_is_found(scene: Scene) -> None:
    before = scene.clock.now() - timedelta(days=1)
    await lives_in_berlin_then_paris(scene)
    then = scene.clock.now() - timedelta(days=60)
    assert contents(await ask(scene, "EJ", "where do I live?", as_of=then)) == ["I live in Berlin"]
    assert contents(await ask(scene, "EJ", "where do I live?", as_of=scene.clock.now())) == ["I live in Paris"]
    assert contents(await ask(scene, "EJ", "where do I live?", as_of=before)) == []


async def test_operators_count_only_where_a_person_typed_a_search(scene: Scene) -> None:
    for text in ("a red bike", "a blue bike", "bike, red as fire", "redder things"):
        await remember(scene, "EJ", text)
    assert contents(await ask(scene, "EJ", '"red bike"', operators=True)) == ["a red bike"]
    assert set(contents(await ask(scene, "EJ", "bike NOT red", operators=True))) == {"a blue bike"}
    assert set(contents(await ask(scene, "EJ", "redd* OR blue", operators=True))) == {"redder things", "a blue bike"}
    assert len(contents(await ask(scene, "EJ", "bike NOT red"))) == 3
    assert contents(await ask(scene, "EJ", "NOT red OR", operators=True)) == contents(
        await ask(scene, "EJ", "NOT red OR")
    )


async def test_operators_see_nothing_of_others(scene: Scene) -> None:
    await remember(scene, "Bob", "a red bike")
    await remember(scene, "EJ", "a green bike")
    for typed in ("re*", '"red bike"', "red OR bike*", "bike NOT green", "0* OR a*"):
        assert all(
            hit.item.owner == scene.people["EJ"].id for hit in (await ask(scene, "EJ", typed, operators=True)).hits
        )


async def test_importance_moves_a_score_by_little(scene: Scene) -> None:
    for importance, text in ((1, "the bike is old"), (10, "the bike is new"), (5, "the bike is red and quick")):
        await remember(scene, "EJ", text, importance=importance)
    found = await ask(scene, "EJ", "bike")
    assert contents(found) == ["the bike is new", "the bike is red and quick", "the bike is old"]
    assert found.hits[0].score - found.hits[-1].score < 0.1


async def test_what_only_stands_near_an_answer_is_not_counted_as_withheld(scene: Scene) -> None:
    await scene.says("EJ", "the lighthouse is white")
    await scene.says("EJ", "it stands far away")
    assert (await ask(scene, "EJ", "lighthouse", GENERAL)).withheld == 1


async def test_what_took_the_place_of_an_answer_is_found_by_the_words_of_that(scene: Scene) -> None:
    berlin = await remember(scene, "EJ", "EJ lives in Berlin")
    await correct(scene, "EJ", berlin, "EJ moved to Rome")
    (hit,) = (await ask(scene, "EJ", "who lives where?")).hits
    assert hit.item.content == "EJ moved to Rome"
    assert (hit.reason, hit.lacks, hit.taken_over) == ("stands for what held lives", (), ("lives",))
    await correct(scene, "EJ", hit.item.id, "EJ went to Oslo")
    assert contents(await ask(scene, "EJ", "where does EJ live?")) == ["EJ went to Oslo"]
    assert contents(await ask(scene, "EJ", "where did EJ use to live?")) == ["EJ lives in Berlin"]


async def test_what_took_the_place_of_an_answer_is_found_only_where_both_may_be_seen(scene: Scene) -> None:
    berlin = await remember(scene, "EJ", "EJ lives in Berlin", GENERAL)
    await correct(scene, "EJ", berlin, "EJ moved to Rome")
    found = await ask(scene, "EJ", "where does EJ live?", GENERAL)
    assert (contents(found), found.withheld) == ([], 1)
    assert contents(await ask(scene, "EJ", "where does EJ live?")) == ["EJ moved to Rome"]
    assert contents(await ask(scene, "Bob", "where does EJ live?", GENERAL)) == []


async def test_what_was_so_at_a_moment_is_not_told_by_what_took_its_place(scene: Scene) -> None:
    berlin = await remember(scene, "EJ", "EJ lives in Berlin")
    then = scene.clock.now()
    scene.clock.advance(timedelta(days=3))
    await correct(scene, "EJ", berlin, "EJ moved to Rome")
    assert contents(await ask(scene, "EJ", "where does EJ live?", as_of=then)) == ["EJ lives in Berlin"]
    assert contents(await ask(scene, "EJ", "where does EJ live?", as_of=scene.clock.now())) == []
