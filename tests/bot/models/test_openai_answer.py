"""Answers as endpoints write them: calls, finish reasons, usage, and what lacks."""

import pytest
from pydantic import JsonValue

from bot.models.model import (
    Call,
    CallRequested,
    Finished,
    FinishReason,
    ModelMessage,
    ModelRequest,
    Role,
    TextDelta,
    Usage,
)
from bot.models.openai_answer import FINISH_REASONS
from bot.models.openai_model import OpenAIModel
from tests.bot.models.listening import QUESTION, calls_of, events_of, text_of
from tests.servers.openai import Body, OpenAIServer, Reply, call
from tests.servers.openai.faults import (
    RawStream,
    drop_after,
    empty_choices,
)
from tests.servers.openai.replies import DONE, chunk


def call_chunk(**delta: JsonValue) -> JsonValue:
    return chunk({"tool_calls": [delta]})


async def test_a_call_is_put_together_from_its_pieces(server: OpenAIServer, model: OpenAIModel) -> None:
    server.answer(call("remember", {"content": "I like tea"}, "call_7"))
    assert await events_of(model) == [
        CallRequested(Call("call_7", "remember", '{"content": "I like tea"}')),
        Finished(FinishReason.CALLS, Usage(20, 5)),
    ]


async def test_several_calls_may_follow_text(server: OpenAIServer, model: OpenAIModel) -> None:
    server.answer("Let me see.", call("recall", {"query": "tea"}, "a"), call("recall", {"query": "milk"}, "b"))
    events = await events_of(model)
    assert text_of(events) == "Let me see."
    assert calls_of(events) == [Call("a", "recall", '{"query": "tea"}'), Call("b", "recall", '{"query": "milk"}')]


async def test_arguments_that_are_no_json_are_handed_on_as_the_model_wrote_them(
    server: OpenAIServer, model: OpenAIModel
) -> None:
    server.answer(call("remember", '{"content": "te'))
    assert [found.arguments for found in calls_of(await events_of(model))] == ['{"content": "te']


async def test_missing_arguments_are_an_empty_object(server: OpenAIServer, model: OpenAIModel) -> None:
    server.answer(call("list_todos", ""))
    assert [found.arguments for found in calls_of(await events_of(model))] == ["{}"]


async def test_a_finish_reason_of_stop_beside_a_call_waits_for_the_call(
    server: OpenAIServer, model: OpenAIModel
) -> None:
    server.queue(Reply((call("list_todos"),), finish_reason="stop"))
    assert (await events_of(model))[-1] == Finished(FinishReason.CALLS, Usage(20, 5))


async def test_a_finish_reason_of_calls_without_a_call_is_a_stop(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(Reply(("Nothing to do.",), finish_reason="tool_calls"))
    assert (await events_of(model))[-1] == Finished(FinishReason.STOP, Usage(20, 5))


WHOLE: Body = {"name": "recall", "arguments": '{"query": "tea"}'}
OTHER: Body = {"name": "forget", "arguments": '{"memory": 1}'}


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            (chunk({"tool_calls": [{"id": "a", "function": WHOLE}, {"id": "b", "function": OTHER}]}),),
            id="whole in one chunk, no index",
        ),
        pytest.param(
            (call_chunk(index=0, id="a", function=WHOLE), call_chunk(index=0, id="b", function=OTHER)),
            id="index 0 for every call",
        ),
        pytest.param(
            (
                call_chunk(id="a", function={"name": "recall"}),
                call_chunk(function={"arguments": '{"query":'}),
                call_chunk(function={"arguments": ' "tea"}'}),
                call_chunk(id="b", function=OTHER),
            ),
            id="no index, in pieces",
        ),
        pytest.param(
            (
                call_chunk(index=0, id="a", function={"name": "recall", "arguments": ""}),
                call_chunk(index=0, id="x", function={"name": None, "arguments": '{"query":'}),
                call_chunk(index=0, id="y", function={"arguments": ' "tea"}'}),
                call_chunk(index=1, id="b", function=OTHER),
            ),
            id="a new id with every piece",
        ),
        pytest.param(
            (
                call_chunk(index=0, id="a", function={"name": "recall", "arguments": '{"query":'}),
                call_chunk(index=1, id="b", function={"name": "forget", "arguments": '{"memory":'}),
                call_chunk(index=0, id="a", function={"name": "recall", "arguments": ' "tea"}'}),
                call_chunk(index=1, id="b", function={"name": "forget", "arguments": " 1}"}),
            ),
            id="interleaved, name and id in every piece",
        ),
        pytest.param(
            (
                call_chunk(index=0, id="a", function={"name": "recall", "arguments": {"query": "tea"}}),
                call_chunk(index=1, id="b", function={"name": "forget", "arguments": {"memory": 1}}),
            ),
            id="arguments as objects",
        ),
    ],
)
async def test_calls_are_told_apart_however_the_endpoint_writes_them(
    server: OpenAIServer, model: OpenAIModel, events: tuple[JsonValue, ...]
) -> None:
    server.queue(RawStream((*events, chunk({}, "tool_calls"), DONE)))
    assert calls_of(await events_of(model)) == [
        Call("a", "recall", '{"query": "tea"}'),
        Call("b", "forget", '{"memory": 1}'),
    ]


async def test_calls_without_an_id_are_given_ones_that_this_prompt_has_not_used(
    server: OpenAIServer, model: OpenAIModel
) -> None:
    server.queue(RawStream((call_chunk(function=WHOLE), call_chunk(function=OTHER), chunk({}, "stop"))))
    earlier = ModelMessage(Role.ASSISTANT, "", calls=(Call("call_0", "list_todos", "{}"),))
    events = await events_of(model, ModelRequest((QUESTION, earlier), (), 100))
    assert [found.id for found in calls_of(events)] == ["call_1", "call_2"]


async def test_a_call_that_the_limit_cut_off_is_not_handed_on(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(Reply(("Let me see.", call("forget_all", "")), finish_reason="length"))
    events = await events_of(model)
    assert calls_of(events) == []
    assert events[-1] == Finished(FinishReason.LENGTH, Usage(20, 5))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTERED),
        ("end_of_text_or_whatever", FinishReason.STOP),
    ],
)
async def test_finish_reasons_are_mapped_and_an_unknown_one_is_a_stop(
    server: OpenAIServer, model: OpenAIModel, said: str, reason: FinishReason
) -> None:
    server.queue(Reply(("Some text.",), finish_reason=said))
    assert (await events_of(model))[-1] == Finished(reason, Usage(20, 5))


def test_every_finish_reason_can_be_said_by_an_endpoint() -> None:
    assert set(FINISH_REASONS.values()) == set(FinishReason)


async def test_an_answer_that_was_withheld_may_be_empty(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(RawStream((chunk({}, "content_filter"), DONE)))
    assert await events_of(model) == [Finished(FinishReason.FILTERED, None)]


async def test_a_refusal_is_text(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(RawStream((chunk({"refusal": "I cannot help with that."}), chunk({}, "stop"), DONE)))
    assert text_of(await events_of(model)) == "I cannot help with that."


async def test_missing_usage_is_none(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(Reply(("Hello.",), tells_usage=False))
    assert (await events_of(model))[-1] == Finished(FinishReason.STOP, None)


async def test_usage_may_come_before_the_last_chunk(server: OpenAIServer, model: OpenAIModel) -> None:
    usage: Body = {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 5}}
    server.queue(RawStream((chunk({"content": "Hello."}), usage, chunk({}, "stop"), DONE)))
    assert (await events_of(model))[-1] == Finished(FinishReason.STOP, Usage(20, 5))


async def test_chunks_without_a_choice_are_passed_over(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(empty_choices())
    assert await events_of(model) == [TextDelta("Here."), Finished(FinishReason.STOP, None)]


async def test_a_stream_that_breaks_after_the_finish_reason_is_a_whole_answer(
    server: OpenAIServer, model: OpenAIModel
) -> None:
    server.queue(drop_after(2, Reply(("Hello.",))))
    assert await events_of(model) == [TextDelta("Hello."), Finished(FinishReason.STOP, None)]
