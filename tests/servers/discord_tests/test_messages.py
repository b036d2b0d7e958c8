"""Messages: posted, read, edited, deleted."""

from __future__ import annotations

import discord
import pytest

from tests.servers.discord import (
    ApplicationFlag,
    File,
    Permission,
)
from tests.servers.discord_tests.place import Bot, Place


async def test_a_mention_is_heard_and_answered_with_reference_and_nonce(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, f"{place.world.bot.mention} why?")
        heard = await bot.hear()
        assert (heard.content, heard.author.id) == (said.content, place.ada.id)
        assert heard.guild is not None
        assert heard.guild.name == "home"
        assert bot.user in heard.mentions
        assert isinstance(heard.author, discord.Member)

        await heard.reply("because", nonce=7, allowed_mentions=discord.AllowedMentions.none())
        answer = await place.server.next_message(place.general)
        assert (answer.content, answer.nonce, answer.reference_id) == ("because", "7", said.id)
        assert answer.allowed_mentions == {"parse": []}
        assert answer.mentions == []


async def test_one_nonce_makes_one_message(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        first = await channel.send("once", nonce="abc")
        again = await channel.send("twice", nonce="abc")
        other = await channel.send("other", nonce="abd")
        assert first.id == again.id != other.id
        assert [message.content for message in place.server.sent_by_bot(place.general)] == ["once", "other"]


async def test_without_the_intent_only_mentions_and_direct_messages_carry_content(place: Place) -> None:
    place.server.flags = ApplicationFlag.NONE
    async with place.online(Bot(content=False)) as bot:
        await place.server.say(place.ada, place.general, "secret", attachments=[File("a.txt", b"hello")])
        await place.server.say(place.ada, place.general, f"{place.world.bot.mention} open")
        await place.server.say(place.ada, place.world.dm(place.ada), "direct")
        heard = [await bot.hear() for _ in range(3)]
        assert [message.content for message in heard] == ["", f"{place.world.bot.mention} open", "direct"]
        assert heard[0].attachments == []
        fetched = [message.content async for message in heard[0].channel.history()]
        assert fetched == [f"{place.world.bot.mention} open", ""]


async def test_edits_deletions_and_typing_are_told(place: Place) -> None:
    async with place.online(Bot(dm_typing=True)) as bot:
        said = await place.server.say(place.ada, place.general, "tpyo")
        await place.server.edit(said, "typo")
        edited = await bot.next("edit")
        await place.server.delete(said)
        deleted = await bot.next("delete")
        place.server.type(place.ada, place.general)
        typist = await bot.next("typing")
        assert isinstance(edited, discord.Message)
        assert isinstance(deleted, discord.Message)
        assert isinstance(typist, discord.Member)
        assert (edited.content, deleted.id, typist.id) == ("typo", said.id, place.ada.id)
        async with bot.get_partial_messageable(place.general.id).typing():
            pass
        assert place.server.typing == [(place.general, place.world.bot)]


async def test_too_much_too_little_and_unknown_places_are_refused(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        for content, code in (("x" * 2001, 50035), ("", 50006)):
            with pytest.raises(discord.HTTPException) as failure:
                await channel.send(content)
            assert (failure.value.status, failure.value.code) == (400, code)
        with pytest.raises(discord.NotFound) as missing:
            await bot.fetch_channel(1)
        assert missing.value.code == 10003
        place.world.close_dms(place.ada)
        user = await bot.fetch_user(place.ada.id)
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("hello?")
        assert closed.value.code == 50007


async def test_the_bot_edits_and_deletes_only_its_own_and_replies_only_to_what_is_there(place: Place) -> None:
    said = await place.server.say(place.ada, place.general, "mine")
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        own = await channel.send("draft")
        await own.edit(content="final")
        assert (await channel.fetch_message(own.id)).content == "final"
        await own.delete()
        assert place.server.sent_by_bot(place.general) == []
        foreign = channel.get_partial_message(said.id)
        for attempt, code in ((foreign.edit(content="x"), 50005), (foreign.delete(), 50013)):
            with pytest.raises(discord.Forbidden) as failure:
                await attempt
            assert failure.value.code == code
        await place.server.delete(said)
        with pytest.raises(discord.HTTPException) as gone:
            await foreign.reply("too late")
        assert gone.value.code == 50035
        lone = await channel.send("too late", reference=foreign.to_reference(fail_if_not_exists=False))
        assert lone.reference is None


async def test_direct_messages_work_both_ways(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, place.world.dm(place.ada), "psst")
        heard = await bot.hear()
        assert isinstance(heard.channel, discord.DMChannel)
        await heard.author.send("yes?")
        assert [message.content for message in await place.server.wait_messages(place.world.dm(place.ada), 1)] == [
            "yes?"
        ]


async def test_history_pages_in_both_directions_and_files_are_read(place: Place) -> None:
    said = [await place.server.say(place.ada, place.general, str(number)) for number in range(6)]
    await place.server.say(place.ada, place.general, "file", attachments=[File("a.txt", b"hello", "text/plain")])
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        newest = [message async for message in channel.history(limit=2)]
        assert [message.content for message in newest] == ["file", "5"]
        assert await newest[0].attachments[0].read() == b"hello"
        third = discord.Object(said[2].id)
        assert [message.content async for message in channel.history(after=third, limit=2)] == ["3", "4"]
        assert [message.content async for message in channel.history(before=third)] == ["1", "0"]
        await channel.send("take this", file=discord.File(__file__, "b.py"))
        sent = await place.server.next_message(place.general)
        assert (sent.content, sent.attachments[0].filename) == ("take this", "b.py")


async def test_whom_a_message_pings_follows_its_allowed_mentions(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        text = f"@everyone {place.ada.mention}"
        await channel.send(text)
        await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        loud, quiet = place.server.sent_by_bot(place.general)
        assert (loud.mention_everyone, loud.mentions, loud.allowed_mentions) == (True, [place.ada], None)
        assert (quiet.mention_everyone, quiet.mentions, quiet.allowed_mentions) == (False, [], {"parse": []})


async def test_many_messages_are_deleted_at_once(place: Place) -> None:
    said = [await place.server.say(place.ada, place.general, str(number)) for number in range(4)]
    async with place.online(Bot()) as bot:
        await place.server.purge(place.owner, place.general, said[:2])
        assert await bot.next("bulk") == {said[0].id, said[1].id}
        channel = place.talk(bot)
        guild = await bot.fetch_guild(place.guild.id)
        text = await guild.fetch_channel(place.general.id)
        assert isinstance(text, discord.TextChannel)
        rest = [channel.get_partial_message(each.id) for each in said[2:]]
        with pytest.raises(discord.Forbidden):
            await text.delete_messages(rest)
        role = place.world.add_role(place.guild, "mods", Permission.MANAGE_MESSAGES)
        place.world.edit_member(place.guild, place.world.bot, roles=[role])
        await text.delete_messages(rest)
        assert place.server.messages(place.general) == []
        old = [await place.server.say(place.ada, place.general, str(number)) for number in range(2)]
        place.server.advance(15 * 24 * 3600)
        with pytest.raises(discord.HTTPException) as failure:
            await text.delete_messages([channel.get_partial_message(each.id) for each in old])
        assert failure.value.code == 50034


async def test_embeds_have_limits_and_mentions_one_meaning(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = place.talk(bot)
        long = discord.Embed(title="x" * 256, description="x" * 4096)
        await channel.send(embed=long)
        wrong = [[discord.Embed(title="x" * 257)], [discord.Embed(description="x" * 4097)], [long, long]]
        for embeds in wrong:
            with pytest.raises(discord.HTTPException) as failure:
                await channel.send(embeds=embeds)
            assert failure.value.code == 50035
        route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=place.general.id)
        both = {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}
        with pytest.raises(discord.HTTPException) as failure:
            await bot.http.request(route, json=both)
        assert failure.value.code == 50035


async def test_an_edit_leaves_a_message_that_says_something(place: Place) -> None:
    async with place.online(Bot()) as bot:
        sent = await place.talk(bot).send("something")
        with pytest.raises(discord.HTTPException) as failure:
            await sent.edit(content="")
        assert failure.value.code == 50006
        await sent.edit(content="", embed=discord.Embed(title="a table"))
        kept = await place.server.next_message(place.general)
        assert (kept.content, len(kept.embeds)) == ("", 1)
