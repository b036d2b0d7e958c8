"""Channels and threads as places."""

from bot.app import open_ember
from memory import Channel as Kind
from memory import OneReader, PartOfGuild, Place, Thread, WholeGuild
from tests.bot.channels.discord.home import Home


async def test_a_place_is_made_anew_from_its_key_with_its_readers_as_they_are_now(home: Home) -> None:
    world, guild, bot = home.world, str(home.guild.id), home.world.bot
    staff = world.add_channel(home.guild, "staff", everyone_can_view=False, allow_members=[bot])
    shut = world.add_channel(home.guild, "shut", everyone_can_view=False)
    public, below_staff = (world.add_thread(parent, "public", bot) for parent in (home.general, staff))
    private = world.add_thread(home.general, "private", bot, private=True)
    dm, general = home.dm(home.ada), str(home.general.id)
    expected = [
        Place(Kind.DISCORD, OneReader(), str(dm.id)),
        Place(Kind.DISCORD, WholeGuild(), general, guild),
        Place(Kind.DISCORD, PartOfGuild(), str(staff.id), guild),
        Place(Kind.DISCORD, WholeGuild(), general, guild, Thread(str(public.id))),
        Place(Kind.DISCORD, PartOfGuild(), general, guild, Thread(str(private.id), private=True)),
        Place(Kind.DISCORD, PartOfGuild(), str(staff.id), guild, Thread(str(below_staff.id))),
        Place(Kind.DISCORD, PartOfGuild(), str(shut.id), guild),
    ]
    settings = home.settings()
    async with open_ember(settings, "a test") as ember, home.listening(ember, settings) as listening:
        await home.server.say(home.ada, dm, "so that all guilds have arrived")
        await home.model.wait_for_requests(1)
        assert [await listening.channel.place(place.key) for place in expected] == expected
        assert await listening.channel.place("discord:1") is None
        world.archive(public)
        assert await listening.channel.place(expected[3].key) == expected[3]
