"""Claims what is due in the queue and has it delivered; one loop that sleeps until it is woken or the next is due."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot.channel import ChannelAdapter, Delivery, NotDelivered, Undeliverable
from bot.clockwork.queue_loop import QueueLoop
from bot.delivery.held_words import HeldWords
from bot.delivery.splitting import outgoing
from bot.notices import learned_notice
from bot.sentences import Sentence, Sentences
from memory import Channel, Claimed, Job, JobType, Message, Notice, Place, ReplyToDeliver, Store, StoreError

CLAIMED_AT_ONCE: Final = 16  #: jobs, each of a place of its own
ATTEMPTS: Final = 150  #: over about a day, with the delays below
FIRST_DELAY: Final = timedelta(seconds=1)
LONGEST_DELAY: Final = timedelta(minutes=10)
_DOUBLED: Final = 10  #: times at most, which is beyond the longest delay; a day's doublings are more than a date holds

log = structlog.get_logger()


class NothingToSend(Undeliverable):
    """There is nothing left of a delivery; what stands on the platform already is taken away."""


class Worker(QueueLoop[Job]):
    """Delivers for the channels that have said they are ready."""

    def __init__(self, store: Store, sentences: Sentences, held: HeldWords, is_silent: Callable[[Place], bool]) -> None:
        """`is_silent`: whether Ember may say nothing in a place by now."""
        super().__init__(store)
        self._held = held
        self._is_silent = is_silent
        self._sentences = sentences
        self._adapters: dict[Channel, ChannelAdapter] = {}

    def attend(self, adapter: ChannelAdapter) -> None:
        """Delivers for a channel from now on."""
        self._adapters[adapter.channel] = adapter
        self.wake()

    def delivers_for(self, channel: Channel) -> bool:
        """Whether a reply can be handed over as soon as it is finished."""
        return self.takes_work and channel in self._adapters

    async def _claim(self) -> Claimed[Job]:
        return await self._store.work.claim(tuple(self._adapters), CLAIMED_AT_ONCE)

    async def _do(self, job: Job) -> None:
        try:
            await self._deliver(job)
        except NotDelivered as error:
            await self._try_again(job, error)
        except Undeliverable as error:
            log.warning("a delivery was given up", job=job.id, error=str(error))
            await self._store.work.fail(job, str(error))
        except StoreError:
            raise
        except Exception as error:  # a job's edge: one that fails in a way nobody foresaw must not end the others
            log.exception("a delivery failed", job=job.id)
            await self._try_again(job, NotDelivered(type(error).__name__))

    async def _deliver(self, job: Job) -> None:
        adapter = self._adapters[job.channel]
        place = await adapter.place(job.respond_to)
        if place is None:
            raise Undeliverable("the place is gone")
        if self._is_silent(place):
            raise Undeliverable("Ember may say nothing there by now")
        if job.asker is not None:
            place = place.read_by(job.asker)
        try:
            delivery = await self._delivery(job, place)
        except NothingToSend:
            if job.sent_as is None:
                raise
            await adapter.remove(place, job.sent_as)
            await self._store.work.complete(job, None)
            return
        platform_id = await adapter.deliver(delivery)
        await self._store.work.complete(job, platform_id)
        self._held.let_go(job.item, job.part)

    async def _delivery(self, job: Job, place: Place) -> Delivery:
        """Takes the words from the reply itself, so that what was forgotten meanwhile does not go out.

        Raises NothingToSend.
        """
        if job.learned:
            return await self._learned(job, place)
        if job.type is JobType.NOTICE:
            return Delivery(place, job.text or "", (), job.item, job.part, None, job.attempts)
        reply = await self._store.turns.reply_to_deliver(place, job.item)
        if reply is None:
            raise NothingToSend("the reply is gone, or may no longer be shown here")
        if reply.paused:
            held = self._held.of(job.item)
            if held is None:
                return await self._interrupted(job, place, reply)
            reply = replace(reply, text=held.text, notices=held.notices)
        out = outgoing(reply.text, job.channel)
        if job.part >= len(out.parts):
            raise NothingToSend("the reply has become shorter")
        last = job.part == len(out.parts) - 1
        notices = reply.notices
        if out.is_attached:
            notices = (Notice(self._sentences.say(Sentence.NOTICE_ATTACHED, reply.language)), *notices)
        return Delivery(
            place=place,
            text=out.parts[job.part],
            notices=notices if last else (),
            item=job.item,
            part=job.part,
            reply_to=reply.answers,
            attempts=job.attempts,
            language=reply.language,
            sent_as=job.sent_as,
            file=reply.text if out.is_attached else None,
            ends_reply=last,
        )

    async def _interrupted(self, job: Job, place: Place, reply: ReplyToDeliver) -> Delivery:
        """Says once that an answer is lost whose words only a process held that has ended."""
        await self._store.work.drop_later_parts(job)
        return Delivery(
            place=place,
            text=self._sentences.say(Sentence.REPLY_INTERRUPTED, reply.language),
            notices=(),
            item=job.item,
            part=job.part,
            reply_to=reply.answers,
            attempts=job.attempts,
            language=reply.language,
            sent_as=job.sent_as,
            ends_reply=True,
        )

    async def _learned(self, job: Job, place: Place) -> Delivery:
        """Tells of memories that are still there and may be shown: a quiet line, below what they were taken from."""
        found = [await self._store.memories.get(place, memory) for memory in job.learned]
        there = [memory for memory in found if memory is not None and memory.superseded_at is None]
        if not there:
            raise NothingToSend("what was learned is gone, or may no longer be shown here")
        source = await self._store.search.item(place, there[0].source) if there[0].source is not None else None
        answers = source.external_id if isinstance(source, Message) else None
        language = there[0].language  # its owner's
        notice = learned_notice(self._sentences, language, there)
        return Delivery(place, "", (notice,), job.item, job.part, answers, job.attempts, language)

    async def _try_again(self, job: Job, error: NotDelivered) -> None:
        if job.attempts >= ATTEMPTS:
            log.error("a delivery was given up", job=job.id, error=str(error))
            await self._store.work.fail(job, str(error))
            return
        delay = error.retry_after
        if delay is None:
            delay = min(FIRST_DELAY * 2 ** min(job.attempts - 1, _DOUBLED), LONGEST_DELAY)
        log.info("a delivery is tried again", job=job.id, seconds=delay.total_seconds(), error=str(error))
        await self._store.work.retry(job, str(error), delay)
