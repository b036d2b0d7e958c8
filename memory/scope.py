"""The rule of who may see what, in one place.

An item may be used in a place exactly when they share a scope. An item stands in its own scope and in its owner's
private scope; a place reads a few. Every scope has a number (table `scopes`), which carries the rule into SQL, the
full-text index and the hot cache.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from memory.errors import NoGuild, StoreError
from memory.place import Addresses, IdentityId, OneReader, PartOfGuild, Place, WholeGuild

ScopeNumber = NewType("ScopeNumber", int)


class UnknownReader(StoreError):
    """A place that one person reads was used before it was known who that is."""


class ScopeKind(StrEnum):
    """What a scope's readers have in common."""

    PRIVATE = "private"  #: one identity
    CHANNEL = "channel"  #: whoever reads one channel, or one private thread
    GUILD = "guild"  #: everybody in a guild
    THREAD = "thread"  #: the readers of a mail thread
    EVERYONE = "everyone"  #: everybody


@dataclass(frozen=True, slots=True)
class Scope:
    """Who may see an item."""

    kind: ScopeKind
    key: str = ""

    @staticmethod
    def named(name: str) -> "Scope":
        """Returns the scope that is written so."""
        kind, _, key = name.partition(":")
        return Scope(ScopeKind(kind), key)

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}" if self.key else str(self.kind)


EVERYONE: Final = Scope(ScopeKind.EVERYONE)


def private(identity: IdentityId) -> Scope:
    return Scope(ScopeKind.PRIVATE, str(identity))


def scopes_read(place: Place) -> tuple[Scope, ...]:
    """Returns the scopes whose items may be used in a place (the table of DESIGN 5.2)."""
    match place.readers:
        case OneReader(identity):
            return (_private_to_reader(place, identity), EVERYONE)
        case WholeGuild() | PartOfGuild():
            return (*_channels(place), *_guild(place), EVERYONE)
        case Addresses():
            return (scope_learned(place), EVERYONE)


def scope_learned(place: Place) -> Scope:
    """Returns the scope that what is learned in a place goes to."""
    match place.readers:
        case OneReader(identity):
            return _private_to_reader(place, identity)
        case WholeGuild() if not _is_private_thread(place):
            return (*_guild(place), *_channels(place))[0]
        case WholeGuild() | PartOfGuild():
            return _channels(place)[0]
        case Addresses(addresses):
            root = place.thread.id if place.thread else place.channel_id
            digest = hashlib.sha256(json.dumps(sorted(addresses)).encode()).hexdigest()
            return Scope(ScopeKind.THREAD, f"{root},{digest}")


def scope_shared(place: Place) -> Scope:
    """Returns the widest scope that somebody may share their own with from a place: its guild. Raises NoGuild."""
    if place.guild is None:
        raise NoGuild(place=place.key)
    return Scope(ScopeKind.GUILD, place.guild)


def shared(item: Iterable[ScopeNumber], place: Iterable[ScopeNumber]) -> bool:
    """The rule itself: an item may be used in a place exactly when they share a scope."""
    return not set(item).isdisjoint(place)


def _private_to_reader(place: Place, identity: IdentityId | None) -> Scope:
    if identity is None:
        raise UnknownReader(place=place.key)
    return private(identity)


def _is_private_thread(place: Place) -> bool:
    return place.thread is not None and place.thread.private


def _guild(place: Place) -> tuple[Scope, ...]:
    """A group without a guild has no guild's scope; a common one for them all would show each what others said."""
    return () if place.guild is None else (Scope(ScopeKind.GUILD, place.guild),)


def _channels(place: Place) -> tuple[Scope, ...]:
    """A private thread is a channel of its own whose readers also read its parent."""
    parent = Scope(ScopeKind.CHANNEL, place.channel_id)
    if place.thread is not None and place.thread.private:
        return (Scope(ScopeKind.CHANNEL, place.thread.id), parent)
    return (parent,)
