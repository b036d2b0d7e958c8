"""Search by meaning: what is near is found and says so, what is far off is not, and words go on without vectors."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict

from memory import (
    Addresses,
    Channel,
    Embedder,
    Found,
    IdentityId,
    Memory,
    NewMemory,
    NothingKept,
    Place,
    Question,
    Thread,
    Trust,
    Vectors,
)
from memory.search import embedder as embedder_module
from memory.search import semantic as semantic_module
from memory.tables.embeddings import drop_vectors
from tests.memory.scene import DM, GENERAL, Scene, opened, writer_of
from tests.memory.word_embedding import WordEmbedding


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder_module, "FIRST_DELAY_SECONDS", 0.001)
    monkeypatch.setattr(embedder_module, "LONGEST_DELAY_SECONDS", 0.01)


@asynccontextmanager
async def embedding(scene: Scene, provider: WordEmbedding) -> AsyncIterator[Embedder]:
    """Gives items their vectors, as a running Ember does."""
    embedder = scene.store.search.use_embeddings(provider)
    running = asyncio.create_task(embedder.run())
    try:
        yield embedder
    finally:
        running.cancel()
        await asyncio.wait([running])


async def remembered(scene: Scene, name: str, text: str, place: Place = DM) -> Memory:
    person = await scene.person(name)
    return await scene.store.memories.add(scene.place(place, person), person.id, NewMemory(text, Trust.SAID))


async def found(scene: Scene, name: str, question: str, place: Place = DM) -> Found:
    person = await scene.person(name)
    return await scene.store.search.find(Question(scene.place(place, person), person.id, question, 10))


def contents(found: Found) -> list[str]:
    return [hit.item.content for hit in found.hits]


def vectors(scene: Scene, columns: str = "item_id, kind, part") -> list[tuple[object, ...]]:
    return scene.rows(f"SELECT {columns} FROM embeddings ORDER BY item_id, kind, part")


@contextmanager
def logged() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def test_what_means_the_same_is_found_and_says_why_and_what_it_lacks(scene: Scene) -> None:
    async with embedding(scene, WordEmbedding()) as embedder:
        await remembered(scene, "EJ", "my kitten sleeps on the sofa")
        await remembered(scene, "EJ", "the train to Rome was late")
        await embedder.idle()
        (hit,) = (await found(scene, "EJ", "which feline sleeps?")).hits
        assert hit.item.content == "my kitten sleeps on the sofa"
        assert hit.reason == "holds sleeps?; close in meaning"
        (hit,) = (await found(scene, "EJ", "the feline")).hits
        assert hit.item.content == "my kitten sleeps on the sofa"
        assert hit.reason == "close in meaning"
        assert hit.lacks == ("feline",)
        assert 0.1 <= hit.score < 1
        assert scene.store.search.semantic == "words"


async def test_without_a_provider_search_goes_by_words_and_says_so(scene: Scene) -> None:
    await remembered(scene, "EJ", "my kitten sleeps on the sofa")
    assert contents(await found(scene, "EJ", "the feline")) == []
    assert scene.store.search.semantic is None


async def test_what_is_far_off_is_not_found_and_small_words_find_nothing(scene: Scene) -> None:
    provider = WordEmbedding()
    async with embedding(scene, provider) as embedder:
        for text in ("my kitten sleeps on the sofa", "the train to Rome was late", "what is it to you"):
            await remembered(scene, "EJ", text)
        await embedder.idle()
        for question in ("where is the piano?", "what is it?", "who are you", " "):
            assert [hit for hit in (await found(scene, "EJ", question)).hits if hit.score > 0] == []
        assert provider.texts[-1] == "where is the piano?"  # the others were not even asked for


async def test_the_window_lets_an_answer_be_found_by_what_was_asked_before_it(scene: Scene) -> None:
    async with embedding(scene, WordEmbedding()) as embedder:
        await scene.asks_and_hears("EJ", "any vehicle at home?", "Tell me.")
        await scene.asks_and_hears("EJ", "two of them, both green")
        await embedder.idle()
        assert "two of them, both green" in contents(await found(scene, "EJ", "green cars"))


async def test_vectors_follow_what_is_said_while_ember_runs(scene: Scene) -> None:
    provider = WordEmbedding()
    async with embedding(scene, provider) as embedder:
        await embedder.idle()
        turn = await scene.asks_and_hears("EJ", "I have a kitten at home", "How nice for you.")
        await embedder.idle()
        line = await scene.line_of(turn)
        assert {row[0] for row in vectors(scene)} == {line.id, turn.reply}
        first = dict(scene.rows("SELECT item_id, text_hash FROM embeddings WHERE kind = 'window'"))
        await scene.asks_and_hears("EJ", "she drinks milk all day", "Good.")
        await embedder.idle()
        second = dict(scene.rows("SELECT item_id, text_hash FROM embeddings WHERE kind = 'window'"))
        assert second[line.id] == first[line.id]
        assert second[turn.reply] != first[turn.reply]  # the next line stands in its window now
        assert embedder.progress.waiting == 0
        assert set(provider.owners) == {scene.people["EJ"].id}


async def test_vectors_count_as_a_write_to_their_scopes(scene: Scene) -> None:
    memory = await remembered(scene, "EJ", "my kitten sleeps on the sofa")
    cache = scene.store.search._ground.cache
    before = cache.counters(memory.scopes)
    async with embedding(scene, WordEmbedding()) as embedder:
        await embedder.idle()
    assert cache.counters(memory.scopes) != before  # what a question found before may have missed it


async def test_every_item_has_a_window_and_its_sentences_and_is_embedded_once(scene: Scene) -> None:
    provider = WordEmbedding()
    for number in range(30):
        await remembered(scene, "EJ", f"I saw film number {number}. It was long enough.")
    await remembered(scene, "EJ", "EJ")  # nothing but a name
    async with embedding(scene, provider) as embedder:
        await embedder.idle()
    assert len(vectors(scene)) == 30 * 3 + 1
    texts = len(provider.texts)
    async with embedding(scene, provider) as embedder:
        await embedder.idle()
    assert len(provider.texts) == texts


async def test_the_newest_items_come_first(scene: Scene) -> None:
    for number in range(40):
        await remembered(scene, "EJ", f"film number {number}")
    provider = WordEmbedding()
    async with embedding(scene, provider) as embedder:
        await embedder.idle()
    order = [text for text in dict.fromkeys(provider.texts) if text.startswith("film")]
    assert order == [f"film number {number}" for number in reversed(range(40))]


async def test_another_model_gives_new_vectors_while_search_goes_on_by_words(scene: Scene) -> None:
    await remembered(scene, "EJ", "my kitten sleeps on the sofa")
    async with embedding(scene, WordEmbedding("old")) as embedder:
        await embedder.idle()
    slow = WordEmbedding("new", held="sofa")
    slow.going_on.clear()
    async with embedding(scene, slow) as embedder:
        await slow.wait_for_texts(1)
        assert contents(await found(scene, "EJ", "the kitten")) == ["my kitten sleeps on the sofa"]
        assert contents(await found(scene, "EJ", "the feline")) == []
        slow.going_on.set()
        await embedder.idle()
        assert set(vectors(scene, "model")) == {("new",)}
        assert contents(await found(scene, "EJ", "the feline")) == ["my kitten sleeps on the sofa"]


async def test_an_item_without_vectors_yet_is_not_behind_those_that_have_some(scene: Scene) -> None:
    async with embedding(scene, WordEmbedding()) as embedder:
        for number in range(5):
            await remembered(scene, "EJ", f"pizza was eaten on day {number}")
        await embedder.idle()
    async with opened_provider_only(scene):
        await remembered(scene, "EJ", "saffron pizza")
        assert contents(await found(scene, "EJ", "saffron pizza"))[0] == "saffron pizza"


@asynccontextmanager
async def opened_provider_only(scene: Scene) -> AsyncIterator[None]:
    """Questions are compared, and nothing gets new vectors."""
    scene.store.search.use_embeddings(WordEmbedding())
    yield


async def test_vectors_that_were_dropped_are_made_again_and_nothing_else_is_lost(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        item = await remembered(scene, "EJ", "my kitten sleeps on the sofa")
        async with embedding(scene, WordEmbedding()) as embedder:
            await embedder.idle()
    with writer_of(tmp_path) as writer:
        writer.begin()
        drop_vectors(writer.core, [item.id])
        writer.commit()
    async with opened(tmp_path) as scene:
        assert vectors(scene) == []
        scene.people["EJ"] = await scene.person("EJ")
        assert contents(await found(scene, "EJ", "the kitten")) == ["my kitten sleeps on the sofa"]
        async with embedding(scene, WordEmbedding()) as embedder:
            await embedder.idle()
            assert contents(await found(scene, "EJ", "the feline")) == ["my kitten sleeps on the sofa"]


async def test_what_is_forgotten_has_no_vectors_and_stands_in_no_window(scene: Scene) -> None:
    provider = WordEmbedding()
    async with embedding(scene, provider) as embedder:
        await scene.asks_and_hears("EJ", "good morning to all of you", "Morning, what is new?")
        secret = await scene.asks_and_hears("EJ", "the passport lies under the piano", "Noted, thanks a lot.")
        await scene.asks_and_hears("EJ", "my bike is green now", "Nice colour, I think.")
        await embedder.idle()
        assert any("the passport lies" in hit for hit in contents(await found(scene, "EJ", "piano")))
        line = await scene.line_of(secret)
        before = dict(scene.rows("SELECT item_id, text_hash FROM embeddings WHERE kind = 'window'"))
        provider.texts.clear()
        await scene.store.erasure.erase(secret.place, scene.people["EJ"].id, line.id)
        await scene.store.erasure.finish()
        assert line.id not in {row[0] for row in vectors(scene)}
        await embedder.idle()
        after = dict(scene.rows("SELECT item_id, text_hash FROM embeddings WHERE kind = 'window'"))
        assert len(after) == len(before) - 1
        assert before[line.id] not in after.values()
        assert all("passport" not in text for text in provider.texts)
        assert sum(after[item] != before[item] for item in after) == 2  # the two that stood beside it
        assert contents(await found(scene, "EJ", "under the piano passport")) == []


async def test_what_is_forgotten_while_it_is_embedded_gets_no_vectors(scene: Scene) -> None:
    provider = WordEmbedding()
    provider.going_on.clear()
    turn = await scene.asks_and_hears("EJ", "the passport lies under the piano")
    line = await scene.line_of(turn)
    async with embedding(scene, provider) as embedder:
        await provider.wait_for_texts(1)
        await scene.store.erasure.erase(turn.place, scene.people["EJ"].id, line.id)
        provider.going_on.set()
        await embedder.idle()
        assert {row[0] for row in vectors(scene)} == {turn.reply}
        assert all("passport" not in text for text in provider.texts[3:])


async def test_a_provider_that_fails_leaves_search_to_the_words_and_is_told_once(scene: Scene) -> None:
    await remembered(scene, "EJ", "my kitten sleeps on the sofa")
    provider = WordEmbedding(failing=True)
    with logged() as lines:
        async with embedding(scene, provider) as embedder:
            await embedder.idle()
            for _ in range(3):
                assert contents(await found(scene, "EJ", "the kitten")) == ["my kitten sleeps on the sofa"]
            provider.failing = False
            await provider.wait_for_answers(1)
            await embedder.idle()
            assert contents(await found(scene, "EJ", "the feline")) == []  # questions rest after a failure
            scene.clock.advance(timedelta(seconds=semantic_module.REST_SECONDS))
            assert contents(await found(scene, "EJ", "the feline")) == ["my kitten sleeps on the sofa"]
    told = [line["event"] for line in lines if line["log_level"] == "warning"]
    assert sorted(told) == ["items get no vectors for now", "search goes by words alone for now"]


class _CannotBook(WordEmbedding):
    """What a provider that pays comes to while the disk is full."""

    async def embed(self, texts: Sequence[str], owner: IdentityId) -> Vectors:
        raise NothingKept(cause="database or disk is full")


async def test_a_question_that_cannot_be_booked_is_answered_by_words(scene: Scene) -> None:
    await remembered(scene, "EJ", "my kitten is asleep")
    async with embedding(scene, _CannotBook()):
        assert contents(await found(scene, "EJ", "kitten")) == ["my kitten is asleep"]


async def test_a_provider_that_hangs_keeps_no_question_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic_module, "QUESTION_SECONDS", 0.01)
    await remembered(scene, "EJ", "my kitten sleeps on the sofa")
    provider = WordEmbedding()
    provider.going_on.clear()
    scene.store.search.use_embeddings(provider)
    assert contents(await found(scene, "EJ", "the kitten")) == ["my kitten sleeps on the sofa"]
    asked = len(provider.texts)
    assert contents(await found(scene, "EJ", "a kitten")) == ["my kitten sleeps on the sofa"]
    assert len(provider.texts) == asked  # the second one did not even try


async def test_a_question_that_is_a_long_text_is_cut_for_the_provider(scene: Scene) -> None:
    provider = WordEmbedding()
    async with embedding(scene, provider):
        await found(scene, "EJ", "which cat " * 1_000)
    assert [len(text) for text in provider.texts] == [semantic_module.QUESTION_LENGTH]


async def test_vectors_without_a_single_number_are_refused(scene: Scene) -> None:
    async with embedding(scene, WordEmbedding(dimension=None, length=0)) as embedder:
        await remembered(scene, "EJ", "my kitten is asleep")
        await embedder.idle()
    assert vectors(scene) == []


async def test_vectors_of_another_length_are_refused(scene: Scene) -> None:
    await remembered(scene, "EJ", "my kitten sleeps on the sofa")
    async with embedding(scene, WordEmbedding(length=8)) as embedder:
        await embedder.idle()
        assert vectors(scene) == []
        assert contents(await found(scene, "EJ", "the kitten")) == ["my kitten sleeps on the sofa"]


async def test_a_model_whose_vectors_have_another_length_now_embeds_all_anew(scene: Scene) -> None:
    for text in ("my kitten sleeps on the sofa", "the train was late"):
        await remembered(scene, "EJ", text)
    async with embedding(scene, WordEmbedding(dimension=None, length=256)) as embedder:
        await embedder.idle()
    async with embedding(scene, WordEmbedding(dimension=None, length=32)) as embedder:
        assert contents(await found(scene, "EJ", "the feline")) == []
        await remembered(scene, "EJ", "one more thing to know")
        await embedder.idle()
        assert set(vectors(scene, "dimension")) == {(32,)}
        assert contents(await found(scene, "EJ", "the feline")) == ["my kitten sleeps on the sofa"]


async def test_an_item_that_the_provider_refuses_does_not_hold_back_the_others(scene: Scene) -> None:
    for number in range(20):
        await remembered(scene, "EJ", f"film number {number}" if number != 18 else "a poisoned text is here")
    provider = WordEmbedding(refused="poisoned")
    async with embedding(scene, provider) as embedder:
        await provider.wait_for_answers(19)
        await embedder.idle()
        assert len({row[0] for row in vectors(scene)}) == 19


async def test_a_question_is_embedded_once_in_two_hours(scene: Scene) -> None:
    provider = WordEmbedding()
    scene.store.search.use_embeddings(provider)
    for _ in range(3):
        await found(scene, "EJ", "the feline sleeps")
    assert provider.texts == ["the feline sleeps"]
    scene.clock.advance(timedelta(hours=2, seconds=1))
    await found(scene, "EJ", "the feline sleeps")
    assert len(provider.texts) == 2


async def test_whom_a_question_names_is_left_out_of_what_is_compared(scene: Scene) -> None:
    provider = WordEmbedding()
    await scene.asks_and_hears("EJ", "I have a kitten at home", place=GENERAL)
    await scene.person("Bob")
    scene.store.search.use_embeddings(provider)
    await found(scene, "Bob", "What is EJ's feline called?", GENERAL)
    assert provider.texts == ["What is my feline called?"]


async def test_in_a_channel_of_many_only_the_lines_of_a_turn_stand_in_a_window(scene: Scene) -> None:
    provider = WordEmbedding()
    await scene.asks_and_hears("EJ", "my kitten sleeps all day", "She must be old.", GENERAL)
    await scene.asks_and_hears("Bob", "trains to Rome are late", "So they say.", GENERAL)
    async with embedding(scene, provider) as embedder:
        await embedder.idle()
    assert "my kitten sleeps all day She must be old." in provider.texts
    assert not [text for text in provider.texts if "old" in text and "trains" in text]


async def test_a_window_with_lines_of_others_stands_only_where_they_were_said(scene: Scene) -> None:
    thread = Place(Channel.EMAIL, Addresses(frozenset({"ej@x", "bob@x"})), thread=Thread("letter"))
    await scene.says("EJ", "my kitten sleeps all day", thread)
    await scene.says("Bob", "trains to Rome are late", thread)
    await scene.says("EJ", "nobody else was there then")
    async with embedding(scene, WordEmbedding()) as embedder:
        await embedder.idle()
        together = scene.rows(
            "SELECT count(*) FROM embeddings JOIN messages ON id = item_id WHERE kind = 'window'"
            " AND embeddings.owner_scope_id <> messages.owner_scope_id"
        )
        assert together == [(2,)]
        # EJ's own line is found in EJ's DM by what it says, and not by what Bob said beside it.
        assert contents(await found(scene, "EJ", "the feline")) == ["my kitten sleeps all day"]
        assert contents(await found(scene, "EJ", "the train to Rome")) == []


async def test_another_scopes_vectors_are_never_compared(scene: Scene) -> None:
    async with embedding(scene, WordEmbedding()) as embedder:
        await remembered(scene, "Bob", "my kitten sleeps on the sofa")
        await remembered(scene, "EJ", "my kitten plays in the garden", GENERAL)
        await embedder.idle()
        assert contents(await found(scene, "EJ", "the feline")) == ["my kitten plays in the garden"]
        assert contents(await found(scene, "Bob", "the feline")) == ["my kitten sleeps on the sofa"]
        assert contents(await found(scene, "Bob", "the feline", GENERAL)) == ["my kitten plays in the garden"]
        assert (await found(scene, "Ana", "the feline")).hits == ()
