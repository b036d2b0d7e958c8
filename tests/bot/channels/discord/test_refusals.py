"""What Discord refuses: tokens, channels, direct messages."""

import asyncio

import pytest
from discord.gateway import DiscordWebSocket

from bot.app import open_ember
from bot.channels.discord import client
from bot.sentences import Sentence
from bot.settings import SettingsError
from tests.bot.channels.discord.home import Home, discord_channel
from tests.bot.english import english
from tests.servers.discord import ApplicationFlag, Overwrite, OverwriteKind, Permission

NO_REPLY = 0  #: the kind of a message that answers no other


@pytest.mark.parametrize(("token", "told"), [("wrong", "not accepted"), ("", "not set")])
async def test_a_wrong_token_is_named_by_its_setting(home: Home, token: str, told: str) -> None:
    settings = home.settings(discord_token=token or None)
    async with open_ember(settings, "a test") as ember:
        with pytest.raises(SettingsError, match=rf"DISCORD_TOKEN is {told}"):
            await discord_channel(ember, settings).run()


@pytest.mark.parametrize("what", ["DISCORD_TOKEN", "Message Content intent"])
async def test_what_is_withdrawn_while_ember_runs_is_named(home: Home, what: str) -> None:
    settings = home.settings()
    async with open_ember(settings, "a test") as ember, home.listening(ember, settings) as listening:
        if what == "DISCORD_TOKEN":
            home.server.gateway.token = "another"
        else:
            home.server.flags = ApplicationFlag.NONE
        await home.server.drop_connections(resumable=False)
        with pytest.raises(SettingsError, match=what):
            await listening.task


async def test_discord_may_be_away_at_the_start(home: Home) -> None:
    home.server.fail_next("GET", r"/users/@me$", 503)
    async with home.ember():
        assert (await home.ask(home.ada, home.general, f"{home.me} hello")).content.startswith("You said: hello")


async def test_where_ember_may_not_speak_it_does_not_try_and_its_admins_hear_of_it_once(home: Home) -> None:
    mute = Overwrite(home.guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
    speaker = Overwrite(home.ada.id, OverwriteKind.MEMBER, allow=Permission.SEND_MESSAGES)
    quiet = home.world.add_channel(home.guild, "quiet", overwrites=[mute, speaker])
    home.world.close_dms(home.bob)
    async with home.ember():
        for user, channel in ((home.ada, quiet), (home.ada, quiet), (home.bob, home.dm(home.bob))):
            await home.server.say(user, channel, f"{home.me} hello")
        await home.server.wait_for(lambda: home.posts(home.dm(home.bob)))
        await home.server.wait_messages(home.general, 1)
        await home.ask(home.ada, home.general, f"{home.me} hello")
        assert len(home.model.requests) == 2
    assert [home.posts(channel) for channel in (quiet, home.dm(home.bob))] == [0, 1]
    assert home.rows("queue", "state = 'failed'") == 1
    told = english(Sentence.SETUP_MISSING_PERMISSION, permission="Send Messages", channel="#quiet")
    assert home.answers(home.general) == [told, "You said: hello"]


async def test_a_deleted_question_is_answered_without_a_reference(home: Home) -> None:
    async with home.ember():
        home.model.hold()
        said = await home.server.say(home.ada, home.general, f"{home.me} hello")
        await home.model.wait_for_requests(1)
        del home.general.messages[said.id]  # and the event was lost
        home.model.release()
        assert (await home.server.next_message(home.general)).kind == NO_REPLY


async def test_a_channel_that_is_gone_ends_its_answer(home: Home) -> None:
    channel = home.world.add_channel(home.guild, "gone")
    async with home.ember():
        home.model.hold()
        await home.server.say(home.ada, channel, f"{home.me} hello")
        await home.model.wait_for_requests(1)
        home.world.delete_channel(channel)
        home.model.release()
        await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.posts(channel) == 0
    assert home.rows("queue", "state = 'failed'") == 1


async def test_a_gateway_that_cannot_be_closed_does_not_hold_up_the_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = DiscordWebSocket.close

    async def never(self: DiscordWebSocket, code: int = 4000) -> None:
        await close(self, code)  # or its heart would beat on, in a thread
        await asyncio.Event().wait()

    monkeypatch.setattr(client, "CLOSE_SECONDS", 0.05)
    settings = home.settings()
    async with open_ember(settings, "a test") as ember, home.listening(ember, settings) as listening:
        monkeypatch.setattr(DiscordWebSocket, "close", never)
        listening.task.cancel()
        ended, _ = await asyncio.wait([listening.task], timeout=10)
        assert ended
