"""Condensing: a summary is found in the place of what it was made of, by whoever could see that, and can be undone."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from memory import (
    FinishedReply,
    KeptFor,
    Memory,
    Message,
    NewMemory,
    NotFound,
    OldTalk,
    Place,
    Question,
    Recall,
    Tier,
    Trust,
)
from memory.tables.memories import memories
from memory.upkeep.condensing import AT_LEAST, AT_MOST
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, STAFF, Scene, faults_of, opened, tables_holding, writer_of

DAY = timedelta(days=1)


async def talk(
    scene: Scene, name: str = "EJ", place: Place = DM, turns: int = AT_LEAST // 2, what: str = "fig"
) -> None:
    for number in range(turns):
        await scene.asks_and_hears(name, f"{what} line {number}", f"{what} reply {number}", place)


async def old_talks(scene: Scene) -> list[OldTalk]:
    before = scene.clock.now() - 30 * DAY
    return list((await scene.store.condensing.old_talks(before)).talks)


async def condensed(scene: Scene, text: str) -> tuple[OldTalk, Memory]:
    (old,) = await old_talks(scene)
    summary = await scene.store.condensing.keep(old, text)
    assert summary is not None
    return old, summary


async def finds(scene: Scene, place: Place, word: str, name: str = "EJ") -> list[str]:
    person = await scene.person(name)
    found = await scene.store.search.find(Question(scene.place(place, person), person.id, word, 20))
    return [hit.item.content for hit in found.hits]


async def test_old_talk_is_found_through_its_summary_until_it_is_restored(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        begun = scene.clock.now()
        await talk(scene)
        scene.clock.advance(31 * DAY)
        old, summary = await condensed(scene, "EJ told of figs")
        assert (summary.tier, summary.trust, summary.scopes) == (Tier.EPISODIC, Trust.DERIVED, old.scopes)
        assert summary.valid_from == summary.created_at == begun
        assert await finds(scene, DM, "fig") == ["EJ told of figs"]
        assert await old_talks(scene) == []
        kinds = scene.rows("SELECT DISTINCT from_id, kind FROM memory_relationships")
        assert kinds == [(summary.id, "derived_from")]
        ej = scene.people["EJ"]
        private = scene.place(DM, ej)
        item = await scene.store.search.item(private, old.messages[0].id)
        assert isinstance(item, Message)
        assert item.compressed_into == summary.id
    assert faults_of(tmp_path) == []
    async with opened(tmp_path, scene.clock) as scene:
        assert await scene.store.condensing.restore(private, ej.id, summary.id) == AT_LEAST
        assert len(await finds(scene, DM, "fig")) == AT_LEAST
        assert await scene.store.memories.get(private, summary.id) is None
        assert scene.rows("SELECT count(*) FROM memory_relationships") == [(0,)]
    assert faults_of(tmp_path) == []


async def test_recent_short_and_foreign_talk_is_left_as_it_is(scene: Scene) -> None:
    await talk(scene, turns=AT_LEAST // 2 - 1)
    await talk(scene, "Ana", GENERAL, turns=AT_LEAST // 2 - 1)
    await talk(scene, "Bob", GENERAL, turns=AT_LEAST // 2 - 1)
    scene.clock.advance(29 * DAY)
    assert await old_talks(scene) == []
    scene.clock.advance(2 * DAY)
    assert await old_talks(scene) == []


async def test_nobody_s_words_mix_and_the_scope_stays(scene: Scene) -> None:
    for name, place in (("EJ", STAFF), ("Ana", STAFF), ("EJ", GENERAL), ("EJ", DM)):
        await talk(scene, name, place, what=f"{name}x{place.channel_id}")
    scene.clock.advance(31 * DAY)
    talks = await old_talks(scene)
    assert len(talks) == 4
    for old in talks:
        assert {message.owner for message in old.messages} == {old.owner}
        assert len({message.content.split()[0] for message in old.messages}) == 1
        await scene.store.condensing.keep(old, f"summary of {old.messages[0].content}")
    assert await finds(scene, GENERAL, "summary", "Bob") == ["summary of EJxgeneral line 0"]
    assert len(await finds(scene, STAFF, "summary", "Bob")) == 3
    assert await finds(scene, OTHER_GUILD, "summary") == []
    assert len(await finds(scene, DM, "summary")) == 3
    assert await finds(scene, DM, "summary", "Ana") == ["summary of Anaxstaff line 0"]


async def test_a_summary_is_trusted_no_more_than_its_least_source(scene: Scene) -> None:
    await talk(scene, turns=AT_LEAST // 2 - 1)
    await scene.asks_and_hears("EJ", "what does the page say?", FinishedReply("Obey.", Trust.EXTERNAL))
    scene.clock.advance(31 * DAY)
    _, summary = await condensed(scene, "a page was read")
    assert summary.trust is Trust.EXTERNAL


async def test_a_long_talk_becomes_several_summaries_of_one_size(scene: Scene) -> None:
    await talk(scene, turns=AT_MOST // 2 + 1)
    scene.clock.advance(31 * DAY)
    assert [len(old.messages) for old in await old_talks(scene)] == [AT_MOST // 2 + 1] * 2


async def test_many_sessions_are_read_bit_by_bit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.upkeep.condensing.SESSIONS_READ", 2)
    for number in range(3):
        await talk(scene, place=DM, what=f"talk{number}")
        scene.clock.advance(DAY)
    scene.clock.advance(31 * DAY)
    before = scene.clock.now() - 30 * DAY
    first = await scene.store.condensing.old_talks(before)
    assert [len(first.talks), first.next is None] == [2, False]
    second = await scene.store.condensing.old_talks(before, first.next)
    assert [len(second.talks), second.next is None] == [1, True]


async def test_a_talk_that_was_changed_meanwhile_is_not_summed_up(scene: Scene) -> None:
    await talk(scene)
    scene.clock.advance(31 * DAY)
    (old,) = await old_talks(scene)
    ej = scene.people["EJ"]
    await scene.store.erasure.erase(scene.place(DM, ej), ej.id, old.messages[0].id)
    assert await scene.store.condensing.keep(old, "EJ told of figs") is None
    assert scene.rows("SELECT count(*) FROM memories") == [(0,)]


async def test_forgetting_an_original_takes_the_summary_and_brings_the_others_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await talk(scene)
        await scene.asks_and_hears("EJ", "the zanzibar canary sings", "Noted.")
        scene.clock.advance(31 * DAY)
        old, summary = await condensed(scene, "EJ told of figs and a zanzibar canary")
        ej = scene.people["EJ"]
        private = scene.place(DM, ej)
        (canary,) = (message for message in old.messages if "canary" in message.content)
        await scene.store.erasure.erase(private, ej.id, canary.id)
        assert await scene.store.memories.get(private, summary.id) is None
        assert await finds(scene, DM, "canary") == []
        assert len([text for text in await finds(scene, DM, "fig") if "fig" in text]) == AT_LEAST
    assert faults_of(tmp_path) == []


async def test_forgetting_an_original_takes_what_its_summary_was_edited_or_shared_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await talk(scene, place=GENERAL)
        await scene.asks_and_hears("EJ", "the zanzibar canary sings", "Noted.", GENERAL)
        scene.clock.advance(31 * DAY)
        old, summary = await condensed(scene, "EJ told of figs and zanzibar")
        ej, memories = scene.people["EJ"], scene.store.memories
        private = scene.place(DM, ej)
        edited = await memories.supersede(private, ej.id, summary.id, NewMemory("Figs, and Zanzibar!", Trust.SAID))
        shared = await memories.share(GENERAL, ej.id, edited.id)
        await memories.share(OTHER_GUILD, ej.id, shared.id)
        assert await finds(scene, OTHER_GUILD, "zanzibar", "Ana") == ["Figs, and Zanzibar!"]
        (canary,) = (message for message in old.messages if "canary" in message.content)
        await scene.store.erasure.erase(private, ej.id, canary.id)
        assert await memories.ever_of(private, ej.id) == []
        assert len(await finds(scene, DM, "fig")) == AT_LEAST
    assert tables_holding(tmp_path, "zanzibar") == []
    assert faults_of(tmp_path) == []


async def test_an_edited_summary_is_restored_with_what_it_was_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await talk(scene)
        scene.clock.advance(31 * DAY)
        _, summary = await condensed(scene, "EJ told of figs")
        ej = scene.people["EJ"]
        private = scene.place(DM, ej)
        edited = await scene.store.memories.supersede(private, ej.id, summary.id, NewMemory("Figs!", Trust.SAID))
        assert await scene.store.condensing.restore(private, ej.id, edited.id) == AT_LEAST
        assert len(await finds(scene, DM, "fig")) == AT_LEAST
        assert await scene.store.memories.ever_of(private, ej.id) == []
    assert faults_of(tmp_path) == []


async def test_a_summary_in_a_circle_is_restored_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await talk(scene)
        scene.clock.advance(31 * DAY)
        _, summary = await condensed(scene, "EJ told of figs")
        private = scene.place(DM, scene.people["EJ"])
        owner = scene.people["EJ"].id
        edited = await scene.store.memories.supersede(private, owner, summary.id, NewMemory("Figs!", Trust.SAID))
    with writer_of(tmp_path) as writer, writer.core.begin():
        circle = update(memories).where(memories.c.id == edited.id).values(superseded_by=summary.id)
        writer.core.execute(circle)
    async with opened(tmp_path) as scene:
        scene.clock.advance(31 * DAY)
        assert await scene.store.condensing.restore(private, owner, edited.id) == AT_LEAST


async def test_retention_takes_the_originals_and_leaves_the_summary(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await talk(scene)
        scene.clock.advance(31 * DAY)
        _, summary = await condensed(scene, "EJ told of figs")
        scene.clock.advance(335 * DAY)
        assert await scene.store.retention.apply(KeptFor()) == AT_LEAST
        assert await finds(scene, DM, "figs") == ["EJ told of figs"]
        ej = scene.people["EJ"]
        with pytest.raises(NotFound):
            await scene.store.condensing.restore(scene.place(DM, ej), ej.id, summary.id)
    assert faults_of(tmp_path) == []


async def test_nobody_restores_a_summary_of_somebody_else_or_out_of_sight(scene: Scene) -> None:
    await talk(scene, place=STAFF)
    scene.clock.advance(31 * DAY)
    _, summary = await condensed(scene, "EJ told of figs")
    ej, ana = scene.people["EJ"], await scene.person("Ana")
    for place, person in ((STAFF, ana), (OTHER_GUILD, ej), (scene.place(DM, ana), ana)):
        with pytest.raises(NotFound):
            await scene.store.condensing.restore(place, person.id, summary.id)
    assert await finds(scene, STAFF, "figs") == ["EJ told of figs"]


async def test_undo_does_not_reach_for_a_summary(scene: Scene) -> None:
    await talk(scene)
    scene.clock.advance(31 * DAY)
    await condensed(scene, "EJ told of figs")
    ej = scene.people["EJ"]
    since: datetime = scene.clock.now() - timedelta(hours=1)
    assert await scene.store.memories.last_change(scene.place(DM, ej), ej.id, since) is None


async def test_a_reply_made_with_a_summary_is_found_when_an_original_is_forgotten_after_its_return(
    scene: Scene,
) -> None:
    await talk(scene, what="canary")
    scene.clock.advance(31 * DAY)
    old, summary = await condensed(scene, "EJ told of a canary")
    turn = await scene.asks("EJ", "what did I tell?")
    reply = FinishedReply("Of a canary.", Trust.DERIVED, recalled=(Recall(summary.id, 1.0, "holds tell"),))
    await scene.finishes(turn, reply)
    await scene.store.condensing.restore(turn.place, turn.asker.id, summary.id)
    erased = await scene.store.erasure.erase(turn.place, turn.asker.id, old.messages[0].id)
    assert turn.reply in erased.items
