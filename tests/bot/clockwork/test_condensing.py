"""Summaries of old talk: the model's as far as what was said supports it, else the weightiest sentences."""

from datetime import UTC, datetime, timedelta

from bot.clockwork.condensing import SUMMARY_LENGTH, Condenser, supported, weightiest
from bot.models.openai_model import OpenAIModel
from bot.spending.booked_model import BookedModel
from memory import JobType, Message, OwnJob, Question
from memory.tables.jobs import JobId
from prompts.prompt_store import PromptStore, shipped_prompts
from tests.memory.scene import DM, Scene
from tests.servers.openai import OpenAIServer, Reply
from tests.servers.openai.faults import drop_after

JOB = OwnJob(JobId(77), JobType.CONDENSING, "", 1, datetime(2026, 1, 1, tzinfo=UTC))
MONTH = timedelta(days=31)
SAID = (
    ("I adopted a grey cat called Miso. She sleeps a lot!", "Welcome, Miso."),
    ("what should I feed her?", "Ask your vet about it."),
    ("my sister Lena visits us in Hamburg in May", "How nice."),
    ("ok", "Good."),
)


async def talked(scene: Scene, said: tuple[tuple[str, str], ...] = SAID) -> None:
    for line, reply in said:
        await scene.asks_and_hears("EJ", line, reply)
    scene.clock.advance(MONTH)


async def condenser(scene: Scene, server: OpenAIServer | None = None) -> Condenser:
    prompts = PromptStore(scene.store.prompts)
    await prompts.seed(shipped_prompts())
    model = BookedModel(OpenAIModel("m", "", str(server.base_url)), scene.store.ledger) if server else None
    return Condenser(scene.store, prompts, model, lambda: timedelta(days=30))


async def found(scene: Scene, word: str) -> list[str]:
    ej = await scene.person("EJ")
    hits = await scene.store.search.find(Question(scene.place(DM, ej), ej.id, word, 10))
    return [hit.item.content for hit in hits.hits]


async def the_talk(scene: Scene) -> tuple[Message, ...]:
    old = await scene.store.condensing.old_talks(scene.clock.now() - timedelta(days=30))
    return old.talks[0].messages


async def test_with_no_model_the_weightiest_sentences_stand_for_the_talk(scene: Scene) -> None:
    await talked(scene)
    await (await condenser(scene)).run(JOB)
    (summary,) = await found(scene, "cat")
    assert "EJ: I adopted a grey cat called Miso." in summary.splitlines()
    assert "EJ: my sister Lena visits us in Hamburg in May" in summary.splitlines()
    assert "feed" not in summary
    for question in ("Lena", "Hamburg", "what is my cat called"):
        assert await found(scene, question) == [summary]
    assert scene.rows("SELECT count(*) FROM model_usage_stats") == [(0,)]


async def test_the_model_s_sentences_stay_as_far_as_what_was_said_supports_them(scene: Scene) -> None:
    await talked(scene)
    async with OpenAIServer() as server:
        server.answer("EJ has a cat called Miso. The stock market crashed. Lena visits in May.")
        await (await condenser(scene, server)).run(JOB)
        (request,) = server.requests
    assert await found(scene, "Miso") == ["EJ has a cat called Miso. Lena visits in May."]
    shown = request["messages"]
    assert [message["role"] for message in shown] == ["system", "user"]
    assert shown[1]["content"].splitlines()[0] == "EJ: I adopted a grey cat called Miso. She sleeps a lot!"
    assert scene.rows("SELECT turn_id, state FROM model_usage_stats") == [(JOB.id, "settled")]


async def test_a_model_that_fails_or_makes_it_up_leaves_the_sentences_themselves(scene: Scene) -> None:
    for answer in (drop_after(2, Reply(("EJ has a cat. And more.",))), Reply(("The stock market crashed.",))):
        await talked(scene)
        async with OpenAIServer() as server:
            server.queue(answer)
            await (await condenser(scene, server)).run(JOB)
    assert len([text for text in await found(scene, "Miso") if text.startswith("EJ: I adopted")]) >= 1
    assert scene.rows("SELECT count(*) FROM memories") == [(2,)]


async def test_a_summary_is_bounded_and_says_nothing_twice(scene: Scene) -> None:
    said = tuple((f"fact number {number} about zebra {number % 5} " + "word " * 40, "Yes.") for number in range(25))
    await talked(scene, said)
    messages = await the_talk(scene)
    summary = weightiest(messages)
    assert 0 < len(summary) <= SUMMARY_LENGTH
    assert len(set(summary.splitlines())) == len(summary.splitlines())
    assert 0 < len(supported("zebra " * 30 + ". " + "zebra facts. " * 200, messages)) <= SUMMARY_LENGTH


async def test_recent_talk_is_not_shown_to_any_model(scene: Scene) -> None:
    await talked(scene)
    scene.clock.advance(-MONTH)
    async with OpenAIServer() as server:
        await (await condenser(scene, server)).run(JOB)
        assert server.requests == []
