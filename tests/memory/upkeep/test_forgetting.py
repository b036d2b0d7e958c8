"""Forgetting to the last byte: of an item, a topic, a person, by age; in the database, its files and its backups."""

import contextlib
import os
import resource
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from memory import (
    FORGOTTEN,
    Booking,
    Channel,
    FinishedReply,
    ItemId,
    Message,
    NewMemory,
    NotFound,
    NothingKept,
    Part,
    PartKind,
    Question,
    Recall,
    Trust,
)
from memory.tables.erasures import ErasureKind, ErasureState
from memory.tables.index import unindex
from memory.upkeep.erase_copies import CopyNotErased, CopyNotWritten
from tests.memory.forgetting import files_holding
from tests.memory.scene import DM, GENERAL, Scene, faults_of, opened, tables_holding, writer_of

CANARY = "zqx7canary7"


async def chat(scene: Scene, name: str, lines: int, word: str = CANARY) -> None:
    """Somebody talks with Ember alone and in a channel, has things remembered, and Ember repeats them."""
    for number in range(lines):
        place = GENERAL if number % 3 else DM
        text = f"my {word}{number} is called {name} number {number}"
        turn = await scene.asks(name, text, place)
        line = await scene.line_of(turn)
        arguments = f'{{"content": "{text}"}}'
        step = scene.store.steps.begin(f"step {turn.id}", turn.id, turn.asker.id, "remember", arguments)
        new = NewMemory(text, Trust.SAID, source=line.id)
        memory = await scene.store.memories.add(turn.place, turn.asker.id, new, step)
        await scene.store.steps.finish(step, f"remembered {text}", success=True)
        usage = await scene.store.ledger.reserve(Booking(turn.id, turn.asker.id, None, "m", 10, 10))
        scene.store.ledger.settle(usage, 5, 0, 5)
        parts = (Part(PartKind.WORDS, text, line.id), Part(PartKind.RESULT, f"remembered {text}"))
        recalled = (Recall(memory.id, 0.9, f"holds {word}{number}"),)
        await scene.finishes(turn, FinishedReply(f"Noted: {text}", Trust.DERIVED, parts=parts, recalled=recalled))
        if not number % 10:
            scene.clock.advance(timedelta(hours=1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def test_a_forgotten_person_is_in_no_table_no_file_and_no_backup(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 40)
        await chat(scene, "Bob", 40, "teapot")
        ej = scene.people["EJ"]
        await scene.store.people.prefer(ej.id, "language", "de")
        await scene.store.backups.make()
        await scene.store.erasure.erase_person(ej.id)
        await scene.store.erasure.finish()
        # While it is open: the write-ahead log, and what the readers map, too.
        assert tables_holding(folder, CANARY) == []
        assert files_holding(folder, CANARY) == []
        assert files_holding(folder, "address of ej") == []
        assert scene.rows("SELECT count(*) FROM erasing") == [(0,)]
        bob = scene.people["Bob"]
        assert len(await scene.store.memories.of_owner(scene.place(DM, bob), bob.id)) == 40
        assert scene.rows("SELECT count(*), sum(output_tokens) FROM model_usage_stats") == [(80, 400)]
    assert faults_of(folder) == []
    assert files_holding(folder, CANARY) == []
    assert files_holding(folder, "teapot") != []


async def test_halves_of_copies_that_killed_processes_left_go_too(folder: Path) -> None:
    async with opened(folder) as scene:
        turn = await scene.asks_and_hears("EJ", f"my {CANARY} is red")
        backups = (await scene.store.backups.make()).file.parent
        halves = (
            backups / "ember-20261101T000000Z.db.partial",
            folder / "ember.db.restoring",
            folder / "ember.db.before-restore-20261101T000000Z.partial",
        )
        for half in halves:
            half.write_text(f"half of {CANARY}")
        await scene.store.erasure.erase(turn.place, turn.asker.id, (await scene.line_of(turn)).id)
        await scene.store.erasure.finish()
        assert files_holding(folder, CANARY) == []


async def test_a_backup_that_cannot_be_used_keeps_nothing_in_the_others(folder: Path) -> None:
    async with opened(folder) as scene:
        turn = await scene.asks_and_hears("EJ", f"my {CANARY} is red")
        bad = (await scene.store.backups.make()).file
        scene.clock.advance(timedelta(days=1))
        await scene.store.backups.make()
        bad.write_bytes(b"no database " * 300)
        os.utime(bad, (0, 0))
        erased = await scene.store.erasure.erase(turn.place, turn.asker.id, (await scene.line_of(turn)).id)
        with pytest.raises(CopyNotErased, match="delete it"):
            await scene.store.erasure.finish()
        assert files_holding(folder, CANARY) == []
        progress = await scene.store.erasure.progress_of(erased.erasure)
        assert progress is not None
        assert progress.state is ErasureState.ERASED  # nobody knows what stands in that one


async def test_a_full_disk_is_no_reason_to_delete_a_backup(folder: Path) -> None:
    async with opened(folder) as scene:
        turn = await scene.asks_and_hears("EJ", f"my {CANARY} is red")
        made = await scene.store.backups.make()
        erased = await scene.store.erasure.erase(turn.place, turn.asker.id, (await scene.line_of(turn)).id)
        files = scene.store.erasure._files
        assert files is not None
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (made.bytes // 2, most))
        try:
            with pytest.raises(CopyNotWritten, match="tried again"):
                await files.erase_in_copies((), scene.clock.now())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        await scene.store.erasure.finish()
        progress = await scene.store.erasure.progress_of(erased.erasure)
        assert progress is not None
        assert progress.state is ErasureState.DONE


async def test_a_person_is_unknown_and_unreadable_before_any_row_has_gone(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 6)
        ej, bob = scene.people["EJ"], await scene.person("Bob")
        place, general = scene.place(DM, ej), scene.place(GENERAL, bob)
        erased = await scene.store.erasure.erase_person(ej.id)
        assert scene.rows("SELECT count(*) FROM messages WHERE content LIKE ?", f"%{CANARY}%") == [(12,)]
        assert await scene.store.people.known(Channel.DISCORD, "address of EJ") is None
        for where in (place, general):
            assert await scene.store.memories.of_owner(where, ej.id) == []
            assert (await scene.store.search.find(Question(where, bob.id, f"{CANARY}1 {CANARY}2", 10))).hits == ()
            assert await scene.store.talk.last_reply(where, ej.id) is None
            for item in erased.items:
                assert await scene.store.search.item(where, item) is None
        del scene.people["EJ"]
        again = await scene.person("EJ")
        assert again.id != ej.id
        assert again.first_contact


async def test_a_person_stays_unreadable_and_goes_on_going_after_a_crash(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 6)
        ej = scene.people["EJ"]
        place = scene.place(DM, ej)
        await scene.store.erasure.erase_person(ej.id)
    async with opened(folder, scene.clock) as again:
        assert await again.store.memories.of_owner(place, ej.id) == []
        assert tables_holding(folder, CANARY)
        await again.store.erasure.finish()
        assert files_holding(folder, CANARY) == []
    assert faults_of(folder) == []


async def test_what_is_under_way_for_a_forgotten_person_comes_to_nothing(folder: Path) -> None:
    async with opened(folder) as scene:
        turn = await scene.asks("EJ", f"remember the {CANARY}")
        await scene.store.erasure.erase_person(turn.asker.id)
        with pytest.raises(NotFound):
            await scene.store.memories.add(turn.place, turn.asker.id, NewMemory(CANARY, Trust.SAID))
        await scene.store.erasure.finish()
        assert not await scene.finishes(turn, f"I noted the {CANARY}")
        assert files_holding(folder, CANARY) == []


async def test_who_could_not_be_forgotten_goes_on(folder: Path) -> None:
    async with opened(folder) as scene:
        turn = await scene.asks_and_hears("EJ", "hello")
        queue = scene.store.memories._ground.queue

        def pages(most: int) -> Callable[[Connection], object]:
            return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {most}").scalar_one()

        await queue.write(pages(1))
        for number in range(30):  # until nothing more goes into the pages that are there
            with contextlib.suppress(NothingKept):
                await scene.store.work.notify(Channel.DISCORD, "somewhere", "x" * 200, f"key {number}")
        with pytest.raises(NothingKept):
            await scene.store.erasure.erase_person(turn.asker.id)
        await queue.write(pages(1_000_000))
        new = NewMemory("EJ likes pizza", Trust.SAID)
        for place in (turn.place, scene.place(GENERAL, turn.asker)):
            await scene.store.memories.add(place, turn.asker.id, new)


async def test_others_keep_their_receipts_without_the_forgotten_persons_parts(folder: Path) -> None:
    async with opened(folder) as scene:
        asked = await scene.asks_and_hears("EJ", f"the party is at the {CANARY}", "Nice.", GENERAL)
        line = await scene.line_of(asked)
        own = Part(PartKind.WORDS, "where is the party?")
        parts = (own, Part(PartKind.RECALLED, line.content, line.id))
        recalled = (Recall(line.id, 0.9, "holds party"),)
        replies: list[Message] = []
        for text in (f"At the {CANARY}.", "I can't say."):
            answer = FinishedReply(text, Trust.EXTERNAL, parts=parts, recalled=recalled)
            bobs = await scene.asks_and_hears("Bob", "where is the party?", answer, GENERAL)
            reply = await scene.store.talk.last_reply(bobs.place, bobs.asker.id)
            assert reply is not None
            replies.append(reply)
        await scene.store.erasure.erase_person(asked.asker.id)
        for _ in ("hidden", "erased"):
            for reply in replies:
                receipt = await scene.store.turns.receipt(reply)
                assert [part.text for part in receipt.parts] == [own.text, FORGOTTEN]
            await scene.store.erasure.finish()
        said = scene.rows("SELECT content FROM messages WHERE direction = 'out' ORDER BY id")
        assert said == [("",), ("I can't say.",)]
        assert files_holding(folder, CANARY) == []
    assert faults_of(folder) == []


async def test_a_topic_is_shown_first_and_then_just_that_is_forgotten(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 3)
        await chat(scene, "EJ", 3, "teapot")
        ej = scene.people["EJ"]
        place = scene.place(DM, ej)
        about = await scene.store.erasure.about(place, ej.id, f"the {CANARY}1")
        assert {item.content for item in about.items} == {f"my {CANARY}1 is called EJ number 1"}
        assert (len(about.items), about.replies) == (2, 1)
        assert tables_holding(folder, f"{CANARY}1")
        await chat(scene, "EJ", 2)  # said after it was shown, so it stays
        shown = [item.id for item in about.items]
        erased = await scene.store.erasure.erase_topic(place, ej.id, shown)
        assert len(erased.items) == 3
        left = await scene.store.erasure.about(place, ej.id, f"{CANARY}1")
        assert len(left.items) == 2
        assert set(shown).isdisjoint(item.id for item in left.items)
        await scene.store.erasure.erase_topic(place, ej.id, shown)  # gone already: nothing to do


async def test_a_topic_takes_nobody_elses_items_nor_what_the_place_may_not_see(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 3)
        await chat(scene, "Bob", 3)
        ej, bob = scene.people["EJ"], scene.people["Bob"]
        in_guild = await scene.store.erasure.about(scene.place(GENERAL, ej), ej.id, f"{CANARY}0")
        assert in_guild.items == ()  # it was said in a DM
        bobs = await scene.store.erasure.about(scene.place(DM, bob), bob.id, f"{CANARY}0")
        with pytest.raises(NotFound):
            await scene.store.erasure.erase_topic(scene.place(DM, ej), ej.id, [item.id for item in bobs.items])
        assert (await scene.store.erasure.about(scene.place(DM, bob), bob.id, "the of is")).items == ()


async def test_retention_takes_just_what_it_is_given(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 4)
        ej = scene.people["EJ"]
        old = [ItemId(row[0]) for row in scene.rows("SELECT id FROM messages ORDER BY id LIMIT 4")]  # type: ignore[call-overload]
        await scene.store.erasure.erase_expired(old)
        await scene.store.erasure.finish()
        assert scene.rows("SELECT count(*) FROM messages") == [(4,)]
        assert len(await scene.store.memories.of_owner(scene.place(DM, ej), ej.id)) == 4
        assert "messages" not in "".join(tables_holding(folder, f"{CANARY}1"))
    assert faults_of(folder) == []


async def test_what_was_forgotten_does_not_come_back_through_the_platform_or_an_import(folder: Path) -> None:
    async with opened(folder) as scene:
        text = f"The  {CANARY} is mine"
        received = await scene.says("EJ", text, external_id="the same")
        assert received is not None
        erasure, address = scene.store.erasure, "address of EJ"
        assert not await erasure.is_forgotten_text(Channel.DISCORD, address, text)
        await erasure.erase_person(received.person.id)
        await erasure.finish()
        assert await scene.says("EJ", text, external_id="the same") is None
        assert await erasure.is_forgotten_text(Channel.DISCORD, address, text.upper())
        assert not await erasure.is_forgotten_text(Channel.DISCORD, "address of Bob", text)
        assert not await erasure.is_forgotten_text(Channel.DISCORD, address, "The teapot is mine")
        assert await scene.says("EJ", text) is not None  # said anew, it is new


async def test_undoing_and_then_forgetting_the_line_takes_the_replies_made_with_the_memory(folder: Path) -> None:
    async with opened(folder) as scene:
        first = await scene.asks_and_hears("EJ", f"remember the {CANARY}")
        line = await scene.line_of(first)
        new = NewMemory(f"EJ has a {CANARY}", Trust.SAID, source=line.id)
        memory = await scene.store.memories.add(first.place, first.asker.id, new)
        told = FinishedReply(f"You have a {CANARY}.", Trust.DERIVED, recalled=(Recall(memory.id, 0.9, "holds it"),))
        scene.clock.advance(timedelta(hours=2))
        await scene.asks_and_hears("EJ", "what do I have?", told)
        await scene.store.erasure.take_back(first.place, first.asker.id, memory.id)
        await scene.store.erasure.erase(first.place, first.asker.id, line.id)
        await scene.store.erasure.finish()
        assert tables_holding(folder, CANARY) == []
        assert files_holding(folder, CANARY) == []


async def test_an_erasure_says_how_far_it_is_and_only_to_whom_it_belongs(folder: Path) -> None:
    async with opened(folder) as scene:
        await chat(scene, "EJ", 1)
        ej, bob = scene.people["EJ"], await scene.person("Bob")
        place = scene.place(DM, ej)
        item = (await scene.store.memories.of_owner(place, ej.id))[0]
        await scene.store.backups.make()
        erased = await scene.store.erasure.erase(place, ej.id, item.id)
        assert erased.expected_by > scene.clock.now()
        (progress,) = await scene.store.erasure.progress(place, ej.id)
        assert (progress.kind, progress.state, progress.done_at) == (ErasureKind.ITEM, ErasureState.HIDDEN, None)
        assert await scene.store.erasure.progress(scene.place(GENERAL, ej), ej.id) == []
        assert await scene.store.erasure.progress(scene.place(DM, bob), ej.id) == []
        assert files_holding(folder / "backups", CANARY)
        await scene.store.erasure.finish()
        (progress,) = await scene.store.erasure.progress(place, ej.id)
        assert progress.state is ErasureState.DONE
        assert files_holding(folder, CANARY) == []


async def test_a_forgotten_summary_gives_back_what_it_stood_for(folder: Path) -> None:
    async with opened(folder) as scene:
        first = await scene.asks_and_hears("EJ", "I bought a teapot")
        second = await scene.asks_and_hears("EJ", f"and a {CANARY}")
        place, ej = first.place, first.asker
        summary = await scene.store.memories.add(
            place, ej.id, NewMemory(f"EJ bought a teapot and a {CANARY}", Trust.DERIVED)
        )
        lines = [await scene.line_of(turn) for turn in (first, second)]
    with writer_of(folder) as writer:
        for line in lines:
            unindex(writer.core, line)
            change = "UPDATE messages SET compressed_into = ? WHERE id = ?"
            writer.core.exec_driver_sql(change, (summary.id, line.id))
    async with opened(folder) as scene:
        about = await scene.store.erasure.about(place, ej.id, CANARY)
        assert {item.id for item in about.items} == {summary.id, lines[1].id}
        await scene.store.erasure.erase(place, ej.id, lines[1].id)
        found = await scene.store.search.find(Question(place, ej.id, "teapot", 5))
        assert found.hits[0].item.id == lines[0].id
        await scene.store.erasure.finish()
        assert files_holding(folder, CANARY) == []
    assert faults_of(folder) == []


async def test_a_reply_under_way_brings_nothing_back_that_is_forgotten_meanwhile(folder: Path) -> None:
    async with opened(folder) as scene:
        asked = await scene.asks_and_hears("EJ", f"the party is at the {CANARY}", "Nice.", GENERAL)
        line = await scene.line_of(asked)
        for number, (finished, text) in enumerate(((False, f"At the {CANARY}."), (True, "I can't say."))):
            turn = await scene.asks("Bob", "where is the party?", GENERAL)
            step = scene.store.steps.begin(f"key {number}", turn.id, turn.asker.id, "recall", "party")
            await scene.store.steps.finish(step, f"found the {CANARY}", success=True)
            if not finished:
                await scene.store.erasure.erase(asked.place, asked.asker.id, line.id)
            parts = (
                Part(PartKind.WORDS, "where is the party?"),
                Part(PartKind.LINE, line.content, line.id),
                Part(PartKind.RESULT, f"found the {CANARY}"),
            )
            recalled = (Recall(line.id, 0.9, "holds party", step.id),)
            await scene.finishes(turn, FinishedReply(text, Trust.EXTERNAL, parts=parts, recalled=recalled))
        said = scene.rows("SELECT content FROM messages WHERE direction = 'out' AND owner_id = ?", turn.asker.id)
        assert said == [(FORGOTTEN,), ("I can't say.",)]
        await scene.store.erasure.finish()
        assert tables_holding(folder, CANARY) == []
        assert files_holding(folder, CANARY) == []
    assert faults_of(folder) == []
