"""Files both ways, voice messages, forwards and replies."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord
import pytest

from tests.servers.discord import File, MessageFlag, Overwrite, OverwriteKind, Permission
from tests.servers.discord_tests.place import Bot

if TYPE_CHECKING:
    from tests.servers.discord_tests.place import Place

AUDIO = File("voice-message.ogg", b"OggS", "audio/ogg", duration_seconds=2.5, waveform="AAAA")


async def test_a_file_is_served_with_its_type_and_size(place: Place) -> None:
    async with place.online(Bot()) as bot:
        files = [File("a.txt", b"hello", "text/plain", description="a greeting"), File("b.mp4", b"", size=400_000_000)]
        await place.server.say(place.ada, place.general, "look", attachments=files)
        first, second = (await bot.hear()).attachments
        assert (first.filename, first.content_type, first.size) == ("a.txt", "text/plain", 5)
        assert first.description == "a greeting"
        assert second.size == 400_000_000
        async with bot.http._HTTPClient__session.get(first.url) as response:  # type: ignore[attr-defined]
            assert (response.content_type, response.content_length) == ("text/plain", 5)
            assert await response.read() == b"hello"
        place.server.fail_next("GET", r"/a\.txt$", 404)
        with pytest.raises(discord.NotFound):
            await first.read()
        assert len(place.server.downloads) == 2


async def test_a_voice_message_has_its_flag_length_and_waveform(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.say_aloud(place.ada, place.general, AUDIO)
        heard = await bot.hear()
        assert heard.flags.voice
        voice = heard.attachments[0]
        assert voice.is_voice_message()
        assert (voice.duration, voice.waveform, voice.content_type) == (2.5, b"\0\0\0", "audio/ogg")
        with pytest.raises(ValueError, match="waveform"):
            await place.server.say_aloud(place.ada, place.general, File("a.ogg", b"", "audio/ogg"))


async def test_what_the_bot_uploads_is_kept_up_to_ten_mebibytes(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = place.talk(bot)
        files = [discord.File(io.BytesIO(b"1,2"), "t.csv", description="a table"), discord.File(io.BytesIO(b"x"), "b")]
        sent = await channel.send(files=files)
        kept = (await place.server.next_message(place.general)).attachments
        assert [(each.filename, each.data, each.description) for each in kept] == [
            ("t.csv", b"1,2", "a table"),
            ("b", b"x", None),
        ]
        assert (kept[0].content_type, kept[1].content_type) == ("text/csv", "application/octet-stream")
        edited = await sent.edit(attachments=[sent.attachments[1], discord.File(io.BytesIO(b"new"), "c.txt")])
        assert [each.filename for each in edited.attachments] == ["b", "c.txt"]
        most = 10 * 1024 * 1024
        await channel.send(file=discord.File(io.BytesIO(bytes(most)), "most"))
        with pytest.raises(discord.HTTPException) as failure:
            await channel.send(file=discord.File(io.BytesIO(bytes(most + 1)), "more"))
        assert (failure.value.status, failure.value.code) == (413, 40005)


async def test_a_forward_carries_what_was_said_then(place: Place) -> None:
    lounge = place.world.add_channel(place.guild, "lounge")
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, lounge, "first", attachments=[File("a.txt", b"hello")])
        await bot.hear()
        forwarded = await place.server.forward(place.ada, said, place.general)
        await place.server.edit(said, "second")
        await place.server.delete(said)
        heard = await bot.hear()
        assert (heard.content, heard.flags.forwarded, heard.id) == ("", True, forwarded.id)
        assert (heard.reference.type, heard.reference.message_id) == (  # type: ignore[union-attr]
            discord.MessageReferenceType.forward,
            said.id,
        )
        assert heard.message_snapshots[0].content == "first"
        assert await heard.message_snapshots[0].attachments[0].read() == b"hello"
        assert forwarded.reference_id is None

        again = await place.server.say(place.ada, lounge, "third")
        await (await bot.hear()).forward(place.talk(bot))
        own = await place.server.next_message(place.general)
        assert own.snapshot is not None
        assert (own.snapshot.content, own.flags) == ("third", MessageFlag.HAS_SNAPSHOT)
        closed = Overwrite(place.guild.id, OverwriteKind.ROLE, deny=Permission.READ_MESSAGE_HISTORY)
        place.world.edit_channel(lounge, overwrites=[closed])
        with pytest.raises(discord.Forbidden) as failure:
            await place.talk(bot, lounge).get_partial_message(again.id).forward(place.talk(bot))
        assert failure.value.code == 50001


async def test_a_forward_shows_nothing_without_the_intent(place: Place) -> None:
    place.server.flags = type(place.server.flags)(0)
    async with place.online(Bot(content=False)) as bot:
        said = await place.server.say(place.ada, place.general, "secret")
        await bot.hear()
        await place.server.forward(place.ada, said, place.general)
        assert (await bot.hear()).message_snapshots[0].content == ""


async def test_a_reply_shows_what_it_answers_as_long_as_that_is_there(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, "what?")
        answer = await place.server.say(place.owner, place.general, "that", reply_to=said)
        await bot.hear()
        reference = (await bot.hear()).reference
        assert reference is not None
        assert isinstance(reference.resolved, discord.Message)
        assert reference.resolved.content == "what?"
        await place.server.delete(said)
        reference = (await place.talk(bot).fetch_message(answer.id)).reference
        assert reference is not None
        assert isinstance(reference.resolved, discord.DeletedReferencedMessage)
