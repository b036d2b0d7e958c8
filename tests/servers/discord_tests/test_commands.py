"""Registering commands, and people using them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest
from discord import app_commands

from tests.servers.discord import CommandKind, File, Permission
from tests.servers.discord_tests.place import Bot

if TYPE_CHECKING:
    from tests.servers.discord import OptionValue
    from tests.servers.discord_tests.place import Place


def option(name: str = "item", kind: int = 3, **more: object) -> dict[str, object]:
    return {"name": name, "description": "Something.", "type": kind, **more}


def command(name: str = "memory", **more: object) -> dict[str, object]:
    return {"name": name, "description": "Something.", "type": 1, **more}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (command("Memory"), "name"),
        (command("me mory"), "name"),
        (command("m" * 33), "name"),
        (command(description=""), "description"),
        (command(description="x" * 101), "description"),
        (command(options=[option(f"o{number}") for number in range(26)]), "options"),
        (command(options=[option("Item")]), "options.0.name"),
        (command(options=[option(), option()]), "options.1.name"),
        (command(options=[option("a"), option("b", required=True)]), "options.1.required"),
        (command(options=[option("a", 1), option("b")]), "options"),
        (command(options=[option("a", 2)]), "options.0.type"),
        (command(options=[option(choices=[{"name": "x" * 101, "value": "x"}])]), "options.0.choices.0.name"),
        (command(options=[option(choices=[{"name": "x", "value": "x" * 101}])]), "options.0.choices.0.value"),
        (
            command(options=[option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])]),
            "options.0.choices",
        ),
        (command(options=[option(min_value=1)]), "options.0.min_value"),
        (command(options=[option(kind=5, autocomplete=True)]), "options.0.type"),
        (command(description_localizations={"de": "x" * 101}), "description_localizations.de"),
        (command(type=3), "description"),
        (command("x" * 33, type=3, description=""), "name"),
    ],
)
async def test_what_discord_would_not_register_is_refused(place: Place, wrong: dict[str, object], field: str) -> None:
    async with place.online(Bot()) as bot:
        assert bot.application_id is not None
        with pytest.raises(discord.HTTPException) as failure:
            await bot.http.bulk_upsert_global_commands(bot.application_id, [command("good"), wrong])
        assert (failure.value.status, failure.value.code) == (400, 50035)
        assert f"In 1.{field}:" in failure.value.text
        assert place.server.commands.names() == []


async def test_every_kind_of_option_arrives_as_what_it_is(place: Place) -> None:
    bot = Bot()
    group = app_commands.Group(name="memory", description="What is remembered.")
    inner = app_commands.Group(name="of", description="Whose.", parent=group)

    @inner.command(description="Show.")
    @app_commands.choices(order=[app_commands.Choice(name="Newest first", value="new")])
    async def show(
        interaction: discord.Interaction,
        person: discord.Member,
        where: discord.TextChannel,
        role: discord.Role,
        count: app_commands.Range[int, 1, 10],
        share: float,
        loud: bool,
        order: app_commands.Choice[str],
    ) -> None:
        said = [person.name, where.name, role.name, count, share, loud, order.value, interaction.locale.value]
        await interaction.response.send_message(" ".join(map(str, said)), ephemeral=True)

    bot.tree.add_command(group)
    role = place.world.add_role(place.guild, "staff")
    place.world.set_locale(place.ada, "de")
    async with place.online(bot):
        await bot.tree.sync()
        values: dict[str, OptionValue] = {"person": place.ada, "where": place.general, "role": role}
        values |= {"count": 3, "share": 0.5, "loud": True}
        used = await place.server.slash(place.ada, place.general, "memory of show", values | {"order": "Newest first"})
        assert (await used.answer()).content == "ada general staff 3 0.5 True new de"
        assert used.seconds_to_respond is not None
        mistakes: list[tuple[str, OptionValue]] = [("count", 11), ("count", "three"), ("loud", 1), ("person", role)]
        given = values | {"order": "new"}
        for name, wrong in [*mistakes, ("order", "oldest")]:
            with pytest.raises(ValueError, match="takes"):
                await place.server.slash(place.ada, place.general, "memory of show", given | {name: wrong})
        for words in ("memory", "memory of", "memory of hide", "memori"):
            with pytest.raises(LookupError):
                await place.server.slash(place.ada, place.general, words)
        with pytest.raises(LookupError):
            await place.server.slash(place.ada, place.general, "memory of show", values)


async def test_a_command_for_some_is_offered_to_those_only(place: Place) -> None:
    bot = Bot()

    @bot.tree.command(description="Mute.")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def mute(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(str(interaction.permissions.manage_guild))

    async with place.online(bot):
        await bot.tree.sync()
        with pytest.raises(PermissionError):
            await place.server.slash(place.ada, place.general, "mute")
        used = await place.server.slash(place.ada, place.general, "mute", overridden=True)
        assert (await used.answer()).content == "False"
        used = await place.server.slash(place.owner, place.general, "mute")
        assert (await used.answer()).content == "True"
        with pytest.raises(LookupError):
            await place.server.slash(place.owner, place.world.dm(place.owner), "mute")
        role = place.world.add_role(place.guild, "mods", Permission.MANAGE_GUILD)
        place.world.edit_member(place.guild, place.ada, roles=[role])
        used = await place.server.slash(place.ada, place.general, "mute")
        assert (await used.answer()).content == "True"


async def test_a_message_s_menu_brings_the_message(place: Place) -> None:
    bot = Bot()

    @bot.tree.context_menu(name="Why?")
    async def why(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"because {message.content} of {message.author.name}", ephemeral=True)

    async with place.online(bot):
        said = await place.server.say(place.ada, place.general, "it rains")
        with pytest.raises(LookupError):
            await place.server.menu(place.ada, said, "Why?")
        await bot.tree.sync()
        assert place.server.commands.names(kind=CommandKind.MESSAGE_MENU) == ["Why?"]
        used = await place.server.menu(place.owner, said, "Why?")
        answer = await used.answer()
        assert (answer.content, answer.ephemeral) == ("because it rains of ada", True)
        assert answer.message.reader == place.owner


async def test_more_than_25_choices_are_not_offered(place: Place) -> None:
    bot = Bot()
    codes: asyncio.Queue[int] = asyncio.Queue()

    @bot.tree.command(description="Show.")
    async def show(interaction: discord.Interaction, item: str) -> None:
        """Is never used here."""

    @show.autocomplete("item")
    async def offer(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        count = 26 if current == "many" else 25
        choices = [app_commands.Choice(name=f"{current} {number}", value=str(number)) for number in range(count)]
        if count == 25:
            return choices
        with pytest.raises(discord.HTTPException) as failure:
            await interaction.response.autocomplete(choices)
        await codes.put(failure.value.code)
        return []

    async with place.online(bot):
        await bot.tree.sync()
        offered = await place.server.autocomplete(place.ada, place.general, "show", {"item": "pi"}, focused="item")
        assert (len(offered), offered[0]) == (25, {"name": "pi 0", "value": "0"})
        assert await place.server.autocomplete(place.ada, place.general, "show", {"item": "many"}, focused="item") == []
        assert await codes.get() == 50035
        with pytest.raises(LookupError):
            await place.server.autocomplete(place.ada, place.general, "show", {"other": "pi"}, focused="other")


async def test_a_user_s_menu_and_a_file_with_a_command_bring_theirs(place: Place) -> None:
    bot = Bot()

    @bot.tree.context_menu(name="Who?")
    async def who(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(member.name)

    @bot.tree.command(description="Read.")
    async def read(interaction: discord.Interaction, file: discord.Attachment) -> None:
        await interaction.response.send_message((await file.read()).decode())

    async with place.online(bot):
        await bot.tree.sync()
        used = await place.server.menu(place.owner, place.ada, "Who?", place.general)
        assert (await used.answer()).content == "ada"
        used = await place.server.slash(place.ada, place.general, "read", {"file": File("a.txt", b"hello")})
        assert (await used.answer()).content == "hello"
