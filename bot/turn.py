"""The records that travel from a channel's door to the conversation."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from memory import IncomingMessage, ItemId, Memory, Message, OpenTurn, Person, TurnId

#: Says who owns the installation by now: one who was forgotten is somebody new.
OwnerNow = Callable[[], Awaitable[Person]]

#: Said when a message, or its answer, could not be stored. Why stands in the log: a channel is no place for it.
NOT_KEPT: Final = "I can't keep anything right now, so I can't answer. Please try again soon."


_UPDATED: Final = "memory updated: "
_FORGOTTEN: Final = f"{_UPDATED}forgotten"
_LEARNED_LENGTH: Final = 160  #: characters of a fact; all of it stands in the memory


def updated_notice(content: str) -> str:
    """Returns the quiet line that tells of a memory."""
    return _UPDATED + content


def forgotten_notice() -> str:
    """Returns the quiet line that tells of a memory's end."""
    return _FORGOTTEN


def learned_notice(learned: Sequence[Memory]) -> str:
    """Returns the one quiet line that tells what was learned from a turn."""
    if len(learned) > 1:
        return updated_notice(f"{len(learned)} facts (/memory list shows them)")
    content = " ".join(learned[0].content.split())
    return updated_notice(content if len(content) <= _LEARNED_LENGTH else f"{content[:_LEARNED_LENGTH]}…")


def how_to_undo(notice: str) -> str:
    """Returns what stands behind a notice that tells of a memory which `undo` takes back; else nothing."""
    return " · /undo takes it back" if notice.startswith(_UPDATED) and notice != _FORGOTTEN else ""


def short_id(number: TurnId | ItemId) -> str:
    """Returns an id as people and the log are shown it."""
    return f"{number:x}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A platform's event as the Router takes it."""

    message: IncomingMessage
    addressed: bool  #: a mention, a reply to Ember, a DM, a line in one of Ember's threads


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn is to answer."""

    turn: OpenTurn
    lines: tuple[Message, ...]  #: in the order in which they were said
    conversation_from: ItemId
    attempt: int = 1  #: more than one: a process ended while the turn was under way

    @property
    def words(self) -> str:
        return "\n".join(line.content for line in self.lines)
