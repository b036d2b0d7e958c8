"""How a call's arguments are read: leniently, for models write JSON in many ways, then checked strictly."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from capabilities.framework.decorator import Capability
from capabilities.framework.errors import TellTheModel

Arguments = dict[str, JsonValue]

#: Pydantic's reader and not `json`, which gives up on deep nesting with RecursionError.
_JSON: Final = TypeAdapter[JsonValue](JsonValue)
_PROBLEMS_TOLD: Final = 5
_NAME_LENGTH_TOLD: Final = 60  #: characters; a model may invent names of any length


def parse_arguments(capability: Capability, raw: str) -> BaseModel:
    """Returns the arguments of a call as the capability's own model. Raises TellTheModel with what does not fit."""
    try:
        given = _read(raw)
    except ValidationError as error:
        raise TellTheModel(f"the arguments of {capability.name} are not a JSON object") from error
    try:
        return _checked(capability, given)
    except ValidationError as error:
        unquoted = given | dict(_unquoted(given, error))
    try:
        return _checked(capability, unquoted)
    except ValidationError as error:
        problems = "; ".join(islice(_problems(error), _PROBLEMS_TOLD))
        raise TellTheModel(f"the arguments of {capability.name} do not fit: {problems}") from error


def canonical_arguments(raw: str) -> str:
    """Returns one spelling for all the ways to write the same arguments; what is not readable stays as it is."""
    try:
        return json.dumps(_read(raw), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except ValidationError:
        return raw


def _read(raw: str) -> Arguments:
    """Reads an object, also inside a code fence or a JSON string; nothing means no arguments."""
    text = raw.strip()
    if text.startswith("```"):
        text = text.strip("`").removeprefix("json").strip()
    value = _JSON.validate_json(text or "{}")
    if isinstance(value, str):
        value = _JSON.validate_json(value.strip() or "{}")
    return TypeAdapter(Arguments).validate_python({} if value is None else value)


def _checked(capability: Capability, given: Arguments) -> BaseModel:
    # As JSON and not as Python values: strict means other things there (a date may be a text).
    return capability.arguments.model_validate_json(json.dumps(given))


def _unquoted(given: Arguments, error: ValidationError) -> Iterator[tuple[str, JsonValue]]:
    """Yields the arguments of a wrong type that hold JSON in a text: models send lists and numbers so."""
    wrong = {detail["loc"][0] for detail in error.errors(include_url=False) if detail["type"].endswith("_type")}
    for name, value in given.items():
        if name in wrong and isinstance(value, str):
            with suppress(ValidationError):
                yield name, _JSON.validate_json(value)


def _problems(error: ValidationError) -> Iterator[str]:
    """Yields what a model can act on, without the values."""
    for detail in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in detail["loc"])[:_NAME_LENGTH_TOLD]
        match detail["type"]:
            case "extra_forbidden":
                yield f'there is no argument "{name}"'
            case "missing":
                yield f'"{name}" is missing'
            case _:
                yield f'"{name}": {detail["msg"][0].lower()}{detail["msg"][1:]}'
