"""What somebody did, as a command with arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import discord
from pydantic import BaseModel, TypeAdapter

from bot.channels.discord.interactions.custom_id import command_in
from bot.commands.catalogue import Catalogue
from bot.commands.page import MESSAGE, MESSAGE_AUTHOR, MESSAGE_TEXT, Command

_SUB_COMMAND: Final = 1
_MESSAGE_MENU: Final = 3


class _Option(BaseModel):
    type: int = 0
    name: str = ""
    value: str | int | float | bool | None = None
    focused: bool = False
    options: tuple["_Option", ...] = ()


class _Component(BaseModel):
    custom_id: str = ""
    value: str = ""
    component: "_Component | None" = None
    components: tuple["_Component", ...] = ()


class _User(BaseModel):
    id: str = ""
    username: str = ""
    global_name: str | None = None


class _Message(BaseModel):
    content: str = ""
    author: _User = _User()


class _Resolved(BaseModel):
    messages: dict[str, _Message] = {}


class _Data(BaseModel):
    """An interaction's `data`, as far as Ember reads it."""

    type: int = 0
    name: str = ""
    custom_id: str = ""
    target_id: str = ""
    options: tuple[_Option, ...] = ()
    components: tuple[_Component, ...] = ()
    resolved: _Resolved = _Resolved()


_data: Final = TypeAdapter(_Data)


@dataclass(frozen=True, slots=True)
class Given:
    """What was asked for."""

    command: Command
    arguments: dict[str, str]
    focused: str | None = None  #: the option that is being typed


def given_in(interaction: discord.Interaction, catalogue: Catalogue) -> Given | None:
    """Returns it, or None for what is no command of Ember's (any more)."""
    data = _data.validate_python(interaction.data or {})
    match interaction.type:
        case discord.InteractionType.application_command | discord.InteractionType.autocomplete:
            return (
                _of_menu(data, catalogue, str(interaction.user.id))
                if data.type == _MESSAGE_MENU
                else _of_slash(data, catalogue)
            )
        case discord.InteractionType.component | discord.InteractionType.modal_submit:
            return _of_custom_id(data, catalogue)
        case _:
            return None


def _of_slash(data: _Data, catalogue: Catalogue) -> Given | None:
    path, options = data.name, data.options
    if options and options[0].type == _SUB_COMMAND:
        path, options = f"{path} {options[0].name}", options[0].options
    command = catalogue.find(path)
    if command is None:
        return None
    arguments = {option.name: str(option.value) for option in options if option.value is not None}
    focused = next((option.name for option in options if option.focused), None)
    return Given(command, arguments, focused)


def _of_menu(data: _Data, catalogue: Catalogue, asker: str) -> Given | None:
    command = next((command for command in catalogue if command.menu == data.name), None)
    if command is None:
        return None
    message = data.resolved.messages.get(data.target_id, _Message())
    arguments = {MESSAGE: data.target_id, MESSAGE_TEXT: message.content}
    if message.author.id != asker:
        arguments[MESSAGE_AUTHOR] = message.author.global_name or message.author.username or "Somebody"
    return Given(command, arguments)


def _of_custom_id(data: _Data, catalogue: Catalogue) -> Given | None:
    found = command_in(data.custom_id)
    command = None if found is None else catalogue.find(found[0])
    if found is None or command is None:
        return None
    return Given(command, {**found[1], **dict(_texts(data.components))})


def _texts(components: tuple[_Component, ...]) -> Iterator[tuple[str, str]]:
    """The texts of a form, however deep Discord lays them."""
    for component in components:
        if component.custom_id:
            yield component.custom_id, component.value
        yield from _texts(component.components)
        if component.component is not None:
            yield from _texts((component.component,))
