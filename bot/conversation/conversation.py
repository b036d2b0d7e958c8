"""Answers a turn: the model is asked, its calls are run side by side, until it answers or a limit ends it.

A turn always ends with a reply, or with a short honest apology that carries the turn's id.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from typing import Final

import stamina
import structlog

from bot.block_handle import BlockHandle
from bot.channel import ChannelAdapter, LiveReply
from bot.conversation.listening import Listening
from bot.conversation.prompt import call_part, messages_of, result_part
from bot.conversation.prompt_builder import Prompt, PromptBuilder, reply_label
from bot.conversation.statements import own_lines
from bot.conversation.surrounding_parts import without_surroundings
from bot.delivery.outbox import Outbox
from bot.handles import MemoryHandle, TurnRecord
from bot.models.model import (
    Call,
    CallRequested,
    Finished,
    FinishReason,
    ModelError,
    ModelRequest,
    ModelUnavailable,
    TextDelta,
)
from bot.sentences import Sentence, Sentences
from bot.spending.booked_model import BookedFor, BookedModel
from bot.turn import Asked, OwnerNow, short_id
from capabilities import Context
from capabilities.framework.arguments import canonical_arguments
from capabilities.framework.runner import CallResult, Runner
from capabilities.framework.step_key import step_key
from memory import (
    FORGOTTEN,
    REDACTED,
    FinishedReply,
    ItemId,
    Notice,
    OpenTurn,
    Part,
    PartKind,
    StepDone,
    Store,
    Trust,
)

MODEL_ATTEMPTS: Final = 3
CALLS_AT_ONCE: Final = 16  #: of one answer; small models sometimes repeat a call until they are cut off
LONGEST_WAIT_SECONDS: Final = 20.0  #: a provider that asks for more gets no further attempt in this turn

log = structlog.get_logger()


class Step(StrEnum):
    """What follows a model's answer."""

    REPLY = "reply"  #: it is the reply
    CALL = "call"  #: run the calls and ask again
    SHORTEN = "shorten"  #: it is the reply as far as it goes
    APOLOGISE = "apologise"  #: there is nothing to show


NEXT_STEP: Final = {
    FinishReason.STOP: Step.REPLY,
    FinishReason.CALLS: Step.CALL,
    FinishReason.LENGTH: Step.SHORTEN,
    FinishReason.FILTERED: Step.APOLOGISE,
}


class EndTheTurn(Exception):
    """The turn has no answer; the sentence is what its person is told."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a turn ends."""

    steps: int  #: model calls
    deadline_seconds: float
    output_tokens: int  #: of one model call


@dataclass(slots=True)
class Progress:
    """Whether a further line of the asker can still join the turn, and whether it can be stopped."""

    committed: bool = False  #: a word was shown, or a call ran
    ended: bool = False  #: its answer is being kept, and goes out


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a model call came to."""

    text: str
    calls: tuple[Call, ...]
    reason: FinishReason


@dataclass(slots=True)
class _Turn:
    """A turn while it is being answered."""

    asked: Asked
    record: TurnRecord
    live: LiveReply
    progress: Progress
    done: Mapping[str, StepDone]  #: calls of an earlier attempt, by key
    equal_calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def open(self) -> OpenTurn:
        return self.asked.turn


class Conversation:
    """Answers turns. `limits` are asked for anew each turn; `owner` may use the capabilities for the owner alone."""

    def __init__(
        self,
        store: Store,
        listening: Listening,
        builder: PromptBuilder,
        model: BookedModel,
        runner: Runner,
        outbox: Outbox,
        sentences: Sentences,
        limits: Callable[[], Limits],
        owner: OwnerNow,
    ) -> None:
        self._store = store
        self._listening = listening
        self._builder = builder
        self._model = model
        self._runner = runner
        self._outbox = outbox
        self._sentences = sentences
        self._limits = limits
        self._owner = owner

    async def answer(self, asked: Asked, adapter: ChannelAdapter, live: LiveReply, progress: Progress) -> None:
        """Answers a turn that was opened, with an apology if need be. Raises StoreError when that cannot be kept."""
        if asked.paused and not asked.words.strip():  # a process ended, and with it the words
            await self._finish(asked.turn, progress, FinishedReply("", Trust.DERIVED, paused=True))
            return
        if not asked.words.strip():  # a process ended between forgetting what was said and saying so
            forgotten = self._said(asked.turn, Sentence.REPLY_FORGOTTEN)
            await self._finish(asked.turn, progress, FinishedReply(forgotten, Trust.DERIVED))
            return
        record = TurnRecord(words=own_lines(asked.words), source=asked.lines[-1].id, paused=asked.paused)
        if asked.turn.asker.first_contact:
            record.notices.append(Notice(self._said(asked.turn, Sentence.NOTICE_FIRST_CONTACT)))
        try:
            async with asyncio.timeout(self._limits().deadline_seconds):
                reply = await self._reply(asked, record, adapter, live, progress)
        except TimeoutError:
            reply = self._apology(asked, record, Sentence.APOLOGY_DEADLINE, "deadline")
        except ModelUnavailable as error:
            reply = self._apology(asked, record, Sentence.APOLOGY_UNAVAILABLE, str(error))
        except ModelError as error:
            reply = self._apology(asked, record, Sentence.APOLOGY_REFUSED, str(error))
        except EndTheTurn as end:
            reply = self._apology(asked, record, end.sentence, "no answer")
        if not progress.committed:
            await live.let_join()
        progress.committed = True  # a line that comes from here on has a turn of its own
        await live.close()
        await self._finish(asked.turn, progress, reply)

    async def apologise(self, asked: Asked, why: str) -> None:
        """Ends a turn that failed in a way nobody foresaw."""
        record = TurnRecord(words=own_lines(asked.words), source=asked.lines[-1].id)
        reply = self._apology(asked, record, Sentence.APOLOGY_FAILED, why)
        await self._outbox.finish(asked.turn, reply)

    async def _finish(self, turn: OpenTurn, progress: Progress, reply: FinishedReply) -> None:
        progress.ended = True  # cut off here, it would be kept, and nobody would take it to where it goes
        await self._outbox.finish(turn, reply)

    async def _reply(
        self, asked: Asked, record: TurnRecord, adapter: ChannelAdapter, live: LiveReply, progress: Progress
    ) -> FinishedReply:
        heard = await self._listening.to(asked, adapter)
        asked = heard.asked
        record.words = own_lines(asked.words)
        if REDACTED in asked.words:
            record.notices.append(Notice(self._said(asked.turn, Sentence.NOTICE_LEFT_OUT)))
        if heard.unheard is not None:
            told = self._said(asked.turn, heard.unheard)
            if heard.says_nothing:
                return FinishedReply(told, Trust.DERIVED, notices=tuple(record.notices), paused=asked.paused)
            record.notices.append(Notice(told))
        prompt = await self._builder.build(asked, record, heard.surroundings)
        before = await self._store.steps.of_turn(asked.turn.id) if asked.attempt > 1 else []
        turn = _Turn(asked, record, live, progress, done={step.key: step for step in before})
        parts, limits = list(prompt.parts), self._limits()
        for left in range(limits.steps, 0, -1):
            # The last call offers no capabilities, so that it has to answer.
            schemas = prompt.schemas if left > 1 else ()
            request = ModelRequest(messages_of(parts, prompt.images), schemas, limits.output_tokens, prompt.model)
            answer = await self._ask(turn, request)
            if NEXT_STEP[answer.reason] is not Step.CALL:
                return self._finished(turn, prompt, parts, self._text(turn, answer))
            progress.committed = True
            await live.withdraw()
            parts.append(call_part(answer.text, answer.calls))
            results = await self._call_all(turn, answer.calls)
            parts += [result_part(call, result.text) for call, result in zip(answer.calls, results, strict=True)]
        raise EndTheTurn(Sentence.APOLOGY_TOO_MANY_STEPS)

    async def _ask(self, turn: _Turn, request: ModelRequest) -> _Answer:
        """Asks the model, again when that may help; each attempt is booked on its own."""
        account = BookedFor(turn.open.id, turn.open.asker.id, turn.open.place.guild)
        attempts = stamina.retry_context(on=_worth_another, attempts=MODEL_ATTEMPTS, timeout=None, wait_initial=0.5)
        async for attempt in attempts:
            with attempt:
                if attempt.num > 1:
                    await turn.live.withdraw()
                return await self._ask_once(turn, request, account)
        raise EndTheTurn(Sentence.APOLOGY_REFUSED)  # not reached: the last attempt raises its own error

    async def _ask_once(self, turn: _Turn, request: ModelRequest, account: BookedFor) -> _Answer:
        text, calls, reason = "", list[Call](), FinishReason.STOP
        async with aclosing(self._model.stream(request, account)) as events:
            async for event in events:
                match event:
                    case TextDelta():
                        text += event.text
                        turn.progress.committed |= await self._show(turn, text, event.text)
                    case CallRequested():
                        calls.append(event.call)
                    case Finished():
                        reason = event.reason
        return _Answer(text, tuple(calls), reason)

    async def _show(self, turn: _Turn, text: str, added: str) -> bool:
        """Shows what was added to an answer, without the label that models copy from the conversation's lines."""
        if turn.record.erased:  # the answer may name what was just forgotten; it is looked through when it is whole
            return False
        label = reply_label(turn.open.asker.name)
        if label.startswith(text):
            return False
        waited = label.startswith(text.removesuffix(added))
        return await turn.live.show(text.removeprefix(label) if waited else added)

    async def _call_all(self, turn: _Turn, calls: Sequence[Call]) -> list[CallResult]:
        """Runs calls side by side, but in their order where they change something: they may build on each other."""
        results: list[CallResult] = []
        for read_only, some in groupby(calls[:CALLS_AT_ONCE], lambda call: self._runner.is_read_only(call.name)):
            if read_only:
                async with asyncio.TaskGroup() as group:
                    running = [group.create_task(self._call(turn, call)) for call in some]
                results += [task.result() for task in running]
            else:
                results += [await self._call(turn, call) for call in some]
        too_many = CallResult.failed(f"not run: at most {CALLS_AT_ONCE} calls at once")
        return results + [too_many] * (len(calls) - len(results))

    async def _call(self, turn: _Turn, call: Call) -> CallResult:
        """Runs a call and keeps its step; one that an earlier attempt finished is not run again."""
        paused = turn.asked.paused  # that there was a call is kept then, and not what it was about
        arguments = "" if paused else canonical_arguments(call.arguments)
        ordinal = turn.equal_calls[call.name, arguments]
        turn.equal_calls[call.name, arguments] += 1
        key = step_key(turn.open.id, call.name, arguments, ordinal)
        done = turn.done.get(key)
        if done is not None and done.result is not None:
            return CallResult(done.result, success=bool(done.success))
        step = self._store.steps.begin(key, turn.open.id, turn.open.asker.id, call.name, arguments)
        zone = self._builder.zone_of(turn.open.asker)
        context = Context(
            asker=turn.open.asker,
            place=turn.open.place,
            memories=MemoryHandle(self._store, turn.open, turn.record, self._sentences, zone, step, done),
            blocks=BlockHandle(self._store, turn.open, turn.record, self._sentences, step, done),
            now=self._store.clock.now,
            time_zone=zone,
        )
        is_owner = turn.open.asker.id == (await self._owner()).id
        result = await self._runner.run(call.name, call.arguments, context, is_owner=is_owner)
        await self._store.steps.finish(step, "" if paused else result.text, result.success)
        return result

    def _text(self, turn: _Turn, answer: _Answer) -> str:
        if NEXT_STEP[answer.reason] is Step.APOLOGISE or not answer.text.strip():
            raise EndTheTurn(Sentence.APOLOGY_NO_ANSWER)
        if NEXT_STEP[answer.reason] is Step.SHORTEN:
            return answer.text + self._said(turn.open, Sentence.REPLY_CUT_OFF)
        return answer.text

    def _finished(self, turn: _Turn, prompt: Prompt, parts: Sequence[Part], text: str) -> FinishedReply:
        """Makes the reply, without what this turn was asked to forget."""
        record, asker = turn.record, turn.open.asker
        text = text.removeprefix(reply_label(asker.name)).strip()
        kept = without_surroundings(parts, prompt.kept)
        if any(erased.is_held_by(text) for erased in record.erased):
            text = self._said(turn.open, Sentence.REPLY_FORGOTTEN)
        return FinishedReply(
            text=text,
            trust=Trust.least(Trust.DERIVED, record.trust),
            notices=tuple(record.notices),
            prompt=(prompt.version.name, prompt.version.version),
            parts=tuple(_without(part, record.gone) for part in kept) if record.erased else kept,
            recalled=record.made_from,
            # What somebody has just had forgotten is not learned again from the words that name it.
            teaches=turn.open.asker.teaches and not record.erased,
            paused=turn.asked.paused,
        )

    def _apology(self, asked: Asked, record: TurnRecord, sentence: Sentence, why: str) -> FinishedReply:
        log.warning("a turn ended in an apology", turn=short_id(asked.turn.id), why=why)
        return FinishedReply(
            text=f"{self._said(asked.turn, sentence)} (id {short_id(asked.turn.id)})",
            trust=Trust.DERIVED,
            notices=tuple(record.notices),
            recalled=record.made_from,
            paused=asked.paused,
        )

    def _said(self, turn: OpenTurn, sentence: Sentence) -> str:
        return self._sentences.say(sentence, turn.asker.language)


def _worth_another(error: Exception) -> bool | float:
    """Says whether to ask again, and after how many seconds when the provider has said so."""
    if not isinstance(error, ModelUnavailable):
        return False
    wait = error.retry_after_seconds
    return True if wait is None else wait <= LONGEST_WAIT_SECONDS and wait


def _without(part: Part, gone: set[ItemId]) -> Part:
    """A part of a turn that forgot something: what holds it, or may hold it, is not kept."""
    may_hold = part.item in gone or part.kind in {PartKind.WORDS, PartKind.CALL, PartKind.RESULT}
    return replace(part, text=FORGOTTEN) if may_hold else part
