"""What a guild's admins are told: where Ember may talk, what is missing, and what is wrong with it now."""

from dataclasses import replace

import pytest

from bot.channels.discord import presence
from bot.sentences import Sentence
from tests.bot.channels.discord.home import Home
from tests.bot.channels.discord.test_speak_gate import use
from tests.bot.english import SENTENCES, english
from tests.servers.discord import ApplicationFlag, Overwrite, OverwriteKind, Permission
from tests.servers.openai.faults import Refusal


async def test_on_joining_a_server_its_admins_hear_once_where_ember_may_talk_and_what_is_missing(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        guild = home.world.add_guild("new", bot_joins=False)
        deny = Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY
        without = Overwrite(guild.id, OverwriteKind.ROLE, deny=deny)
        closed = Overwrite(guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
        home.world.add_channel(guild, "rules", overwrites=[closed])
        lobby = home.world.add_channel(guild, "lobby", overwrites=[without])
        home.world.add_channel(guild, "hidden", everyone_can_view=False)
        guild.locale = "de"
        home.world.join(guild, home.world.bot)
        (told,) = await home.server.wait_messages(lobby, 1)
        assert told.content.splitlines() == [
            SENTENCES.say(Sentence.SETUP_MAY_TALK_IN, "de", channels="#lobby"),
            SENTENCES.say(Sentence.SETUP_MISSING_PERMISSION, "de", permission="Attach Files", channel="#lobby"),
            SENTENCES.say(Sentence.SETUP_MISSING_PERMISSION, "de", permission="Read Message History", channel="#lobby"),
        ]
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} and now?")
        assert len(home.answers(lobby)) == 1


async def test_where_ember_may_talk_nowhere_the_server_s_owner_hears_of_it(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        guild = home.world.add_guild("new", bot_joins=False)
        closed = Overwrite(guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
        home.world.add_channel(guild, "rules", overwrites=[closed])
        home.world.join(guild, home.world.bot)
        (told,) = await home.server.wait_messages(home.dm(guild.owner), 1)
    missing = english(Sentence.SETUP_MISSING_PERMISSION, permission="Send Messages", channel="#rules")
    assert told.content.splitlines() == [english(Sentence.SETUP_MAY_TALK_NOWHERE), missing]


async def test_a_server_that_the_owner_has_not_named_is_told_so_on_joining(home: Home) -> None:
    async with home.ember(discord_guild_ids=str(home.guild.id)):
        await home.ask(home.ada, home.general, f"{home.me} hello")
        guild = home.world.add_guild("new", bot_joins=False)
        lobby = home.world.add_channel(guild, "lobby")
        home.world.join(guild, home.world.bot)
        await home.server.wait_messages(lobby, 1)
        home.world.join(guild, home.ada)
        await home.server.say(home.ada, lobby, f"{home.me} hello")
        await home.ask(home.ada, home.general, f"{home.me} and now?")
    assert home.answers(lobby) == [english(Sentence.CHANNEL_OTHER_SERVERS)]


async def test_the_set_up_is_checked_again_when_an_admin_asks(home: Home) -> None:
    home.server.flags = ApplicationFlag.NONE
    home.world.add_channel(home.guild, "other")
    async with home.ember():
        told = await use(home, home.guild.owner, home.general, "admin setup")
        assert told.splitlines()[1:] == [
            english(Sentence.SETUP_MAY_TALK_IN, channels="#general, #other"),
            english(Sentence.SETUP_CONTENT_WITHHELD),
        ]
        await use(home, home.guild.owner, home.general, "channels forbid")
        told = await use(home, home.guild.owner, home.general, "admin setup")
        assert english(Sentence.SETUP_MAY_TALK_IN, channels="#other") in told


async def test_a_right_that_is_lost_while_an_answer_is_made_is_told_once(home: Home) -> None:
    async with home.ember():
        other = home.world.add_channel(home.guild, "other")
        home.model.hold()
        await home.server.say(home.ada, other, f"{home.me} hello")
        await home.model.wait_for_requests(1)
        closed = Overwrite(home.guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
        home.world.edit_channel(other, overwrites=[closed])
        home.model.release()
        (told,) = await home.server.wait_messages(home.general, 1)
        assert told.content == english(Sentence.SETUP_MISSING_PERMISSION, permission="Send Messages", channel="#other")
        await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.posts(other) == 0
    assert len(home.answers(home.general)) == 2


async def test_the_name_of_a_closed_channel_is_told_to_nobody_but_the_server_s_owner(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        guild = home.world.add_guild("new", bot_joins=False)
        lobby = home.world.add_channel(guild, "lobby")
        closed = home.world.add_channel(guild, "layoffs", everyone_can_view=False, allow_members=[home.world.bot])
        home.world.join(guild, home.world.bot)
        (told,) = await home.server.wait_messages(lobby, 1)
        assert told.content == english(Sentence.SETUP_MAY_TALK_IN, channels="#lobby")
        home.model.hold()
        await home.server.say(guild.owner, closed, f"{home.me} hello")
        await home.model.wait_for_requests(1)
        silenced = [replace(each, deny=each.deny | Permission.SEND_MESSAGES) for each in closed.overwrites.values()]
        home.world.edit_channel(closed, overwrites=silenced)
        home.model.release()
        (told,) = await home.server.wait_messages(home.dm(guild.owner), 1)
    missing = english(Sentence.SETUP_MISSING_PERMISSION, permission="Send Messages", channel="#layoffs")
    assert told.content == missing
    assert len(home.answers(lobby)) == 1


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.01)


def shown(home: Home) -> list[str]:
    """What stood below Ember's name, in order."""
    states: list[str] = []
    for said in home.server.presences:
        activities = said["activities"]
        assert isinstance(activities, list)
        states.append(activities[0]["state"] if activities else "")
    return states


@pytest.mark.usefixtures("looking_often")
async def test_presence_shows_that_ember_is_muted_everywhere_and_says_nothing_while_all_is_well(home: Home) -> None:
    owner = home.guild.owner
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        await use(home, owner, home.general, "mute")
        assert shown(home) == []  # one channel is not everywhere
        await use(home, owner, home.general, "mute", everywhere="yes")
        await home.server.wait_for(lambda: shown(home) == [presence.MUTED])
        await use(home, owner, home.general, "unmute", everywhere="yes")
        await home.server.wait_for(lambda: shown(home) == [presence.MUTED, ""])
        assert [said["status"] for said in home.server.presences] == ["idle", "online"]


@pytest.mark.usefixtures("looking_often")
async def test_presence_shows_that_content_is_withheld_anew_in_each_session(home: Home) -> None:
    home.server.flags = ApplicationFlag.NONE
    async with home.ember():
        await home.server.wait_for(lambda: shown(home) == [presence.WITHHELD])
        await home.ask(home.ada, home.general, f"{home.me} hello")
        assert shown(home) == [presence.WITHHELD]
        await home.server.restart_gateway()
        await home.server.wait_for(lambda: shown(home) == [presence.WITHHELD] * 2)


@pytest.mark.usefixtures("looking_often")
async def test_presence_shows_that_the_model_does_not_answer_until_it_does(home: Home) -> None:
    async with home.ember():
        home.model.queue(*[Refusal(500, "down")] * 6)
        for _ in range(2):
            await home.ask(home.ada, home.dm(home.ada), "hello")
        await home.server.wait_for(lambda: shown(home) == [presence.MODEL])
        await home.ask(home.ada, home.dm(home.ada), "hello")
        await home.server.wait_for(lambda: shown(home) == [presence.MODEL, ""])


async def test_presence_shows_that_the_disk_refuses(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.0)  # the next write that fits works again
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        with home.full_disk():
            await home.ask(home.bob, home.dm(home.bob), "hello")
            await home.server.wait_for(lambda: shown(home))
        await home.ask(home.ada, home.dm(home.ada), "and now?")
        await home.server.wait_for(lambda: shown(home)[-1] == "")
        assert set(shown(home)) == {presence.DISK, ""}
