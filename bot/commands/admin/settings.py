"""`config …` shows and changes the settings that may be changed while Ember runs."""

from collections.abc import Sequence
from typing import Final

from bot.agents import DEFAULT, Agents
from bot.commands.admin.naming import (
    NAME,
    PAGE_OPTION,
    REASON,
    REASON_OPTION,
    SEEN_OPTION,
    VERSION,
    matching,
    moment,
    seen,
)
from bot.commands.page import (
    Asking,
    BadArgument,
    Button,
    Choice,
    Command,
    Field,
    Form,
    Option,
    OptionKind,
    Page,
    Rank,
    leafed,
)
from bot.configuration import Configuration
from bot.run_time_settings import RUN_TIME, UNSET, BadValue, RunTimeSetting, TakesEffect
from memory import EVERYWHERE, Setting, Store

_VALUE: Final = "value"
_HISTORY: Final = 100  #: versions
_WHEN: Final = {
    TakesEffect.AT_ONCE: "It holds at once.",
    TakesEffect.NEXT_RUN: "It holds from the next run of that work on.",
    TakesEffect.NEXT_START: "It holds at the next start: please restart me.",
}


class ConfigCommands:
    """The commands about settings. What is not in RUN_TIME is shown and changed in the environment; keys are not."""

    def __init__(self, store: Store, configuration: Configuration, agents: Agents, default_zone: str) -> None:
        self._store = store
        self._configuration = configuration
        self._agents = agents
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        any_name = Option(NAME, "The setting", OptionKind.NAME, suggest=self._names)
        name = Option(NAME, "The setting", OptionKind.NAME, required=True, suggest=self._changeable)
        value = Option(
            _VALUE, f"Its value from now on; {UNSET}: as the environment says", OptionKind.NAME, suggest=self._values
        )
        return (
            Command("config get", "Show my settings, or one of them", self.get, (any_name, PAGE_OPTION), Rank.OWNER),
            Command(
                "config set",
                "Change a setting while I run",
                self.set,
                (name, value, REASON_OPTION, SEEN_OPTION),
                Rank.OWNER,
                form=self._form,
            ),
            Command("config history", "Show who changed a setting", self.history, (name, PAGE_OPTION), Rank.OWNER),
        )

    async def get(self, asking: Asking) -> Page:
        """Shows one setting with what it takes, or all of them."""
        name, values = asking.text(NAME), dict(self._configuration.in_environment())
        here = {one.name: one for one in await self._store.config.in_force() if one.target == EVERYWHERE}
        if not name:
            rows = [(one, self._shown(one, values[one]), _from(here.get(one))) for one in sorted(values)]
            shown, buttons = leafed("config get", rows, asking)
            return Page("Settings", "", ("name", "value", "from"), shown, buttons)
        if name not in values:
            raise BadArgument("There is no setting of that name. /config get shows them all.")
        is_so = (("value", self._shown(name, values[name])), ("from", _from(here.get(name))))
        setting = RUN_TIME.get(name)
        if setting is None:
            return Page(name, "It is changed in the environment or in .env, not here.", ("what", "is"), is_so)
        about = (("takes", setting.takes), ("a change holds", str(setting.takes_effect)))
        buttons = (Button("Change", "config set", {NAME: name}), Button("History", "config history", {NAME: name}))
        return Page(name, setting.what, ("what", "is"), (*is_so, *about), buttons)

    async def set(self, asking: Asking) -> Page:
        """Changes a setting."""
        setting = _changeable(asking)
        if not asking.text(_VALUE):
            raise BadArgument(f"{setting.name} is {setting.takes}, or {UNSET}.")
        try:
            value = setting.parsed(asking.text(_VALUE))
        except BadValue as error:
            raise BadArgument(str(error)) from None
        if setting.name == DEFAULT and isinstance(value, str) and value not in await self._agents.names():
            raise BadArgument("There is no agent of that name. /agent list shows them.")
        version = await self._configuration.set(
            setting.name, EVERYWHERE, value, asking.person, asking.text(REASON), seen(asking)
        )
        now = self._configuration.value(setting.name)
        text = f"{setting.name} is {now}. {_WHEN[setting.takes_effect]} That is version {version}."
        return Page("Settings", text, buttons=(Button("History", "config history", {NAME: setting.name}),))

    async def _form(self, asking: Asking) -> Form | None:
        setting = RUN_TIME.get(asking.text(NAME))
        if setting is None:
            return None
        version = await self._configuration.version(setting.name)
        now = str(self._configuration.value(setting.name))
        fields = (Field(_VALUE, f"Its value: {setting.takes}", now), Field(REASON, "Why"))
        return Form(setting.name, fields, {NAME: setting.name, VERSION: str(version)})

    async def history(self, asking: Asking) -> Page:
        """Shows the versions of a setting, newest first."""
        setting = _changeable(asking)
        rows = [
            (
                str(one.version),
                "as the environment says" if one.value is None else str(one.value),
                moment(one.created_at, asking, self._default_zone),
                one.author,
                one.reason,
            )
            for one in await self._store.config.history(setting.name, EVERYWHERE, _HISTORY)
        ]
        shown, buttons = leafed("config history", rows, asking)
        text = "" if rows else "Nobody has changed it here: it is as the environment says."
        return Page(f"History of {setting.name}", text, ("version", "value", "when", "by", "why"), shown, buttons)

    def _shown(self, name: str, in_environment: str) -> str:
        """What is set here goes before the environment."""
        setting = self._configuration.setting(name)
        return in_environment if setting is None or name not in RUN_TIME else str(setting.value)

    async def _names(self, asking: Asking, typed: str) -> Sequence[Choice]:
        return matching(sorted(dict(self._configuration.in_environment())), typed)

    async def _values(self, asking: Asking, typed: str) -> Sequence[Choice]:
        setting = RUN_TIME.get(asking.text(NAME))
        if setting is None:
            return []
        found = await self._agents.names() if setting.name == DEFAULT else setting.choices
        return matching((*found, UNSET), typed)

    async def _changeable(self, asking: Asking, typed: str) -> Sequence[Choice]:
        return matching(sorted(RUN_TIME), typed)


def _from(setting: Setting | None) -> str:
    if setting is None or setting.name not in RUN_TIME:
        return "the environment"
    return f"version {setting.version}, by {setting.author or 'somebody who is forgotten'}"


def _changeable(asking: Asking) -> RunTimeSetting:
    setting = RUN_TIME.get(asking.text(NAME))
    if setting is None:
        raise BadArgument("No setting of that name can be changed here. /config get shows them all.")
    return setting
