"""Which capabilities there are."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Final

import capabilities
from capabilities.framework.decorator import Capability
from capabilities.framework.errors import DuplicateCapability

ENTRY_POINT_GROUP: Final = "ember.capabilities"


class Registry:
    """The capabilities by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Capability] = {}

    def register(self, found: Sequence[Capability]) -> None:
        """Takes all of them or, where two would have the same name, raises DuplicateCapability and takes none."""
        names = Counter([*self._by_name, *(capability.name for capability in found)])
        clash = sorted(name for name, count in names.items() if count > 1)
        if clash:
            raise DuplicateCapability(clash)
        self._by_name |= {capability.name: capability for capability in found}

    def get(self, name: str) -> Capability | None:
        return self._by_name.get(name)

    def __iter__(self) -> Iterator[Capability]:
        """Yields them sorted by name: one order, so that providers' prompt caches hit."""
        return (self._by_name[name] for name in sorted(self._by_name))


def discover() -> list[Capability]:
    """Returns the capabilities of the files beside this package, then those of installed packages.

    A package names each of its capabilities as an entry point (`name = "module:function"`) in ENTRY_POINT_GROUP.
    """
    return [*_shipped(), *_installed()]


def _shipped() -> Iterable[Capability]:
    for module in pkgutil.iter_modules(capabilities.__path__):
        if not module.ispkg:
            found = vars(importlib.import_module(f"{capabilities.__name__}.{module.name}"))
            yield from (value for value in found.values() if isinstance(value, Capability))


def _installed() -> Iterable[Capability]:
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        found: object = entry_point.load()
        if not isinstance(found, Capability):
            raise TypeError(f"the entry point {entry_point.name} = {entry_point.value} is not a capability")
        yield found
