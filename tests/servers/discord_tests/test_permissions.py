"""Who may see and do what."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from tests.servers.discord import (
    Overwrite,
    OverwriteKind,
    Permission,
)
from tests.servers.discord_tests.place import Bot, Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def test_a_private_channel_is_hidden_from_members_and_from_the_bot(place: Place) -> None:
    secret = place.world.add_channel(
        place.guild, "secret", everyone_can_view=False, allow_members=[place.world.bot, place.guild.owner]
    )
    shut = place.world.add_channel(place.guild, "shut", everyone_can_view=False, allow_members=[place.ada])
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, place.general, "hi")
        member = (await bot.hear()).author
        assert isinstance(member, discord.Member)
        seen = {channel.name: channel.permissions_for(member).view_channel for channel in member.guild.text_channels}
        assert seen == {"general": True, "secret": False, "shut": True}
        with pytest.raises(PermissionError):
            await place.server.say(place.ada, secret, "knock")
        await place.server.say(place.ada, shut, "unheard")
        await place.server.say(place.ada, place.general, "heard")
        assert (await bot.hear()).content == "heard"
        for attempt in (bot.fetch_channel(shut.id), bot.get_partial_messageable(shut.id).send("x")):
            with pytest.raises(discord.Forbidden) as failure:
                await attempt
            assert failure.value.code == 50001

        quiet = Overwrite(place.guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
        place.world.edit_channel(place.general, overwrites=[quiet])
        await bot.next("channel")
        with pytest.raises(discord.Forbidden) as failure:
            await bot.get_partial_messageable(place.general.id).send("x")
        assert failure.value.code == 50013


async def denied(place: Place, bot: Bot, permission: Permission) -> discord.PartialMessageable:
    """Take a permission from everybody in #general."""
    shut = Overwrite(place.guild.id, OverwriteKind.ROLE, deny=permission)
    place.world.edit_channel(place.general, overwrites=[shut])
    return place.talk(bot)


async def test_each_thing_the_bot_posts_needs_its_permission(place: Place) -> None:
    said = await place.server.say(place.ada, place.general, "hello")
    thread = place.world.add_thread(place.general, "thread", place.ada)
    async with place.online(Bot()) as bot:
        channel = place.talk(bot)
        start = discord.http.Route("POST", f"/channels/{place.general.id}/messages/{said.id}/threads")
        table: list[tuple[Permission, Callable[[], Awaitable[object]]]] = [
            (Permission.SEND_MESSAGES, lambda: channel.send("x")),
            (Permission.SEND_MESSAGES, channel.typing().__aenter__),
            (Permission.ATTACH_FILES, lambda: channel.send(file=discord.File(__file__))),
            (Permission.EMBED_LINKS, lambda: channel.send(embed=discord.Embed(title="x"))),
            (Permission.READ_MESSAGE_HISTORY, lambda: channel.fetch_message(said.id)),
            (Permission.READ_MESSAGE_HISTORY, lambda: channel.get_partial_message(said.id).add_reaction("👍")),
            (Permission.CREATE_PUBLIC_THREADS, lambda: bot.http.request(start, json={"name": "x"})),
            (Permission.SEND_MESSAGES_IN_THREADS, lambda: place.talk(bot, thread).send("x")),
        ]
        for permission, attempt in table:
            await denied(place, bot, permission)
            with pytest.raises(discord.Forbidden) as failure:
                await attempt()
            assert failure.value.code == 50013, permission
            place.world.edit_channel(place.general, overwrites=[])
            await attempt()
        await denied(place, bot, Permission.READ_MESSAGE_HISTORY)
        assert [message async for message in channel.history()] == []
        assert [message async for message in channel.pins()] == []


async def test_roles_that_change_are_told_and_count_at_once(place: Place) -> None:
    role = place.world.add_role(place.guild, "speakers", Permission.MANAGE_MESSAGES)
    said = await place.server.say(place.ada, place.general, "hello")
    async with place.online(Bot()) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 5)
        foreign = place.talk(bot).get_partial_message(said.id)
        with pytest.raises(discord.Forbidden):
            await foreign.delete()
        place.world.edit_member(place.guild, place.world.bot, roles=[role])
        await foreign.delete()
        place.world.delete_role(place.guild, role)
        await place.server.say(place.ada, place.general, "so that all was told")
        heard = await bot.hear()
        assert heard.guild is not None
        assert [each.name for each in heard.guild.roles] == ["@everyone"]
        assert not heard.guild.me.guild_permissions.manage_messages
        with pytest.raises(discord.Forbidden):
            await heard.delete()
