"""Buttons, select menus and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest
from discord import ui

from tests.servers.discord import ResponseKind
from tests.servers.discord_tests.place import Bot, Raw

if TYPE_CHECKING:
    from tests.servers.discord import Channel, Role, User
    from tests.servers.discord_tests.place import Place


def panel(*buttons: ui.Button[ui.View]) -> ui.View:
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


def button(custom_id: str = "do:stop", label: str = "Stop", *, disabled: bool = False) -> ui.Button[ui.View]:
    return ui.Button(label=label, custom_id=custom_id, disabled=disabled)


async def post(place: Place, bot: Bot, components: list[object]) -> object:
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=place.general.id)
    return await bot.http.request(route, json={"content": "x", "components": components})


def row(*components: dict[str, object]) -> dict[str, object]:
    return {"type": 1, "components": list(components)}


def plain(custom_id: str = "a", label: str = "A", **more: object) -> dict[str, object]:
    return {"type": 2, "style": 1, "custom_id": custom_id, "label": label, **more}


@pytest.mark.parametrize(
    "components",
    [
        [row(plain("x" * 101))],
        [row(plain(label="x" * 81))],
        [row(plain(), plain())],
        [row(*(plain(str(number)) for number in range(6)))],
        [row(plain(str(number))) for number in range(6)],
        [row(plain(style=9))],
        [row({"type": 2, "style": 5, "label": "no address"})],
        [row({"type": 3, "custom_id": "menu", "options": []})],
        [row({"type": 3, "custom_id": "menu", "options": [{"label": "", "value": "x"}]})],
    ],
)
async def test_components_that_discord_would_not_draw_are_refused(place: Place, components: list[object]) -> None:
    async with place.online(Bot()) as bot:
        await post(place, bot, [row(plain(), plain("b"))])
        with pytest.raises(discord.HTTPException) as failure:
            await post(place, bot, components)
        assert failure.value.code == 50035


async def test_a_button_is_pressed_by_its_id_or_label_and_updates_its_message(place: Place) -> None:
    async with place.online(Raw()) as bot:
        await place.talk(bot).send("busy", view=panel(button(), button("x", "Off", disabled=True)))
        message = await place.server.next_message(place.general)
        for name in ("do:stop", "Stop"):
            used = await place.server.press(place.ada, message, name)
            interaction = await bot.interaction()
            assert interaction.data is not None
            assert interaction.data.get("custom_id") == "do:stop"
            assert interaction.message is not None
            assert interaction.message.id == message.id
            await interaction.response.edit_message(content=f"by {name}", view=panel(button()))
            assert (await used.answer()).content == message.content == f"by {name}"
        with pytest.raises(LookupError):
            await place.server.press(place.ada, message, "Start")
        await place.server.delete(message)
        with pytest.raises(LookupError):
            await place.server.press(place.ada, message, "Stop")


async def test_an_ephemeral_answer_is_pressed_by_its_reader_and_replaced(place: Place) -> None:
    async with place.online(Raw()) as bot:
        await place.talk(bot).send("open", view=panel(button("open", "Open")))
        opened = await place.server.press(place.ada, await place.server.next_message(place.general), "Open")
        await (await bot.interaction()).response.send_message(
            "page 1", ephemeral=True, view=panel(button("page|2", "Next"))
        )
        page = (await opened.answer()).message
        with pytest.raises(PermissionError):
            await place.server.press(place.owner, page, "Next")
        turned = await place.server.press(place.ada, page, "Next")
        interaction = await bot.interaction()
        await interaction.response.defer()
        assert await turned.acknowledged() is ResponseKind.DEFERRED_UPDATE
        await interaction.edit_original_response(content="page 2", view=None)
        assert ((await turned.answer()).message, page.content, page.components) == (page, "page 2", [])
        await interaction.followup.send("a footnote", ephemeral=True)
        assert [each.content for each in turned.followups] == ["a footnote"]
        assert [each.content for each in place.server.messages(place.general)] == ["open"]
        await interaction.delete_original_response()
        with pytest.raises(LookupError):
            await place.server.press(place.ada, page, "Next")


async def test_a_menu_takes_what_it_offers(place: Place) -> None:
    options = [discord.SelectOption(label=each.title(), value=each) for each in ("small", "large")]
    view = ui.View(timeout=None)
    view.add_item(ui.Select(custom_id="agent", options=options))
    async with place.online(Raw()) as bot:
        await place.talk(bot).send("which?", view=view)
        message = await place.server.next_message(place.general)
        with pytest.raises(ValueError, match="takes"):
            await place.server.select(place.ada, message, "agent", ["huge"])
        await place.server.select(place.ada, message, "agent", ["large"])
        interaction = await bot.interaction()
        assert interaction.data is not None
        assert interaction.data.get("values") == ["large"]


async def test_people_roles_and_channels_are_chosen_by_id(place: Place) -> None:
    view = ui.View(timeout=None)
    view.add_item(ui.UserSelect(custom_id="0")).add_item(ui.RoleSelect(custom_id="1"))
    view.add_item(ui.ChannelSelect(custom_id="2"))
    role = place.world.add_role(place.guild, "staff")
    async with place.online(Raw()) as bot:
        await place.talk(bot).send("which?", view=view)
        message = await place.server.next_message(place.general)
        things: list[User | Role | Channel] = [place.ada, role, place.general]
        for number, thing in enumerate(things):
            await place.server.select(place.ada, message, str(number), [str(thing.id)])
            interaction = await bot.interaction()
            assert interaction.data is not None
            resolved = interaction.data.get("resolved")
            assert isinstance(resolved, dict)
            kind = ("users", "roles", "channels")[number]
            assert resolved[kind][str(thing.id)]["username" if kind == "users" else "name"] == thing.name


class Edit(ui.Modal, title="Edit"):
    text: ui.Label[Edit] = ui.Label(
        text="Text",
        description="What to remember.",
        component=ui.TextInput(custom_id="text", default="tea", max_length=20, style=discord.TextStyle.paragraph),
    )
    reason: ui.TextInput[Edit] = ui.TextInput(label="Reason", custom_id="reason", required=False)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.text.component, ui.TextInput)
        await interaction.response.send_message(f"{self.text.component.value}/{self.reason.value}", ephemeral=True)


async def test_a_form_with_labels_is_filled_in_and_sent_once(place: Place) -> None:
    async with place.online(Raw()) as bot:
        await place.talk(bot).send("edit", view=panel(button("edit", "Edit")))
        message = await place.server.next_message(place.general)
        pressed = await place.server.press(place.ada, message, "Edit")
        await (await bot.interaction()).response.send_modal(Edit())
        assert await pressed.acknowledged() is ResponseKind.MODAL
        assert pressed.form is not None
        assert pressed.form["title"] == "Edit"
        with pytest.raises(ValueError, match="characters"):
            await place.server.submit(place.ada, {"text": "x" * 21})
        with pytest.raises(ValueError, match="characters"):
            await place.server.submit(place.ada, {"text": ""})
        with pytest.raises(LookupError):
            await place.server.submit(place.ada, {"texts": "x"})
        sent = await place.server.submit(place.ada, {"reason": "rain"})
        assert (await sent.answer()).content == "tea/rain"
        with pytest.raises(LookupError):
            await place.server.submit(pressed, {"text": "again"})


@pytest.mark.parametrize(
    "form",
    [
        {"title": "x" * 46},
        {"title": ""},
        {"custom_id": "x" * 101},
        {"components": []},
        {"components": [{"type": 18, "label": "x" * 46, "component": {"type": 4, "custom_id": "a", "style": 1}}]},
        {"components": [row({"type": 4, "custom_id": "a", "style": 1, "label": "x" * 46})]},
        {"components": [row({"type": 4, "custom_id": "a", "style": 1, "label": "x", "max_length": 4001})]},
        {"components": [row({"type": 4, "custom_id": "a", "style": 1, "label": "x", "value": "x" * 4001})]},
        {"components": [row(plain())]},
    ],
)
async def test_a_form_that_discord_would_not_open_is_refused(place: Place, form: dict[str, object]) -> None:
    async with place.online(Raw()) as bot:
        await place.talk(bot).send("edit", view=panel(button("edit", "Edit")))
        pressed = await place.server.press(place.ada, await place.server.next_message(place.general), "Edit")
        interaction = await bot.interaction()
        good: dict[str, object] = {"title": "t", "custom_id": "c"}
        good |= {"components": [row({"type": 4, "custom_id": "a", "style": 1, "label": "x"})]}
        route = discord.http.Route("POST", f"/interactions/{interaction.id}/{interaction.token}/callback")
        with pytest.raises(discord.HTTPException) as failure:
            await bot.http.request(route, json={"type": 9, "data": good | form})
        assert failure.value.code == 50035
        assert pressed.form is None
        await bot.http.request(route, json={"type": 9, "data": good})
        assert pressed.form is not None


async def test_a_button_in_a_layout_is_pressed_like_another(place: Place) -> None:
    layout = ui.LayoutView(timeout=None)
    row_of_one: ui.ActionRow[ui.LayoutView] = ui.ActionRow(ui.Button(label="Go", custom_id="go"))
    layout.add_item(ui.Container(ui.TextDisplay("A title"), row_of_one))
    async with place.online(Raw()) as bot:
        await place.talk(bot).send(view=layout)
        await place.server.press(place.ada, await place.server.next_message(place.general), "Go")
        interaction = await bot.interaction()
        assert interaction.data is not None
        assert interaction.data.get("custom_id") == "go"
        route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=place.general.id)
        with pytest.raises(discord.HTTPException) as failure:
            await bot.http.request(
                route, json={"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "A title"}]}
            )
        assert failure.value.code == 50035
