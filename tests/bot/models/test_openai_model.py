"""The model client, through the real SDK against a real endpoint: what it asks, streams and closes."""

import asyncio
import sys
from contextlib import aclosing

import pytest

from bot.models.model import (
    Call,
    Finished,
    FinishReason,
    Image,
    ModelMessage,
    ModelRequest,
    Role,
    TextDelta,
    Usage,
)
from bot.models.openai_model import OpenAIModel, output_limit
from bot.models.token_count import IMAGE_TOKENS, tokens_of_request
from capabilities.framework.schema import CapabilitySchema
from tests.bot.models.listening import KEY, LONG_REPLY, QUESTION, REQUEST, events_of, text_of
from tests.servers.openai import Body, OpenAIServer, Reply
from tests.servers.openai.faults import (
    Hang,
    hang_after,
)


async def test_a_request_carries_the_prompt_the_limit_and_the_wish_for_usage(
    server: OpenAIServer, model: OpenAIModel
) -> None:
    await events_of(model, ModelRequest((ModelMessage(Role.SYSTEM, "Be brief."), QUESTION), (), 100))
    assert server.requests == [
        {
            "model": "test-model",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What is on my list?"},
            ],
            "max_tokens": 100,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


async def test_capabilities_are_offered_as_tools(server: OpenAIServer, model: OpenAIModel) -> None:
    parameters = Body(type="object", properties={"content": {"type": "string"}})
    remember = CapabilitySchema("remember", "Remember something.", parameters)
    await events_of(model, ModelRequest((QUESTION,), (remember,), 100))
    function = {"name": "remember", "description": "Remember something.", "parameters": parameters}
    assert server.requests[0]["tools"] == [{"type": "function", "function": function}]


async def test_a_call_and_its_result_go_back_in_the_next_request(server: OpenAIServer, model: OpenAIModel) -> None:
    asked = ModelMessage(Role.ASSISTANT, "", calls=(Call("call_1", "remember", '{"content": "tea"}'),))
    result = ModelMessage(Role.TOOL, "Remembered.", call_id="call_1")
    await events_of(model, ModelRequest((QUESTION, asked, result), (), 100))
    function = {"name": "remember", "arguments": '{"content": "tea"}'}
    assert server.requests[0]["messages"] == [
        {"role": "user", "content": "What is on my list?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "Remembered.", "tool_call_id": "call_1"},
    ]


@pytest.mark.parametrize(
    ("host", "parameter"),
    [
        ("api.openai.com", "max_completion_tokens"),
        ("eu.api.openai.com", "max_completion_tokens"),
        ("notapi.openai.com.example", "max_tokens"),
        ("127.0.0.1", "max_tokens"),
    ],
)
def test_only_openai_itself_is_given_its_own_name_for_the_limit(host: str, parameter: str) -> None:
    assert output_limit(host) == parameter


async def test_an_endpoint_without_a_key_is_asked_without_one(server: OpenAIServer) -> None:
    model = OpenAIModel("test-model", "", server.base_url)
    assert text_of(await events_of(model)) == "Hello there."
    await model.close()


async def test_a_key_with_a_line_break_at_its_end_is_the_key(server: OpenAIServer) -> None:
    server.api_key = KEY
    model = OpenAIModel("test-model", f"{KEY}\n", server.base_url)
    assert text_of(await events_of(model)) == "Hello there."
    await model.close()


async def test_text_comes_piece_by_piece_and_ends_with_the_usage(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(Reply(("Milk and  bread.\n",), input_tokens=120, output_tokens=7, cached_tokens=100))
    assert await events_of(model) == [
        TextDelta("Milk "),
        TextDelta("and  "),
        TextDelta("bread.\n"),
        Finished(FinishReason.STOP, Usage(120, 7, 100)),
    ]


async def test_the_first_words_come_before_the_answer_is_whole(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(LONG_REPLY)
    server.hold(after_chunks=2)
    async with aclosing(model.stream(REQUEST)) as events:
        assert [await anext(events), await anext(events)] == [TextDelta("One "), TextDelta("two ")]
        server.release()
        assert text_of([event async for event in events]) == "three four five."


async def test_closing_the_stream_closes_the_connection(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(hang_after(1, LONG_REPLY))
    forgotten: list[object] = []
    # Else the garbage collector closes what the model forgot to close.
    sys.set_asyncgen_hooks(finalizer=forgotten.append)
    async with aclosing(model.stream(REQUEST)) as events:
        assert await anext(events) == TextDelta("One ")
    assert await server.client_gone() == server.requests[0]


async def test_a_cancelled_caller_closes_the_connection(server: OpenAIServer, model: OpenAIModel) -> None:
    server.hold(after_chunks=1)
    task = asyncio.create_task(events_of(model))
    await server.wait_for_requests(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.client_gone()


async def test_the_callers_own_deadline_is_not_taken_for_the_models(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(Hang())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await events_of(model)
    await server.client_gone()


async def test_many_conversations_run_at_once(server: OpenAIServer, model: OpenAIModel) -> None:
    server.hold()
    tasks = [asyncio.create_task(events_of(model)) for _ in range(20)]
    await server.wait_for_requests(20)
    server.release()
    assert [text_of(events) for events in await asyncio.gather(*tasks)] == ["Hello there."] * 20


async def test_images_go_out_behind_the_text_of_their_message(model: OpenAIModel, server: OpenAIServer) -> None:
    message = ModelMessage(
        Role.USER, "What is it?", images=(Image("image/png", b"\x89PNG"), Image("image/gif", b"GIF8"))
    )
    await events_of(model, ModelRequest((message,), (), 100))
    (request,) = server.requests
    assert request["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0lGOA=="}},
            ],
        }
    ]
    assert tokens_of_request(ModelRequest((message,), (), 100)) > 2 * IMAGE_TOKENS
