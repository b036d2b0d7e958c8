"""The records that travel from a channel's door to the conversation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.sentences import ENGLISH
from memory import IncomingMessage, ItemId, Message, OpenTurn, Person, TurnId

#: Says who owns the installation by now: one who was forgotten is somebody new.
OwnerNow = Callable[[], Awaitable[Person]]


def short_id(number: TurnId | ItemId) -> str:
    """Returns an id as people and the log are shown it."""
    return f"{number:x}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A platform's event as the Router takes it."""

    message: IncomingMessage
    addressed: bool  #: a mention, a reply to Ember, a DM, a line in one of Ember's threads
    to_others: bool = False  #: somebody else is asked
    withheld: bool = False  #: the platform does not show Ember what it says
    language: str = ENGLISH  #: of everybody in the place
    counted: bool = True  #: against what one person may say in a minute: not at the terminal, nor what was missed


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn is to answer."""

    turn: OpenTurn
    lines: tuple[Message, ...]  #: in the order in which they were said
    conversation_from: ItemId
    attempt: int = 1  #: more than one: a process ended while the turn was under way

    @property
    def paused(self) -> bool:
        """Whether nothing of the turn is kept: its person had paused when they said any of it."""
        return any(line.paused for line in self.lines)

    @property
    def words(self) -> str:
        return "\n".join(line.content for line in self.lines)
