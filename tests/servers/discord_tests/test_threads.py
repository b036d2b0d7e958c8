"""Threads and forums."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from tests.servers.discord import ChannelKind, Permission
from tests.servers.discord_tests.place import Bot

if TYPE_CHECKING:
    from tests.servers.discord import Channel
    from tests.servers.discord_tests.place import Place


async def test_threads_have_their_kind_owner_and_parent(place: Place) -> None:
    bob = place.world.add_user("bob")
    place.world.join(place.guild, bob)
    old = place.world.add_thread(place.general, "old", place.ada)
    async with place.online(Bot()) as bot:
        start = await place.server.say(place.ada, place.general, "start")
        public = place.world.add_thread(place.general, "public", place.ada, message=start)
        place.world.add_thread(place.general, "hidden", bob, private=True)
        private = place.world.add_thread(place.general, "private", place.ada, private=True, members=[place.world.bot])
        told = [await bot.next("thread") for _ in range(2)]
        kinds = []
        for thread in told:
            assert isinstance(thread, discord.Thread)
            assert thread.parent is not None
            kinds.append((thread.id, thread.type, thread.owner_id, thread.parent.id))
        general, ada = place.general.id, place.ada.id
        assert kinds == [
            (public.id, discord.ChannelType.public_thread, ada, general),
            (private.id, discord.ChannelType.private_thread, ada, general),
        ]
        assert public.id == start.id
        guild = bot.get_guild(place.guild.id)
        assert guild is not None
        assert {thread.id for thread in guild.threads} == {old.id, public.id, private.id}
        await place.server.say(place.ada, private, "in here")
        while (heard := await bot.hear()).content != "in here":
            pass
        assert heard.channel.id == private.id
        parent = guild.get_channel(general)
        assert isinstance(parent, discord.TextChannel)
        made = await parent.create_thread(name="mine")
        assert place.world.channels[made.id].owner == place.world.bot


def thread_of(bot: Bot, place: Place, thread: Channel) -> discord.Thread:
    guild = bot.get_guild(place.guild.id)
    assert guild is not None
    found = guild.get_thread(thread.id)
    assert found is not None
    return found


async def test_a_post_of_a_forum_begins_with_a_message_of_its_own_id(place: Place) -> None:
    forum = place.world.add_channel(place.guild, "ideas", kind=ChannelKind.FORUM)
    async with place.online(Bot()) as bot:
        starter = await place.server.post(place.ada, forum, "A lamp", "that glows")
        told = await bot.next("thread")
        assert isinstance(told, discord.Thread)
        heard = await bot.hear()
        assert (told.id, told.name, heard.id, heard.channel.id) == (heard.id, "A lamp", starter.id, starter.channel.id)
        assert heard.content == "that glows"
        with pytest.raises(PermissionError):
            await place.server.say(place.ada, forum, "not in a post")
        with pytest.raises(discord.HTTPException) as failure:
            await place.talk(bot, forum).send("not in a post")
        assert failure.value.code == 50008
        channel = bot.get_channel(forum.id)
        assert isinstance(channel, discord.ForumChannel)
        made = await channel.create_thread(name="Mine", content="my own")
        assert made.thread.id == made.message.id
        assert place.world.channels[made.thread.id].messages[made.thread.id].content == "my own"


async def test_a_message_knows_its_thread_and_gets_but_one(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, "start")
        heard = await bot.hear()
        thread = await heard.create_thread(name="more")
        assert thread.id == said.id
        assert isinstance(heard.channel, discord.TextChannel)
        fetched = await heard.channel.fetch_message(said.id)
        assert fetched.flags.has_thread
        assert fetched.thread is not None
        assert [message.type async for message in thread.history()] == [discord.MessageType.thread_starter_message]
        with pytest.raises(discord.HTTPException) as failure:
            await heard.create_thread(name="once more")
        assert failure.value.code == 160004


async def test_an_archived_thread_comes_back_by_a_post_but_takes_nothing_else(place: Place) -> None:
    thread = place.world.add_thread(place.general, "old", place.ada)
    async with place.online(Bot()) as bot:
        own = await place.talk(bot, thread).send("mine")
        place.world.archive(thread)
        assert await bot.next("thread changed") is True
        for attempt in (own.edit(content="x"), own.add_reaction("👍")):
            with pytest.raises(discord.HTTPException) as failure:
                await attempt
            assert failure.value.code == 50083
        await place.talk(bot, thread).send("awake")
        assert await bot.next("thread changed") is False
        await own.edit(content="x")
        place.world.archive(thread, locked=True)
        with pytest.raises(discord.HTTPException) as failure:
            await place.talk(bot, thread).send("locked out")
        assert failure.value.code == 50083
        with pytest.raises(PermissionError):
            await place.server.say(place.ada, thread, "locked out")
        place.world.unarchive(thread)
        await place.server.say(place.ada, thread, "back")


async def test_the_bot_archives_its_own_thread_and_converts_none(place: Place) -> None:
    own = place.world.add_thread(place.general, "own", place.world.bot)
    other = place.world.add_thread(place.general, "other", place.ada)
    async with place.online(Bot()) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 5)
        await thread_of(bot, place, own).edit(archived=True)
        assert own.archived
        with pytest.raises(discord.Forbidden):
            await thread_of(bot, place, other).edit(archived=True)
        route = discord.http.Route("PATCH", "/channels/{channel_id}", channel_id=other.id)
        with pytest.raises(discord.HTTPException) as failure:
            await bot.http.request(route, json={"type": 12})
        assert failure.value.code == 50035


async def test_who_loses_a_private_thread_sees_nothing_more_of_it(place: Place) -> None:
    bot_user = place.world.bot
    private = place.world.add_thread(place.general, "private", place.ada, private=True, members=[bot_user, place.owner])
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, private, "seen")
        assert (await bot.hear()).content == "seen"
        place.world.remove_from_thread(private, bot_user)
        assert await bot.next("thread left") == private.id
        await place.server.say(place.ada, private, "unseen")
        await place.server.say(place.ada, place.general, "seen again")
        assert (await bot.hear()).content == "seen again"
        with pytest.raises(discord.Forbidden) as failure:
            await place.talk(bot, private).send("still here")
        assert failure.value.code == 50001


async def test_a_deleted_thread_and_a_channel_that_opens_are_told(place: Place) -> None:
    thread = place.world.add_thread(place.general, "short", place.ada)
    shut = place.world.add_channel(place.guild, "shut", everyone_can_view=False)
    inside = place.world.add_thread(shut, "inside", place.owner)
    async with place.online(Bot()) as bot:
        place.world.delete_channel(thread)
        assert await bot.next("thread gone") == thread.id
        with pytest.raises(discord.NotFound):
            await bot.fetch_channel(thread.id)
        place.world.edit_channel(shut, overwrites=[])
        await bot.next("channel")
        await place.server.say(place.ada, inside, "hello")
        assert (await bot.hear()).content == "hello"
        assert thread_of(bot, place, inside).name == "inside"


async def test_archived_threads_are_listed_and_those_who_manage_delete(place: Place) -> None:
    old = place.world.add_thread(place.general, "old", place.ada)
    place.world.archive(old)
    async with place.online(Bot()) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 5)
        channel = bot.get_channel(place.general.id)
        assert isinstance(channel, discord.TextChannel)
        listed = [thread async for thread in channel.archived_threads()]
        assert [thread.id for thread in listed] == [old.id]
        with pytest.raises(discord.Forbidden):
            await listed[0].delete()
        role = place.world.add_role(place.guild, "mods", Permission.MANAGE_THREADS)
        place.world.edit_member(place.guild, place.world.bot, roles=[role])
        await listed[0].delete()
        assert old.id not in place.world.channels
