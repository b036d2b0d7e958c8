"""Figures for admins: counts of what everybody in a guild can read, and of everything for the owner."""

from datetime import timedelta

from memory import BlockEdit, ItemCount, NewMemory, ScopeKind, Tier, Trust
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, STAFF, Scene


async def test_a_guild_s_figures_are_those_of_what_everybody_in_it_reads(scene: Scene) -> None:
    for who, place in (("Ana", GENERAL), ("Bob", GENERAL), ("Ana", GENERAL), ("Ana", STAFF), ("Cleo", OTHER_GUILD)):
        await scene.asks_and_hears(who, "hello", place=place)
    await scene.asks_and_hears("Dan", "hello", place=DM)
    figures = scene.store.figures
    assert [(one.name, one.answers) for one in await figures.people(30, 10, "guild")] == [("Ana", 2), ("Bob", 1)]
    assert [(one.name, one.answers) for one in await figures.people(30, 10)] == [
        ("Ana", 3),
        ("Bob", 1),
        ("Cleo", 1),
        ("Dan", 1),
    ]
    here, everywhere = await figures.traffic(30, "guild"), await figures.traffic(30)
    assert (here.people, here.answers, here.messages_by_day) == (2, 3, {"2026-11-21": 3})
    assert (everywhere.people, everywhere.answers, everywhere.messages_by_day) == (4, 6, {"2026-11-21": 6})
    assert (await figures.traffic(30, "no guild")).answers == 0


async def test_what_is_older_or_has_no_answer_is_not_counted(scene: Scene) -> None:
    await scene.asks_and_hears("Ana", "hello", place=GENERAL)
    scene.clock.advance(timedelta(days=31))
    await scene.asks("Ana", "hello?", place=GENERAL)
    traffic = await scene.store.figures.traffic(30, "guild")
    assert (traffic.people, traffic.answers, traffic.messages_by_day) == (0, 0, {"2026-12-22": 1})
    assert await scene.store.figures.people(30, 10, "guild") == []


async def test_items_are_counted_by_what_they_are_and_who_may_see_them(scene: Scene) -> None:
    ana = await scene.person("Ana")
    await scene.store.memories.add(scene.place(DM, ana), ana.id, NewMemory("I like tea", Trust.SAID))
    await scene.store.memories.add(GENERAL, ana.id, NewMemory("I like rain", Trust.SAID, tier=Tier.EPISODIC))
    await scene.store.blocks.edit(scene.place(DM, ana), ana.id, "pets", BlockEdit("a cat", Trust.SAID))
    await scene.says("Ana", "hello", STAFF)
    assert await scene.store.figures.items() == [
        ItemCount("episodic", ScopeKind.GUILD, 1),
        ItemCount("semantic", ScopeKind.PRIVATE, 1),
        ItemCount("block", ScopeKind.PRIVATE, 1),
        ItemCount("message", ScopeKind.CHANNEL, 1),
    ]
    assert await scene.store.figures.vectors() == 0
