"""A turn's ops: opened with its reply and delivery, finished with all that belongs to the answer, or declined."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cachetools import LRUCache
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects import sqlite

from memory.place import Channel, IdentityId, Place
from memory.records import Direction, ItemId, Message, MessageState, Notice, Person, SessionId, Trust, TurnId
from memory.scope import ScopeNumber
from memory.secrets import without_secrets
from memory.tables.claims import claim_reply
from memory.tables.erasures import Tombstones, not_erasing
from memory.tables.ground import Ground
from memory.tables.index import index
from memory.tables.jobs import Job, JobId, JobType, cancel_deliveries, delivery_row, insert_job, make_due, own_job_row
from memory.tables.learning import extraction_payload
from memory.tables.meanwhile import WhatIsLeft, what_is_left
from memory.tables.messages import (
    UNANSWERED,
    blank_message,
    message_query,
    messages,
    read_messages,
    readable_messages,
    user_sessions,
)
from memory.tables.people import person_by_id
from memory.tables.recalls import recalled
from memory.tables.receipts import FORGOTTEN, Part, Recall, keep_parts, keep_recalls, part_hash, read_parts, recalls
from memory.tables.scopes import ScopeNumbers
from memory.tables.steps import steps
from memory.words import storable

_WAITING: Final = (MessageState.RECEIVED, MessageState.ANSWERING)
_HARMLESS_KEPT: Final = 10_000

_TAKE_UP: Final = (
    update(messages)
    .where(messages.c.id.in_(bindparam("lines", expanding=True)), messages.c.state.in_(_WAITING))
    .values(
        state=MessageState.ANSWERING,
        turn_id=bindparam("turn"),
        response_id=bindparam("reply"),
        attempts=bindparam("attempt"),
    )
)
_INSERT_REPLY: Final = sqlite.insert(messages).on_conflict_do_nothing(index_elements=["id"])
_WRITE_REPLY: Final = (
    update(messages)
    .where(messages.c.id == bindparam("reply"), messages.c.state == MessageState.STREAMING)
    .values(
        state=MessageState.DONE,
        content=bindparam("text"),
        notices=bindparam("told"),
        receipt=bindparam("made_of"),
        trust=bindparam("trusted"),
        prompt_name=bindparam("prompt"),
        prompt_version=bindparam("version"),
        paused=bindparam("is_paused"),
    )
)
_ANSWERED: Final = (
    update(messages)
    .where(messages.c.turn_id == bindparam("turn"), messages.c.state.in_(_WAITING))
    .values(state=MessageState.DONE)
)
_LINES: Final = (
    message_query()
    .where(messages.c.turn_id == bindparam("turn"), messages.c.direction == Direction.IN, not_erasing(messages.c.id))
    .order_by(messages.c.id)
)
_REPLY: Final = message_query().where(messages.c.id == bindparam("reply"))


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn under way, and the reply that it will give."""

    id: TurnId
    reply: ItemId
    delivery: JobId
    asker: Person
    place: Place
    session: SessionId


@dataclass(frozen=True, slots=True)
class FinishedReply:
    """A reply with everything that it was made from."""

    text: str
    trust: Trust
    deliveries: int = 1  #: in how many parts it goes out
    notices: tuple[Notice, ...] = ()
    prompt: tuple[str, int] | None = None  #: name and version of the agent's prompt
    parts: tuple[Part, ...] = ()  #: the last request as it was sent
    recalled: tuple[Recall, ...] = ()
    teaches: bool = False  #: whether its turn's words are looked through for facts afterwards
    paused: bool = False  #: its person has paused: that there is a reply is kept, and nothing of it


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of an answer."""

    is_new: bool  #: False: the turn had ended before
    job: Job | None = None  #: its delivery, leased


@dataclass(frozen=True, slots=True)
class UnfinishedTurn:
    """What a process left behind: lines that were received and not answered."""

    turn: TurnId | None  #: None when no turn had taken them up
    reply: ItemId | None
    asker: Person
    lines: tuple[Message, ...]
    place_key: str
    conversation_from: ItemId
    attempts: int  #: how many processes have tried


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reply was made from."""

    reply: Message
    prompt: tuple[str, int] | None
    parts: tuple[Part, ...]
    recalled: tuple[Recall, ...]


@dataclass(frozen=True, slots=True)
class ReplyToDeliver:
    """What goes out."""

    text: str
    notices: tuple[Notice, ...]
    answers: str | None  #: the platform's id of the last line that it answers
    language: str  #: the asker's
    paused: bool  #: its words were not kept


class Turns:
    """Opens, finishes and finds turns."""

    def __init__(self, ground: Ground, scopes: ScopeNumbers, secret: bytes) -> None:
        self._ground = ground
        self._scopes = scopes
        self._secret = secret
        self._harmless: LRUCache[str, None] = LRUCache(_HARMLESS_KEPT)  # hashes of parts that hold no secret

    def new(
        self, asker: Person, place: Place, session: SessionId, turn: TurnId | None = None, reply: ItemId | None = None
    ) -> OpenTurn:
        """Names a turn; one that is begun again after a crash keeps its names."""
        ids = self._ground.ids
        return OpenTurn(
            id=turn or TurnId(ids.next()),
            reply=reply or ItemId(ids.next()),
            delivery=JobId(ids.next()),
            asker=asker,
            place=place,
            session=session,
        )

    async def open(self, turn: OpenTurn, lines: Sequence[ItemId], attempt: int = 1) -> None:
        """Takes up lines: they are being answered, and the reply and its delivery exist from here on.

        `attempt` counts the processes that have tried, with this one.
        """
        scopes = await self._scopes.of_item(turn.place, turn.asker.id)
        now = self._ground.clock.now()

        def op(connection: Connection) -> list[Message]:
            return open_turn(connection, turn, lines, attempt, scopes, now)

        await self._ground.queue.write(op, self._ground.cache.wrote)

    async def finish(self, turn: OpenTurn, reply: FinishedReply, lease: bool = False) -> Finished:
        """Stores the answer, its words, its receipt and its due delivery in one op, unless that was done before.

        `lease`: the caller delivers it; it is given the job, unless something else has to go out there first.
        """
        if reply.paused:
            reply = replace(reply, text="", notices=(), parts=(), recalled=(), teaches=False)
        hashed = [self._without_secrets(part) for part in reply.parts]
        more_parts = [JobId(self._ground.ids.next()) for _ in range(reply.deliveries - 1)]
        names = Tombstones(self._secret)
        now = self._ground.clock.now()
        extraction = self._extraction(turn, now) if reply.teaches else None

        def op(connection: Connection) -> tuple[list[Message], Job | None]:
            left = what_is_left(
                connection, names, turn.asker.language, reply.text, reply.notices, hashed, reply.recalled
            )
            ended = _finish(connection, turn, reply, left, more_parts, now)
            if ended and extraction is not None:
                insert_job(connection, extraction)
            return ended, claim_reply(connection, turn.reply, now) if ended and lease else None

        ended, job = await self._ground.queue.write(op, lambda outcome: self._ground.cache.wrote(outcome[0]))
        if ended:
            self._ground.queue.post(*recalled([recall.item for recall in reply.recalled], now))
        return Finished(bool(ended), job)

    def _without_secrets(self, part: Part) -> tuple[str, Part]:
        """Returns a part as it may be kept, behind its hash: most of a prompt is what the last one was, and looked
        through already."""
        digest = part_hash(self._secret, part)
        if digest in self._harmless:
            return digest, part
        clean = replace(part, text=without_secrets(storable(part.text)))
        if clean == part:
            self._harmless[digest] = None
            return digest, part
        return part_hash(self._secret, clean), clean

    def _extraction(self, turn: OpenTurn, now: datetime) -> dict[str, object]:
        payload = extraction_payload(turn.id, self._scopes.read_in(turn.place), turn.place.guild)
        return own_job_row(JobId(self._ground.ids.next()), JobType.EXTRACTION, str(turn.id), payload, now)

    async def decline(self, turn: TurnId, reply: ItemId) -> None:
        """Ends a turn without an answer: its person stopped it, or its place is gone. A finished one stays answered."""

        def op(connection: Connection) -> list[Message]:
            return _decline(connection, turn, reply)

        await self._ground.queue.write(op, self._ground.cache.wrote)

    async def pass_over(self, line: ItemId) -> None:
        """Leaves a line without an answer that no turn has taken up, for good."""
        untaken = (messages.c.id == line) & (messages.c.state == MessageState.RECEIVED)
        change = update(messages).where(untaken).values(state=MessageState.DECLINED)
        passed = message_query().where(messages.c.id == line, not_erasing(messages.c.id))

        def op(connection: Connection) -> list[Message]:
            return read_messages(connection, passed) if connection.execute(change).rowcount else []

        await self._ground.queue.write(op, self._ground.cache.wrote)

    async def unfinished(self, channel: Channel) -> list[UnfinishedTurn]:
        """Returns what was received on a channel and not answered, in the order of asking: for the start only."""
        return await self._ground.reads.read(lambda connection: _unfinished(connection, channel))

    async def reply_to_deliver(self, place: Place, reply: ItemId) -> ReplyToDeliver | None:
        """Returns a finished reply that may be shown in a place."""
        readable = self._scopes.read_in(place)
        kept = self._ground.cache.get(reply, readable)
        if isinstance(kept, Message) and kept.state is MessageState.DONE and kept.turn is not None:
            said = self._ground.cache.conversation(readable, kept.session, ItemId(kept.session)) or []
            lines = [line.external_id for line in said if line.turn == kept.turn and line.direction is Direction.IN]
            if lines:
                return ReplyToDeliver(kept.content, kept.notices, lines[-1], kept.language, kept.paused)
        return await self._ground.reads.read(lambda connection: _reply_to_deliver(connection, readable, reply))

    async def lines_of(self, place: Place, turn: TurnId) -> list[Message]:
        """Returns what was asked in a turn."""
        readable = self._scopes.read_in(place)
        query = message_query().where(messages.c.turn_id == turn, messages.c.direction == Direction.IN)
        query = query.where(readable_messages(readable))
        return await self._ground.reads.read(
            lambda connection: read_messages(connection, query.order_by(messages.c.id))
        )

    async def receipt(self, reply: Message) -> Receipt:
        """Returns what a reply was made from; the asker has it already, so the place was asked for it."""
        return await self._ground.reads.read(lambda connection: _receipt(connection, reply))


def open_turn(
    connection: Connection,
    turn: OpenTurn,
    lines: Sequence[ItemId],
    attempt: int,
    scopes: tuple[ScopeNumber, ...],
    now: datetime,
) -> list[Message]:
    connection.execute(_TAKE_UP, {"lines": lines, "turn": turn.id, "reply": turn.reply, "attempt": attempt})
    row = {
        **blank_message(turn.reply, turn.asker.id, scopes, turn.session, now),
        "channel": turn.place.channel,
        "direction": Direction.OUT,
        "state": MessageState.STREAMING,
        "trust": Trust.DERIVED,
        "turn_id": turn.id,
        "language": turn.asker.language,
    }
    connection.execute(_INSERT_REPLY, row)
    insert_job(connection, delivery_row(turn.delivery, turn.place.channel, turn.place.key, turn.reply, 0, now))
    return _lines(connection, turn.id)


def _finish(
    connection: Connection,
    turn: OpenTurn,
    reply: FinishedReply,
    left: WhatIsLeft,
    more_parts: list[JobId],
    now: datetime,
) -> list[Message]:
    """Returns the reply and what it answers, as they are now; nothing when the turn had ended before."""
    name, version = reply.prompt or (None, None)
    answer = {
        "reply": turn.reply,
        "text": storable(left.text),
        "told": tuple(replace(notice, text=storable(notice.text)) for notice in left.notices),
        "made_of": tuple(digest for digest, _ in left.parts),
        "trusted": reply.trust,
        "prompt": name,
        "version": version,
        "is_paused": reply.paused,
    }
    if not connection.execute(_WRITE_REPLY, answer).rowcount:
        return []
    (message,) = read_messages(connection, _REPLY, {"reply": turn.reply})
    index(connection, message)
    keep_parts(connection, turn.asker.id, left.parts)
    keep_recalls(connection, turn.reply, left.recalled)
    if left.lost:  # its calls may have told of it, and no receipt leads to them any more
        connection.execute(update(steps).where(steps.c.turn_id == turn.id).values(result=FORGOTTEN))
    connection.execute(_ANSWERED, {"turn": turn.id})
    first = delivery_row(turn.delivery, turn.place.channel, turn.place.key, turn.reply, 0, now)
    make_due(connection, first, more_parts, now)
    return [message, *_lines(connection, turn.id)]


def _decline(connection: Connection, turn: TurnId, reply: ItemId) -> list[Message]:
    unwritten = (messages.c.id == reply) & (messages.c.state == MessageState.STREAMING)
    if not connection.execute(delete(messages).where(unwritten)).rowcount:
        return []
    cancel_deliveries(connection, reply)
    incoming = (messages.c.turn_id == turn) & messages.c.state.in_(_WAITING)
    connection.execute(update(messages).where(incoming).values(state=MessageState.DECLINED, response_id=None))
    # No receipt will ever say which items these results hold, so nothing could find them to forget them.
    connection.execute(update(steps).where(steps.c.turn_id == turn).values(result=None))
    return _lines(connection, turn)


def _lines(connection: Connection, turn: TurnId) -> list[Message]:
    return read_messages(connection, _LINES, {"turn": turn})


def _unfinished(connection: Connection, channel: Channel) -> list[UnfinishedTurn]:
    waiting = message_query().where(UNANSWERED, messages.c.channel == channel).order_by(messages.c.id)
    lines = read_messages(connection, waiting)
    by_turn: dict[TurnId | ItemId, list[Message]] = defaultdict(list)
    for line in lines:
        by_turn[line.turn or line.id].append(line)
    return [_left_behind(connection, tuple(lines)) for lines in by_turn.values()]


def _left_behind(connection: Connection, lines: tuple[Message, ...]) -> UnfinishedTurn:
    first = lines[0]
    session = connection.execute(select(user_sessions).where(user_sessions.c.id == first.session)).one()
    return UnfinishedTurn(
        turn=first.turn,
        reply=first.response,
        asker=person_by_id(connection, first.owner),
        lines=lines,
        place_key=session.place_key,
        conversation_from=ItemId(session.conversation_from),
        attempts=connection.execute(select(messages.c.attempts).where(messages.c.id == first.id)).scalar_one(),
    )


def _receipt(connection: Connection, reply: Message) -> Receipt:
    row = connection.execute(select(messages).where(messages.c.id == reply.id)).one()
    made_from = connection.execute(select(recalls).where(recalls.c.reply_id == reply.id))
    return Receipt(
        reply=reply,
        prompt=(row.prompt_name, row.prompt_version) if row.prompt_name else None,
        parts=tuple(read_parts(connection, IdentityId(row.owner_id), row.receipt)),
        recalled=tuple(Recall(one.item_id, one.score, one.reason, one.step_id) for one in made_from),
    )


def _reply_to_deliver(
    connection: Connection, readable: Collection[ScopeNumber], reply: ItemId
) -> ReplyToDeliver | None:
    written = (messages.c.id == reply) & (messages.c.state == MessageState.DONE)
    found = read_messages(connection, message_query().where(written, readable_messages(readable)))
    if not found:
        return None
    answered = select(messages.c.external_id).where(
        messages.c.turn_id == found[0].turn, messages.c.direction == Direction.IN
    )
    last = connection.execute(answered.order_by(messages.c.id.desc()).limit(1)).scalar_one_or_none()
    return ReplyToDeliver(found[0].content, found[0].notices, last, found[0].language, found[0].paused)
