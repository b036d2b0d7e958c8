"""How a capability is described to a model."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class CapabilitySchema:
    """The name, the description and the arguments of a capability."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]  #: JSON Schema of an object
