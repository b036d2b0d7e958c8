"""What admins have set about capabilities: the owner everywhere, a guild's admins in their guild, the stricter wins."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from bot.configuration import Configuration, of_guild
from capabilities.framework.decorator import Capability
from capabilities.framework.registry import Registry
from capabilities.framework.rules import Rule
from capabilities.framework.schema import CapabilitySchema
from memory import EVERYWHERE, Place

LONGEST_SECONDS: Final = 600.0  #: that a call may take


class Chosen(BaseModel):
    """What was set for one capability; None: nothing."""

    model_config = ConfigDict(frozen=True)

    on: bool | None = None
    admin_only: bool | None = None
    timeout_seconds: float | None = None


def row_of(capability: str) -> str:
    """The name under which `config` holds it."""
    return f"capability.{capability}"


class CapabilityRules:
    """Knows what holds where. A guild can take away what the owner allows, and give nothing that the owner does not."""

    def __init__(self, configuration: Configuration, registry: Registry) -> None:
        self._configuration = configuration
        self._registry = registry

    def chosen(self, capability: str, target: str) -> Chosen:
        """Returns what was set for just that target."""
        setting = self._configuration.setting(row_of(capability), target)
        return Chosen() if setting is None else Chosen.model_validate(setting.value)

    def rule_in(self, capability: Capability, guild: str | None) -> Rule:
        """Returns what holds in a guild, or outside of any."""
        everywhere = self.chosen(capability.name, EVERYWHERE)
        here = Chosen() if guild is None else self.chosen(capability.name, of_guild(guild))
        admin_only = capability.admin_only if everywhere.admin_only is None else everywhere.admin_only
        seconds = everywhere.timeout_seconds or capability.timeout_seconds
        return Rule(
            on=everywhere.on is not False and here.on is not False,
            admin_only=admin_only or here.admin_only is True,
            timeout_seconds=min(seconds, here.timeout_seconds or seconds),
        )

    def rule_for(self, capability: Capability, place: Place) -> Rule:
        return self.rule_in(capability, place.guild)

    def schemas(self, place: Place) -> tuple[CapabilitySchema, ...]:
        """Returns what a model is told in a place, the same for everybody there, sorted by name."""
        return tuple(one.schema for one in self._registry if self.rule_for(one, place).on)
