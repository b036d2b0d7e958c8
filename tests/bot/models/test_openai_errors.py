"""Endpoints that fail: what may go better, and what is refused for good."""

import traceback
from contextlib import aclosing

import pytest

from bot.models.model import (
    Model,
    ModelError,
    ModelMessage,
    ModelRefused,
    ModelRequest,
    ModelUnavailable,
    Role,
    TextDelta,
)
from bot.models.openai_model import OpenAIModel
from tests.bot.models.listening import KEY, LONG_REPLY, REQUEST, events_of, text_of
from tests.servers.openai import OpenAIServer, Reply, call
from tests.servers.openai.exchange import Answer
from tests.servers.openai.faults import (
    Drip,
    Hang,
    RawStream,
    Refusal,
    Reset,
    drop_after,
    hang_after,
    huge_line,
    invalid_json,
    no_answer,
)
from tests.servers.openai.replies import DONE, chunk


async def unavailable(model: Model) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        await events_of(model)
    return caught.value


async def refused(model: Model) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        await events_of(model)
    return caught.value


# What may go better


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_a_busy_or_failing_endpoint_is_unavailable(server: OpenAIServer, model: OpenAIModel, status: int) -> None:
    server.queue(Refusal(status, "come back later"))
    error = await unavailable(model)
    assert "come back later" in str(error)
    assert error.retry_after_seconds is None
    assert len(server.requests) == 1, "the SDK's own retries are off"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3600", 3600), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("nan", None), ("inf", None), ("-1", None)],
)
async def test_the_time_to_wait_is_told_when_the_endpoint_names_it(
    server: OpenAIServer, model: OpenAIModel, header: str, seconds: float | None
) -> None:
    server.queue(Refusal(429, retry_after=header))
    assert (await unavailable(model)).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(Reset(), "connection to the model failed", id="reset before headers"),
        pytest.param(drop_after(2, LONG_REPLY), "connection to the model failed", id="dropped in mid-stream"),
        pytest.param(RawStream((chunk({"content": "Well"}),)), "broke off", id="end without a finish reason"),
        pytest.param(RawStream((chunk({"content": "Well"}), DONE)), "broke off", id="DONE without a finish reason"),
        pytest.param(invalid_json(), "cannot be read", id="invalid JSON"),
        pytest.param(RawStream(("null",)), "cannot be read", id="JSON of another shape"),
        pytest.param(RawStream(("[" * 100_000,)), "cannot be read", id="JSON that is too deep"),
        pytest.param(no_answer(), "answered nothing", id="no answer"),
        pytest.param(Reply((" \n",)), "answered nothing", id="nothing but blanks"),
        pytest.param(huge_line(), "far longer", id="5 MB line"),
        pytest.param(RawStream((chunk({"content": "x" * 10_000}, "stop"),)), "far longer", id="all at once"),
        pytest.param(Reply((call("remember", "x" * 10_000),)), "far longer", id="endless arguments"),
    ],
)
async def test_a_broken_answer_is_unavailable(
    server: OpenAIServer, model: OpenAIModel, fault: Answer, says: str
) -> None:
    server.queue(fault)
    assert says in str(await unavailable(model))


@pytest.mark.parametrize(
    ("fault", "first_token_seconds", "between_tokens_seconds"),
    [
        pytest.param(Hang(), 0.1, 60, id="before headers"),
        pytest.param(hang_after(0, LONG_REPLY), 0.1, 60, id="before the first token"),
        pytest.param(hang_after(2, LONG_REPLY), 60, 0.1, id="in mid-stream"),
        pytest.param(Drip(seconds_between_bytes=0.01), 60, 0.1, id="while bytes drip in"),
    ],
)
async def test_a_silent_model_is_left(
    server: OpenAIServer, fault: Answer, first_token_seconds: float, between_tokens_seconds: float
) -> None:
    server.queue(fault)
    model = OpenAIModel("test-model", KEY, server.base_url, first_token_seconds, between_tokens_seconds)
    assert "silent for too long" in str(await unavailable(model))
    await server.client_gone()
    await model.close()


async def test_what_came_before_the_break_was_told(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(drop_after(2, LONG_REPLY))
    async with aclosing(model.stream(REQUEST)) as events:
        assert [await anext(events), await anext(events)] == [TextDelta("One "), TextDelta("two ")]
        with pytest.raises(ModelUnavailable):
            await anext(events)


async def test_an_endpoint_that_nobody_answers_at_is_unavailable() -> None:
    async with OpenAIServer() as server:
        model = OpenAIModel("test-model", KEY, server.base_url)
    assert "(Connect" in str(await unavailable(model))
    await model.close()


async def test_the_next_request_goes_well_after_a_fault(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(drop_after(1, LONG_REPLY), Reset(), invalid_json())
    for _ in range(3):
        await unavailable(model)
    assert text_of(await events_of(model)) == "Hello there."


# What is refused for good


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "refuses the request"),
        (401, "does not accept the API key"),
        (402, "no credit"),
        (403, "may not use this model"),
        (404, "knows no such model"),
        (413, "too large"),
        (422, "refuses the request"),
    ],
)
async def test_a_refusal_names_the_problem(server: OpenAIServer, model: OpenAIModel, status: int, says: str) -> None:
    server.queue(Refusal(status, "the endpoint's own words"))
    error = await refused(model)
    assert says in str(error)
    assert "the endpoint's own words" in str(error)


async def test_an_error_inside_a_stream_counts_by_its_code(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(
        RawStream(({"error": {"code": 400, "message": "exceeds the context size"}},)),
        RawStream(({"error": {"code": 503, "message": "loading model"}},)),
        RawStream(({"error": {"code": "server_error", "message": "oh dear"}},)),
    )
    assert "exceeds the context size" in str(await refused(model))
    assert "loading model" in str(await unavailable(model))
    assert "oh dear" in str(await unavailable(model))


def shown(error: ModelError) -> str:
    """What a log shows of it, with all its causes."""
    return "".join(traceback.format_exception(error))


async def test_no_error_shows_the_key(server: OpenAIServer) -> None:
    server.api_key = "sk-another"
    model = OpenAIModel("test-model", KEY, server.base_url)
    error = await refused(model)
    assert "[key]" in str(error)
    assert KEY not in shown(error)
    await model.close()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        pytest.param(f"{KEY}é", ModelRefused, id="not ASCII"),
        pytest.param(f"{KEY}\nX-Header: 1", ModelUnavailable, id="a line break"),
    ],
)
async def test_a_key_that_no_header_can_hold_is_an_error_without_the_key(
    server: OpenAIServer, key: str, kind: type[ModelError]
) -> None:
    model = OpenAIModel("test-model", key, server.base_url)
    with pytest.raises(kind) as caught:
        await events_of(model)
    assert KEY not in shown(caught.value)
    assert server.requests == []
    await model.close()


@pytest.mark.parametrize("words", ["I am Zoe", "I have been at the doctor's, and it is nothing to worry about"])
async def test_an_error_that_repeats_what_was_sent_is_not_quoted(
    server: OpenAIServer, model: OpenAIModel, words: str
) -> None:
    asked = ModelRequest((ModelMessage(Role.USER, f"Speaking: Zoe\nWords:\n{words}"),), (), 100)
    server.queue(Refusal(422, f"a value is wrong; input: {{'role': 'user', 'content': '... {words}'}}"))
    with pytest.raises(ModelRefused) as caught:
        await events_of(model, asked)
    assert str(caught.value) == "the model's endpoint refuses the request (it repeats what it was sent)"


async def test_a_long_error_is_quoted_in_part(server: OpenAIServer, model: OpenAIModel) -> None:
    server.queue(Refusal(400, "x" * 100_000))
    assert len(str(await refused(model))) < 500
