"""What the tests of the models ask, and what they hear."""

from bot.models.model import (
    Call,
    CallRequested,
    Model,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    Role,
    TextDelta,
)
from tests.servers.openai import Reply

KEY = "sk-test-0123456789abcdef"
QUESTION = ModelMessage(Role.USER, "What is on my list?")
REQUEST = ModelRequest(messages=(QUESTION,), capabilities=(), max_output_tokens=100)
LONG_REPLY = Reply(("One two three four five.",))


async def events_of(model: Model, request: ModelRequest = REQUEST) -> list[ModelEvent]:
    return [event async for event in model.stream(request)]


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls_of(events: list[ModelEvent]) -> list[Call]:
    return [event.call for event in events if isinstance(event, CallRequested)]
