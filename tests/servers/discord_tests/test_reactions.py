"""Reactions and pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from tests.servers.discord import Overwrite, OverwriteKind, Permission
from tests.servers.discord_tests.place import Bot

if TYPE_CHECKING:
    from tests.servers.discord import Channel
    from tests.servers.discord_tests.place import Place


def deny(place: Place, channel: Channel, permission: Permission) -> None:
    place.world.edit_channel(channel, overwrites=[Overwrite(place.guild.id, OverwriteKind.ROLE, deny=permission)])


async def test_reactions_of_people_are_told_and_stand_on_the_message(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, "good?")
        emoji = place.world.add_emoji(place.guild, "ember")
        await place.server.react(place.ada, said, "👍")
        assert await bot.next("react") == (place.ada.id, "👍", said.id)
        await place.server.react(place.owner, said, emoji.text)
        assert await bot.next("react") == (place.owner.id, f"<:ember:{emoji.id}>", said.id)
        message = await place.talk(bot).fetch_message(said.id)
        await message.add_reaction("👍")
        message = await place.talk(bot).fetch_message(said.id)
        assert [(str(each.emoji), each.count, each.me) for each in message.reactions] == [
            ("👍", 2, True),
            (f"<:ember:{emoji.id}>", 1, False),
        ]
        assert {user.id async for user in message.reactions[0].users()} == {place.ada.id, place.world.bot.id}
        await place.server.unreact(place.ada, said, "👍")
        assert await bot.next("unreact") == (place.ada.id, "👍", said.id)
        await message.remove_reaction("👍", discord.Object(place.world.bot.id))
        assert list(said.reactions) == [emoji.text]
        with pytest.raises(discord.Forbidden):
            await message.clear_reactions()
        place.world.clear_reactions(said)
        assert await bot.next("cleared") == said.id
        assert said.reactions == {}


async def test_reactions_are_told_by_their_intents(place: Place) -> None:
    async with place.online(Bot(guild_reactions=False)) as bot:
        said = await place.server.say(place.ada, place.general, "here")
        direct = await place.server.say(place.ada, place.world.dm(place.ada), "there")
        await place.server.react(place.ada, said, "👍")
        await place.server.react(place.ada, direct, "👎")
        assert await bot.next("react") == (place.ada.id, "👎", direct.id)


async def test_what_is_no_emoji_or_not_allowed_is_refused(place: Place) -> None:
    abroad = place.world.add_guild("abroad")
    theirs = place.world.add_emoji(abroad, "theirs")
    hidden = place.world.add_emoji(place.world.add_guild("elsewhere", bot_joins=False), "hidden")
    said = await place.server.say(place.ada, place.general, "good?")
    async with place.online(Bot()) as bot:
        message = place.talk(bot).get_partial_message(said.id)
        await message.add_reaction(theirs.text)
        for emoji in ("yes", hidden.text):
            with pytest.raises(discord.HTTPException) as failure:
                await message.add_reaction(emoji)
            assert failure.value.code == 10014
        deny(place, place.general, Permission.ADD_REACTIONS | Permission.USE_EXTERNAL_EMOJIS)
        await place.server.unreact(place.world.bot, said, theirs.text)
        for emoji in ("👍", theirs.text):
            with pytest.raises(discord.Forbidden) as refused:
                await message.add_reaction(emoji)
            assert refused.value.code == 50013
        with pytest.raises(PermissionError):
            await place.server.react(place.ada, said, "👍")
        await place.server.react(place.owner, said, "👍")
        await message.add_reaction("👍")
        assert said.reactions == {"👍": [place.owner, place.world.bot]}


async def test_pins_need_their_permission_are_listed_and_told(place: Place) -> None:
    said = [await place.server.say(place.ada, place.general, str(number)) for number in range(2)]
    async with place.online(Bot()) as bot:
        channel = place.talk(bot)
        with pytest.raises(discord.Forbidden) as failure:
            await channel.get_partial_message(said[0].id).pin()
        assert failure.value.code == 50013
        pinning = Overwrite(place.world.bot.id, OverwriteKind.MEMBER, Permission.PIN_MESSAGES)
        place.world.edit_channel(place.general, overwrites=[pinning])
        await channel.get_partial_message(said[0].id).pin()
        assert await bot.next("pins") is not None
        with pytest.raises(PermissionError):
            await place.server.pin(place.ada, said[1])
        await place.server.pin(place.owner, said[1])
        assert [message.content async for message in channel.pins()] == ["1", "0"]
        old = discord.http.Route("GET", "/channels/{channel_id}/pins", channel_id=place.general.id)
        assert [each["content"] for each in await bot.http.request(old)] == ["1", "0"]
        assert [each.kind for each in place.server.messages(place.general)[2:]] == [6, 6]
        assert place.server.sent_by_bot(place.general) == []
        await channel.get_partial_message(said[0].id).unpin()
        assert [message.content async for message in channel.pins()] == ["1"]
