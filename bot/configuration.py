"""What admins have set while Ember runs, kept at hand for every turn; the narrowest that was set holds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from pydantic import JsonValue, SecretStr

from bot.settings import Settings
from memory import EVERYWHERE, Person, Place, Setting, Store

_NOT_SET: Final = "not set"
_SET: Final = "set"


def of_guild(guild: str) -> str:
    """The target of what holds in a guild."""
    return f"guild:{guild}"


def of_channel(channel_id: str) -> str:
    """The target of what holds in a channel and its threads."""
    return f"channel:{channel_id}"


class Configuration:
    """Answers from what it keeps, and writes through to `config`. `load` it before it is asked."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._environment = dict(_plain(settings))
        self._kept: dict[tuple[str, str], Setting] = {}
        self._watching: dict[str, Callable[[], None]] = {}

    async def load(self) -> None:
        """Takes in what is set."""
        self._kept = {(one.name, one.target): _nobodys(one) for one in await self._store.config.in_force()}

    def value(self, name: str, guild: str | None = None, channel: str | None = None) -> JsonValue:
        """Returns what holds: the channel's, the guild's, everybody's, or the environment's."""
        for target in _targets(guild, channel):
            kept = self._kept.get((name, target))
            if kept is not None and kept.value is not None:
                return kept.value
        return self._environment.get(name)

    def here(self, name: str, place: Place) -> JsonValue:
        """Returns what holds in a place."""
        return self.value(name, place.guild, place.channel_id or None)

    def whole(self, name: str) -> int:
        """Returns a whole number that holds everywhere."""
        return int(self.number(name))

    def number(self, name: str) -> float:
        """Returns a number that holds everywhere. Raises TypeError for what is none."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} is no number")
        return value

    def text(self, name: str) -> str:
        """Returns a text that holds everywhere, empty for none."""
        value = self.value(name)
        return value if isinstance(value, str) else ""

    def setting(self, name: str, target: str = EVERYWHERE) -> Setting | None:
        """Returns what was set for just that target, None for nothing; not by whom, which the store knows."""
        kept = self._kept.get((name, target))
        return None if kept is None or kept.value is None else kept

    def in_environment(self) -> Iterator[tuple[str, str]]:
        """Yields the settings of the environment as people may see them: of a key, only whether it is set."""
        for name, value in self._environment.items():
            yield name, _NOT_SET if value in (None, "") else str(value)

    async def version(self, name: str, target: str = EVERYWHERE) -> int:
        """Returns the newest version for a target, also of what is no longer set; 0 for none."""
        newest = await self._store.config.history(name, target, 1)
        return newest[0].version if newest else 0

    async def set(
        self, name: str, target: str, value: JsonValue, author: Person, reason: str = "", after: int | None = None
    ) -> int:
        """Sets something, None to unset it, and returns its version once that is durable.

        `after` is the version that the author has seen, 0 for none: raises ChangedMeanwhile when there is a newer one.
        """
        version = await self._store.config.set(name, target, value, author.id, reason, after)
        now = Setting(name, target, version, value, author="", reason="", created_at=self._store.clock.now())
        before = self._kept.get((name, target))
        if before is None or before.version < version:  # of two at once, the later one stays
            self._kept[name, target] = now
        if name in self._watching:
            self._watching[name]()
        return version

    def watch(self, name: str, changed: Callable[[], None]) -> None:
        """Has something done now, and whenever that name is set anew."""
        self._watching[name] = changed
        changed()


def _nobodys(setting: Setting) -> Setting:
    """What is kept at hand has no author and no reason: whoever set it may be forgotten."""
    return replace(setting, author="", reason="")


def _targets(guild: str | None, channel: str | None) -> Iterator[str]:
    if channel is not None:
        yield of_channel(channel)
    if guild is not None:
        yield of_guild(guild)
    yield EVERYWHERE


def _plain(settings: Settings) -> Iterator[tuple[str, JsonValue]]:
    """What the environment says, without its secrets."""
    for name, value in settings:
        if isinstance(value, SecretStr):
            yield name, _SET
        elif name == "default_timezone":
            yield name, settings.time_zone
        elif value is None or isinstance(value, int | float | str):
            yield name, value
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
