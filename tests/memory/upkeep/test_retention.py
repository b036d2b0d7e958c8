"""Retention: what goes after which time, whose choice that is, and what never goes by age."""

from datetime import timedelta

from memory import RETENTION_DAYS, BlockEdit, ItemId, KeptFor, LogLevel, NewMemory, Tier, Trust
from memory.tables.metrics import performance_metrics
from tests.memory.scene import DM, GENERAL, Scene, opened, writer_of

DAY = timedelta(days=1)
FOR_EVER = KeptFor(messages=0, episodic=0, metrics=0)


async def remembers(scene: Scene, name: str, text: str, tier: Tier = Tier.SEMANTIC) -> ItemId:
    person = await scene.person(name)
    memory = await scene.store.memories.add(scene.place(DM, person), person.id, NewMemory(text, Trust.SAID, tier))
    return memory.id


async def kept(scene: Scene) -> set[str]:
    rows = scene.rows("SELECT content FROM memories UNION ALL SELECT content FROM messages")
    return {str(content) for (content,) in rows}


async def test_messages_and_events_go_after_their_time_and_facts_and_blocks_stay(scene: Scene) -> None:
    await scene.asks_and_hears("EJ", "old line", "old reply")
    await remembers(scene, "EJ", "old fact")
    await remembers(scene, "EJ", "old event", Tier.EPISODIC)
    ej = await scene.person("EJ")
    await scene.store.blocks.edit(GENERAL, ej.id, "raid", BlockEdit("old block", Trust.SAID))
    everything = {"old line", "old reply", "old fact", "old event", "old block"}
    scene.clock.advance(364 * DAY)
    await scene.asks_and_hears("EJ", "new line", "new reply")
    assert await scene.store.retention.apply(KeptFor()) == 0
    scene.clock.advance(2 * DAY)
    assert await scene.store.retention.apply(FOR_EVER) == 0
    assert await kept(scene) == everything | {"new line", "new reply"}
    assert await scene.store.retention.apply(KeptFor(messages=365, episodic=0)) == 2
    assert await kept(scene) == {"old fact", "old event", "old block", "new line", "new reply"}
    assert await scene.store.retention.apply(KeptFor(messages=0, episodic=365)) == 1
    assert await kept(scene) == {"old fact", "old block", "new line", "new reply"}
    assert await scene.store.retention.apply(KeptFor()) == 0


async def test_a_fact_outlives_the_line_that_it_was_taken_from(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "my cat is called Miso")
    line = await scene.line_of(turn)
    new = NewMemory("EJ's cat is called Miso", Trust.SAID, source=line.id)
    memory = await scene.store.memories.add(turn.place, turn.asker.id, new)
    scene.clock.advance(366 * DAY)
    assert await scene.store.retention.apply(KeptFor()) == 2
    assert await scene.store.memories.of_owner(turn.place, turn.asker.id) == [memory]


async def test_a_shorter_time_of_one_s_own_counts_for_one_s_own_things_alone(scene: Scene) -> None:
    for name in ("EJ", "Ana"):
        await scene.asks_and_hears(name, f"line of {name}", f"reply to {name}", GENERAL)
        await remembers(scene, name, f"event of {name}", Tier.EPISODIC)
        await remembers(scene, name, f"fact of {name}")
    ej, ana = scene.people["EJ"], scene.people["Ana"]
    await scene.store.people.prefer(ej.id, RETENTION_DAYS, 30)
    await scene.store.people.prefer(ana.id, RETENTION_DAYS, 1_000)
    scene.clock.advance(31 * DAY)
    await scene.store.retention.apply(KeptFor())
    of_ana = {"line of Ana", "reply to Ana", "event of Ana", "fact of Ana"}
    assert await kept(scene) == {"fact of EJ", *of_ana}
    scene.clock.advance(335 * DAY)
    await scene.store.retention.apply(KeptFor())
    assert await kept(scene) == {"fact of EJ", "fact of Ana"}


async def test_working_memories_go_when_their_session_has_ended(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "call me Zed for now")
    new = NewMemory("EJ is called Zed today", Trust.SAID, tier=Tier.WORKING, session=turn.session)
    memory = await scene.store.memories.add(turn.place, turn.asker.id, new)
    assert await scene.store.retention.expired(FOR_EVER) == []
    scene.clock.advance(timedelta(minutes=31))
    assert await scene.store.retention.expired(FOR_EVER) == [memory.id]
    assert await scene.store.retention.apply(FOR_EVER) == 1
    assert scene.rows("SELECT count(*) FROM memories") == [(0,)]


async def test_a_line_that_waits_for_its_answer_is_not_too_old(scene: Scene) -> None:
    await scene.asks("EJ", "are you there?")
    scene.clock.advance(400 * DAY)
    assert await scene.store.retention.expired(KeptFor()) == []


async def test_more_than_one_erasure_takes_goes_too(scene: Scene) -> None:
    for number in range(5):
        await remembers(scene, "EJ", f"event {number}", Tier.EPISODIC)
    scene.clock.advance(366 * DAY)
    assert len(await scene.store.retention.expired(KeptFor(), limit=3)) == 3
    assert await scene.store.retention.apply(KeptFor()) == 5


async def test_old_metrics_go(scene: Scene) -> None:
    now = scene.clock.now()
    async with opened(scene.path.parent / "other", scene.clock) as other:
        pass
    with writer_of(other.path) as writer:
        for days in (0, 89, 91):
            row = {"name": "depth", "at": now - days * DAY, "value": days}
            writer.core.execute(performance_metrics.insert(), row)
    async with opened(other.path, scene.clock) as other:
        await other.store.retention.apply(KeptFor())
        assert other.rows("SELECT value FROM performance_metrics WHERE name = 'depth' ORDER BY value") == [(0,), (89,)]


async def test_old_lines_of_the_log_go(scene: Scene) -> None:
    for days in (0, 2, 91):
        scene.store.logs.keep(LogLevel.ERROR, f"event {days}", {})
        scene.clock.advance(days * DAY)
    await scene.says("EJ", "any write takes them along")
    await scene.store.retention.apply(FOR_EVER)
    assert len(await scene.store.logs.last(9)) == 3
    await scene.store.retention.apply(KeptFor())
    assert [line.event for line in await scene.store.logs.last(9)] == []
    scene.store.logs.keep(LogLevel.ERROR, "new", {})
    await scene.says("EJ", "another write")
    await scene.store.retention.apply(KeptFor())
    assert [line.event for line in await scene.store.logs.last(9)] == ["new"]
