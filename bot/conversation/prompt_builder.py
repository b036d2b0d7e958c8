"""Builds a turn's prompt within a token budget: what changes least stands first, so that providers can cache it.

Schemas, the agent's prompt, blocks, the conversation; then, in the last message, what stands around the words on the
platform, what was recalled, the time, who speaks, and the words. When the conversation outgrows its share it is cut to
60 % at once: a line a turn would change the prefix every time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.agents import Agents
from bot.conversation.block_parts import block_parts, persona_parts
from bot.conversation.prompt import schema_part
from bot.conversation.surrounding_parts import Room, surrounding_parts, tokens_at_most
from bot.handles import TurnRecord
from bot.models.model import WORDS_HEADING, Image
from bot.models.token_count import IMAGE_TOKENS, tokens_of
from bot.quoting import indented, plain_name, plain_tone
from bot.surroundings import Surroundings
from bot.turn import Asked
from capabilities.framework.schema import CapabilitySchema
from memory import (
    Addresses,
    Direction,
    Hit,
    Memory,
    Message,
    OneReader,
    Part,
    PartKind,
    Person,
    Place,
    Question,
    Recall,
    Store,
    Trust,
    diverse_first,
)
from prompts.prompt_store import RenderedPrompt

NAME: Final = "Ember"
RECALLED: Final = 8  #: items at most
RECALLED_LENGTH: Final = 1_500  #: characters of an item; all of it stands in its message or memory
RECALLED_SCORE: Final = 0.1  #: an item below it holds only what every other holds too
CUT_TO: Final = 0.6  #: of the conversation's share, when it has outgrown it
CONVERSATION_SHARE: Final = 0.5  #: of the context, together with what is fixed and the words
BLOCKS_SHARE: Final = 0.125  #: of the context
RECALLED_SHARE: Final = 0.125  #: of the context
WORDS_SHARE: Final = 0.25  #: of the context, with what stands around them; what is cut is told to the model
IMAGES: Final = 4  #: of a turn
IMAGES_SHARE: Final = 0.375  #: of the context; they take it from the conversation's share
CHARACTERS_PER_TOKEN: Final = 3  #: at the least, for cutting words to their share

#: Who has switched learning off is believed by the model too, which calls `remember` of its own accord otherwise.
ONLY_WHEN_ASKED: Final = "They want nothing remembered, and no block written, unless their words below ask for it."

#: Who has paused gets no promise that cannot be kept.
PAUSED: Final = "Their memory is paused: nothing of this is kept, and nothing can be remembered."


@dataclass(frozen=True, slots=True)
class Prompt:
    """A turn's prompt."""

    parts: tuple[Part, ...]
    schemas: tuple[CapabilitySchema, ...]
    version: RenderedPrompt
    model: str | None = None  #: the agent's own
    images: tuple[Image, ...] = ()
    kept: frozenset[Part] = frozenset()  #: of what stands around the words, what a receipt keeps


class PromptBuilder:
    """Builds prompts. `context_tokens` is what prompt and answer may have together."""

    def __init__(
        self,
        store: Store,
        agents: Agents,
        schemas: Callable[[Place], tuple[CapabilitySchema, ...]],
        context_tokens: int,
        default_zone: str,
    ) -> None:
        self._store = store
        self._agents = agents
        self._schemas = schemas
        self._context_tokens = context_tokens
        self._default_zone = default_zone

    def zone_of(self, asker: Person) -> str:
        return asker.time_zone or self._default_zone

    async def build(self, asked: Asked, record: TurnRecord, surroundings: Surroundings) -> Prompt:
        """Builds the prompt of a turn and notes in its record what went in."""
        place = asked.turn.place
        agent = await self._agents.in_place(place, asked.turn.asker, {"place": _described(place)})
        schemas = self._schemas(place)
        blocks = await self._store.blocks.of_place(place, asked.turn.asker)
        fixed = (
            *(schema_part(schema) for schema in schemas),
            Part(PartKind.SYSTEM, agent.prompt.text),
            *persona_parts(blocks),
            *block_parts(blocks, asked.turn.asker.id, int(self._context_tokens * BLOCKS_SHARE), record),
        )
        words = self._words(asked)
        room = self._room(words)
        known = await self._known(asked, surroundings)
        conversation = await self._conversation(asked, (*fixed, *words), tokens_at_most(surroundings, room), record)
        around = surrounding_parts(surroundings, known, asked.turn.asker, room, record)
        recalled = await self._recalled(asked, record)
        frame = Part(PartKind.FRAME, _frame(asked, self._store.clock.now(), self.zone_of(asked.turn.asker)))
        parts = (*fixed, *conversation, *around.parts, *recalled, frame, *words)
        return Prompt(parts, schemas, agent.prompt, agent.model, tuple(around.images), frozenset(around.kept))

    async def _known(self, asked: Asked, surroundings: Surroundings) -> dict[str, Message]:
        """Returns what stands around and is kept already."""
        ids = [line.platform_id for line in surroundings.quoted if line.platform_id is not None]
        return await self._store.platform.kept(asked.turn.place, ids) if ids else {}

    def _room(self, words: Sequence[Part]) -> Room:
        """What the words leave of their share is for what stands around them."""
        said = sum(len(part.text) for part in words)
        images = min(IMAGES, int(self._context_tokens * IMAGES_SHARE) // IMAGE_TOKENS)
        return Room(max(self._words_limit - said, 0), images)

    async def _conversation(
        self, asked: Asked, others: Sequence[Part], passing_tokens: int, record: TurnRecord
    ) -> list[Part]:
        """Returns what was said in this session, cutting it for good when it has outgrown its share; and for this turn
        alone by what stands around its words."""
        turn = asked.turn
        said = await self._store.talk.conversation(turn.place, turn.session, asked.conversation_from)
        own = {line.id for line in asked.lines}
        before = [message for message in said if message.id not in own]
        share = int(self._context_tokens * CONVERSATION_SHARE) - sum(tokens_of(part.text) for part in others)
        lines = [_line(message, turn.place) for message in before]
        kept = _fitting(lines, share)
        if kept < len(lines):
            cut = before[-kept] if kept else asked.lines[0]
            await self._store.talk.cut_conversation(turn.session, cut.id)
        kept = _fitting(lines[len(lines) - kept :], share - passing_tokens)
        for message in before[len(before) - kept :]:
            record.took_in(message, turn.asker.id)
            record.in_prompt.add(message.id)
        return lines[len(lines) - kept :]

    async def _recalled(self, asked: Asked, record: TurnRecord) -> list[Part]:
        """Returns what is known about the words, but for what the prompt holds already."""
        turn = asked.turn
        leave_out = frozenset({*record.in_prompt, *(line.id for line in asked.lines)})
        words = asked.words[: self._words_limit]
        zone_name = self.zone_of(turn.asker)
        question = Question(turn.place, turn.asker.id, words, RECALLED, leave_out, zone_name, count_withheld=False)
        found = await self._store.search.find(question)
        hits = [hit for hit in found.hits if hit.score >= RECALLED_SCORE and not _is_question(hit)]
        zone = ZoneInfo(zone_name)
        lines = {
            hit.item.id: Part(PartKind.RECALLED, _recalled_line(hit, turn.asker, zone), hit.item.id) for hit in hits
        }
        sizes = {item: tokens_of(part.text) for item, part in lines.items()}
        parts: list[Part] = []
        room = int(self._context_tokens * RECALLED_SHARE)
        for hit in hits if sum(sizes.values()) <= room else diverse_first(hits):
            part = lines[hit.item.id]
            if sizes[hit.item.id] > room:
                continue
            room -= sizes[hit.item.id]
            record.took_in(hit.item, turn.asker.id)
            record.in_prompt.add(hit.item.id)
            record.recalled.append(Recall(hit.item.id, hit.score, hit.reason))
            parts.append(part)
        left = len(hits) - len(parts)
        if left:  # what did not fit is recorded, not hidden: this line stands in the receipt too
            parts.append(Part(PartKind.RECALLED, f"({left} more recalled items did not fit; recall finds them)"))
        return parts

    @property
    def _words_limit(self) -> int:
        return int(self._context_tokens * WORDS_SHARE) * CHARACTERS_PER_TOKEN

    def _words(self, asked: Asked) -> list[Part]:
        parts: list[Part] = []
        room = self._words_limit
        for line in asked.lines:
            parts.append(Part(PartKind.WORDS, _shortened(line.content, max(room, 0)), line.id))
            room -= len(line.content)
        return parts


def _fitting(lines: Sequence[Part], share: int) -> int:
    """Returns how many of the last lines are kept: all, or as many as fill 60 % of the share."""
    sizes = [tokens_of(line.text) for line in lines]
    if sum(sizes) <= share:
        return len(lines)
    kept, filled = 0, 0
    while kept < len(lines) and filled + sizes[-1 - kept] <= share * CUT_TO:
        filled += sizes[-1 - kept]
        kept += 1
    return kept


def _described(place: Place) -> str:
    match place.readers:
        case OneReader():
            return "with one person, in private"
        case Addresses():
            return "in a mail thread with several readers"
        case _:
            return "in a channel that several people read"


def _line(message: Message, place: Place) -> Part:
    """A line of the conversation, labelled with who spoke to whom where more than one person may speak."""
    if message.direction is Direction.IN:
        return Part(
            PartKind.LINE, f"{plain_name(message.owner_name)} to {NAME}: {indented(message.content)}", message.id
        )
    if isinstance(place.readers, OneReader):
        return Part(PartKind.REPLY, message.content, message.id)
    return Part(PartKind.REPLY, f"{reply_label(message.owner_name)}{message.content}", message.id)


def reply_label(asker: str) -> str:
    """Returns what stands before Ember's own lines where several people speak; models imitate it."""
    return f"{NAME} to {plain_name(asker)}: "


def _is_question(hit: Hit) -> bool:
    """A question is never quoted as an answer."""
    return isinstance(hit.item, Message) and hit.item.content.rstrip().endswith("?")


def _recalled_line(hit: Hit, asker: Person, zone: ZoneInfo) -> str:
    item = hit.item
    if isinstance(item, Memory):
        who = "remembered" if item.owner == asker.id else "remembered of somebody else"
    elif item.direction is Direction.OUT:
        who = f"{NAME} answered"
    else:
        who = f"{plain_name(item.owner_name)} said"
    trust = item.trust if item.owner == asker.id else Trust.EXTERNAL
    doubt = "" if trust is Trust.SAID else f", {trust}"
    until = f", no longer so since {hit.until.astimezone(zone):%Y-%m-%d}" if hit.until else ""
    content = indented(_shortened(item.content, RECALLED_LENGTH))
    return f"Recalled ({who}, {item.created_at.astimezone(zone):%Y-%m-%d}{doubt}{until}, id {item.id}): {content}"


def _frame(asked: Asked, now: datetime, zone: str) -> str:
    local, asker = now.astimezone(ZoneInfo(zone)), asked.turn.asker
    wishes = [
        PAUSED if asked.paused else "",
        "" if asker.teaches or asked.paused else ONLY_WHEN_ASKED,
        f"They like to be answered like this: {plain_tone(asker.tone)}" if asker.tone else "",
    ]
    lines = [
        f"Time: {local:%A, %d %B %Y, %H:%M} ({zone})",
        f"Speaking: {plain_name(asker.name)} to {NAME}",
        *filter(None, wishes),
        WORDS_HEADING,
    ]
    return "\n".join(lines)


def _shortened(words: str, limit: int) -> str:
    left_out = len(words) - limit
    return words if left_out <= 0 else f"{words[:limit]}\n[{left_out} more characters were left out]"
