"""Messages that were missed while Ember was away: answered once, if they are recent and were addressed to it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.channels.discord import backfill
from tests.bot.channels.discord.home import Home
from tests.servers.discord import Channel, ChannelKind, Permission
from tests.servers.discord.draft import Draft


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAUSE_SECONDS", 0.0)


@contextmanager
def asking_for(home: Home, found: list[str]) -> Iterator[None]:
    """Notes whose messages are asked for."""
    before = len(home.server.requests)
    yield
    asked = [request for request in home.server.requests[before:] if request.method == "GET"]
    found += [request.path for request in asked if request.path.endswith("/messages")]


async def test_what_was_missed_while_ember_was_off_is_answered_once_oldest_first(home: Home) -> None:
    thread = home.world.add_thread(home.general, "own", home.world.bot)
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        await home.ask(home.ada, home.dm(home.ada), "hello")
    await home.server.say(home.ada, home.general, f"{home.me} one")
    await home.server.say(home.bob, home.general, f"{home.me} two")
    await home.server.say(home.bob, home.general, "not for you")
    await home.server.say(home.ada, thread, "three")
    await home.server.say(home.ada, home.dm(home.ada), "four")
    async with home.ember():
        await home.server.wait_messages(home.general, 3)
        await home.server.wait_messages(thread, 1)
        await home.server.wait_messages(home.dm(home.ada), 2)
        await home.ask(home.ada, home.general, f"{home.me} five")
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} six")
    said = [f"You said: {words}" for words in ("hello", "one", "two", "five", "six")]
    assert home.answers(home.general) == said
    assert home.answers(thread) == ["You said: three"]
    assert home.answers(home.dm(home.ada)) == ["You said: hello", "You said: four"]
    assert home.rows("messages", "direction = 'in'") == 8


async def test_what_was_missed_by_a_session_that_is_gone_is_answered_once(home: Home) -> None:
    gateway = home.server.gateway
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        for number in (2, 3):
            async with home.server.outage(resumable=False):
                missed = await home.server.say(home.ada, home.general, f"{home.me} missed {number}")
            await home.server.wait_for(lambda identified=number: gateway.identified == identified)
            await home.server.wait_messages(home.general, number)
            await home.server.replay(missed)
        await home.ask(home.ada, home.general, f"{home.me} and now?")
    assert home.answers(home.general) == [
        f"You said: {words}" for words in ("hello", "missed 2", "missed 3", "and now?")
    ]


async def test_a_session_that_is_resumed_asks_for_nothing(home: Home) -> None:
    asked: list[str] = []
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        with asking_for(home, asked):
            async with home.server.outage(resumable=True):
                await home.server.say(home.ada, home.general, f"{home.me} meanwhile")
            await home.server.wait_messages(home.general, 2)
    assert asked == []


async def test_what_is_said_now_waits_for_what_was_missed_before_it(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        async with home.server.outage(resumable=False):
            await home.server.say(home.ada, home.general, f"{home.me} missed")
            home.server.fail_next("GET", r"/messages$", 429, retry_after=0.2)
        await home.server.wait_connected()
        await home.server.say(home.bob, home.general, f"{home.me} said now")
        await home.server.wait_messages(home.general, 3)
    assert home.answers(home.general)[1:] == ["You said: missed", "You said: said now"]


async def test_at_the_first_start_of_all_nothing_was_missed(home: Home) -> None:
    await home.server.say(home.ada, home.general, f"{home.me} long ago")
    asked: list[str] = []
    with asking_for(home, asked):
        async with home.ember():
            await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.answers(home.general) == ["You said: hello"]
    assert asked == []


async def test_what_is_older_than_the_hours_is_not_answered(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    old = home.world.compose(home.general, home.ada, Draft(f"{home.me} old"))
    old.id -= (3 * 3_600 * 1_000) << 22
    home.world.deliver(old)
    await home.server.say(home.ada, home.general, f"{home.me} new")
    async with home.ember(backfill_hours=2):
        await home.server.wait_messages(home.general, 2)
    await home.server.say(home.ada, home.general, f"{home.me} newer")
    async with home.ember(backfill_hours=0):
        await home.ask(home.bob, home.general, f"{home.me} now")
    assert home.answers(home.general) == ["You said: hello", "You said: new", "You said: now"]


async def test_a_deleted_message_and_what_may_not_be_read_are_left_alone(home: Home) -> None:
    closed = home.world.add_channel(home.guild, "closed", everyone_can_view=False, allow_members=[home.ada])
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    gone = await home.server.say(home.ada, home.general, f"{home.me} gone")
    await home.server.delete(gone)
    await home.server.say(home.ada, closed, f"{home.me} a secret")
    asked: list[str] = []
    with asking_for(home, asked):
        async with home.ember():
            await home.ask(home.ada, home.general, f"{home.me} and now?")
    assert home.answers(home.general) == ["You said: hello", "You said: and now?"]
    assert not any(str(closed.id) in path for path in asked)


async def test_a_channel_that_cannot_be_read_now_holds_nothing_up(home: Home) -> None:
    other = home.world.add_channel(home.guild, "other", kind=ChannelKind.VOICE)
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    for channel in (home.general, other):
        await home.server.say(home.ada, channel, f"{home.me} missed")
    home.server.fail_next("GET", rf"/channels/{other.id}/messages$", 403)
    async with home.ember():
        await home.server.wait_messages(home.general, 2)
        await home.ask(home.ada, other, f"{home.me} and now?")
    assert home.answers(other) == ["You said: and now?"]


async def test_a_channel_that_cannot_be_read_for_the_moment_is_read_later(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "AGAIN_SECONDS", (0.0,))
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    await home.server.say(home.ada, home.general, f"{home.me} missed")
    home.server.fail_next("GET", rf"/channels/{home.general.id}/messages$", 503)
    async with home.ember():
        await home.server.wait_messages(home.general, 2)
    assert home.answers(home.general)[1:] == ["You said: missed"]


async def test_what_could_not_be_read_is_still_missed_at_the_next_start(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "AGAIN_SECONDS", ())
    other = home.world.add_channel(home.guild, "other")
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    await home.server.say(home.ada, home.general, f"{home.me} missed")
    home.server.fail_next("GET", rf"/channels/{home.general.id}/messages$", 503)
    async with home.ember():
        await home.ask(home.bob, other, f"{home.me} meanwhile")
    async with home.ember():
        await home.server.wait_messages(home.general, 2)
    assert home.answers(home.general)[1:] == ["You said: missed"]


async def test_what_is_fetched_is_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "CHANNELS", 2)
    monkeypatch.setattr(backfill, "MESSAGES", 2)
    channels: list[Channel] = [home.world.add_channel(home.guild, f"c{number}") for number in range(4)]
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    for channel in channels:
        for number in range(3):
            await home.server.say(home.ada, channel, f"{home.me} {number}")
    asked: list[str] = []
    with asking_for(home, asked):
        async with home.ember():
            for channel in channels[2:]:
                await home.server.wait_for(lambda where=channel: "2" in "".join(home.answers(where)))
            await home.ask(home.ada, home.general, f"{home.me} and now?")
    assert len(asked) == 2
    assert home.rows("messages", "direction = 'in'") == 1 + 2 * 2 + 1


async def test_a_question_that_was_taken_but_not_answered_is_not_taken_twice(home: Home) -> None:
    home.model.hold()
    async with home.ember():
        await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.model.wait_for_requests(1)
    home.model.release()
    await home.server.say(home.ada, home.general, f"{home.me} two")
    async with home.ember():
        await home.server.wait_for(lambda: "two" in "".join(home.answers(home.general)))
    assert home.rows("messages", "direction = 'in'") == 2
    assert sum("one" in words for words in home.answers(home.general)) == 1


async def test_the_history_is_not_read_where_it_is_closed(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    everyone = home.guild.roles[home.guild.id]
    home.world.edit_role(home.guild, everyone, everyone.permissions & ~Permission.READ_MESSAGE_HISTORY)
    await home.server.say(home.ada, home.general, f"{home.me} missed")
    asked: list[str] = []
    with asking_for(home, asked):
        async with home.ember():
            await home.ask(home.ada, home.general, f"{home.me} and now?")
    assert asked == []
