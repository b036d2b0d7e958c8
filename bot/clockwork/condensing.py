"""Writes the summaries of old talk: the model's, held against what was said, or the weightiest sentences themselves."""

import asyncio
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.models.model import ModelError, ModelMessage, ModelRequest, Role, TextDelta
from bot.quoting import indented, plain_name
from bot.spending.booked_model import BookedFor, BookedModel
from memory import Direction, Message, OldTalk, OwnJob, SessionId, Store, TurnId, shares_words, weighty_words
from prompts.prompt_store import PromptStore

PROMPT: Final = "condense"
SUMMARY_LENGTH: Final = 1_500  #: characters
SOURCE_LENGTH: Final = 1_000  #: characters of one message that a model is shown
OUTPUT_TOKENS: Final = 600
DEADLINE_SECONDS: Final = 60.0  #: of one summary
SUMMARIES_A_RUN: Final = 100  #: a backlog of years is paid for bit by bit
REPLY_WEIGHT: Final = 0.5  #: what Ember answered tells less of a person than what they said

_SENTENCE: Final = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Condenser:
    """Condenses what nobody has added to for a time. With no model, summaries are made of the sentences themselves."""

    store: Store
    prompts: PromptStore
    model: BookedModel | None
    after: Callable[[], timedelta]  #: how old it is by then

    async def run(self, job: OwnJob) -> None:
        """Writes the summaries that are due, one after the other."""
        before = self.store.clock.now() - self.after()
        written, after = 0, SessionId(0)
        while True:
            old = await self.store.condensing.old_talks(before, after)
            for talk in old.talks[: SUMMARIES_A_RUN - written]:
                summary = await self._summary(talk, job)
                written += bool(summary) and await self.store.condensing.keep(talk, summary) is not None
            if old.next is None or written >= SUMMARIES_A_RUN:
                break
            after = old.next
        if written:
            log.info("old talk was condensed", summaries=written)

    async def _summary(self, talk: OldTalk, job: OwnJob) -> str:
        told = await self._told_by_model(talk, job) if self.model is not None else ""
        return supported(told, talk.messages) or weightiest(talk.messages)

    async def _told_by_model(self, talk: OldTalk, job: OwnJob) -> str:
        if self.model is None:
            return ""
        prompt = await self.prompts.render(PROMPT, {})
        lines = "\n".join(_line(message) for message in talk.messages)
        request = ModelRequest(
            (ModelMessage(Role.SYSTEM, prompt.text), ModelMessage(Role.USER, lines)), (), OUTPUT_TOKENS
        )
        account = BookedFor(TurnId(job.id), talk.owner, None)
        told = ""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), aclosing(self.model.stream(request, account)) as events:
                async for event in events:
                    told += event.text if isinstance(event, TextDelta) else ""
        except (ModelError, TimeoutError) as error:  # the sentences themselves do as well
            log.warning("a summary was not written by the model", job=job.id, error=str(error))
            return ""
        return told


def supported(told: str, said: Sequence[Message]) -> str:
    """Returns the sentences of a summary that have a weighty word in common with what was said."""
    source = "\n".join(message.content for message in said)
    language = said[0].language
    kept = [sentence for sentence in _sentences(told) if shares_words(sentence, source, language)]
    return _fitting(kept)


def weightiest(said: Sequence[Message]) -> str:
    """Returns the sentences that say most, by the rarity of their words in this talk, in the order of saying."""
    sentences = [
        (message, sentence)
        for message in said
        for sentence in _sentences(message.content)
        if not (message.direction is Direction.IN and sentence.endswith("?"))
    ]
    words = [weighty_words(sentence, message.language) for message, sentence in sentences]
    holding = Counter(word for some in words for word in some)
    weights = [
        (REPLY_WEIGHT if message.direction is Direction.OUT else 1.0)
        * sum(math.log(1 + len(words) / holding[word]) for word in some)
        / math.sqrt(len(some) or 1)
        for (message, _), some in zip(sentences, words, strict=True)
    ]
    chosen: list[int] = []
    room = SUMMARY_LENGTH
    for number in sorted(range(len(sentences)), key=lambda number: (-weights[number], number)):
        labelled = f"{_speaker(sentences[number][0])}: {sentences[number][1]}\n"
        if weights[number] and len(labelled) <= room:
            room -= len(labelled)
            chosen.append(number)
    lines = (f"{_speaker(sentences[number][0])}: {sentences[number][1]}" for number in sorted(chosen))
    return "\n".join(dict.fromkeys(lines))


def _sentences(text: str) -> list[str]:
    return [sentence for match in _SENTENCE.finditer(text) if (sentence := match[0].strip())]


def _fitting(sentences: Sequence[str]) -> str:
    kept: list[str] = []
    for sentence in sentences:
        if len(" ".join([*kept, sentence])) <= SUMMARY_LENGTH:
            kept.append(sentence)
    return " ".join(kept)


def _speaker(message: Message) -> str:
    return "Ember" if message.direction is Direction.OUT else plain_name(message.owner_name)


def _line(message: Message) -> str:
    return f"{_speaker(message)}: {indented(message.content[:SOURCE_LENGTH])}"
