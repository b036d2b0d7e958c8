"""A canary told in one place is looked for in all that the model is sent for the others."""

import pytest

from tests.bot.channels.discord.home import Home
from tests.servers.discord import Channel, Overwrite, OverwriteKind, Permission

TOLD = "remember the secret word is {}"
ASKED = "what is the secret word?"


async def prompts_for(home: Home, channel: Channel, *, member: str = "ada") -> str:
    """Has somebody ask for the word, and returns everything that the model was sent for the answer."""
    before = len(home.model.requests)
    mention = "" if channel.guild is None else home.me
    await home.ask(home.ada if member == "ada" else home.bob, channel, f"{mention} {ASKED}")
    return "\n".join(home.prompts()[before:])


async def test_what_is_told_in_a_dm_stays_there(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), TOLD.format("canary"))
        assert "canary" in await prompts_for(home, home.dm(home.ada))
        assert "canary" not in await prompts_for(home, home.general)
        assert "canary" not in await prompts_for(home, home.general, member="bob")
        assert "canary" not in await prompts_for(home, home.dm(home.bob), member="bob")


async def test_what_is_told_in_a_closed_channel_stays_among_its_readers(home: Home) -> None:
    readers = [home.ada, home.bob, home.world.bot]
    staff = home.world.add_channel(home.guild, "staff", everyone_can_view=False, allow_members=readers)
    board = home.world.add_channel(home.guild, "board", everyone_can_view=False, allow_members=readers)
    async with home.ember():
        await home.ask(home.ada, staff, f"{home.me} {TOLD.format('canary')}")
        assert "canary" in await prompts_for(home, home.dm(home.ada))
        for elsewhere in (board, home.general):
            assert "canary" not in await prompts_for(home, elsewhere)
        assert "canary" not in await prompts_for(home, home.dm(home.bob), member="bob")
        assert "canary" in await prompts_for(home, staff, member="bob")


async def test_what_is_told_in_an_open_channel_is_known_in_the_guild(home: Home) -> None:
    lounge = home.world.add_channel(home.guild, "lounge")
    abroad = home.world.add_guild("abroad")
    for user in (home.ada, home.bob):
        home.world.join(abroad, user)
    far = home.world.add_channel(abroad, "far")
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} {TOLD.format('canary')}")
        assert "canary" in await prompts_for(home, lounge, member="bob")
        assert "canary" in await prompts_for(home, home.dm(home.ada))
        assert "canary" not in await prompts_for(home, far)


async def test_a_private_thread_keeps_what_is_told_and_a_public_one_counts_as_its_parent(home: Home) -> None:
    ember = home.world.bot
    private = home.world.add_thread(home.general, "private", ember, private=True, members=[home.ada])
    public = home.world.add_thread(home.general, "public", ember)
    async with home.ember():
        await home.ask(home.ada, private, TOLD.format("canary"))
        await home.ask(home.ada, public, TOLD.format("sparrow"))
        in_private, in_general = await prompts_for(home, private), await prompts_for(home, home.general)
        assert ("canary" in in_private, "sparrow" in in_private) == (True, True)
        assert ("canary" in in_general, "sparrow" in in_general) == (False, True)


@pytest.mark.parametrize("by_role", [True, False])
async def test_a_channel_that_is_closed_while_ember_runs_keeps_what_is_told_from_then_on(
    home: Home, by_role: bool
) -> None:
    staff = home.world.add_channel(home.guild, "staff")
    viewers = [home.ada, home.world.bot]
    keys = [Overwrite(user.id, OverwriteKind.MEMBER, allow=Permission.VIEW_CHANNEL) for user in viewers]
    async with home.ember():
        await home.ask(home.ada, staff, f"{home.me} {TOLD.format('sparrow')}")
        if by_role:
            home.world.edit_channel(staff, overwrites=keys)
            everyone = home.guild.roles[home.guild.id]
            home.world.edit_role(home.guild, everyone, everyone.permissions & ~Permission.VIEW_CHANNEL)
        else:
            shut = Overwrite(home.guild.id, OverwriteKind.ROLE, deny=Permission.VIEW_CHANNEL)
            home.world.edit_channel(staff, overwrites=[shut, *keys])
        await home.ask(home.ada, staff, f"{home.me} {TOLD.format('canary')}")
        lounge = home.world.add_channel(home.guild, "lounge", overwrites=keys)
        heard = await prompts_for(home, lounge)
        assert ("canary" in heard, "sparrow" in heard) == (False, True)
