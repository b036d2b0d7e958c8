"""Speaking up unasked, where a guild's admins let Ember do so: rarely, and never between two who talk.

Cheap rules come first: it is a question, to nobody, and for some seconds nobody says anything behind it. Then at most
one judgement of the background model, a yes or no; without a model there is none. What is not answered leaves no row.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.conversation.speak_gate import SpeakGate, Speaking
from bot.models.model import ModelError, ModelMessage, ModelRequest, Role, TextDelta
from bot.spending.booked_model import BookedFor, BookedModel
from bot.turn import Incoming, OwnerNow
from memory import Channel, Place, Store, StoreError
from prompts.prompt_store import PromptStore

PROMPT: Final = "ambient"
PATIENCE_SECONDS: Final = 20.0  #: for an answer by somebody else
LONGEST_QUESTION: Final = 600  #: characters
OUTPUT_TOKENS: Final = 4
JUDGEMENT_SECONDS: Final = 20.0
HOUR: Final = timedelta(hours=1)

_QUESTION: Final = re.compile(
    r"^(?:who|what|when|where|why|how|which|does|do|did|is|are|can|could|has|have|any(?:body|one)|"
    r"wer|was|wann|wo|warum|wieso|wie|welche\w?|kann|könnte|weiß|hat|habt|gibt|ist|sind)\b.*\w.*\w|\w.*\s\S.*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)

log = structlog.get_logger()

TakeUp = Callable[[Incoming], Awaitable[object]]


class Judge:
    """Asks a model whether it would help to speak up; paid by the owner, whose bot it is."""

    def __init__(self, model: BookedModel, prompts: PromptStore, owner: OwnerNow) -> None:
        self._model = model
        self._prompts = prompts
        self._owner = owner

    async def says_yes(self, incoming: Incoming) -> bool:
        """Asks once. Whatever goes wrong is a no."""
        prompt = await self._prompts.render(PROMPT, {})
        messages = (
            ModelMessage(Role.SYSTEM, prompt.text),
            ModelMessage(Role.USER, incoming.message.content[:LONGEST_QUESTION]),
        )
        account = BookedFor(None, (await self._owner()).id, incoming.message.place.guild)
        answer = ""
        try:
            request = ModelRequest(messages, (), OUTPUT_TOKENS)
            async with asyncio.timeout(JUDGEMENT_SECONDS), aclosing(self._model.stream(request, account)) as events:
                async for event in events:
                    answer += event.text if isinstance(event, TextDelta) else ""
        except (ModelError, StoreError, TimeoutError) as error:
            log.info("whether to speak up could not be judged", error=str(error))
        return answer.strip().casefold().startswith("yes")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A line that nobody has answered yet."""

    incoming: Incoming
    task: asyncio.Task[None]


class Unasked:
    """Considers what was said to nobody. One line a place waits; the next one there takes its chance."""

    def __init__(self, store: Store, gate: SpeakGate, judge: Judge | None) -> None:
        self._store = store
        self._gate = gate
        self._judge = judge
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def consider(self, incoming: Incoming, take_up: TakeUp) -> None:
        """Takes a line up a little later, if nobody else says anything and it is worth it."""
        key = incoming.message.place.key
        self.interrupted(incoming.message.place)
        if not looks_like_a_question(incoming.message.content):
            return
        task = asyncio.create_task(self._wait(incoming, take_up))
        self._waiting[key] = _Waiting(incoming, task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def interrupted(self, place: Place) -> None:
        """Somebody has said something there: what was asked before is theirs to answer."""
        waiting = self._waiting.pop(place.key, None)
        if waiting is not None:
            waiting.task.cancel()

    def edited(self, now: Incoming) -> None:
        """A line says something else: what it said is not to be answered, nor kept."""
        waiting = self._waiting.get(now.message.place.key)
        if waiting is None or waiting.incoming.message.external_id != now.message.external_id:
            return
        if waiting.incoming.message.content != now.message.content:  # it is told also when only a link was drawn
            self.interrupted(now.message.place)

    def deleted(self, channel: Channel, external_id: str) -> None:
        """A line is gone."""
        for waiting in list(self._waiting.values()):
            message = waiting.incoming.message
            if (message.place.channel, message.external_id) == (channel, external_id):
                self.interrupted(message.place)

    def drop_all(self) -> None:
        """Takes up nothing of what waits."""
        for waiting in list(self._waiting.values()):
            self.interrupted(waiting.incoming.message.place)

    async def close(self) -> None:
        """Ends what is considered."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _wait(self, incoming: Incoming, take_up: TakeUp) -> None:
        await asyncio.sleep(PATIENCE_SECONDS)
        try:
            if await self._is_worth_it(incoming):
                self._waiting.pop(incoming.message.place.key, None)  # from here on it is an answer like any other
                await take_up(replace(incoming, message=replace(incoming.message, unasked=True)))
        except StoreError as error:
            log.error("a line could not be considered", error=str(error))
        finally:
            waiting = self._waiting.get(incoming.message.place.key)
            if waiting is not None and waiting.task is asyncio.current_task():
                del self._waiting[incoming.message.place.key]

    async def _is_worth_it(self, incoming: Incoming) -> bool:
        if not await self._may(incoming):
            return False
        return self._judge is None or (await self._judge.says_yes(incoming) and await self._may(incoming))

    async def _may(self, incoming: Incoming) -> bool:
        """Whether it still may speak up: minds change while it waits and judges."""
        place = incoming.message.place
        if self._gate.decide(incoming) is not Speaking.AMBIENT:
            return False
        since = self._store.clock.now() - HOUR
        return await self._store.talk.unasked_since(place, since) < self._gate.cap(place)


def looks_like_a_question(text: str) -> bool:
    """Whether a line asks something, in English or German, or by its question mark."""
    return len(text) <= LONGEST_QUESTION and _QUESTION.search(text.strip()) is not None
