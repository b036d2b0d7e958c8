"""Each message is answered once: replays, lost connections, lost answers, restarts."""

import asyncio

import pytest

from bot.app import open_ember
from tests.bot.channels.discord.home import Home
from tests.servers.discord import FaultKind


async def test_a_replayed_message_is_answered_once_even_after_a_restart(home: Home) -> None:
    dm = home.dm(home.ada)
    async with home.ember():
        said = await home.server.say(home.ada, dm, "one")
        await home.server.replay(said)
        await home.server.wait_messages(dm, 1)
        await home.server.replay(said)
        await home.ask(home.ada, dm, "two")
    async with home.ember():
        await home.server.replay(said)
        await home.ask(home.ada, dm, "three")
    assert home.answers(dm) == ["You said: one", "You said: two", "You said: three"]
    assert len(home.model.requests) == 3


@pytest.mark.parametrize("resumable", [True, False])
async def test_a_lost_connection_loses_and_doubles_no_answer(home: Home, resumable: bool) -> None:
    gateway = home.server.gateway
    async with home.ember():
        home.model.hold()
        await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.model.wait_for_requests(1)
        async with home.server.outage(resumable=resumable):
            if resumable:
                await home.server.say(home.ada, home.dm(home.ada), "meanwhile")
            home.model.release()
            await home.server.wait_messages(home.general, 1)
        await home.server.wait_for(lambda: gateway.resumed if resumable else gateway.identified == 2)
        await home.ask(home.ada, home.general, f"{home.me} two")
        assert home.answers(home.general) == ["You said: one", "You said: two"]
        if resumable:
            await home.server.wait_messages(home.dm(home.ada), 1)
            assert home.answers(home.dm(home.ada)) == ["You said: meanwhile"]


@pytest.mark.parametrize(("fault", "posts"), [("after_effect", 2), ("reset", 4)])
async def test_a_reply_whose_send_was_cut_is_looked_for_before_it_is_sent_again(
    home: Home, fault: FaultKind, posts: int
) -> None:
    async with home.ember():
        home.server.fail_next("POST", r"/messages$", fault)
        home.model.answer("\n\n".join(f"{number} " + "word " * 60 for number in range(10)))
        await home.server.say(home.ada, home.general, f"{home.me} tell me")
        await home.server.wait_messages(home.general, 1)
        home.server.fail_next("POST", r"/messages$", fault)  # the second part's send
        await home.server.wait_messages(home.general, 2)
        await home.ask(home.ada, home.general, f"{home.me} and more")
        said = home.server.sent_by_bot(home.general)
        assert [message.content[0] for message in said] == ["0", "5", "Y"]
        assert home.posts(home.general) == posts + 1


async def test_where_ember_cannot_look_the_nonce_keeps_a_reply_from_being_doubled(home: Home) -> None:
    async with home.ember():
        home.server.fail_next("POST", r"/messages$", "after_effect")
        home.server.fail_next("GET", r"/messages$", 403)
        await home.ask(home.ada, home.general, f"{home.me} one")
        await home.ask(home.ada, home.general, f"{home.me} two")
        assert home.answers(home.general) == ["You said: one", "You said: two"]
        assert home.posts(home.general) == 3


async def test_an_answer_that_was_made_as_the_connection_was_closed_goes_out_with_the_next(home: Home) -> None:
    settings = home.settings()
    async with open_ember(settings, "a test") as ember:
        working = asyncio.create_task(ember.worker.run())
        async with home.listening(ember, settings):
            home.model.hold()
            await home.server.say(home.ada, home.general, f"{home.me} one")
            await home.model.wait_for_requests(1)
        home.model.release()
        await ember.turns.idle()
        async with home.listening(ember, settings):
            await home.server.wait_messages(home.general, 1)
            ember.worker.stop()
            await working
    assert home.answers(home.general) == ["You said: one"]


async def test_a_reply_that_went_out_as_the_process_ended_is_found_at_the_next_start(home: Home) -> None:
    home.server.fail_next("POST", r"/messages$", "after_effect")
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} one")
        await home.ask(home.ada, home.dm(home.ada), "hello")
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} two")
    assert home.answers(home.general) == ["You said: one", "You said: two"]
    assert home.posts(home.general) == 2


async def test_the_same_words_to_another_question_are_no_earlier_attempt(home: Home) -> None:
    async with home.ember():
        home.model.hold()
        for number, user in enumerate((home.ada, home.bob), start=1):
            home.model.answer("first " * 300 + "\n\n" + "second " * 100)
            await home.server.say(user, home.general, f"{home.me} the same?")
            await home.model.wait_for_requests(number)
        home.model.release()
        for arrived in (2, 3):
            await home.server.wait_messages(home.general, arrived)
            home.server.fail_next("POST", r"/messages$", "reset")  # both parts of the second answer
        await home.server.wait_messages(home.general, 4)
        await home.ask(home.ada, home.general, f"{home.me} and now?")
        assert [words.split()[0] for words in home.answers(home.general)] == [*["first", "second"] * 2, "You"]


@pytest.mark.parametrize("channel", ["general", "dm", "thread"])
async def test_a_question_that_a_dead_process_left_behind_is_answered_at_the_next_start(
    home: Home, channel: str
) -> None:
    thread = home.world.add_thread(home.general, "own", home.world.bot)
    where = {"general": home.general, "dm": home.dm(home.ada), "thread": thread}[channel]
    home.model.hold()
    async with home.ember():
        await home.server.say(home.ada, where, f"{home.me} one")
        await home.model.wait_for_requests(1)
    home.model.release()
    home.server.fail_next("GET", rf"/channels/{where.id}$", 503, times=int(channel == "dm"))
    async with home.ember():
        await home.ask(home.bob, home.dm(home.bob), "hello")
        await home.server.wait_messages(where, 1)
        assert home.answers(where) == ["You said: one"]


async def test_a_question_left_behind_in_a_channel_that_is_gone_holds_nothing_up(home: Home) -> None:
    channel = home.world.add_channel(home.guild, "gone")
    home.model.hold()
    async with home.ember():
        await home.server.say(home.ada, channel, f"{home.me} one")
        await home.model.wait_for_requests(1)
    home.model.release()
    home.world.delete_channel(channel)
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} two")
        assert home.answers(home.general) == ["You said: two"]
