"""What a turn is asked with: what stands around its lines, and what was spoken in them, written down."""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import Final

import structlog
from cachetools import LRUCache

from bot.channel import ChannelAdapter, NotDelivered, Undeliverable
from bot.models.model import ModelError
from bot.models.transcriber import Recording
from bot.quoting import without_attached_notes
from bot.sentences import Sentence
from bot.spending.booked_model import BookedFor
from bot.spending.booked_transcriber import BookedTranscriber
from bot.surroundings import Appetite, Attached, FileKind, Surroundings
from bot.turn import Asked, short_id
from memory import Message, Store, without_secrets

SECONDS: Final = 35.0  #: for all that stands around a turn
REMEMBERED: Final = 64  #: transcripts, for turns that begin again with a further line

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn with all that it is asked with."""

    asked: Asked
    surroundings: Surroundings
    unheard: Sentence | None = None  #: what its person is told of a voice message that was not listened to

    @property
    def says_nothing(self) -> bool:
        """Whether all that was said is a voice message that nobody listened to."""
        words = without_attached_notes(self.asked.words).strip()
        others = [one for one in self.surroundings.attached if not one.spoken]
        return self.unheard is not None and not words and not others


class Listening:
    """Asks the channel, and listens. `transcriber` None: there is no model that could."""

    def __init__(self, store: Store, transcriber: BookedTranscriber | None, appetite: Appetite) -> None:
        self._store = store
        self._transcriber = transcriber
        self._appetite = appetite
        self._transcripts: LRUCache[bytes, str] = LRUCache(REMEMBERED)

    async def to(self, asked: Asked, adapter: ChannelAdapter) -> Heard:
        """Returns a turn with what stands around it; whatever goes wrong makes it less."""
        surroundings = await self._surroundings(asked, adapter)
        lines = {line.id: line for line in asked.lines}
        attached: list[Attached] = []
        unheard: Sentence | None = None
        for one in surroundings.attached:
            spoken = lines.get(one.came_with) if one.spoken and one.came_with is not None else None
            if spoken is not None and without_attached_notes(spoken.content).strip():
                continue  # it was listened to before
            heard = await self._heard(asked, one)
            if spoken is not None and heard:
                lines[spoken.id] = await self._spoken(spoken, heard)
            elif spoken is not None:
                unheard = Sentence.NOTICE_NO_VOICE if self._transcriber is None else Sentence.NOTICE_NOT_HEARD
                attached.append(one)
            else:
                attached.append(replace(one, heard=heard))
        with_words = replace(asked, lines=tuple(lines.values()))
        return Heard(with_words, replace(surroundings, attached=tuple(attached)), unheard)

    async def _surroundings(self, asked: Asked, adapter: ChannelAdapter) -> Surroundings:
        try:
            async with asyncio.timeout(SECONDS):
                return await adapter.surroundings(asked.turn.place, asked.lines, self._appetite)
        except (NotDelivered, Undeliverable, TimeoutError) as error:
            log.warning("what stands around is left out", turn=short_id(asked.turn.id), error=type(error).__name__)
            return Surroundings()

    async def _heard(self, asked: Asked, one: Attached) -> str:
        """Returns what is said in a recording; empty for any other file, and where nobody could listen."""
        if one.kind is not FileKind.AUDIO or one.data is None or self._transcriber is None:
            return ""
        account = BookedFor(asked.turn.id, asked.turn.asker.id, asked.turn.place.guild)
        known = hashlib.sha256(one.data).digest()
        if known not in self._transcripts:
            try:
                recording = Recording(one.name, one.media_type, one.data)
                self._transcripts[known] = await self._transcriber.transcribe(recording, account)
            except ModelError as error:
                log.warning("nobody could listen", turn=short_id(asked.turn.id), error=str(error))
                return ""
        return self._transcripts[known]

    async def _spoken(self, line: Message, words: str) -> Message:
        """Keeps what was spoken as the message's own words."""
        kept = await self._store.platform.spoken(line, words)
        return kept if kept is not None else replace(line, content=without_secrets(words))
