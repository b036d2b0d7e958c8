"""Pages and forms as Discord shows them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import discord

from bot.channels.discord.drawing import LIMIT, page_text
from bot.channels.discord.interactions.custom_id import custom_id
from bot.commands.page import FORM_LIMIT, Button, Form, Page

LABEL_LIMIT: Final = 80  #: characters of a button
TITLE_LIMIT: Final = 45  #: of a form, and of the label of a text in it
WHOLE: Final = "whole.md"  #: the file with all of a page that is too long for a message


@dataclass(frozen=True, slots=True)
class Drawn:
    """What goes into a message."""

    text: str
    view: discord.ui.View | None = None
    files: list[discord.File] = field(default_factory=list)


def drawn_page(page: Page, picture: bytes | None) -> Drawn:
    """Draws a page; what is too long for a message comes as a file too."""
    text = page_text(page)
    files = [] if page.file is None else [discord.File(io.BytesIO(page.file.data), page.file.name)]
    if picture is not None:
        files.append(discord.File(io.BytesIO(picture), "chart.png", description=page.title))
    if len(text) > LIMIT:
        files.append(discord.File(io.BytesIO(text.encode(errors="replace")), WHOLE))
        text = f"{text[: LIMIT - 1]}…"
    return Drawn(text, buttons(page.buttons), files)


def buttons(wanted: Sequence[Button]) -> discord.ui.View | None:
    """Draws buttons, None for none; one whose arguments are too long for Discord is left out."""
    view = discord.ui.View(timeout=None)
    for button in wanted:
        name = custom_id(button.command, button.arguments)
        if name is not None:
            style = discord.ButtonStyle.danger if button.danger else discord.ButtonStyle.secondary
            view.add_item(discord.ui.Button(label=button.label[:LABEL_LIMIT], style=style, custom_id=name))
    view.stop()  # discord.py would keep it to find its callbacks; ours are found by their ids
    return view if view.children else None


def drawn_form(form: Form, command: str) -> discord.ui.Modal | None:
    """Draws a form, None when its arguments are too long for Discord."""
    name = custom_id(command, form.arguments)
    if name is None:
        return None
    modal = discord.ui.Modal(title=form.title[:TITLE_LIMIT], custom_id=name)
    for each in form.fields:
        text: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=each.option,
            style=discord.TextStyle.paragraph,
            default=each.value[:FORM_LIMIT] or None,
            max_length=FORM_LIMIT,
        )
        modal.add_item(discord.ui.Label(text=each.label[:TITLE_LIMIT], component=text))
    modal.stop()
    return modal
