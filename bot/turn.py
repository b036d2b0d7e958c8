"""The records that travel from a channel's door to the conversation."""

from dataclasses import dataclass

from memory import IncomingMessage, ItemId, Message, OpenTurn, TurnId


def short_id(turn: TurnId) -> str:
    """Returns a turn's id as people and the log are shown it."""
    return f"{turn:x}"


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
