"""Buttons, select menus and forms: what Discord allows of them, and finding one as a person does."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from tests.servers.discord.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.servers.discord.records import Payload

MAX_ROWS = 5
MAX_BUTTONS = 5
MAX_IN_V2 = 40
MAX_CUSTOM_ID = 100
MAX_BUTTON_LABEL = 80
MAX_OPTIONS = 25
MAX_OPTION_TEXT = 100
MAX_TITLE = 45
MAX_LABEL = 45
MAX_TEXT = 4000


class ComponentKind(IntEnum):
    """Discord's component types that this server knows; the others are passed on unread."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19


LINK, PREMIUM = 5, 6
SELECTS = frozenset({ComponentKind.STRING_SELECT, *range(ComponentKind.USER_SELECT, ComponentKind.SECTION)})
IN_MESSAGES = SELECTS | {ComponentKind.BUTTON}
IN_FORMS = SELECTS | {ComponentKind.TEXT_INPUT, ComponentKind.FILE_UPLOAD}


def objects(value: object) -> list[Payload]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def walk(components: Sequence[object]) -> Iterator[Payload]:
    """Go through components and what is in them, in the order in which they are drawn."""
    for each in objects(list(components)):
        yield each
        inner = [each[name] for name in ("component", "accessory") if isinstance(each.get(name), dict)]
        yield from walk([*objects(each.get("components")), *inner])


def usable(components: Sequence[object], name: str) -> Payload | None:
    """Return the button, menu or input with this custom id, else the first button with this label."""
    every = [each for each in walk(components) if each.get("custom_id") is not None]
    by_id = [each for each in every if each["custom_id"] == name]
    return next(iter(by_id or [each for each in every if each.get("label") == name]), None)


# In messages


def check_components(components: Sequence[object]) -> None:
    """Refuse what Discord refuses of a message's components.

    Raises:
        ApiError: 50035.
    """
    rows = objects(list(components))
    plain = all(row.get("type") == ComponentKind.ROW for row in rows)
    if plain and len(rows) > MAX_ROWS:
        raise _refusal(f"Must be between 1 and {MAX_ROWS} in length.")
    if len(list(walk(components))) > MAX_IN_V2:
        raise _refusal(f"The number of components must be {MAX_IN_V2} or fewer.")
    for each in walk(components):
        _check_in_message(each)
    _check_custom_ids(components)


def _check_in_message(each: Payload) -> None:
    kind, inner = each.get("type"), objects(each.get("components"))
    if kind == ComponentKind.ROW:
        if not 1 <= len(inner) <= MAX_BUTTONS:
            raise _refusal(f"A row must have between 1 and {MAX_BUTTONS} components.")
        if len(inner) > 1 and any(child.get("type") in SELECTS for child in inner):
            raise _refusal("A select menu takes a row of its own.")
        if any(child.get("type") not in IN_MESSAGES for child in inner):
            raise _refusal('Value of field "type" must be one of (2, 3, 5, 6, 7, 8).')
    elif kind == ComponentKind.BUTTON:
        _check_button(each)
    elif kind in SELECTS:
        check_select(each)


def _check_button(button: Payload) -> None:
    label, style = str(button.get("label") or ""), button.get("style")
    if style not in range(1, 7):
        raise _refusal("style: Value must be one of (1, 2, 3, 4, 5, 6).")
    if len(label) > MAX_BUTTON_LABEL:
        raise _refusal(f"label: Must be {MAX_BUTTON_LABEL} or fewer in length.")
    if style != PREMIUM and not label and not button.get("emoji"):
        raise _refusal("A button must have a label or an emoji.")
    if (style == LINK) is (button.get("url") is None):
        raise _refusal("A link button, and no other, must have a url.")
    if style not in (LINK, PREMIUM):
        _check_custom_id(button)


def check_select(select: Payload) -> None:
    """Refuse what Discord refuses of a select menu.

    Raises:
        ApiError: 50035.
    """
    _check_custom_id(select)
    options = objects(select.get("options"))
    if len(str(select.get("placeholder") or "")) > 150:
        raise _refusal("placeholder: Must be 150 or fewer in length.")
    if select.get("type") != ComponentKind.STRING_SELECT:
        return
    if not 1 <= len(options) <= MAX_OPTIONS:
        raise _refusal(f"options: Must be between 1 and {MAX_OPTIONS} in length.")
    for option in options:
        texts = (str(option.get("label") or ""), str(option.get("value") or ""))
        if not all(1 <= len(text) <= MAX_OPTION_TEXT for text in texts):
            raise _refusal(f"options: label and value must be between 1 and {MAX_OPTION_TEXT} in length.")
        if len(str(option.get("description") or "")) > MAX_OPTION_TEXT:
            raise _refusal(f"options: description must be {MAX_OPTION_TEXT} or fewer in length.")
    if len({option.get("value") for option in options}) < len(options):
        raise _refusal("options: The specified option value is already used.")


# In forms


def check_form(form: Payload) -> None:
    """Refuse what Discord refuses of a modal.

    Raises:
        ApiError: 50035.
    """
    parts = objects(form.get("components"))
    _check_custom_id(form)
    if not 1 <= len(str(form.get("title") or "")) <= MAX_TITLE:
        raise _refusal(f"Must be between 1 and {MAX_TITLE} in length.", "title")
    if not 1 <= len(parts) <= MAX_ROWS:
        raise _refusal(f"Must be between 1 and {MAX_ROWS} in length.")
    for part in parts:
        _check_part(part)
    _check_custom_ids(parts)


def _check_part(part: Payload) -> None:
    match part.get("type"):
        case ComponentKind.ROW:
            inner = objects(part.get("components"))
            if len(inner) != 1 or inner[0].get("type") != ComponentKind.TEXT_INPUT:
                raise _refusal("A row of a modal holds one text input.")
            if not 1 <= len(str(inner[0].get("label") or "")) <= MAX_LABEL:
                raise _refusal(f"label: Must be between 1 and {MAX_LABEL} in length.")
        case ComponentKind.LABEL:
            if not 1 <= len(str(part.get("label") or "")) <= MAX_LABEL:
                raise _refusal(f"label: Must be between 1 and {MAX_LABEL} in length.")
            if len(str(part.get("description") or "")) > 100:
                raise _refusal("description: Must be 100 or fewer in length.")
        case ComponentKind.TEXT_DISPLAY:
            return
        case _:
            raise _refusal('Value of field "type" must be one of (1, 10, 18).')
    for each in walk([part]):
        if each.get("type") == ComponentKind.TEXT_INPUT:
            _check_input(each)
        elif each.get("type") in SELECTS:
            check_select(each)
        elif each is not part and each.get("type") not in IN_FORMS:
            raise _refusal("This component cannot stand in a modal.")


def _check_input(text: Payload) -> None:
    _check_custom_id(text)
    least, most = _number(text, "min_length", 0), _number(text, "max_length", MAX_TEXT)
    if text.get("style") not in (1, 2):
        raise _refusal("style: Value must be one of (1, 2).")
    if not 0 <= least <= MAX_TEXT or not 1 <= most <= MAX_TEXT or least > most:
        raise _refusal(f"min_length and max_length must be at most {MAX_TEXT}, in this order.")
    if len(str(text.get("value") or "")) > most:
        raise _refusal(f"value: Must be {most} or fewer in length.")
    if len(str(text.get("placeholder") or "")) > 100:
        raise _refusal("placeholder: Must be 100 or fewer in length.")


def filled(form: Payload, values: dict[str, str | list[str]]) -> list[Payload]:
    """Return a form's components as a person's sending fills them; a text that is not given stays as the form had it.

    Raises:
        LookupError: the form has no such input.
        ValueError: the form would not let this be sent: too short, too long, or missing.
    """
    parts = objects(form.get("components"))
    known = {str(each["custom_id"]) for each in walk(parts) if each.get("custom_id") is not None}
    if set(values) - known:
        raise LookupError(f"the form has no {sorted(set(values) - known)}, only {sorted(known)}")
    result: list[Payload] = []
    for number, part in enumerate(parts, start=1):
        base: Payload = {"type": part["type"], "id": number}
        if part["type"] == ComponentKind.ROW:
            result.append(base | {"components": [_filled(objects(part["components"])[0], values)]})
        elif part["type"] == ComponentKind.LABEL and isinstance(part["component"], dict):
            result.append(base | {"component": _filled(part["component"], values)})
        else:
            result.append(base)
    return result


def _filled(component: Payload, values: dict[str, str | list[str]]) -> Payload:
    name, required = str(component["custom_id"]), component.get("required", True) is not False
    base: Payload = {"type": component["type"], "custom_id": name, "id": 0}
    given = values.get(name)
    if component["type"] != ComponentKind.TEXT_INPUT:
        chosen = chosen_of(component, given if isinstance(given, list) else [])
        return base | {"values": chosen}
    text = str(component.get("value") or "") if given is None else str(given)
    least, most = _number(component, "min_length", 0), _number(component, "max_length", MAX_TEXT)
    if (required and not text) or (text and len(text) < least) or len(text) > most:
        raise ValueError(f"{name!r} takes {max(least, int(required))} to {most} characters, not {len(text)}")
    return base | {"value": text}


def chosen_of(select: Payload, values: list[str]) -> list[str]:
    """Return what a person chose.

    Raises:
        ValueError: the menu does not offer this, or not so many.
    """
    least, most = _number(select, "min_values", 1), _number(select, "max_values", 1)
    if select.get("required") is False and not values:
        return values
    offered = {str(option["value"]) for option in objects(select.get("options"))}
    unknown = set(values) - offered if select["type"] == ComponentKind.STRING_SELECT else set()
    if unknown or not least <= len(values) <= most:
        raise ValueError(f"{select['custom_id']!r} takes {least} to {most} of {sorted(offered)}, not {values}")
    return values


# For both


def _check_custom_id(component: Payload) -> None:
    if not 1 <= len(str(component.get("custom_id") or "")) <= MAX_CUSTOM_ID:
        raise _refusal(f"Must be between 1 and {MAX_CUSTOM_ID} in length.", "custom_id")


def _check_custom_ids(components: Sequence[object]) -> None:
    names = [each["custom_id"] for each in walk(components) if each.get("custom_id") is not None]
    if len(set(names)) < len(names):
        raise _refusal("Component custom id cannot be duplicated", "custom_id")


def _number(component: Payload, name: str, otherwise: int) -> int:
    value = component.get(name)
    return value if isinstance(value, int) else otherwise


def _refusal(message: str, name: str = "components") -> ApiError:
    return ApiError.invalid_form(name, message)
