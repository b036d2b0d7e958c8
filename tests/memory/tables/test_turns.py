"""A turn's ops: opened, finished once, declined, and found again when its process died."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from memory import (
    Channel,
    FinishedReply,
    ItemId,
    MessageState,
    Notice,
    OpenTurn,
    Part,
    PartKind,
    Recall,
    Trust,
    TurnId,
)
from tests.memory.scene import CONSOLE, DM, GENERAL, HUDDLE, Scene, faults_of, opened, rows


async def state_of(scene: Scene, turn: OpenTurn) -> tuple[MessageState, ...]:
    return tuple(message.state for message in await scene.store.turns.lines_of(turn.place, turn.id))


async def test_a_turn_that_was_opened_holds_its_reply_and_its_delivery(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello")
    assert await state_of(scene, turn) == (MessageState.ANSWERING,)
    assert scene.rows("SELECT state, content FROM messages WHERE direction = 'out'") == [("streaming", "")]
    assert scene.rows("SELECT state, attempts FROM queue") == [("in_progress", 0)]
    assert (await scene.store.work.claim((Channel.DISCORD,), 5)).jobs == ()


async def test_an_answer_is_stored_with_all_that_belongs_to_it(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello")
    line = await scene.line_of(turn)
    assert line.response == turn.reply
    told = (Notice("I remember what you tell me."), Notice("memory updated", (ItemId(7),)))
    reply = FinishedReply(
        "Hello, EJ!",
        Trust.EXTERNAL,
        deliveries=2,
        notices=told,
        prompt=("ember", 3),
        parts=(Part(PartKind.SYSTEM, "You are Ember."), Part(PartKind.WORDS, "hello", line.id)),
        recalled=(Recall(ItemId(9), 0.5, "holds hello"),),
    )
    assert await scene.finishes(turn, reply)
    assert await state_of(scene, turn) == (MessageState.DONE,)
    message = await scene.store.talk.last_reply(turn.place, turn.asker.id)
    assert message is not None
    assert (message.content, message.notices, message.trust) == ("Hello, EJ!", told, Trust.EXTERNAL)
    receipt = await scene.store.turns.receipt(message)
    assert (receipt.prompt, receipt.parts, receipt.recalled) == (reply.prompt, reply.parts, reply.recalled)
    assert scene.rows("SELECT part, state FROM queue ORDER BY part") == [(0, "pending"), (1, "pending")]
    out = await scene.store.turns.reply_to_deliver(turn.place, turn.reply)
    assert out is not None
    assert (out.text, out.notices, out.answers, out.language) == ("Hello, EJ!", told, line.external_id, "en")


async def test_the_notices_of_a_former_ember_can_still_be_read(tmp_path: Path) -> None:
    """It kept their words alone."""
    async with opened(tmp_path) as scene:
        reply = FinishedReply("Hello!", Trust.DERIVED, notices=(Notice("new"),))
        turn = await scene.asks_and_hears("EJ", "hello", reply)
    with closing(sqlite3.connect(tmp_path / "ember.db")) as connection, connection:
        connection.execute("UPDATE messages SET notices = '[\"old\"]' WHERE direction = 'out'")
    async with opened(tmp_path) as again:
        out = await again.store.turns.reply_to_deliver(turn.place, turn.reply)
        assert out is not None
        assert out.notices == (Notice("old"),)


async def test_a_reply_that_nothing_stands_before_is_leased_to_whoever_finishes_it(scene: Scene) -> None:
    first, second = await scene.asks("EJ", "one", GENERAL), await scene.asks("Bob", "two", GENERAL)
    reply = FinishedReply("Yes.", Trust.DERIVED)
    behind = await scene.store.turns.finish(second, reply, lease=True)
    assert behind.job is None
    ahead = await scene.store.turns.finish(first, reply, lease=True)
    assert ahead.job is not None
    assert (ahead.job.item, ahead.job.asker, ahead.job.attempts) == (first.reply, first.asker.id, 1)
    assert (await scene.store.work.claim((Channel.DISCORD,), 5)).jobs == ()
    await scene.store.work.complete(ahead.job, "id")
    assert [job.item for job in (await scene.store.work.claim((Channel.DISCORD,), 5)).jobs] == [second.reply]


async def test_a_turn_is_finished_once(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello")
    assert await scene.finishes(turn, "the first")
    assert not await scene.finishes(turn, "the second")
    reply = await scene.store.talk.last_reply(turn.place, turn.asker.id)
    assert reply is not None
    assert reply.content == "the first"
    assert scene.rows("SELECT count(*) FROM queue") == [(1,)]


async def test_a_stopped_turn_leaves_no_reply_and_holds_nothing_back(scene: Scene) -> None:
    stopped = await scene.asks("EJ", "hello")
    await scene.store.turns.decline(stopped.id, stopped.reply)
    assert await state_of(scene, stopped) == (MessageState.DECLINED,)
    assert scene.rows("SELECT count(*) FROM messages WHERE direction = 'out'") == [(0,)]
    assert not await scene.finishes(stopped, "too late")
    turn = await scene.asks_and_hears("EJ", "hello again")
    assert [job.item for job in (await scene.store.work.claim((Channel.DISCORD,), 5)).jobs] == [turn.reply]


async def test_a_turn_that_finished_before_it_was_stopped_is_delivered(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "hello", "Hello!")
    await scene.store.turns.decline(turn.id, turn.reply)
    assert await state_of(scene, turn) == (MessageState.DONE,)
    assert [job.item for job in (await scene.store.work.claim((Channel.DISCORD,), 5)).jobs] == [turn.reply]


async def test_what_a_dead_process_left_is_found_again_in_the_order_of_asking(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.asks_and_hears("EJ", "answered")
        begun = await scene.asks("EJ", "begun")
        one = await scene.says("Bob", "one of two", GENERAL)
        two = await scene.says("Bob", "two of two", GENERAL)
        assert one is not None
        assert two is not None
        both = await scene.takes_up(GENERAL, one, two)
        received = await scene.says("Ana", "received", HUDDLE)
        assert received is not None
        await scene.says("Ana", "on the console", CONSOLE)
        stopped = await scene.asks("Ana", "stopped")
        await scene.store.turns.decline(stopped.id, stopped.reply)
    async with opened(tmp_path) as again:
        left = await again.store.turns.unfinished(Channel.DISCORD)
        assert [(one.turn, [line.content for line in one.lines]) for one in left] == [
            (begun.id, ["begun"]),
            (both.id, ["one of two", "two of two"]),
            (None, ["received"]),
        ]
        first = left[0]
        assert (first.reply, first.asker.name, first.place_key, first.attempts) == (
            begun.reply,
            "EJ",
            begun.place.key,
            1,
        )
        assert left[2].attempts == 0
        assert len(await again.store.turns.unfinished(Channel.CONSOLE)) == 1
        turn = again.store.turns.new(first.asker, begun.place, first.lines[0].session, first.turn, first.reply)
        await again.store.turns.open(turn, [line.id for line in first.lines], first.attempts + 1)
        assert (await again.store.turns.unfinished(Channel.DISCORD))[0].attempts == 2
        assert await again.finishes(turn, "at last")
        assert len(await again.store.turns.unfinished(Channel.DISCORD)) == 2
        assert again.rows("SELECT count(*) FROM queue WHERE item_id = ?", begun.reply) == [(1,)]
    assert faults_of(tmp_path) == []


async def test_the_words_of_a_reply_are_indexed_in_the_language_of_its_row(tmp_path: Path) -> None:
    """Its person may have chosen another one between the two attempts at a turn."""
    async with opened(tmp_path) as scene:
        turn = await scene.asks("EJ", "hello")
        await scene.store.people.prefer(turn.asker.id, "language", "de")
        ej = await scene.store.people.known(Channel.DISCORD, "address of EJ")
        assert ej is not None
        again = scene.store.turns.new(ej, turn.place, turn.session, turn.id, turn.reply)
        await scene.store.turns.open(again, [(await scene.line_of(turn)).id], 2)
        await scene.finishes(again, "Houses and Häuser")
    assert faults_of(tmp_path) == []


async def test_opening_a_turn_again_makes_nothing_twice(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello")
    line = await scene.line_of(turn)
    await scene.store.turns.open(turn, [line.id], 2)
    assert scene.rows("SELECT count(*) FROM messages") == [(2,)]
    assert scene.rows("SELECT count(*) FROM queue") == [(1,)]


async def test_lines_of_a_turn_are_shown_only_where_they_may_be(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "hello", place=HUDDLE)
    assert len(await scene.store.turns.lines_of(HUDDLE, turn.id)) == 1
    assert await scene.store.turns.lines_of(GENERAL, turn.id) == []
    assert await scene.store.turns.lines_of(HUDDLE, TurnId(1)) == []


async def test_an_unfinished_reply_is_not_delivered(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello")
    assert await scene.store.turns.reply_to_deliver(turn.place, turn.reply) is None


async def test_the_last_line_of_a_turn_is_the_one_that_is_answered(scene: Scene) -> None:
    lines = [await scene.says("EJ", text, external_id=text) for text in ("first", "second")]
    turn = await scene.takes_up(DM, *(line for line in lines if line is not None))
    await scene.finishes(turn, "Both.")
    out = await scene.store.turns.reply_to_deliver(turn.place, turn.reply)
    assert out is not None
    assert out.answers == "second"


async def test_equal_parts_are_kept_once_and_the_hashes_are_keyed(tmp_path: Path) -> None:
    parts = (Part(PartKind.SYSTEM, "You are Ember."),)
    for folder in ("one", "other"):
        async with opened(tmp_path / folder) as scene:
            for _ in range(2):
                await scene.asks_and_hears("EJ", "hello", FinishedReply("Hi.", Trust.DERIVED, parts=parts))
            assert scene.rows("SELECT count(*) FROM prompt_parts") == [(1,)]
    (one,), (other,) = (rows(tmp_path / folder, "SELECT hash FROM prompt_parts") for folder in ("one", "other"))
    assert one != other
    assert one[0] != hashlib.sha256(b"system\0\0You are Ember.").hexdigest()
