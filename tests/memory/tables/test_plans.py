"""Each query that a feature needs uses an index: no plan walks through a table that grows."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from memory import (
    RETENTION_DAYS,
    BlockEdit,
    Booking,
    Channel,
    FinishedReply,
    IncomingMessage,
    ItemId,
    JobType,
    KeptFor,
    Learned,
    NewMemory,
    NotFound,
    Part,
    PartKind,
    Question,
    Recall,
    Tier,
    Trust,
)
from tests.memory.scene import DM, GENERAL, Scene, opened
from tests.memory.word_embedding import WordEmbedding

#: Tables that hold a row or so for each person, place or setting may be walked through; these grow with every turn.
GROWING = (
    "memories",
    "messages",
    "queue",
    "steps",
    "prompt_parts",
    "recalls",
    "model_usage_stats",
    "items_fts",
    "embeddings",
    "earlier",
    "memory_relationships",
)
_WALK = re.compile(rf"SCAN (?:{'|'.join(GROWING)})\b")
#: An index of all messages that is asked only for the channel gives half of everything.
_NEARLY_ALL = "sqlite_autoindex_messages_1 (channel=?)"


class Plans:
    """Writes down the plan of every statement that runs on any connection."""

    def __init__(self) -> None:
        self.walks: list[str] = []
        self.seen: set[str] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        event.listen(Engine, "before_cursor_execute", self._explain)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._explain)

    def _explain(
        self,
        connection: Connection,
        cursor: object,
        sql: str,
        parameters: Sequence[object],
        context: object,
        many: bool,
    ) -> None:
        if not sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")) or many or sql in self.seen:
            return
        self.seen.add(sql)
        driver = connection.connection.cursor()
        driver.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        for row in driver.fetchall():
            plan = str(row[3])
            if (_WALK.search(plan) and "VIRTUAL TABLE" not in plan) or plan.endswith(_NEARLY_ALL):
                self.walks.append(f"{plan}: {' '.join(sql.split())}")
        driver.close()


@pytest.fixture
async def filled(tmp_path: Path) -> AsyncIterator[Scene]:
    """Some rows of several people."""
    async with opened(tmp_path, hot_items=0) as scene:
        for number in range(40):
            name = f"person {number % 8}"
            turn = await scene.asks_and_hears(name, f"line {number} of pizza", place=GENERAL if number % 2 else DM)
            await scene.store.memories.add(turn.place, turn.asker.id, NewMemory(f"fact {number}", Trust.SAID))
        yield scene


async def test_no_query_of_a_feature_walks_through_a_table_that_grows(filled: Scene) -> None:
    plans = Plans()
    with plans.watching():
        await everything(filled)
    assert len(plans.seen) > 60
    assert plans.walks == []


async def test_giving_items_their_vectors_walks_through_no_table_that_grows(filled: Scene) -> None:
    plans = Plans()
    with plans.watching():
        for model in ("one", "another"):
            embedder = filled.store.search.use_embeddings(WordEmbedding(model))
            running = asyncio.create_task(embedder.run())
            await embedder.idle()
            running.cancel()
        ej = await filled.person("person 1")
        place = filled.place(GENERAL, ej)
        found = await filled.store.search.find(Question(place, ej.id, "line of pizza", 5))
        await filled.store.erasure.erase(place, ej.id, next(h.item.id for h in found.hits if h.item.owner == ej.id))
    once = (
        "SELECT count(*)",
        "SELECT DISTINCT embeddings.item_id",
    )  # in an index, when a look through all begins or ends
    assert [walk for walk in plans.walks if not walk.split(": ", 1)[1].startswith(once)] == []
    assert any("DELETE FROM embeddings" in sql for sql in plans.seen)


async def everything(scene: Scene) -> None:
    """What turns, commands and the start ask for."""
    person = await scene.store.people.meet(Channel.DISCORD, "address of person 1", "person 1")
    await scene.store.erasure.resume()
    await scene.store.erasure.erase_person(person.id)
    await scene.store.erasure.finish()
    store = scene.store
    ej = await store.people.meet(Channel.DISCORD, "address of EJ", "EJ")
    scene.people["EJ"] = ej
    await store.people.known(Channel.DISCORD, "address of EJ")
    await store.talk.last_places(Channel.DISCORD, 10)
    await store.talk.unasked_since(GENERAL, scene.clock.now())
    await store.work.release_leases()
    await store.ledger.settle_left_behind()
    for place in (DM, GENERAL):
        where = scene.place(place, ej)
        await scene.tries_to_say("EJ", "I like pasta", place, most_a_minute=1)
        received = await scene.says("EJ", "I like pizza", place)
        assert received is not None
        await store.turns.unfinished(Channel.DISCORD)
        turn = await scene.takes_up(place, received)
        await store.platform.spoken(received.message, "I like pizza")
        await store.talk.conversation(where, turn.session, ItemId(0))
        await store.search.find(Question(where, ej.id, "what pizza does EJ like", 5))
        await store.search.find(Question(where, ej.id, "", 5))
        for _ in range(2):  # off it, and back on it
            await store.pausing.off_the_record(where, ej.id)
        await store.pausing.is_off_the_record(where, ej.id)
        own = where.only_for(ej.id)
        await store.pointed_at.said(own, ej.id, Channel.DISCORD, "external 1")
        await store.pointed_at.reply(own, ej.id, Channel.DISCORD, "platform 1")
        await store.pointed_at.reply_by_id(own, ej.id, turn.reply)
        await store.pointed_at.replies(own, ej.id, 25)
        await store.kept.of(own, ej.id)
        await store.ledger.of_person(ej.id, store.clock.now())
        await store.ledger.turns_since(ej.id, store.clock.now())
        usage = await store.ledger.reserve(Booking(turn.id, ej.id, None, "m", 10, 10))
        store.ledger.settle(usage, 1, 1, 1)
        step = store.steps.begin(f"key {turn.id}", turn.id, ej.id, "remember", "{}")
        new = NewMemory("EJ likes pizza", Trust.SAID, source=received.message.id)
        memory = await store.memories.add(where, ej.id, new, step)
        await store.steps.finish(step, "done", success=True)
        part = Part(PartKind.WORDS, "I like pizza", received.message.id)
        recall = Recall(memory.id, 1.0, "", step.id)
        reply = FinishedReply(
            "You like pizza.", Trust.DERIVED, deliveries=2, parts=(part,), recalled=(recall,), teaches=True
        )
        await scene.finishes(turn, reply)
        channels = (Channel.DISCORD, Channel.CONSOLE)
        for job in (await store.work.claim(channels, 16)).jobs:
            await store.turns.reply_to_deliver(where, job.item)
            await store.work.retry(job, "no network", timedelta(0))
        for job in (await store.work.claim(channels, 16)).jobs:
            await store.work.complete(job, "id")
        await store.platform.kept(where, ["id", "another id"])
        (own,) = (await store.work.claim_own([JobType.EXTRACTION])).jobs
        told = await store.learning.told(own)
        assert told is not None
        (learned,) = await store.learning.learn(
            own, told, [Learned("I like pizza", Tier.SEMANTIC, 5, 1.0, (memory.id,), memory.id)]
        )
        await store.work.notify(Channel.DISCORD, where.key, "hello", f"once {turn.id}")
        last = await store.talk.last_reply(where, ej.id)
        assert last is not None
        await store.turns.receipt(last)
        await store.platform_messages.reward(last.id, 1)
        await store.platform_messages.unreward(last.id, 1)
        await store.platform_messages.reply_of(Channel.DISCORD, "id")
        await store.platform_messages.said(Channel.DISCORD, received.message.external_id or "")
        await store.steps.of_turn(turn.id)
        await store.ledger.of_turn(turn.id)
        await store.search.item(where, memory.id)
        await store.memories.get(where, memory.id)
        await store.memories.of_owner(where, ej.id)
        await store.memories.last_change(where, ej.id, scene.clock.now())
        await store.talk.said_lines(where, ej.id, 20)
        await store.talk.cut_conversation(turn.session, turn.reply)
        newer = await store.memories.supersede(where, ej.id, learned.id, NewMemory("EJ likes pasta", Trust.SAID))
        await store.memories.as_of(where, ej.id, scene.clock.now())
        await store.memories.ever_of(where, ej.id)
        await store.memories.history(where, newer.id)
        await store.related_items.of(where, newer.id)
        block = await store.blocks.edit(where, ej.id, "food", BlockEdit("pizza", Trust.SAID))
        await store.blocks.edit(where, ej.id, "food", BlockEdit("pasta", Trust.SAID, append=True))
        await store.blocks.of_place(where, ej)
        working = NewMemory("EJ is hungry", Trust.SAID, tier=Tier.WORKING, session=turn.session, related=(newer.id,))
        await store.memories.add(where, ej.id, working)
        await store.search.find(Question(where, ej.id, "likes pizza", 60))
        await store.memories.of_owner(where, ej.id)
        secret = await store.memories.add(where, ej.id, NewMemory("EJ bakes", Trust.SAID))
        await store.memories.share(GENERAL, ej.id, secret.id)
        await store.people.prefer(ej.id, RETENTION_DAYS, 30)
        await store.retention.expired(KeptFor())
        with suppress(NotFound):
            await store.condensing.restore(where, ej.id, block.id)
        for old in (await store.condensing.old_talks(scene.clock.now() + timedelta(days=1))).talks[:1]:
            await store.condensing.keep(old, "a summary")
        await store.erasure.take_back(where, ej.id, newer.id)
        asking = await scene.asks("EJ", "forget it", place)
        await store.erasure.erase(where, ej.id, memory.id, asking.id)
        about = await store.erasure.about(where, ej.id, "pizza")
        await store.erasure.erase_topic(where, ej.id, [item.id for item in about.items])
        await store.erasure.erase_expired([asking.reply])
        await store.erasure.progress(scene.place(DM, ej), ej.id)
        await store.platform_messages.first(where, asking.reply)
        await store.platform_messages.sending(asking.reply)
        await store.platform_messages.sent(asking.reply, "another id")
        await store.turns.decline(asking.id, asking.reply)
        asked = await scene.says("EJ", "what about pasta", place)
        assert asked is not None
        former = await scene.takes_up(place, asked)
        await scene.finishes(former)
        external = asked.message.external_id or ""
        edited = IncomingMessage(external, where, Channel.DISCORD, "address of EJ", "EJ", "what about rice")
        assert await store.revisions.revise(edited) is not None
        again = store.turns.new(ej, where, former.session)
        assert await store.revisions.begin_anew(again, former.reply) is not None
        await store.platform_messages.take_away([former.reply])
        await store.turns.decline(again.id, again.reply)
        await store.talk.end_session(where)


async def test_admins_figures_walk_only_where_everything_is_counted(filled: Scene) -> None:
    plans = Plans()
    await filled.store.work.enqueue(JobType.CONDENSING, "1")
    for own in (await filled.store.work.claim_own([JobType.CONDENSING])).jobs:
        await filled.store.work.fail_own(own, "TypeError")
    with plans.watching():
        for guild in (None, "guild"):
            await filled.store.figures.people(30, 10, guild)
            await filled.store.figures.traffic(30, guild)
        await filled.store.jobs.oldest_due()
        for job in await filled.store.jobs.failed(10):
            await filled.store.jobs.retry(job.id)
            await filled.store.jobs.drop(job.id)
        assert plans.walks == []
        await filled.store.figures.items()
        await filled.store.figures.vectors()
        await filled.store.jobs.counts()
    assert {walk.split()[1].rstrip(":") for walk in plans.walks} == {"memories", "messages", "embeddings", "queue"}


async def test_an_export_and_an_import_find_a_person_s_items_by_an_index(scene: Scene, tmp_path: Path) -> None:
    """Calls and what they cost have none by person: they are walked through, once for an export."""
    turn = await scene.asks_and_hears("EJ", "hello")
    plans = Plans()
    with plans.watching():
        with (tmp_path / "me.json").open("wb") as out:
            await scene.store.exports.write(turn.asker.id, out)
        await scene.store.imports.look_at(turn.asker, tmp_path / "me.json")
    walked = {re.sub(r":.*", "", walk) for walk in plans.walks}
    assert walked == {"SCAN steps"}
