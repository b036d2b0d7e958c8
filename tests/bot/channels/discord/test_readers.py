"""Who reads a place is looked at anew each time: what is learned goes no further than that."""

from tests.bot.channels.discord.home import Home
from tests.bot.channels.discord.test_speak_gate import use
from tests.servers.discord import Channel, ChannelKind, Message, Overwrite, OverwriteKind, Permission, User


def hidden_from_all(home: Home, *but: User) -> list[Overwrite]:
    shown = [Overwrite(user.id, OverwriteKind.MEMBER, allow=Permission.VIEW_CHANNEL) for user in (home.world.bot, *but)]
    return [Overwrite(home.guild.id, OverwriteKind.ROLE, deny=Permission.VIEW_CHANNEL), *shown]


async def ask(home: Home, user: User, where: Channel, words: str) -> Message:
    return await home.ask(user, where, f"{home.me} {words}")


async def test_when_a_channel_s_permissions_shrink_what_is_learned_there_from_then_on_stays_there(home: Home) -> None:
    staff = home.world.add_channel(home.guild, "staff")
    async with home.ember():
        await ask(home, home.ada, staff, "remember the party is on Friday")
        home.world.edit_channel(staff, overwrites=hidden_from_all(home, home.ada))
        await ask(home, home.ada, staff, "remember the salary is low")
        there = (await ask(home, home.ada, staff, "what is the salary and the party?")).content
        assert ("salary is low" in there, "party is on Friday" in there) == (True, True)
        elsewhere = (await ask(home, home.bob, home.general, "what is the salary and the party?")).content
        assert ("salary is low" in elsewhere, "party is on Friday" in elsewhere) == (False, True)
        home.world.edit_channel(staff, overwrites=[])  # open again: what was said behind closed doors stays there
        elsewhere = (await ask(home, home.bob, home.general, "what is the salary?")).content
        assert "salary is low" not in elsewhere
        assert "salary is low" not in await use(home, home.bob, home.general, "memory list")


async def test_a_role_that_no_longer_sees_a_channel_is_looked_at_too(home: Home) -> None:
    staff = home.world.add_channel(home.guild, "staff")
    everyone = home.guild.roles[home.guild.id]
    async with home.ember():
        shown = Overwrite(home.world.bot.id, OverwriteKind.MEMBER, allow=Permission.VIEW_CHANNEL)
        seen = Overwrite(home.ada.id, OverwriteKind.MEMBER, allow=Permission.VIEW_CHANNEL)
        home.world.edit_channel(staff, overwrites=[shown, seen])
        open_to_all = Overwrite(home.guild.id, OverwriteKind.ROLE, allow=Permission.VIEW_CHANNEL)
        home.world.edit_channel(home.general, overwrites=[open_to_all])
        home.world.edit_role(home.guild, everyone, everyone.permissions & ~Permission.VIEW_CHANNEL)
        await ask(home, home.ada, staff, "remember the salary is low")
        assert "salary is low" not in (await ask(home, home.bob, home.general, "what is the salary?")).content
        assert "salary is low" in (await ask(home, home.ada, staff, "what is the salary?")).content


async def test_what_is_written_in_a_locked_voice_channel_stays_with_those_who_may_join_it(home: Home) -> None:
    locked = Overwrite(home.guild.id, OverwriteKind.ROLE, deny=Permission.CONNECT)
    joins = [Overwrite(user.id, OverwriteKind.MEMBER, allow=Permission.CONNECT) for user in (home.world.bot, home.ada)]
    lounge = home.world.add_channel(home.guild, "lounge", kind=ChannelKind.VOICE)
    async with home.ember():
        await ask(home, home.ada, lounge, "remember the party is on Friday")
        home.world.edit_channel(lounge, overwrites=[locked, *joins])
        await ask(home, home.ada, lounge, "remember the salary is low")
        asked = "what is the salary and the party?"
        for where, user, seen in ((lounge, home.ada, True), (home.general, home.bob, False)):
            found = (await ask(home, user, where, asked)).content
            assert ("salary is low" in found, "party is on Friday" in found) == (seen, True)


async def test_a_private_thread_is_another_place_than_its_channel_and_than_a_public_one(home: Home) -> None:
    async with home.ember():
        members = [home.ada, home.world.bot]
        private = home.world.add_thread(home.general, "private", home.ada, private=True, members=members)
        public = home.world.add_thread(home.general, "public", home.ada)
        await ask(home, home.ada, private, "remember the salary is low")
        await ask(home, home.ada, public, "remember the party is on Friday")
        assert "salary is low" in (await ask(home, home.ada, private, "what is the salary?")).content
        assert "party is on Friday" in (await ask(home, home.ada, private, "what about the party?")).content
        asked = "what is the salary and the party?"
        for where, user in ((home.general, home.bob), (public, home.bob)):
            found = (await ask(home, user, where, asked)).content
            assert ("salary is low" in found, "party is on Friday" in found) == (False, True)
        another = home.world.add_thread(home.general, "another", home.ada, private=True, members=members)
        assert "salary is low" not in (await ask(home, home.ada, another, asked)).content


async def test_a_server_s_base_role_makes_a_channel_known_to_the_whole_server(home: Home) -> None:
    member = home.world.add_role(home.guild, "member")
    home.world.edit_member(home.guild, home.ada, roles=[member])
    seen = Overwrite(member.id, OverwriteKind.ROLE, allow=Permission.VIEW_CHANNEL)
    club = home.world.add_channel(home.guild, "club", overwrites=[*hidden_from_all(home), seen])
    async with home.ember():
        await ask(home, home.ada, club, "remember the code is red")
        told = await use(home, home.guild.owner, home.general, "channels base-role", role=str(member.id))
        assert "where member reads" in told
        await ask(home, home.ada, club, "remember the party is on Friday")
        asked = "what is the code and the party?"
        found = (await ask(home, home.ada, home.general, asked)).content
        assert ("code is red" in found, "party is on Friday" in found) == (False, True)
        await use(home, home.guild.owner, home.general, "channels base-role", role="none")
        await ask(home, home.ada, club, "remember the meeting is on Monday")
        assert "on Monday" not in (await ask(home, home.ada, home.general, "what is the meeting?")).content


async def test_who_loses_a_channel_is_shown_its_items_nowhere_else_again(home: Home) -> None:
    staff = home.world.add_channel(home.guild, "staff", overwrites=hidden_from_all(home, home.ada, home.bob))
    async with home.ember():
        await ask(home, home.ada, staff, "remember the salary is low")
        await ask(home, home.bob, staff, "hello")
        assert "salary is low" in (await ask(home, home.bob, staff, "what is the salary?")).content
        home.world.edit_channel(staff, overwrites=hidden_from_all(home, home.ada))
        assert "salary is low" not in (await ask(home, home.bob, home.general, "what is the salary?")).content
        assert "salary is low" not in await use(home, home.bob, home.general, "memory list")
