"""Commands, buttons and forms."""

from __future__ import annotations

import asyncio

import discord
import pytest
from discord import app_commands

from tests.servers.discord import (
    Permission,
    ResponseKind,
)
from tests.servers.discord.permissions import EVERYONE
from tests.servers.discord_tests.place import Bot, Place, Raw


async def test_a_slash_command_is_deferred_for_one_person_and_answered(place: Place) -> None:
    bot = Bot()

    @bot.tree.command(description="Say why.")
    async def why(interaction: discord.Interaction, person: discord.Member, depth: int = 1) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(f"{person.name} {depth} {interaction.permissions.manage_guild}")
        await interaction.followup.send("more", ephemeral=True)

    async with place.online(bot):
        with pytest.raises(LookupError):
            await place.server.slash(place.ada, place.general, "why")
        await bot.tree.sync()
        assert place.server.commands.names() == ["why"]
        place.world.edit_role(place.guild, place.guild.roles[place.guild.id], Permission.MANAGE_GUILD | EVERYONE)
        used = await place.server.slash(place.ada, place.general, "why", {"person": place.ada, "depth": 3})
        answer = await used.answer()
        assert (answer.content, answer.ephemeral, answer.deferred) == ("ada 3 True", True, True)
        await place.server.wait_for(lambda: used.followups)
        assert used.followups[0].content == "more"
        assert place.server.messages(place.general) == []


async def test_a_group_a_guild_command_and_an_edit_of_the_original_work(place: Place) -> None:
    bot = Bot()
    home = discord.Object(place.guild.id)
    group = app_commands.Group(name="memory", description="What is remembered.")

    @group.command(description="Forget.")
    async def forget(interaction: discord.Interaction, what: str) -> None:
        await interaction.response.send_message(f"forgetting {what}")
        await interaction.edit_original_response(content=f"forgot {what}")
        await bot.seen.put(("done", (await interaction.original_response()).content))

    @forget.autocomplete("what")
    async def offer(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=current + "l", value=current)]

    bot.tree.add_command(group, guild=home)
    async with place.online(bot):
        await bot.tree.sync(guild=home)
        used = await place.server.slash(place.ada, place.general, "memory forget", {"what": "all"})
        assert await bot.next("done") == "forgot all"
        assert (await used.answer()).ephemeral is False
        assert [message.content for message in place.server.sent_by_bot(place.general)] == ["forgot all"]
        offered = await place.server.autocomplete(
            place.ada, place.general, "memory forget", {"what": "al"}, focused="what"
        )
        assert offered == [{"name": "all", "value": "al"}]


async def test_an_expired_interaction_is_unknown(place: Place) -> None:
    bot = Bot()
    go = asyncio.Event()

    @bot.tree.command(description="Wait.")
    async def wait(interaction: discord.Interaction) -> None:
        await go.wait()
        with pytest.raises(discord.NotFound) as failure:
            await interaction.response.defer()
        await bot.seen.put(("code", failure.value.code))

    async with place.online(bot):
        await bot.tree.sync()
        used = await place.server.slash(place.ada, place.world.dm(place.ada), "wait")
        used.expire()
        go.set()
        assert await bot.next("code") == 10062


async def test_a_button_opens_a_form_whose_text_arrives(place: Place) -> None:
    class Form(discord.ui.Modal, title="Why?"):
        reason: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Reason", custom_id="reason")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.edit_message(content=self.reason.value)

    class Panel(discord.ui.View):
        @discord.ui.button(label="Open", custom_id="open")
        async def open(self, interaction: discord.Interaction, button: discord.ui.Button[Panel]) -> None:
            await interaction.response.send_modal(Form(custom_id="form"))

    async with place.online(Bot()) as bot:
        await bot.get_partial_messageable(place.general.id).send("press", view=Panel())
        panel = await place.server.next_message(place.general)
        clicked = await place.server.press(place.ada, panel, "open")
        assert await clicked.acknowledged() is ResponseKind.MODAL
        sent = await place.server.submit(clicked, {"reason": "rain"})
        assert (await sent.answer()).message is panel
        assert panel.content == "rain"


async def ask(place: Place, bot: Raw) -> discord.Interaction:
    """Register a command without anything behind it, and let ada use it."""
    if not place.server.commands.names():
        assert bot.application_id is not None
        command = {"name": "why", "description": "Say why.", "type": 1}
        await bot.http.upsert_global_command(bot.application_id, command)  # type: ignore[arg-type]
    await place.server.slash(place.ada, place.general, "why")
    return await bot.interaction()


async def test_the_first_response_has_three_seconds(place: Place) -> None:
    async with place.online(Raw()) as bot:
        early = await ask(place, bot)
        place.server.advance(2.9)
        await early.response.defer()
        late = await ask(place, bot)
        place.server.advance(3.1)
        with pytest.raises(discord.NotFound) as failure:
            await late.response.defer()
        assert failure.value.code == 10062


async def test_the_token_is_good_for_a_quarter_of_an_hour(place: Place) -> None:
    async with place.online(Raw()) as bot:
        interaction = await ask(place, bot)
        await interaction.response.defer(ephemeral=True)
        place.server.advance(14 * 60)
        await interaction.followup.send("just in time")
        place.server.advance(61)
        for attempt in (interaction.followup.send("too late"), interaction.edit_original_response(content="too late")):
            with pytest.raises(discord.HTTPException) as failure:
                await attempt
            assert (failure.value.status, failure.value.code) == (401, 50027)


async def test_there_is_one_first_response_and_no_form_after_it(place: Place) -> None:
    class Form(discord.ui.Modal, title="Why?"):
        reason: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Reason")

    async with place.online(Raw()) as bot:
        interaction = await ask(place, bot)
        await interaction.response.defer()
        again = discord.http.Route("POST", f"/interactions/{interaction.id}/{interaction.token}/callback")
        with pytest.raises(discord.HTTPException) as failure:
            await bot.http.request(again, json={"type": 9, "data": Form().to_dict()})
        assert failure.value.code == 40060
        other = await ask(place, bot)
        update = discord.http.Route("POST", f"/interactions/{other.id}/{other.token}/callback")
        with pytest.raises(discord.HTTPException) as refused:
            await bot.http.request(update, json={"type": 7, "data": {"content": "a command has no message to update"}})
        assert refused.value.code == 50035
