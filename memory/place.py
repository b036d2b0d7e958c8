"""Where a conversation happens, and who reads there.

An adapter makes the place anew for every message and every reply, for readers change while Ember runs.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NewType

IdentityId = NewType("IdentityId", int)

THREAD_MARK: Final = "/"  #: stands before the thread in a place's key


class Channel(StrEnum):
    """A way in and out."""

    CONSOLE = "console"  #: the terminal
    DISCORD = "discord"  #: Discord
    EMAIL = "email"  #: email


@dataclass(frozen=True, slots=True)
class OneReader:
    """One person reads here: a DM, the terminal, an answer that only the asker sees.

    An adapter knows an address, not an identity, and leaves it None; the Router fills it in.
    """

    identity: IdentityId | None = None


@dataclass(frozen=True, slots=True)
class WholeGuild:
    """Everybody in the guild can read here."""


@dataclass(frozen=True, slots=True)
class PartOfGuild:
    """Some of the guild can read here."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The people of a mail thread, as normalised addresses."""

    addresses: frozenset[str]


Readers = OneReader | WholeGuild | PartOfGuild | Addresses


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread below a channel; a public one is read by whoever reads its parent."""

    id: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One place of one channel, with its readers as they are now."""

    channel: Channel
    readers: Readers
    channel_id: str = ""  #: the platform's id of the channel; of its parent, in a thread
    guild: str | None = None
    thread: Thread | None = None

    @property
    def key(self) -> str:
        """Names the place itself, whoever reads it: what a session belongs to."""
        thread = f"{THREAD_MARK}{self.thread.id}" if self.thread else ""
        return f"{self.channel}:{self.channel_id}{thread}"

    def read_by(self, asker: IdentityId) -> "Place":
        """The same place with its one reader named; other places stay as they are."""
        if self.readers == OneReader(None):
            return replace(self, readers=OneReader(asker))
        return self

    def only_for(self, asker: IdentityId) -> "Place":
        """The place of an answer that only the asker sees."""
        return replace(self, readers=OneReader(asker))
