"""From a line to its delivery, against a model server."""

import asyncio
import json
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from bot.conversation.conversation import CALLS_AT_ONCE, NEXT_STEP
from bot.models.model import FinishReason
from bot.sentences import Sentence
from capabilities import Context, capability
from capabilities.framework.registry import discover
from memory import Notice, Place
from tests.bot.channel_in_a_list import closed_channel, dm, open_channel, private_thread
from tests.bot.conversation.conftest import Start
from tests.bot.english import english
from tests.servers.openai import Body, OpenAIServer, Reply, call
from tests.servers.openai.faults import Refusal, Reset, drop_after, invalid_json, no_answer


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{data / 'data' / 'ember.db'}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def prompt_text(body: Body) -> str:
    return json.dumps(body["messages"], ensure_ascii=False)


async def test_the_model_remembers_and_recalls_through_its_calls(start: Start, server: OpenAIServer) -> None:
    server.answer(call("remember", {"content": "my cat is called Miso"}))
    server.answer("I'll remember that.")
    server.answer(call("recall", {"query": "cat called"}))
    server.answer("Your cat is called Miso.")
    async with start() as (_, channel):
        assert await channel.answer("my cat is called Miso", dm()) == "I'll remember that."
        assert await channel.answer("what is my cat called?", dm()) == "Your cat is called Miso."
    result = json.loads(server.requests[3]["messages"][-1]["content"])
    assert result["items"][0]["text"] == "my cat is called Miso"


async def test_calls_that_change_nothing_run_side_by_side(
    start: Start, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)

    @capability(read_only=True, timeout_seconds=5)
    async def meet(ctx: Context) -> str:
        """Wait for another call."""
        await both.wait()
        return f"{ctx.asker.name} has met somebody"

    monkeypatch.setattr("bot.app.discover", lambda: [*discover(), meet])
    server.answer(call("meet"), call("meet"))
    async with start() as (_, channel):
        await channel.answer("meet each other", dm())
    results = [message["content"] for message in server.requests[1]["messages"] if message["role"] == "tool"]
    assert results == ["EJ has met somebody"] * 2


async def test_what_is_remembered_is_recalled_into_the_next_session_prompt(start: Start, server: OpenAIServer) -> None:
    server.answer(call("remember", {"content": "my cat is called Miso"}))
    async with start() as (ember, channel):
        await channel.answer("my cat is called Miso", dm())
        person = await ember.store.people.known(channel.channel, "ej")
        assert person is not None
        await ember.store.talk.end_session(dm())
        await channel.answer("tell me about my cat", dm())
    last = server.requests[-1]["messages"][-1]["content"]
    assert "Recalled (remembered" in last
    assert "my cat is called Miso" in last
    assert last.endswith("Words:\ntell me about my cat")


@pytest.mark.parametrize(
    ("said_in", "asked_in", "asker", "seen"),
    [
        (dm("bob"), open_channel(), "bob", False),
        (dm("bob"), dm("ana"), "ana", False),
        (dm("bob"), dm("bob"), "bob", True),
        (closed_channel(), open_channel(), "bob", False),
        (closed_channel(), closed_channel("board"), "bob", False),
        (closed_channel(), closed_channel(), "ana", True),
        (closed_channel(), dm("bob"), "bob", True),
        (open_channel(), open_channel("random"), "ana", True),
        (open_channel(), closed_channel(), "ana", True),
        (open_channel(), dm("ana"), "ana", False),
        (open_channel(), open_channel(guild="other"), "ana", False),
        (private_thread("t"), open_channel(), "bob", False),
        (open_channel(), private_thread("t"), "ana", True),
    ],
)
async def test_what_was_said_stands_in_the_prompts_of_places_that_may_see_it(
    start: Start, server: OpenAIServer, said_in: Place, asked_in: Place, asker: str, seen: bool
) -> None:
    server.answer(call("remember", {"content": "the zanzibar canary sings"}))
    async with start() as (_, channel):
        await channel.answer("remember that the zanzibar canary sings", said_in, "bob")
        before = len(server.requests)
        await channel.answer("what about the zanzibar canary", asked_in, asker)
    prompts = "".join(prompt_text(body) for body in server.requests[before:])
    assert ("canary sings" in prompts) is seen


async def test_a_guild_prompt_says_who_spoke_to_whom(start: Start, server: OpenAIServer) -> None:
    server.answer("Hello Bob.")
    async with start() as (_, channel):
        await channel.answer("hello", open_channel(), "bob")
        await channel.answer("hi", open_channel(), "ana")
    lines = [message["content"] for message in server.requests[1]["messages"]]
    assert "BOB to Ember: hello" in lines
    assert "Ember to BOB: Hello Bob." in lines
    assert "Speaking: ANA to Ember" in lines[-1]


async def test_the_label_of_its_own_lines_is_cut_when_the_model_imitates_it(start: Start, server: OpenAIServer) -> None:
    server.answer("Ember to EJ: Hello.")
    async with start() as (_, channel):
        assert await channel.answer("hi", open_channel()) == "Hello."


async def test_the_receipt_holds_the_prompt_as_it_was_sent(start: Start, server: OpenAIServer) -> None:
    server.answer(call("calculate", {"expression": "2+2"}))
    server.answer("4")
    async with start() as (ember, channel):
        await channel.answer("what is 2+2", dm())
        person = await ember.store.people.known(channel.channel, "ej")
        assert person is not None
        reply = await ember.store.talk.last_reply(dm().read_by(person.id), person.id)
        assert reply is not None
        receipt = await ember.store.turns.receipt(reply)
    sent = prompt_text(server.requests[-1])
    told = [part.text for part in receipt.parts if part.kind in {"system", "frame", "words"}]
    assert all(json.dumps(text, ensure_ascii=False)[1:-1] in sent for text in told)
    assert [part.kind for part in receipt.parts][-2:] == ["call", "result"]
    assert receipt.prompt == ("ember", 1)


async def test_every_model_call_is_booked_and_never_at_zero(start: Start, server: OpenAIServer, tmp_path: Path) -> None:
    server.answer(call("calculate", {"expression": "2+2"}))
    server.queue(Reply(("4",), input_tokens=120, output_tokens=7, cached_tokens=64))
    server.queue(Refusal(401))
    server.queue(Refusal(429), Reply(("fine",), tells_usage=False))
    async with start() as (_, channel):
        await channel.answer("2+2", dm())
        await channel.answer("again", dm())
        await channel.answer("and again", dm())
    booked = rows(tmp_path, "SELECT state, input_tokens, cached_input_tokens, output_tokens FROM model_usage_stats")
    assert booked[1] == ("settled", 120, 64, 7)
    assert [state for state, *_ in booked] == ["settled", "settled", "released", "released", "settled"]
    assert booked[4][1] == rows(tmp_path, "SELECT reserved_input_tokens FROM model_usage_stats")[4][0]
    assert rows(tmp_path, "SELECT count(*) FROM model_usage_stats WHERE cost_usd IS NOT NULL") == [(0,)]


async def test_a_call_that_does_not_exist_or_cannot_be_read_goes_back_as_a_result(
    start: Start, server: OpenAIServer
) -> None:
    server.answer(call("fly", {"to": "the moon"}), call("calculate", "{not json"))
    server.answer("I could not do that.")
    async with start() as (_, channel):
        assert await channel.answer("fly!", dm()) == "I could not do that."
    results = [message["content"] for message in server.requests[1]["messages"] if message["role"] == "tool"]
    assert results[0].startswith('Failed: there is no capability "fly"')
    assert results[1].startswith("Failed: the arguments of calculate")


@pytest.mark.parametrize(
    "fault",
    [Refusal(429), Refusal(500), Reset(), no_answer(), drop_after(1, Reply(("half an answer",))), invalid_json()],
)
async def test_a_model_that_fails_is_asked_again_and_then_apologised_for(
    start: Start, server: OpenAIServer, fault: Refusal
) -> None:
    server.queue(fault, fault, Reply(("Here I am.",)))
    server.queue(fault, fault, fault)
    async with start() as (_, channel):
        assert await channel.answer("hello", dm()) == "Here I am."
        assert (await channel.answer("hello", dm())).startswith("I'm sorry, I can't think right now.")


async def test_a_turn_that_takes_too_long_ends_in_an_apology_with_an_id(start: Start, server: OpenAIServer) -> None:
    server.hold()
    async with start(turn_deadline_seconds=0.2) as (_, channel):
        answer = await channel.answer("hello", dm())
    assert answer.startswith("I'm sorry, that took me too long. (id ")


async def test_a_model_that_repeats_a_call_many_times_at_once_has_some_of_them_run(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.answer(*(call("recall", {"query": "cat"}) for _ in range(200)))
    server.answer("I know of no cat.")
    async with start() as (_, channel):
        assert await channel.answer("what is my cat called?", dm()) == "I know of no cat."
    assert rows(tmp_path, "SELECT count(*) FROM steps") == [(CALLS_AT_ONCE,)]
    results = [message["content"] for message in server.requests[1]["messages"] if message["role"] == "tool"]
    assert [result.startswith("Failed: not run") for result in results].count(True) == 200 - CALLS_AT_ONCE
    assert len(results) == 200


async def test_a_model_that_calls_for_ever_is_made_to_answer_at_the_step_limit(
    start: Start, server: OpenAIServer
) -> None:
    server.answer_with(
        lambda body: Reply((call("calculate", {"expression": "1+1"}),)) if body.get("tools") else Reply(("Enough.",))
    )
    async with start(step_limit=3) as (_, channel):
        assert await channel.answer("go on", dm()) == "Enough."
    assert len(server.requests) == 3


async def test_text_before_a_call_is_withdrawn_and_never_stored(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.answer("Let me think aloud.", call("calculate", {"expression": "2+2"}))
    server.answer("4")
    async with start(visible=True) as (_, channel):
        assert await channel.answer("2+2", dm()) == "4"
        assert channel.lives[0].withdrawn == 1
    assert rows(tmp_path, "SELECT count(*) FROM messages WHERE content LIKE '%aloud%'") == [(0,)]


async def test_a_further_line_before_the_first_word_gets_one_answer_together(
    start: Start, server: OpenAIServer
) -> None:
    server.hold()
    async with start() as (_, channel):
        await channel.say("my first line", dm())
        await server.wait_for_requests(1)
        await channel.say("my second line", dm())
        await server.client_gone()
        server.release()
        await channel.deliveries_of(1)
    assert server.requests[-1]["messages"][-1]["content"].endswith("Words:\nmy first line\nmy second line")
    assert len(channel.deliveries) == 1


async def test_a_line_that_comes_after_the_first_word_has_a_turn_of_its_own(start: Start, server: OpenAIServer) -> None:
    server.answer("one two three")
    server.answer("the second answer")
    server.hold(after_chunks=2)
    async with start(visible=True) as (_, channel):
        await channel.say("my first line", dm())
        await server.wait_for_requests(1)
        while not channel.lives[0].shown:
            await asyncio.sleep(0)
        await channel.say("my second line", dm())
        server.release()
        answers = [delivery.text for delivery in await channel.deliveries_of(2)]
    assert answers == ["one two three", "the second answer"]


async def test_people_in_a_channel_are_answered_in_the_order_of_asking(start: Start, server: OpenAIServer) -> None:
    def by_asker(body: Body) -> Reply:
        return Reply((f"for {'ANA' if 'Speaking: ANA' in prompt_text(body) else 'BOB'}",))

    server.answer_with(by_asker)
    server.hold()
    async with start() as (_, channel):
        await channel.say("I ask first", open_channel(), "ana")
        await channel.say("I ask second", open_channel(), "bob")
        await server.wait_for_requests(2)
        server.release()
        answers = [delivery.text for delivery in await channel.deliveries_of(2)]
    assert answers == ["for ANA", "for BOB"]


async def test_a_stopped_turn_gives_no_answer_and_its_call_is_paid_for(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.hold()
    async with start() as (ember, channel):
        await channel.say("tell me a long story", dm())
        await server.wait_for_requests(1)
        person = await ember.store.people.known(channel.channel, "ej")
        assert person is not None
        assert ember.router.stop(dm().read_by(person.id), person.id)
        await ember.turns.idle()
        server.release()
        assert await channel.answer("hello", dm())
    assert rows(tmp_path, "SELECT state FROM messages WHERE direction = 'in' ORDER BY id")[0] == ("declined",)
    assert rows(tmp_path, "SELECT state FROM model_usage_stats ORDER BY id")[0] == ("settled",)


async def test_a_reply_that_was_not_delivered_goes_out_at_the_next_start(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.answer("the answer")
    async with start() as (ember, channel):
        channel.broken = True
        await channel.say("hello", dm())
        await ember.turns.idle()
    assert rows(tmp_path, "SELECT state FROM messages WHERE direction = 'out'") == [("done",)]
    async with start(places=channel.places) as (_, again):
        assert [delivery.text for delivery in await again.deliveries_of(1)] == ["the answer"]
    assert len(server.requests) == 1


async def test_what_was_forgotten_stands_in_no_table_and_in_no_later_prompt(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.answer(call("remember", {"content": "my canary is called Zanzibar"}))
    server.answer("I'll remember Zanzibar.")

    def forgets(body: Body) -> Reply:
        result = json.loads(body["messages"][-1]["content"])
        if "forgotten" in result:
            return Reply(("Zanzibar is forgotten.",))
        return Reply((call("forget", {"memory_id": result["items"][0]["id"]}),))

    async with start() as (_, channel):
        await channel.answer("remember that my canary is called Zanzibar", dm())
        server.answer(call("recall", {"query": "canary called"}))
        server.answer_with(forgets)
        assert await channel.answer("forget that my canary is called Zanzibar", dm()) == english(
            Sentence.REPLY_FORGOTTEN
        )
        server.answer("I don't know.")
        await channel.answer("what is my canary called?", dm())
    assert "zanzibar" not in prompt_text(server.requests[-1]).lower()
    tables = rows(tmp_path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'items_%'")
    for (table,) in tables:
        assert "zanzibar" not in str(rows(tmp_path, f"SELECT * FROM {table}")).lower(), table
    assert rows(tmp_path, "SELECT term FROM items_vocab WHERE term LIKE '%zanzibar%'") == []


async def test_the_first_answer_to_somebody_says_that_ember_remembers(start: Start, server: OpenAIServer) -> None:
    async with start() as (_, channel):
        await channel.answer("hello", dm())
        await channel.answer("hello again", dm())
    assert channel.deliveries[0].notices == (Notice(english(Sentence.NOTICE_FIRST_CONTACT)),)
    assert channel.deliveries[1].notices == ()


async def test_a_conversation_that_outgrows_the_prompt_is_cut_to_sixty_percent_at_once(
    start: Start, server: OpenAIServer
) -> None:
    async with start(context_tokens=5_000) as (_, channel):
        sizes = []
        for number in range(40):
            await channel.answer(f"line {number} " + "and more words " * 10, dm())
            sizes.append(len(server.requests[-1]["messages"]))
    drops = [before - after for before, after in pairwise(sizes) if after < before]
    assert drops
    assert all(drop > 4 for drop in drops)


async def test_a_huge_message_is_shortened_for_the_model_and_says_so(start: Start, server: OpenAIServer) -> None:
    async with start() as (_, channel):
        await channel.answer("x" * 100_000, dm())
    assert "more characters were left out]" in server.requests[0]["messages"][-1]["content"]
    assert len(server.requests[0]["messages"][-1]["content"]) < 20_000


def test_every_finish_reason_has_a_next_step() -> None:
    assert NEXT_STEP.keys() == set(FinishReason)
