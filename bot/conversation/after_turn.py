"""After a turn: what its person said is looked through for facts, and what is new is kept.

    job -> their own statements -> candidates (by rules, or a model) -> supported? known? -> one op -> a quiet notice

Nothing of it holds a reply up. The op that keeps what was found ends the job, so a process that dies anywhere leaves
either the job or its effect.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final, Protocol

import structlog

from bot.conversation.candidates import Candidate, by_rules, compared, proposals, supported
from bot.conversation.statements import statements
from bot.models.model import ModelMessage, ModelRefused, ModelRequest, Role, TextDelta
from bot.models.offline_rules import Intent, understood
from bot.spending.booked_model import BookedFor, BookedModel
from bot.turn import short_id
from memory import Memory, OwnJob, Store, Told, Trust, weighty_words
from prompts.prompt_store import PromptStore

PROMPT: Final = "extraction"
SECONDS: Final = 60.0  #: for a model's whole answer; the job is tried again later
OUTPUT_TOKENS: Final = 800
KNOWN_SHOWN: Final = 12  #: memories, of those that share the most words with what was said

#: Of these nothing is learned; a model need not be asked.
_EMPTY: Final = {Intent.GREETING, Intent.THANKS, Intent.FAREWELL, Intent.WELL_BEING, Intent.HELP, Intent.CALCULATE}

log = structlog.get_logger()


def _may_tell(sentence: str) -> bool:
    return understood(sentence).intent not in _EMPTY


class Proposer(Protocol):
    """Finds candidates in what somebody said."""

    async def candidates(self, told: Told, sentences: Sequence[str]) -> list[Candidate]: ...


class AfterTurn:
    """Learns from turns; `wake` has what was learned told to its person."""

    def __init__(self, store: Store, proposer: Proposer, wake: Callable[[], None]) -> None:
        self._store = store
        self._proposer = proposer
        self._wake = wake

    async def extract(self, job: OwnJob) -> None:
        """Learns from the turn of a job. Raises ModelError, TimeoutError, StoreError: it is tried again."""
        told = await self._store.learning.told(job)
        sentences = [one for one in statements(told.words) if _may_tell(one)] if told is not None else []
        if told is None or not sentences:
            return
        candidates = await self._proposer.candidates(told, sentences)
        # In a thread: with a thousand memories to compare with, the loop would stand still for too long.
        learned = await asyncio.to_thread(compared, candidates, told)
        if learned and await self._store.learning.learn(job, told, learned):
            self._wake()


class ByRules:
    """Reads the obvious, without a model."""

    async def candidates(self, told: Told, sentences: Sequence[str]) -> list[Candidate]:
        return await asyncio.to_thread(by_rules, told)


class ByModel:
    """Asks a model, and believes it only what the words themselves say."""

    def __init__(self, model: BookedModel, prompts: PromptStore) -> None:
        self._model = model
        self._prompts = prompts

    async def candidates(self, told: Told, sentences: Sequence[str]) -> list[Candidate]:
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._answer(told, sentences)
        except ModelRefused as error:  # asking again would not help
            log.warning("no model reads what was said; the rules do", turn=short_id(told.turn), error=str(error))
            return await asyncio.to_thread(by_rules, told)
        proposed = proposals(answer)
        kept = supported(proposed, sentences, told.asker)
        if len(kept) < len(proposed):
            log.info("facts that nobody said were dropped", turn=short_id(told.turn), count=len(proposed) - len(kept))
        return kept

    async def _answer(self, told: Told, sentences: Sequence[str]) -> str:
        prompt = await self._prompts.render(PROMPT, {"name": " ".join(told.asker.name.split())[:64]})
        messages = (
            ModelMessage(Role.SYSTEM, prompt.text),
            ModelMessage(Role.USER, "\n".join((*_known_lines(told, sentences), "Words:", *sentences))),
        )
        request = ModelRequest(messages, capabilities=(), max_output_tokens=OUTPUT_TOKENS)
        answer = ""
        async with aclosing(self._model.stream(request, BookedFor(told.turn, told.asker.id, told.guild))) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    answer += event.text
        return answer


def _known_lines(told: Told, sentences: Sequence[str]) -> list[str]:
    """Returns what is known about the same things; nothing that came from anybody else."""
    language = told.asker.language
    words = weighty_words(" ".join(sentences), language)

    def shared(memory: Memory) -> int:
        return len(words & weighty_words(memory.content, language))

    near = sorted((memory for memory in told.known if memory.trust is not Trust.EXTERNAL), key=shared, reverse=True)
    lines = [f"- {memory.id}: {' '.join(memory.content.split())[:300]}" for memory in near[:KNOWN_SHOWN]]
    return ["Known already:", *lines] if lines else []
