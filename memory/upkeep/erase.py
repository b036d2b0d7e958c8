"""Forgetting: the one way in which items leave the memory.

    erase -> hidden, in one op -> rows, words and vectors, in steps -> the bytes of the database -> those of the backups

What is hidden is unreadable from that commit on, whatever becomes of the process; the rest is work in the queue, with
which a later process goes on where an earlier one ended.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, select, update
from sqlalchemy import insert as insert_into

from memory.errors import NothingKept, QueueFull
from memory.place import Channel, IdentityId, OneReader, Place
from memory.records import Direction, Item, ItemId, Memory, Message, TurnId
from memory.stop_words import weighty_words
from memory.tables.erasures import ErasureId, ErasureKind, ErasureState, Tombstones, bury, erasing, erasures, is_buried
from memory.tables.ground import Ground
from memory.tables.jobs import JobId, JobState, JobType, insert_job, own_job_row, queue
from memory.tables.people import identity_links
from memory.tables.receipts import FORGOTTEN
from memory.tables.scopes import ScopeNumbers
from memory.tables.steps import INSERT_STEP, StepStart, effect_row
from memory.tables.work import Work
from memory.upkeep.erase_bytes import erase_bytes
from memory.upkeep.erase_copies import DatabaseFiles, Seen
from memory.upkeep.erase_rows import STEP_ITEMS, erase_rest_of_person, erase_step, hide, hide_items_of, hide_person
from memory.upkeep.selection import Selection, items_by_id, own_item, own_items_about, own_memory, select_items
from memory.upkeep.take_back import take_back

#: What a copy of the database takes at the least, on a slow disk: it is copied, gone through, and written anew.
_COPY_BYTES_A_SECOND: Final = 4_000_000
_FIRST: Final = timedelta(minutes=2)  #: the database itself, and what waits in the queue


@dataclass(frozen=True, slots=True)
class Erased:
    """What was forgotten."""

    erasure: ErasureId
    items: tuple[ItemId, ...]  #: what was named, and what was forgotten with it
    expected_by: datetime  #: when its bytes should be gone from the backups too, while Ember runs
    words: frozenset[str] = frozenset()  #: the weighty words that they held, as they are indexed; not of a person
    languages: frozenset[str] = frozenset()  #: in which those were analysed

    def is_held_by(self, text: str) -> bool:
        """Whether a text may repeat what was forgotten."""
        return any(not self.words.isdisjoint(weighty_words(text, language)) for language in self.languages)


@dataclass(frozen=True, slots=True)
class About:
    """What would be forgotten of a topic."""

    items: tuple[Item, ...]  #: the asker's memories, then their messages
    replies: int  #: of Ember's that repeat them, and would go with them


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something that was forgotten is gone."""

    erasure: ErasureId
    kind: ErasureKind
    state: ErasureState
    asked_at: datetime
    erased_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Task:
    """What goes on with an erasure needs to know; `addresses` stand for those of its person, who may be gone."""

    erasure: ErasureId
    addresses: tuple[bytes, ...]

    def payload(self) -> str:
        return json.dumps({"erasure": self.erasure, "addresses": [one.hex() for one in self.addresses]})

    @staticmethod
    def of(payload: str) -> "_Task":
        told = json.loads(payload)
        return _Task(ErasureId(told["erasure"]), tuple(bytes.fromhex(one) for one in told["addresses"]))


class Erasure:
    """Forgets for good; `files` are the database as bytes, and the copies of it that are kept."""

    def __init__(
        self, ground: Ground, scopes: ScopeNumbers, work: Work, secret: bytes, files: DatabaseFiles | None
    ) -> None:
        self._ground = ground
        self._scopes = scopes
        self._work = work
        self._tombstones = Tombstones(secret)
        self._files = files

    async def erase(
        self,
        place: Place,
        owner: IdentityId,
        item: ItemId,
        asking: TurnId | None = None,
        step: StepStart | None = None,
    ) -> Erased:
        """Forgets an item of the owner's that may be used in a place, with all that holds it.

        `asking` is the turn that asks for it, whose words are forgotten too. Raises NotFound, also for an item that is
        there but is somebody else's.
        """
        readable = self._scopes.read_in(place)

        def selected(connection: Connection) -> Selection:
            return select_items(connection, [own_item(connection, owner, item, readable)], asking)

        return await self._erase(ErasureKind.ITEM, owner, selected, step)

    async def about(self, place: Place, owner: IdentityId, topic: str) -> About:
        """Returns what somebody keeps or has said of a topic, as far as a place may use it; nothing is changed."""
        readable, private = self._scopes.read_in(place), self._scopes.private_to(owner)

        def query(connection: Connection) -> About:
            named = [item for one in private for item in own_items_about(connection, owner, topic, one, readable)]
            selection = select_items(connection, named) if named else Selection()
            shown = [item for item in selection.items if item.owner == owner and not _is_reply(item)]
            return About(tuple(shown), sum(_is_reply(item) for item in selection.messages))

        return await self._ground.reads.read(query)

    async def erase_topic(self, place: Place, owner: IdentityId, items: Sequence[ItemId]) -> Erased:
        """Forgets just the items that `about` has shown, with the replies that hold them.

        What is gone since is passed over. Raises NotFound for one that is not the owner's to forget in a place.
        """
        readable = self._scopes.read_in(place)

        def selected(connection: Connection) -> Selection:
            hidden = set(connection.execute(select(erasing.c.item_id).where(erasing.c.item_id.in_(items))).scalars())
            there = {item.id for item in items_by_id(connection, items) if item.content} - hidden
            return select_items(connection, [own_item(connection, owner, item, readable) for item in sorted(there)])

        return await self._erase(ErasureKind.TOPIC, owner, selected)

    async def erase_expired(self, items: Sequence[ItemId]) -> Erased:
        """Lets go of items that have been kept as long as they should be, and of nothing else but their copies."""

        def selected(connection: Connection) -> Selection:
            found = items_by_id(connection, items)
            return Selection(
                tuple(item for item in found if isinstance(item, Memory)),
                tuple(item for item in found if isinstance(item, Message)),
            )

        return await self._erase(ErasureKind.RETENTION, None, selected)

    async def erase_person(self, person: IdentityId) -> Erased:
        """Forgets everything about a person; whoever comes from their addresses later is somebody new.

        What is under way for them comes to nothing: it raises NotFound.
        """
        task, now = await self._new_task(person), self._ground.clock.now()
        self._scopes.forget(person)

        def op(connection: Connection) -> list[ItemId]:
            self._begin(connection, task, ErasureKind.PERSON, person, now)
            return hide_person(connection, task.erasure, person)

        try:
            hidden = await self._ground.queue.write(op, self._ground.cache.erased)
        except (NothingKept, QueueFull):  # they are not forgotten, and go on
            self._scopes.know_again(person)
            raise
        return Erased(task.erasure, tuple(hidden), self._expected_by(now))

    async def take_back(self, place: Place, owner: IdentityId, memory: ItemId) -> None:
        """Takes one memory of the owner's back, and puts what it superseded in force again; what was said stays."""
        readable, now = self._scopes.read_in(place), self._ground.clock.now()

        def op(connection: Connection) -> tuple[ItemId, list[Item]]:
            bury(connection, [self._tombstones.of_item(memory)], now)  # it stays taken back when a backup is restored
            return memory, take_back(connection, own_memory(connection, owner, memory, readable))

        def changed(outcome: tuple[ItemId, list[Item]]) -> None:
            self._ground.cache.erased([outcome[0]])
            self._ground.cache.wrote(outcome[1])

        await self._ground.queue.write(op, changed)

    async def progress(self, place: Place, owner: IdentityId) -> list[Progress]:
        """Returns how far somebody's forgetting is, newest first; nothing in a place that others read."""
        if place.readers != OneReader(owner):
            return []
        return await self._ground.reads.read(lambda connection: _progress(connection, erasures.c.owner_id == owner))

    async def progress_of(self, erasure: ErasureId) -> Progress | None:
        """Returns how far an erasure is: for who began it, and may be nobody's any more."""
        found = await self._ground.reads.read(lambda connection: _progress(connection, erasures.c.id == erasure))
        return found[0] if found else None

    async def is_forgotten_text(self, kind: Channel, address: str, text: str) -> bool:
        """Whether somebody has had a text of theirs forgotten, so that an import must not bring it back."""
        name = self._tombstones.of_text(self._tombstones.of_address(kind, address), text)
        return await self._ground.reads.read(lambda connection: is_buried(connection, name))

    async def go_on(self, payload: str) -> None:
        """Does what is left of an erasure: rows, bytes, backups. Raises BytesLeft, CopyNotErased, CopyNotWritten."""
        task = _Task.of(payload)
        while await self._step(task):
            pass
        await self._erase_bytes(task)
        await self._erase_copies()

    async def resume(self) -> None:
        """Takes up again what was given up: what is hidden must go in the end. Called at the start and now and then."""
        given_up = (queue.c.type == JobType.ERASURE) & (queue.c.state == JobState.FAILED)
        again = update(queue).where(given_up).values(state=JobState.PENDING, attempts=0)
        await self._ground.queue.write(lambda connection: connection.execute(again).rowcount)

    async def finish(self) -> None:
        """Does all that is left of every erasure, where no background would do it."""
        while jobs := (await self._work.claim_own([JobType.ERASURE])).jobs:
            for job in jobs:
                await self.go_on(job.payload)
                await self._work.complete_own(job)

    async def _erase(
        self,
        kind: ErasureKind,
        owner: IdentityId | None,
        selected: Callable[[Connection], Selection],
        step: StepStart | None = None,
    ) -> Erased:
        task, now = await self._new_task(owner), self._ground.clock.now()

        def op(connection: Connection) -> Selection:
            selection = selected(connection)
            self._begin(connection, task, kind, owner, now)
            hide(connection, task.erasure, selection.ids)
            if step is not None:
                connection.execute(INSERT_STEP, {**effect_row(step, FORGOTTEN), "arguments": FORGOTTEN})
            return selection

        selection = await self._ground.queue.write(op, lambda hidden: self._ground.cache.erased(hidden.ids))
        if len(selection.ids) <= STEP_ITEMS:  # a step's worth is done while whoever asks waits
            await self._step(task)
        languages = frozenset(item.language for item in selection.items)
        return Erased(task.erasure, selection.ids, self._expected_by(now), selection.words, languages)

    async def _new_task(self, owner: IdentityId | None) -> _Task:
        links = select(identity_links.c.kind, identity_links.c.address).where(identity_links.c.identity_id == owner)
        found = await self._ground.reads.read(lambda connection: connection.execute(links).all())
        addresses = tuple(self._tombstones.of_address(row.kind, row.address) for row in found)
        return _Task(ErasureId(self._ground.ids.next()), addresses)

    def _begin(
        self, connection: Connection, task: _Task, kind: ErasureKind, owner: IdentityId | None, now: datetime
    ) -> None:
        row = {"id": task.erasure, "kind": kind, "state": ErasureState.HIDDEN, "owner_id": owner, "asked_at": now}
        connection.execute(insert_into(erasures), row)
        if kind is ErasureKind.PERSON and owner is not None:
            bury(connection, [self._tombstones.of_person(owner)], now)
        # The erasure's own number does for its job: numbers are unique across all that is numbered.
        job = own_job_row(JobId(task.erasure), JobType.ERASURE, str(task.erasure), task.payload(), now)
        insert_job(connection, job)

    def _expected_by(self, now: datetime) -> datetime:
        copies = self._files.copies_bytes() if self._files is not None else 0
        return now + _FIRST + timedelta(seconds=copies / _COPY_BYTES_A_SECOND)

    async def _step(self, task: _Task) -> bool:
        """Erases some rows; False when none are left."""
        now = self._ground.clock.now()

        def op(connection: Connection) -> tuple[bool, set[ItemId]]:
            erasure = connection.execute(select(erasures).where(erasures.c.id == task.erasure)).one()
            if erasure.state is not ErasureState.HIDDEN:
                return False, set()
            kind, owner = erasure.kind, erasure.owner_id
            gone = erase_step(connection, task.erasure, kind, owner, self._tombstones, task.addresses, now)
            if gone or kind is not ErasureKind.PERSON:
                return bool(gone), gone
            late = hide_items_of(connection, task.erasure, owner)  # what was under way just then
            return bool(late) or erase_rest_of_person(connection, owner), set(late)

        outcome = await self._ground.queue.write(op, lambda outcome: self._ground.cache.erased(outcome[1]))
        return outcome[0]

    async def _erase_bytes(self, task: _Task) -> None:
        """Overwrites the bytes of an erasure, and of all others of which no row is left either."""
        if self._files is None:
            return
        # A person's has more to it than items, and says itself when that is done.
        rowless = (erasures.c.kind != ErasureKind.PERSON) & ~exists().where(erasing.c.erasure_id == erasures.c.id)
        which = (erasures.c.state == ErasureState.HIDDEN) & (rowless | (erasures.c.id == task.erasure))
        ids = await self._ids(which)
        if ids:
            await erase_bytes(self._ground.queue, self._files.database)
            await self._move(ids, ErasureState.HIDDEN, state=ErasureState.ERASED, erased_at=self._ground.clock.now())

    async def _erase_copies(self) -> None:
        """Erases in every copy what is gone from the database, and looks again for copies made meanwhile."""
        if self._files is None:
            return
        ids = await self._ids(erasures.c.state == ErasureState.ERASED)
        gone_through: set[Seen] = set()
        while ids:
            new = await self._files.erase_in_copies(gone_through, self._ground.clock.now())
            await self._move(ids, ErasureState.ERASED, state=ErasureState.DONE, done_at=self._ground.clock.now())
            if not new:
                return
            gone_through |= new

    async def _ids(self, which: ColumnElement[bool]) -> list[ErasureId]:
        query = select(erasures.c.id).where(which)
        return await self._ground.reads.read(
            lambda connection: [ErasureId(one) for one in connection.execute(query).scalars()]
        )

    async def _move(self, ids: Sequence[ErasureId], before: ErasureState, **values: object) -> None:
        change = update(erasures).where(erasures.c.id.in_(ids), erasures.c.state == before).values(values)
        await self._ground.queue.write(lambda connection: connection.execute(change).rowcount)


def begin_in_copies(connection: Connection, erasure: ErasureId, now: datetime) -> None:
    """Has all copies gone through once more, for what is gone from the database itself."""
    row = {"id": erasure, "kind": ErasureKind.ITEM, "state": ErasureState.ERASED, "asked_at": now, "erased_at": now}
    connection.execute(insert_into(erasures), row)
    payload = _Task(erasure, ()).payload()
    insert_job(connection, own_job_row(JobId(erasure), JobType.ERASURE, str(erasure), payload, now))


def _is_reply(item: Item) -> bool:
    return isinstance(item, Message) and item.direction is Direction.OUT


def _progress(connection: Connection, which: ColumnElement[bool]) -> list[Progress]:
    rows = connection.execute(select(erasures).where(which).order_by(erasures.c.id.desc()))
    return [Progress(ErasureId(row.id), row.kind, row.state, row.asked_at, row.erased_at, row.done_at) for row in rows]
