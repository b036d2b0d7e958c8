"""Search: what is asked is found, in one's own scopes, by one's own counts, whatever is typed."""

import asyncio
import random
import string
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import Found, Hit, ItemId, Memory, NewMemory, Person, Place, Question, Trust
from memory.stop_words import STOP_WORDS
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, Scene

NASTY = [
    '"', '""', "'", "*", "a*", "^a", "-a", "multi-agent", "a:b", "{x}:y", "NEAR(", "NEAR(a b,99999999999999)", "AND",
    "a OR OR b", "NOT a", "((((", "a)(b", "C++", ".NET", "don't", "38.101", "a\x00b", "\ud800", "a\udfffb",
    "\u202ereversed\u202c", "a\u0308\u0308\u0308\u0301", "x" * 100_000, "word " * 5_000, "(" * 5_000,
    ". " * 5_000, "a.b," * 5_000, "rank MATCH", "'; DROP TABLE messages; --", "zero\u200bwidth", "ſ", "İ",
    "words:secret", "items_fts", "rowid:1", "\n\t",
    "0000001secret", "\"0000001secret\"", " OR ".join(f"w{number}" for number in range(3_000)), "漢字" * 3_000,
]  # fmt: skip


async def remembered(scene: Scene, name: str, text: str, place: Place = DM, **more: object) -> Memory:
    person = await scene.person(name)
    return await scene.store.memories.add(scene.place(place, person), person.id, NewMemory(text, Trust.SAID, **more))  # type: ignore[arg-type]


async def found(scene: Scene, name: str, question: str, place: Place = DM, limit: int = 10) -> Found:
    person = await scene.person(name)
    return await scene.store.search.find(Question(scene.place(place, person), person.id, question, limit))


def contents(found: Found) -> list[str]:
    return [hit.item.content for hit in found.hits]


async def test_a_question_finds_the_fact_that_answers_it(scene: Scene) -> None:
    await remembered(scene, "EJ", "EJ likes pizza")
    await remembered(scene, "EJ", "EJ has a dog called Rex")
    assert contents(await found(scene, "EJ", "what pizza does EJ like"))[0] == "EJ likes pizza"
    assert contents(await found(scene, "EJ", "What is my dog's name?")) == ["EJ has a dog called Rex"]


async def test_a_question_whose_words_meet_nothing_finds_nothing(scene: Scene) -> None:
    await remembered(scene, "EJ", "EJ has a cat called Tom")
    assert contents(await found(scene, "EJ", "where is the piano?")) == []


async def test_stop_words_find_nothing_by_themselves(scene: Scene) -> None:
    await remembered(scene, "EJ", " ".join(sorted(STOP_WORDS))[:4_000])
    for question in ("what is it?", "who are you", "Was ist das?", "the AND of"):
        assert contents(await found(scene, "EJ", question)) == []


async def test_a_blank_question_gives_the_askers_newest_memories_first(scene: Scene) -> None:
    for text in ("first", "second", "third"):
        await remembered(scene, "EJ", text, GENERAL)
    await remembered(scene, "Bob", "a fact of Bob's", GENERAL)
    assert contents(await found(scene, "EJ", " \n", GENERAL, limit=2)) == ["third", "second"]


async def test_a_hit_says_why_it_was_found_and_what_it_lacks(scene: Scene) -> None:
    await remembered(scene, "EJ", "EJ likes pizza")
    (hit,) = (await found(scene, "EJ", "Which Pizza does Bob like?")).hits
    assert hit.reason == "holds Pizza, like?"
    assert hit.lacks == ("Bob",)
    assert 0 < hit.score < 1


async def test_the_item_that_holds_more_of_the_rare_words_comes_first(scene: Scene) -> None:
    for number in range(20):
        await remembered(scene, "EJ", f"pizza number {number}")
    await remembered(scene, "EJ", "saffron grows in Kashmir")
    await remembered(scene, "EJ", "pizza with saffron")
    assert contents(await found(scene, "EJ", "saffron pizza"))[:2] == ["pizza with saffron", "saffron grows in Kashmir"]


async def test_the_newer_of_equal_items_comes_first_and_a_memory_before_a_message(scene: Scene) -> None:
    await scene.asks_and_hears("EJ", "my bike is green")
    await remembered(scene, "EJ", "the bike is green")
    scene.clock.advance(timedelta(days=40))
    await scene.asks_and_hears("EJ", "that bike is green")
    assert contents(await found(scene, "EJ", "green bike"))[:3] == [
        "the bike is green",
        "that bike is green",
        "my bike is green",
    ]


async def test_a_superseded_memory_is_not_found(scene: Scene) -> None:
    old = await remembered(scene, "EJ", "EJ lives in Berlin")
    ej = scene.people["EJ"]
    await scene.store.memories.supersede(scene.place(DM, ej), ej.id, old.id, NewMemory("EJ lives in Paris", Trust.SAID))
    assert contents(await found(scene, "EJ", "where does EJ live")) == ["EJ lives in Paris"]
    (hit,) = (await found(scene, "EJ", "Berlin")).hits
    assert (hit.item.content, hit.reason) == ("EJ lives in Paris", "stands for what held Berlin")


async def test_the_message_that_a_memory_was_taken_from_is_not_shown_beside_it(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "remember that EJ likes pizza")
    line = await scene.line_of(turn)
    await remembered(scene, "EJ", "EJ likes pizza", source=line.id)
    assert contents(await found(scene, "EJ", "pizza")) == ["EJ likes pizza"]


async def test_what_the_prompt_holds_already_is_left_out(scene: Scene) -> None:
    memory = await remembered(scene, "EJ", "EJ likes pizza")
    ej = scene.people["EJ"]
    question = Question(scene.place(DM, ej), ej.id, "pizza", 10, frozenset({memory.id}))
    assert (await scene.store.search.find(question)).hits == ()


async def test_only_so_many_as_asked_for_are_found(scene: Scene) -> None:
    for number in range(5):
        await remembered(scene, "EJ", f"pizza number {number}")
    assert len((await found(scene, "EJ", "pizza", limit=3)).hits) == 3


async def test_what_is_withheld_is_counted_only_of_the_askers_own(scene: Scene) -> None:
    await remembered(scene, "EJ", "EJ likes pizza")
    await remembered(scene, "EJ", "EJ likes pizza from Napoli", OTHER_GUILD)
    await remembered(scene, "EJ", "EJ likes pizza at work", GENERAL)
    await remembered(scene, "Bob", "Bob likes pizza")
    in_guild = await found(scene, "EJ", "who likes pizza", GENERAL)
    assert contents(in_guild) == ["EJ likes pizza at work"]
    assert in_guild.withheld == 2
    assert (await found(scene, "Bob", "who likes pizza", GENERAL)).withheld == 1
    assert (await found(scene, "Ana", "who likes pizza", GENERAL)).withheld == 0
    assert (await found(scene, "EJ", "who likes pizza")).withheld == 0


async def test_what_barely_touches_the_question_is_not_counted_as_withheld(scene: Scene) -> None:
    for number in range(10):
        await remembered(scene, "EJ", f"pizza number {number}")
    assert (await found(scene, "EJ", "how tall is the giraffe with the pizza", GENERAL)).withheld == 0


async def test_words_are_found_in_the_language_they_were_said_in_and_asked_in_any(scene: Scene) -> None:
    ej = await scene.person("EJ")
    await scene.store.people.prefer(ej.id, "language", "de")
    await scene.asks_and_hears("EJ", "Wir haben zwei Häuser am See")
    assert contents(await found(scene, "EJ", "Haus"))[0] == "Wir haben zwei Häuser am See"


async def test_many_languages_do_not_take_words_from_a_long_question(scene: Scene) -> None:
    await remembered(scene, "EJ", "the saxophone is under the stairs")
    for number, language in enumerate(["de", "fr", "es", "it", "fi", "hu", "ru"]):
        person = await scene.person(f"person {number}")
        await scene.store.people.prefer(person.id, "language", language)
    words = [f"{letter}{letter}ingly" for letter in string.ascii_lowercase]
    assert contents(await found(scene, "EJ", f"{' '.join(words)} saxophones")) == ["the saxophone is under the stairs"]


async def test_chinese_and_accents_are_found(scene: Scene) -> None:
    await remembered(scene, "EJ", "我喜欢吃披萨")
    await remembered(scene, "EJ", "rendez-vous at the Café Ñandú")
    assert contents(await found(scene, "EJ", "披萨")) == ["我喜欢吃披萨"]
    assert contents(await found(scene, "EJ", "cafe nandu")) == ["rendez-vous at the Café Ñandú"]


async def _with_secrets(scene: Scene) -> Person:
    for text in ("secret of Bob", "a b c x y w1 ä ſ İ 漢字 word don't NET 38 101", "0000001secret"):
        await remembered(scene, "Bob", text)
        await scene.asks_and_hears("Bob", text, text)
    return await scene.person("EJ")


def _owners(hits: tuple[Hit, ...]) -> set[int]:
    return {hit.item.owner for hit in hits}


async def test_nasty_questions_raise_nothing_and_show_nothing_foreign(scene: Scene) -> None:
    ej = await _with_secrets(scene)
    await remembered(scene, "EJ", "a b c multi-agent C++ don't 38.101")
    for question in NASTY:
        answer = await found(scene, "EJ", question)
        assert _owners(answer.hits) <= {ej.id}, question[:40]
    for question in NASTY:
        assert (await found(scene, "EJ", question, GENERAL)).hits == ()


async def test_nasty_texts_are_stored_found_and_forgotten(scene: Scene) -> None:
    ej = await scene.person("EJ")
    for number, text in enumerate(NASTY):
        turn = await scene.asks_and_hears("EJ", f"{text} marker{number}", text or "x")
        memory = await remembered(scene, "EJ", f"marker{number} {text}"[:4_000], source=(await scene.line_of(turn)).id)
        hits = (await found(scene, "EJ", f"marker{number}")).hits
        assert memory.id in {hit.item.id for hit in hits}
        await scene.store.erasure.erase(turn.place, ej.id, memory.id)
        assert (await found(scene, "EJ", f"marker{number}")).hits == ()


SIGNS = "\"'*^:(){}-+&|! \x00\ud800aäſ漢1"
PIECES = [*(one for one in NASTY if len(one) < 100), "AND", "OR", "NOT", "NEAR", "secret*", '"secret of Bob"', "Bob"]


def hostile(choose: random.Random) -> str:
    signs = ("".join(choose.choices(SIGNS, k=choose.randint(1, 12))) for _ in range(3))
    return " ".join(choose.choices([*signs, *PIECES], k=choose.randint(1, 4)))


@pytest.mark.long
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(), st.sampled_from([DM, GENERAL]))
async def test_no_question_raises_or_shows_anything_foreign(scene: Scene, seed: int, place: Place) -> None:
    if not scene.people:
        await _with_secrets(scene)
        for where in (DM, GENERAL):
            await remembered(scene, "EJ", "a b c x 漢字 word don't NET 38 101", where)
    ej = await scene.person("EJ")
    choose = random.Random(seed)
    for number in range(100):
        question = Question(scene.place(place, ej), ej.id, hostile(choose), 10, operators=number % 2 == 0)
        answer = await scene.store.search.find(question)
        assert _owners(answer.hits) <= {ej.id}, question.text
        assert not any("secret" in hit.item.content for hit in answer.hits), question.text


async def test_foreign_items_do_not_change_what_is_found_or_in_which_order(scene: Scene) -> None:
    choose = random.Random(7)
    words = ["pizza", "saffron", "dog", "rex", "green", "bike", "piano", "paris", "summer", "train"]
    for _ in range(60):
        await remembered(scene, "EJ", " ".join(choose.sample(words, k=3)))
    questions = [" ".join(choose.sample(words, k=2)) for _ in range(15)]
    before = [[(hit.item.id, hit.score) for hit in (await found(scene, "EJ", one, limit=8)).hits] for one in questions]
    bob = await scene.person("Bob")
    place = scene.place(DM, bob)
    for start in range(0, 2_000, 500):
        await _many(scene, place, bob, [f"{choose.choice(words)} {choose.choice(words)}" for _ in range(500)], start)
    after = [[(hit.item.id, hit.score) for hit in (await found(scene, "EJ", one, limit=8)).hits] for one in questions]
    assert after == before
    assert all(before)


async def _many(scene: Scene, place: Place, person: Person, texts: list[str], start: int) -> None:
    adding = (scene.store.memories.add(place, person.id, NewMemory(f"{text} {start}", Trust.SAID)) for text in texts)
    await asyncio.gather(*adding)


async def test_an_item_is_given_in_force_or_not_but_not_once_it_is_forgotten(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "I live in Berlin")
    line = await scene.line_of(turn)
    old = await remembered(scene, "EJ", "EJ lives in Berlin", source=line.id)
    ej = scene.people["EJ"]
    place = scene.place(DM, ej)
    await scene.store.memories.supersede(place, ej.id, old.id, NewMemory("EJ lives in Paris", Trust.SAID))
    item = await scene.store.search.item(place, old.id)
    assert item is not None
    assert item.content == "EJ lives in Berlin"
    await scene.store.erasure.erase(place, ej.id, old.id)
    assert await scene.store.search.item(place, old.id) is None
    assert await scene.store.search.item(place, line.id) is None
    assert await scene.store.search.item(place, ItemId(12345)) is None


@pytest.mark.parametrize("question", ["pizza", "PIZZAS", "Pizza?", "(pizza)", "pízza"])
async def test_a_word_is_found_however_it_is_written(scene: Scene, question: str) -> None:
    await remembered(scene, "EJ", "EJ likes pizza")
    assert contents(await found(scene, "EJ", question)) == ["EJ likes pizza"]
