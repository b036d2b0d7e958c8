"""Makes a capability of one async function: its name, docstring and type hints are all there is to write."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate

from pydantic import BaseModel, ConfigDict, JsonValue, create_model

from capabilities.framework.context import Context
from capabilities.framework.schema import CapabilitySchema

Function = Callable[Concatenate[Context, ...], Awaitable[str]]

_ARGUMENT_KINDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Capability:
    """Something the model can do."""

    name: str
    description: str  #: written for the model
    schema: CapabilitySchema
    arguments: type[BaseModel]  #: checks the arguments of a call
    function: Function
    read_only: bool  #: it changes nothing, so its calls run side by side
    admin_only: bool  #: only the owner may call it
    timeout_seconds: float


def capability(
    *, read_only: bool = False, admin_only: bool = False, timeout_seconds: float = 10
) -> Callable[[Function], Capability]:
    """Makes a capability of the function below it, or raises TypeError where it could not be one."""

    def made_of(function: Function) -> Capability:
        name = function.__name__
        description = _description(function)
        arguments = _arguments(function)
        schema = CapabilitySchema(name, description, _without_titles(arguments.model_json_schema()))
        return Capability(name, description, schema, arguments, function, read_only, admin_only, timeout_seconds)

    return made_of


def _description(function: Function) -> str:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__name__} is not async, so it cannot be a capability")
    if not function.__doc__:
        raise TypeError(f"{function.__name__} has no docstring, so no model would know what it is for")
    return inspect.cleandoc(function.__doc__)


def _arguments(function: Function) -> type[BaseModel]:
    """Returns the model of a function's arguments: all of its parameters but the context."""
    signature = inspect.signature(function, eval_str=True)
    parameters = list(signature.parameters.values())
    if not parameters or parameters[0].annotation is not Context:
        raise TypeError(f"the first parameter of {function.__name__} is not a Context")
    if signature.return_annotation is not str:
        raise TypeError(f"the result of {function.__name__} is not a str")
    # create_model's own signature asks for Any here.
    fields: dict[str, Any] = {parameter.name: _field(function, parameter) for parameter in parameters[1:]}
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _field(function: Function, parameter: inspect.Parameter) -> tuple[object, object]:
    if parameter.annotation is parameter.empty:
        raise TypeError(f"{parameter.name} of {function.__name__} has no type hint")
    if parameter.kind not in _ARGUMENT_KINDS:
        raise TypeError(f"{parameter.name} of {function.__name__} cannot be passed by name")
    return parameter.annotation, ... if parameter.default is parameter.empty else parameter.default


def _without_titles(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Drops pydantic's titles, which only cost tokens; an argument called title is no text, so it stays."""
    return {key: _tidy(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}


def _tidy(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _without_titles(value)
    if isinstance(value, list):
        return [_tidy(part) for part in value]
    return value
