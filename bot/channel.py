"""The port to a channel: an adapter translates between a platform and Ember's records, and decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.sentences import ENGLISH
from bot.surroundings import Appetite, Surroundings
from memory import Channel, ItemId, Message, Notice, OpenTurn, Place


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of a reply, or a notice, to be sent."""

    place: Place
    text: str  #: empty: there are only quiet lines
    notices: tuple[Notice, ...]  #: quiet lines below the last part
    item: ItemId  #: the reply; with the part's number it names the delivery for ever
    part: int
    reply_to: str | None  #: the platform's id of the message that this answers
    attempts: int  #: more than one: an earlier attempt may have arrived
    language: str = ENGLISH  #: of what stands around the text: the asker's, where there is one
    sent_as: str | None = None  #: the platform's id of what stands there already, and becomes this
    file: str | None = None  #: the whole reply, which goes with this part as a file
    ends_reply: bool = False  #: the last part of a reply, below which it can be asked for anew


class NotDelivered(Exception):
    """The platform did not take a delivery; it is tried again."""

    def __init__(self, what: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(what)


class Undeliverable(Exception):
    """The platform will never take this delivery."""


class LiveReply(Protocol):
    """What a person sees of a reply while it is made: a typing mark, a spinner, the growing text."""

    async def show(self, text: str) -> bool:
        """Adds text; True once any of it is in front of the person."""

    async def withdraw(self) -> None:
        """Takes back what was shown: a call follows, or the model is asked again."""

    async def let_join(self) -> None:
        """Waits while the asker is seen typing on and nothing was shown yet: a further line may join."""

    async def close(self) -> None:
        """Ends it; the delivery follows. What is closed already stays so."""

    async def stop(self, mark: str) -> None:
        """Ends it, and no delivery follows: what was shown stays, with a mark below it."""


class ChannelAdapter(Protocol):
    """A way in and out."""

    @property
    def channel(self) -> Channel: ...

    async def run(self) -> None:
        """Listens until it is cancelled or its input ends."""

    async def place(self, key: str) -> Place | None:
        """Makes a place anew from its key, with its readers as they are now; None when it is gone. Raises NotDelivered
        when the platform does not say."""

    async def surroundings(self, place: Place, lines: Sequence[Message], appetite: Appetite) -> Surroundings:
        """Asks what stands around lines of one person; what the platform does not give, or not in time, is left out."""

    async def live(self, turn: OpenTurn, reply_to: str | None) -> LiveReply:
        """Shows in the turn's place that a reply is being made to a message of the platform's."""

    async def deliver(self, delivery: Delivery) -> str | None:
        """Sends, and returns the platform's id of what was sent. Raises NotDelivered, Undeliverable."""

    async def remove(self, place: Place, platform_id: str) -> None:
        """Takes a message of Ember's away. Raises NotDelivered, Undeliverable."""
