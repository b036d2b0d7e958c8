"""The gateway: intents, sessions, resuming, and manners."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.servers.discord import (
    ApplicationFlag,
)
from tests.servers.discord_tests.place import Bot, Place


async def test_an_intent_that_the_application_lacks_closes_with_4014(place: Place) -> None:
    place.server.flags = ApplicationFlag.NONE
    async with Bot() as bot:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await asyncio.wait_for(bot.start(place.server.token), 5)
    assert place.server.gateway.closed_with == [4014]


async def test_a_wrong_token_is_refused(place: Place) -> None:
    async with Bot() as bot:
        with pytest.raises(discord.LoginFailure):
            await asyncio.wait_for(bot.start("wrong"), 5)


async def test_a_resumed_session_hears_what_was_said_meanwhile(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, place.general, "before")
        assert (await bot.hear()).content == "before"
        async with place.server.outage():
            await place.server.wait_for(lambda: place.server.gateway.arrived == 2)
            for _ in range(5):
                await bot.fetch_user(place.ada.id)
            assert place.server.gateway.resumed == 0
            await place.server.say(place.ada, place.general, "meanwhile")
        await bot.next("resumed")
        await place.server.say(place.ada, place.general, "after")
        assert [(await bot.hear()).content for _ in range(2)] == ["meanwhile", "after"]
        assert (place.server.gateway.identified, place.server.gateway.resumed) == (1, 1)


async def test_a_session_that_is_gone_starts_anew_and_what_was_said_is_missed(place: Place) -> None:
    async with place.online(Bot()) as bot:
        async with place.server.outage(resumable=False):
            await place.server.say(place.ada, place.general, "lost")
        await place.server.wait_for(lambda: place.server.gateway.identified == 2)
        await place.server.say(place.ada, place.general, "found")
        assert (await bot.hear()).content == "found"
        assert place.server.gateway.resumed == 0


async def test_op_7_makes_the_client_resume(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.ask_to_reconnect()
        await bot.next("resumed")
        assert place.server.gateway.resumed == 1


async def test_a_replayed_message_is_heard_twice(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, "again")
        await place.server.replay(said)
        assert (await bot.hear()).id == (await bot.hear()).id == said.id


async def test_the_gateway_speaks_without_compression_and_closes_on_bad_manners(place: Place) -> None:
    async with aiohttp.ClientSession() as http:
        for sent, code in (({"op": 8, "d": {}}, 4003), ({"op": 2, "d": {"token": "wrong", "intents": 0}}, 4004)):
            async with http.ws_connect(place.server.gateway_url + "?v=10&encoding=json") as socket:
                assert (await socket.receive_json())["op"] == 10
                await socket.send_json({"op": 1, "d": None})
                assert (await socket.receive_json())["op"] == 11
                await socket.send_json(sent)
                await socket.receive()
                assert socket.close_code == code
        place.server.refuse_connections(True)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(place.server.gateway_url)


async def test_a_client_that_missed_too_much_must_identify_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.discord.gateway.BUFFER", 3)
    async with place.online(Bot()):
        async with place.server.outage():
            for number in range(4):
                await place.server.say(place.ada, place.general, str(number))
        await place.server.wait_for(lambda: place.server.gateway.identified == 2)


async def test_direct_messages_need_their_intent(place: Place) -> None:
    async with place.online(Bot(dm_messages=False)) as bot:
        await place.server.say(place.ada, place.world.dm(place.ada), "direct")
        await place.server.say(place.ada, place.general, "open")
        assert (await bot.hear()).content == "open"


async def test_members_are_sent_when_asked_for(place: Place) -> None:
    place.server.flags |= ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED
    async with place.online(Bot(members=True)) as bot:
        guild = await asyncio.wait_for(_ready_guild(bot, place.guild.id), 5)
        assert {member.name for member in guild.members} == {"ada", "ember", "owner of home"}


async def _ready_guild(bot: Bot, guild_id: int) -> discord.Guild:
    await bot.wait_until_ready()
    guild = bot.get_guild(guild_id)
    assert guild is not None
    return guild


@pytest.mark.parametrize("resumable", [True, False])
async def test_op_9_makes_the_client_resume_or_identify_anew(place: Place, resumable: bool) -> None:
    async with place.online(Bot()) as bot:
        await place.server.invalidate_sessions(resumable=resumable)
        gateway = place.server.gateway
        await place.server.wait_for(lambda: gateway.resumed if resumable else gateway.identified == 2)
        await place.server.say(place.ada, place.general, "there again")
        assert (await bot.hear()).content == "there again"
        assert (gateway.identified, gateway.resumed) == ((1, 1) if resumable else (2, 0))


async def test_a_restart_of_the_gateway_loses_what_was_said_before_the_new_session(place: Place) -> None:
    async with place.online(Bot()) as bot:
        before = place.server.gateway.connected[0].id
        await place.server.restart_gateway()
        await place.server.say(place.ada, place.general, "lost")
        await place.server.wait_for(lambda: place.server.gateway.identified == 2)
        await place.server.say(place.ada, place.general, "found")
        assert (await bot.hear()).content == "found"
        assert place.server.gateway.connected[0].id != before


@pytest.mark.parametrize(("code", "answered"), [(1000, 9), (4000, 0)])
async def test_a_client_that_says_goodbye_leaves_no_session(place: Place, code: int, answered: int) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(place.server.gateway_url + "?v=10") as socket:
            await socket.receive_json()
            await socket.send_json({"op": 2, "d": {"token": place.server.token, "intents": 1}})
            session = (await socket.receive_json())["d"]["session_id"]
            await socket.close(code=code)
        await place.server.wait_for(lambda: not place.server.gateway.connected)
        async with http.ws_connect(place.server.gateway_url + "?v=10") as socket:
            await socket.receive_json()
            await socket.send_json({"op": 6, "d": {"token": place.server.token, "session_id": session, "seq": 1}})
            assert (await socket.receive_json())["op"] == answered


async def test_a_guild_that_is_unavailable_is_silent_and_comes_back(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 5)
        with place.world.guild_outage(place.guild):
            assert await bot.next("unavailable") == place.guild.id
            await place.server.say(place.ada, place.general, "unheard")
        assert await bot.next("available") == place.guild.id
        await place.server.say(place.ada, place.general, "heard")
        assert (await bot.hear()).content == "heard"


async def test_what_the_bot_says_of_its_presence_is_kept(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await bot.change_presence(status=discord.Status.idle, activity=discord.CustomActivity("thinking"))
        said = await place.server.wait_for(lambda: place.server.presences)
        assert said[0]["status"] == "idle"
        assert "thinking" in str(said[0]["activities"])


async def test_the_application_and_the_guilds_are_told(place: Place) -> None:
    abroad = place.world.add_guild("abroad")
    place.world.add_guild("elsewhere", bot_joins=False)
    place.server.application["description"] = "A bot that remembers."
    async with place.online(Bot()) as bot:
        told = await bot.application_info()
        assert (told.name, told.description, told.approximate_guild_count) == ("ember", "A bot that remembers.", 2)
        assert told.flags.gateway_message_content_limited
        assert told.bot_public is False
        guilds = [guild async for guild in bot.fetch_guilds()]
        assert [guild.name for guild in guilds] == ["home", "abroad"]
        await guilds[1].leave()
        assert place.world.bot.id not in abroad.members
