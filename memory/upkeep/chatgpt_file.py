"""ChatGPT's export: conversations as trees of messages. The branch that was shown last is taken."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import Field, JsonValue

from memory.records import Direction, Trust
from memory.upkeep.file_shapes import Moment, Name, Shape, Text
from memory.upkeep.imported import Imported, ImportedMessage, ImportedSession, Origin
from memory.words import storable

_SPEAKERS: Final = {"user": Direction.IN, "assistant": Direction.OUT}
_TEXTS: Final = ("text", "multimodal_text")
PLACE: Final = "import:chatgpt:"


class _Author(Shape):
    role: Text


class _Content(Shape):
    content_type: Text = "text"
    parts: tuple[JsonValue, ...] | None = None


class _Metadata(Shape):
    is_visually_hidden_from_conversation: bool | None = None


class _Message(Shape):
    author: _Author
    content: _Content | None = None
    create_time: Moment | None = None
    metadata: _Metadata | None = None


class _Node(Shape):
    parent: Text | None = None
    message: _Message | None = None


class Conversation(Shape):
    """One conversation as it stands in the file."""

    id: Name | None = None
    conversation_id: Name | None = None
    create_time: Moment | None = None
    current_node: Text | None = None
    mapping: dict[Text, _Node] = Field(default_factory=dict)


def conversation(said: object) -> Conversation:
    """Checks one conversation. Raises ValidationError."""
    return Conversation.model_validate(said)


def read_conversations(conversations: Iterable[Conversation]) -> Imported:
    """Takes what the person and the assistant said to each other, in order, each conversation a session of its own."""
    messages: list[ImportedMessage] = []
    sessions: dict[str, ImportedSession] = {}
    for number, one in enumerate(conversations):
        key = one.conversation_id or one.id or str(number)
        said = list(_said(key, one))
        if said and key not in sessions:
            sessions[key] = ImportedSession(key, PLACE + key, said[0].created_at, said[-1].created_at)
            messages += said
    return Imported(Origin.CHATGPT, messages=tuple(messages), sessions=tuple(sessions.values()))


def _said(key: str, conversation: Conversation) -> Iterator[ImportedMessage]:
    last = conversation.create_time or datetime(1970, 1, 1, tzinfo=UTC)
    turn: str | None = None
    for name, message in _branch(conversation):
        words = _words(message)
        if not words:
            continue
        direction = _SPEAKERS[message.author.role]
        # Some have no time; they come behind the one before them.
        last = message.create_time or last + timedelta(microseconds=1)
        if direction is Direction.IN:
            turn = name
        yield ImportedMessage(
            key=f"{key}/{name}",
            session=key,
            turn=None if turn is None else f"{key}/{turn}",
            direction=direction,
            trust=Trust.EXTERNAL,
            content=words,
            language=None,
            attachments=(),
            notices=(),
            created_at=last,
        )


def _branch(conversation: Conversation) -> list[tuple[str, _Message]]:
    """Returns the messages from the root to the node that was shown last; a tree that is no tree ends somewhere."""
    nodes = conversation.mapping
    name = conversation.current_node if conversation.current_node in nodes else next(reversed(nodes), None)
    branch: list[tuple[str, _Message]] = []
    seen: set[str] = set()
    while name is not None and name in nodes and name not in seen:
        seen.add(name)
        if (message := nodes[name].message) is not None and message.author.role in _SPEAKERS:
            branch.append((name, message))
        name = nodes[name].parent
    return branch[::-1]


def _words(message: _Message) -> str:
    hidden = message.metadata is not None and message.metadata.is_visually_hidden_from_conversation
    if hidden or message.content is None or message.content.content_type not in _TEXTS:
        return ""
    parts = (_spoken(part) if isinstance(part, dict) else part for part in message.content.parts or ())
    return storable("\n".join(part for part in parts if isinstance(part, str)).strip())


def _spoken(part: dict[str, JsonValue]) -> JsonValue:
    """What was said aloud stands in the file as it was understood, beside its sound."""
    return part.get("text") if part.get("content_type") == "audio_transcription" else None
