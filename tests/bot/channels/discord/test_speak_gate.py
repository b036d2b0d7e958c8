"""Where Ember says nothing: no row, no model request, counted at both."""

import pytest

from bot.sentences import Sentence
from tests.bot.channels.discord.home import Home
from tests.bot.english import english
from tests.servers.discord import Channel, Guild, Message, OptionValue, User
from tests.servers.discord.draft import Draft


async def use(home: Home, user: User, where: Channel, command: str, **options: OptionValue) -> str:
    """Uses a command and returns what its user reads."""
    named = {name.replace("_", "-"): value for name, value in options.items()}
    used = await home.server.slash(user, where, command, named)
    return (await used.answer()).content


async def said_to_nobody_it_answers(home: Home, other: Guild, elsewhere: Channel) -> list[Message]:
    """Lets all those speak whom Ember does not answer, one message each."""
    robot = home.world.add_user("robot", bot=True)
    home.world.join(home.guild, robot)
    for user in (home.ada, home.bob):
        home.world.join(other, user)
    say, general, ada, bob = home.server.say, home.general, home.ada, home.bob
    forbidden = next(channel for channel in home.guild.channels.values() if channel.name == "forbidden")
    muted = next(channel for channel in home.guild.channels.values() if channel.name == "muted")
    hook = home.world.compose(general, ada, Draft(f"{home.me} I am a hook"))
    hook.webhook_id = home.world.next_id()
    to_bob = await say(ada, general, "good morning")
    return [
        await say(robot, general, f"{home.me} hello"),
        home.world.deliver(hook),
        to_bob,
        await say(ada, general, "is anybody there?"),
        await say(ada, general, f"{bob.mention} hello"),
        await say(ada, general, f"{bob.mention}, what did {home.me} say?"),
        await say(bob, general, "hello to you", reply_to=to_bob),
        await say(ada, muted, f"{home.me} hello"),
        await say(ada, home.world.add_thread(muted, "below it", ada), f"{home.me} hello"),
        await say(ada, forbidden, f"{home.me} hello"),
        await say(ada, elsewhere, "hello"),
        await say(ada, elsewhere, f"{home.me} hello"),
        await say(bob, elsewhere, f"{home.me} hello again"),
    ]


async def test_what_ember_must_not_answer_leaves_no_row_and_asks_no_model(home: Home) -> None:
    for name in ("muted", "forbidden"):
        home.world.add_channel(home.guild, name)
    other = home.world.add_guild("other")
    elsewhere = home.world.add_channel(other, "elsewhere")
    async with home.ember(discord_guild_ids=str(home.guild.id)):
        channels = {channel.name: channel for channel in home.guild.channels.values()}
        await use(home, home.guild.owner, channels["muted"], "mute")
        await use(home, home.guild.owner, home.general, "channels forbid", channel=str(channels["forbidden"].id))
        rows = {
            table: home.rows(table) for table in ("messages", "user_identities", "user_sessions", "model_usage_stats")
        }
        await said_to_nobody_it_answers(home, other, elsewhere)
        await home.server.wait_messages(elsewhere, 1)
        assert {table: home.rows(table) for table in rows} == rows
        assert (home.model.requests, home.model.background_requests) == ([], [])
        await home.ask(home.ada, home.general, f"{home.me} hello")  # all before it was looked at
        assert len(home.model.requests) == 1
        assert home.rows("messages") == 2
    assert home.answers(elsewhere) == [english(Sentence.CHANNEL_OTHER_SERVERS)]
    silent = [channel for channel in channels.values() if channel is not home.general]
    assert [home.answers(channel) for channel in silent] == [[]] * len(silent)


async def test_a_server_that_is_named_no_longer_gets_no_answer_that_was_begun_there(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        home.model.hold()
        await home.server.say(home.bob, home.general, f"{home.me} hello")
        await home.model.wait_for_requests(2)
    home.model.release()
    async with home.ember(discord_guild_ids="1") as ember:
        assert "Only your own last answer" in await use(home, home.ada, home.general, "regenerate")
        await home.ask(home.ada, home.dm(home.ada), "hello")
        await ember.turns.idle()
        assert len(home.model.requests) == 3
    assert home.rows("messages", "state = 'declined'") == 1


async def test_a_reply_to_ember_that_asks_somebody_else_is_theirs(home: Home) -> None:
    async with home.ember():
        answer = await home.ask(home.ada, home.general, f"{home.me} hello")
        await home.server.say(home.ada, home.general, f"{home.bob.mention} what do you think?", reply_to=answer)
        await home.server.say(home.ada, home.general, f"{home.bob.mention} and {home.me}, who is right?")
        await home.server.wait_messages(home.general, 2)
    assert home.answers(home.general)[1:] == ['You said: @"Bob" and @"ember", who is right?']


async def test_mute_stops_what_is_under_way_and_what_waits_is_never_said(home: Home) -> None:
    async with home.ember():
        home.model.hold()
        await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.model.wait_for_requests(1)
        told = await use(home, home.guild.owner, home.general, "mute")
        assert told.startswith("**Mute**\nI say nothing here from now on. /unmute ends it.")
        await home.model.client_gone()
        home.model.release()
        await home.server.say(home.bob, home.general, f"{home.me} two")
        assert await use(home, home.guild.owner, home.general, "unmute") == "**Unmute**\nI talk here again."
        await home.ask(home.ada, home.general, f"{home.me} three")
    assert home.answers(home.general) == ["You said: three"]
    assert home.rows("messages", "state = 'declined'") == 1


async def test_an_answer_that_was_made_but_not_said_stays_unsaid_when_ember_is_muted(home: Home) -> None:
    async with home.ember():
        home.server.fail_next("POST", rf"/channels/{home.general.id}/messages$", 429, retry_after=60.0)
        await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.server.wait_for(lambda: home.posts(home.general))
        await use(home, home.guild.owner, home.general, "mute", everywhere="yes")
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "a dm is no part of a server")
    assert home.rows("queue", "state = 'failed'") == 1
    assert home.answers(home.general) == []


async def test_a_question_left_behind_in_a_place_that_is_muted_since_is_not_answered(home: Home) -> None:
    home.model.hold()
    async with home.ember() as ember:
        await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.model.wait_for_requests(1)
        target = f"channel:{home.general.id}"  # as if the process ended before it could stop the answer
        await ember.configuration.set("muted_until", target, "for ever", ember.owner)
    home.model.release()
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "hello")
    assert home.answers(home.general) == []
    assert len(home.model.requests) == 2


async def test_a_mute_ends_by_itself_and_one_of_the_server_holds_in_its_channels(home: Home) -> None:
    owner = home.guild.owner
    async with home.ember() as ember:
        assert "until 2" in await use(home, owner, home.general, "mute", minutes=5)
        held = ember.configuration.setting("muted_until", f"channel:{home.general.id}")
        assert held is not None
        await use(home, owner, home.general, "mute", everywhere="yes")
        assert "the whole server is muted" in await use(home, owner, home.general, "unmute")
        assert await use(home, owner, home.general, "unmute", everywhere="yes") == "**Unmute**\nI talk here again."
        assert await use(home, owner, home.general, "unmute") == "**Unmute**\nI was not muted."
        await home.ask(home.ada, home.general, f"{home.me} hello")


async def test_channels_are_allowed_by_name_where_the_server_forbids_the_rest(home: Home) -> None:
    owner, other = home.guild.owner, home.world.add_channel(home.guild, "other")
    async with home.ember():
        await use(home, owner, home.general, "channels forbid", everywhere="yes")
        assert await use(home, owner, other, "channels allow") == "**Channels**\nI may talk in #other."
        shown = await use(home, owner, home.general, "channels show")
        assert "no: an admin forbids it" in shown
        assert "yes" in shown
        await home.server.say(home.ada, home.general, f"{home.me} hello")
        await home.ask(home.ada, other, f"{home.me} hello")
        assert home.answers(home.general) == []
        offered = await home.server.autocomplete(owner, other, "channels allow", {"channel": "gen"}, focused="channel")
        assert [each["name"] for each in offered] == ["#general"]
        assert "no such channel" in await use(home, owner, other, "channels allow", channel="nowhere")


async def test_members_may_quieten_ember_but_not_mute_it(home: Home) -> None:
    commands: dict[str, dict[str, OptionValue]] = {
        "mute": {},
        "unmute": {},
        "ambient on": {},
        "ambient off": {},
        "ambient status": {},
        "channels show": {},
        "channels allow": {},
        "channels forbid": {},
        "channels base-role": {"role": "none"},
        "admin setup": {},
    }
    async with home.ember() as ember:
        only_there = {command.path for command in ember.commands if command.in_guilds}
        assert only_there == {*commands, "quiet"}
        before = home.rows("config")
        for command, options in commands.items():
            used = await home.server.slash(home.ada, home.general, command, options, overridden=True)
            assert "Only somebody who may manage this server" in (await used.answer()).content
        assert home.rows("config") == before
        assert "only when I am spoken to, until" in await use(home, home.ada, home.general, "quiet")
        assert await use(home, home.ada, home.general, "quiet", minutes=0) == "**Quiet**\nThat is over."
        assert "whole number" in await use(home, home.ada, home.general, "quiet", minutes=-1)
    assert home.rows("policy_audit_log", "outcome = 'refused'") == len(commands)


@pytest.mark.parametrize("most", [2])
async def test_who_says_too_much_is_told_once_a_minute_and_leaves_no_row(home: Home, most: int) -> None:
    async with home.ember(messages_per_minute=most):
        for number in range(most):
            await home.ask(home.ada, home.general, f"{home.me} {number}")
        for number in range(3):
            await home.server.say(home.ada, home.general, f"{home.me} too much {number}")
        notice = (await home.server.wait_messages(home.general, most + 1))[most]
        await home.ask(home.bob, home.general, f"{home.me} hello")
        assert notice.content.startswith(english(Sentence.CHANNEL_TOO_MUCH, seconds="?").partition("?")[0])
        assert len(home.model.requests) == most + 1
    assert home.rows("messages", "direction = 'in'") == most + 1
    assert len(home.answers(home.general)) in (most + 2, most + 3)  # one more where a minute begins in between


async def test_who_says_too_much_is_told_so_wherever_they_say_it(home: Home) -> None:
    async with home.ember(messages_per_minute=1):
        await home.ask(home.ada, home.general, f"{home.me} hello")
        for where in (home.general, home.dm(home.ada)):
            notice = await home.ask(home.ada, where, f"{home.me} and another thing")
            assert notice.content.startswith(english(Sentence.CHANNEL_TOO_MUCH, seconds="?").partition("?")[0])


async def test_several_servers_have_settings_of_their_own(home: Home) -> None:
    other = home.world.add_guild("other")
    for user in (home.ada, home.bob):
        home.world.join(other, user)
    lobby = home.world.add_channel(other, "lobby")
    async with home.ember():
        await use(home, home.guild.owner, home.general, "mute", everywhere="yes")
        await home.server.say(home.ada, home.general, f"{home.me} hello")
        await home.ask(home.ada, lobby, f"{home.me} hello")
        assert home.answers(home.general) == []


async def test_who_becomes_known_by_a_command_is_told_once_that_ember_remembers(home: Home) -> None:
    async with home.ember():
        told = [await use(home, home.ada, home.general, "quiet") for _ in range(2)]
        answer = await home.ask(home.ada, home.general, f"{home.me} hello")
    notice = english(Sentence.NOTICE_FIRST_CONTACT)
    assert [notice in each for each in (*told, answer.content)] == [True, False, False]
