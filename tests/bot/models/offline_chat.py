"""A talk with the offline model, through real capabilities."""

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
from bot.models.offline_model import OfflineModel
from memory import Direction
from tests.capabilities.asking import Asking

STEP_LIMIT = 8


class Chat(Asking):
    """EJ talks with the offline model; what is said becomes an item after each turn."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    async def say(self, words: str) -> str:
        turn = [
            ModelMessage(Role.SYSTEM, "You are Ember."),
            ModelMessage(Role.USER, f"It is Saturday.\nEJ speaks.\nWords:\n{words}"),
        ]
        self.calls = []
        answer = None
        for _ in range(STEP_LIMIT):
            answer = await self._step(turn)
            if answer is not None:
                break
        assert answer is not None, "the turn ran into the step limit"
        self.memories.said(words)
        self.memories.said(answer, direction=Direction.OUT)
        return answer

    async def _step(self, turn: list[ModelMessage]) -> str | None:
        request = ModelRequest(tuple(turn), self.schemas, max_output_tokens=1000)
        events = [event async for event in OfflineModel().stream(request)]
        calls = tuple(event.call for event in events if isinstance(event, CallRequested))
        if not calls:
            assert events[-1] == Finished(FinishReason.STOP, Usage(0, 0))
            return "".join(event.text for event in events if isinstance(event, TextDelta))
        assert events[-1] == Finished(FinishReason.CALLS, Usage(0, 0))
        turn.append(ModelMessage(Role.ASSISTANT, "", calls=calls))
        for call in calls:
            result = await self.call(call.name, call.arguments)
            turn.append(ModelMessage(Role.TOOL, result.text, call_id=call.id))
        self.calls += calls
        return None

    @property
    def kept(self) -> list[str]:
        return [item.content for item in self.memories.items]
