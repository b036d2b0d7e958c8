"""What was said, in which session: once, in order, and by the gap of silence."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from memory import (
    Channel,
    Direction,
    IncomingMessage,
    ItemId,
    MessageState,
    OneReader,
    Place,
    Received,
    Thread,
    TooMuch,
    Trust,
)
from tests.memory.scene import CONSOLE, DM, GENERAL, HUDDLE, STAFF, Scene, faults_of, opened

THREAD = Place(GENERAL.channel, GENERAL.readers, GENERAL.channel_id, GENERAL.guild, Thread("topic"))


async def session_of(scene: Scene, text: str, place: Place = GENERAL) -> int:
    received = await scene.says("EJ", text, place)
    assert received is not None
    return received.message.session


async def test_the_same_message_twice_is_one_row(scene: Scene) -> None:
    first = await scene.says("EJ", "hello", external_id="1")
    assert first is not None
    assert await scene.says("EJ", "hello", external_id="1") is None
    assert await scene.says("EJ", "hello, edited", external_id="1") is None
    assert scene.rows("SELECT count(*), max(content) FROM messages") == [(1, "hello")]


async def test_the_same_message_at_once_is_one_row(scene: Scene) -> None:
    await scene.person("EJ")
    received = await asyncio.gather(*(scene.says("EJ", "hello", external_id="1") for _ in range(8)))
    assert [message is None for message in received].count(False) == 1
    assert scene.rows("SELECT count(*) FROM messages") == [(1,)]


async def test_equal_ids_of_two_channels_are_two_messages(scene: Scene) -> None:
    assert await scene.says("EJ", "hello", DM, external_id="1") is not None
    assert await scene.says("EJ", "hello", CONSOLE, external_id="1") is not None


async def test_a_message_comes_back_as_it_was_recorded(scene: Scene) -> None:
    incoming = IncomingMessage("id 1", GENERAL, Channel.DISCORD, "somebody", "EJ", "look", attachments=("cat.png",))
    received = await scene.store.talk.receive(incoming)
    assert received is not None
    message = received.message
    assert (message.content, message.external_id, message.owner_name) == ("look", "id 1", "EJ")
    assert (message.direction, message.state, message.trust) == (Direction.IN, MessageState.RECEIVED, Trust.SAID)
    assert message.created_at == scene.clock.now()
    assert received.person.first_contact
    assert await scene.store.search.item(GENERAL, message.id) == message
    assert scene.rows("SELECT attachments FROM messages") == [('["cat.png"]',)]


async def test_only_the_first_message_is_a_first_contact_and_names_stay_current(scene: Scene) -> None:
    for name, first in (("EJ", True), ("Eliza", False)):
        incoming = IncomingMessage(name, GENERAL, Channel.DISCORD, "the address", name, "hi")
        received = await scene.store.talk.receive(incoming)
        assert received is not None
        assert (received.person.name, received.person.first_contact) == (name, first)
        assert received.message.owner_name == name
    assert scene.rows("SELECT name FROM user_identities") == [("Eliza",)]


async def test_a_message_without_words_leaves_the_index_sound(scene: Scene) -> None:
    received = await scene.says("EJ", "")
    assert received is not None
    turn = await scene.takes_up(DM, received)
    await scene.finishes(turn, "What a picture!")
    conversation = await scene.store.talk.conversation(turn.place, turn.session, ItemId(0))
    assert [message.content for message in conversation] == ["What a picture!"]


async def test_the_index_of_messages_without_words_is_sound(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        for number in range(3):
            received = await scene.says("EJ", "" if number % 2 else "a word")
            assert received is not None
            await scene.finishes(await scene.takes_up(DM, received), "" if number % 2 else "an answer")
    assert faults_of(tmp_path) == []


async def test_silence_of_half_an_hour_keeps_a_session_and_a_longer_one_begins_the_next(scene: Scene) -> None:
    first = await session_of(scene, "one")
    scene.clock.advance(timedelta(minutes=30))
    assert await session_of(scene, "two") == first
    scene.clock.advance(timedelta(minutes=30, microseconds=1))
    assert await session_of(scene, "three") != first


async def test_a_clock_that_goes_back_ends_no_session(scene: Scene) -> None:
    first = await session_of(scene, "one")
    scene.clock.advance(timedelta(hours=-5))
    assert await session_of(scene, "two") == first


async def test_a_thread_is_one_session_however_long_the_silence(scene: Scene) -> None:
    for place in (THREAD, HUDDLE):
        first = await session_of(scene, "one", place)
        scene.clock.advance(timedelta(days=90))
        assert await session_of(scene, "two", place) == first


async def test_places_have_sessions_of_their_own(scene: Scene) -> None:
    assert len({await session_of(scene, "hello", place) for place in (GENERAL, THREAD, HUDDLE, CONSOLE)}) == 4


async def test_a_session_that_was_ended_is_not_taken_up_again(scene: Scene) -> None:
    first = await session_of(scene, "one")
    assert await scene.store.talk.end_session(GENERAL)
    assert not await scene.store.talk.end_session(GENERAL)
    second = await session_of(scene, "two")
    assert second != first
    assert await session_of(scene, "three") == second


async def test_no_session_is_open_after_a_long_silence(scene: Scene) -> None:
    await session_of(scene, "one")
    scene.clock.advance(timedelta(hours=2))
    assert not await scene.store.talk.end_session(GENERAL)


async def test_a_conversation_is_in_order_and_holds_what_was_answered_or_stopped(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "one", "two", GENERAL)
    stopped = await scene.asks("EJ", "three", GENERAL)
    await scene.store.turns.decline(stopped.id, stopped.reply)
    await scene.says("EJ", "not yet answered", GENERAL)
    said = await scene.store.talk.conversation(GENERAL, turn.session, ItemId(0))
    assert [message.content for message in said] == ["one", "two", "three"]


async def test_lines_that_were_passed_over_stand_where_they_were_said(scene: Scene) -> None:
    for text in ("one", "three"):
        passed = await scene.says("EJ", text, GENERAL)
        assert passed is not None
        await scene.store.turns.pass_over(passed.message.id)
        turn = await scene.asks_and_hears("EJ", f"after {text}", f"answer after {text}", GENERAL)
    said = await scene.store.talk.conversation(GENERAL, turn.session, ItemId(0))
    expected = ["one", "after one", "answer after one", "three", "after three", "answer after three"]
    assert [message.content for message in said] == expected


async def test_a_conversation_that_was_cut_begins_later_and_stays_cut(scene: Scene) -> None:
    turn = await scene.asks_and_hears("EJ", "one", "two", GENERAL)
    await scene.store.talk.cut_conversation(turn.session, turn.reply)
    received = await scene.says("EJ", "three", GENERAL)
    assert received is not None
    assert received.conversation_from == turn.reply
    said = await scene.store.talk.conversation(GENERAL, turn.session, received.conversation_from)
    assert [message.content for message in said] == ["two"]


async def test_an_answer_that_only_the_asker_sees_is_no_part_of_the_others_conversation(scene: Scene) -> None:
    ej = await scene.person("EJ")
    alone = GENERAL.only_for(ej.id)
    turn = await scene.asks_and_hears("EJ", "what do you know about me?", "You like figs.", alone)
    assert turn.session == await session_of(scene, "hello all", GENERAL)
    assert await scene.store.talk.conversation(GENERAL, turn.session, ItemId(0)) == []
    assert len(await scene.store.talk.conversation(alone, turn.session, ItemId(0))) == 2


async def test_the_last_reply_is_the_askers_own_in_that_place(scene: Scene) -> None:
    mine = await scene.asks_and_hears("EJ", "one", "for EJ", GENERAL)
    await scene.asks_and_hears("Bob", "two", "for Bob", GENERAL)
    await scene.asks_and_hears("EJ", "three", "in private")
    await scene.asks("EJ", "four", GENERAL)
    reply = await scene.store.talk.last_reply(GENERAL, mine.asker.id)
    assert reply is not None
    assert reply.content == "for EJ"


async def test_what_somebody_typed_comes_back_oldest_first(scene: Scene) -> None:
    for text in ("one", "two", "three"):
        await scene.says("EJ", text, CONSOLE)
    await scene.says("EJ", "elsewhere", GENERAL)
    ej = scene.people["EJ"]
    assert await scene.store.talk.said_lines(scene.place(CONSOLE, ej), ej.id, 2) == ["two", "three"]


@pytest.mark.parametrize("text", ["a\udcffb", "\ud83d\ude00", "nul\x00nul", "\ufeff", "x" * 200_000])
async def test_text_that_a_database_would_refuse_is_kept_as_well_as_can_be(scene: Scene, text: str) -> None:
    received = await scene.says("EJ", text, Place(Channel.CONSOLE, OneReader()))
    assert received is not None
    assert received.message.content.encode()
    turn = await scene.takes_up(CONSOLE, received)
    await scene.finishes(turn, text)
    assert (await scene.line_of(turn)).content == received.message.content


async def test_the_places_that_were_last_talked_in_are_told_newest_first_without_threads(scene: Scene) -> None:
    for name, place in (("Ana", DM), ("Bob", DM), ("Bob", GENERAL), ("Bob", HUDDLE), ("Ana", DM), ("Ana", CONSOLE)):
        await scene.says(name, "hello", place)
        scene.clock.advance(timedelta(minutes=1))
    last = await scene.store.talk.last_places(Channel.DISCORD, 2)
    assert last == ["discord:dm of Ana", "discord:general"]


async def test_who_says_too_much_in_a_minute_leaves_no_row_and_hears_when_to_go_on(scene: Scene) -> None:
    for number in range(3):
        assert isinstance(await scene.tries_to_say("EJ", f"{number}", most_a_minute=3), Received)
        scene.clock.advance(timedelta(seconds=10))
    refused = await scene.tries_to_say("EJ", "four", GENERAL, most_a_minute=3)
    assert isinstance(refused, TooMuch)
    assert (refused.person.name, refused.seconds) == ("EJ", 30)
    assert isinstance(await scene.tries_to_say("Ana", "mine", GENERAL, most_a_minute=3), Received)
    assert scene.rows("SELECT count(*) FROM messages") == [(4,)]
    assert scene.rows("SELECT count(*) FROM user_sessions") == [(2,)]
    scene.clock.advance(timedelta(seconds=31))
    assert isinstance(await scene.tries_to_say("EJ", "four", GENERAL, most_a_minute=3), Received)


async def test_a_message_that_was_seen_before_is_not_too_much(scene: Scene) -> None:
    await scene.tries_to_say("EJ", "one", external_id="1", most_a_minute=1)
    assert await scene.tries_to_say("EJ", "one", external_id="1", most_a_minute=1) is None


async def test_how_often_ember_spoke_up_is_counted_by_place(scene: Scene) -> None:
    for place in (GENERAL, GENERAL, STAFF):
        await scene.tries_to_say("EJ", "what is this?", place, unasked=True)
    await scene.says("EJ", "ember, what is this?", GENERAL)
    since = scene.clock.now()
    assert await scene.store.talk.unasked_since(GENERAL, since) == 2
    scene.clock.advance(timedelta(minutes=1))
    assert await scene.store.talk.unasked_since(GENERAL, scene.clock.now()) == 0
