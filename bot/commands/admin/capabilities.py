"""`capability …` shows and changes what the model can do: in a guild for that guild, in the owner's DM everywhere."""

from collections.abc import Sequence
from typing import Final

from bot.capability_rules import LONGEST_SECONDS, CapabilityRules, Chosen, row_of
from bot.commands.admin.naming import NAME, matching
from bot.commands.page import Asking, BadArgument, Choice, Command, Option, OptionKind, Page, Rank
from bot.configuration import Configuration, of_guild
from capabilities.framework.decorator import Capability
from capabilities.framework.registry import Registry
from memory import EVERYWHERE

_KEY: Final = "key"
_VALUE: Final = "value"
_SECONDS: Final = "timeout_seconds"
_ADMIN_ONLY: Final = "admin_only"
_ON_OFF: Final = {"on": True, "off": False}


class CapabilityCommands:
    """The commands about capabilities. A guild can only take away; what the owner has off stays off."""

    def __init__(self, configuration: Configuration, rules: CapabilityRules, registry: Registry) -> None:
        self._configuration = configuration
        self._rules = rules
        self._registry = registry

    def commands(self) -> tuple[Command, ...]:
        name = Option(NAME, "The capability", OptionKind.NAME, required=True, suggest=self._names)
        key = Option(_KEY, "What to change", OptionKind.NAME, required=True, choices=(_SECONDS, _ADMIN_ONLY))
        value = Option(_VALUE, "Seconds, or on or off", OptionKind.NAME, required=True)
        rank = Rank.GUILD_ADMIN
        return (
            Command("capability list", "Show what I can do here", self.listed, rank=rank),
            Command("capability enable", "Switch something on that I can do", self.enable, (name,), rank),
            Command("capability disable", "Switch something off that I can do", self.disable, (name,), rank),
            Command("capability config", "Say how I may do it", self.config, (name, key, value), rank),
        )

    async def listed(self, asking: Asking) -> Page:
        """Lists all there are, with what holds where it is asked."""
        rows = tuple(self._row(asking, capability) for capability in self._registry)
        return Page("Capabilities", f"As it is {_where(asking)}.", ("name", "is", "who", "seconds"), rows)

    async def enable(self, asking: Asking) -> Page:
        return await self._switch(asking, on=True)

    async def disable(self, asking: Asking) -> Page:
        return await self._switch(asking, on=False)

    async def config(self, asking: Asking) -> Page:
        """Changes how long a capability may take, or whether only the owner may call it."""
        capability = self._named(asking)
        if asking.text(_KEY) == _SECONDS:
            change: dict[str, object] = {_SECONDS: _seconds(asking.text(_VALUE))}
        else:
            if asking.text(_VALUE) not in _ON_OFF:
                raise BadArgument(f"{_ADMIN_ONLY} is on or off.")
            change = {_ADMIN_ONLY: _ON_OFF[asking.text(_VALUE)]}
        return await self._change(asking, capability, change)

    async def _switch(self, asking: Asking, *, on: bool) -> Page:
        return await self._change(asking, self._named(asking), {"on": on})

    async def _change(self, asking: Asking, capability: Capability, change: dict[str, object]) -> Page:
        row, target = row_of(capability.name), _target(asking)
        before = await self._configuration.version(row, target)
        chosen = self._rules.chosen(capability.name, target)
        value = Chosen.model_validate(chosen.model_dump() | change).model_dump(mode="json", exclude_none=True)
        version = await self._configuration.set(row, target, value, asking.person, after=before)
        _, is_on, who, seconds = self._row(asking, capability)
        text = f"{capability.name} is {is_on} {_where(asking)}, for {who}, within {seconds} seconds."
        return Page("Capabilities", f"{text} That is version {version}.")

    def _row(self, asking: Asking, capability: Capability) -> tuple[str, str, str, str]:
        rule = self._rules.rule_for(capability, asking.place)
        off_everywhere = self._rules.chosen(capability.name, EVERYWHERE).on is False
        is_on = "on" if rule.on else "off everywhere, by my owner" if off_everywhere else "off"
        who = "my owner" if rule.admin_only else "everybody"
        return capability.name, is_on, who, f"{rule.timeout_seconds:g}"

    def _named(self, asking: Asking) -> Capability:
        capability = self._registry.get(asking.text(NAME))
        if capability is None:
            raise BadArgument("There is no capability of that name. /capability list shows them.")
        return capability

    async def _names(self, asking: Asking, typed: str) -> Sequence[Choice]:
        return matching((capability.name for capability in self._registry), typed)


def _target(asking: Asking) -> str:
    return EVERYWHERE if asking.place.guild is None else of_guild(asking.place.guild)


def _where(asking: Asking) -> str:
    return "everywhere" if asking.place.guild is None else "in this server"


def _seconds(typed: str) -> float:
    try:
        seconds = float(typed)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= LONGEST_SECONDS:  # which no NaN is
        raise BadArgument(f"{_SECONDS} is a number from 1 to {LONGEST_SECONDS:g}.")
    return seconds
