"""What the server's small world is made of: people, guilds, roles, channels, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, TypeAlias

from tests.servers.discord.permissions import ALL, DIRECT, Overwrite, Permission, apply_overwrites

if TYPE_CHECKING:
    from collections.abc import Callable

#: A JSON object, on its way in or out.
Payload: TypeAlias = dict[str, object]

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Hands out ids as Discord does: milliseconds since 2015 in the upper bits, ever growing."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> int:
        self._last = max(snowflake_at(self._now()), self._last + 1)
        return self._last


def snowflake_at(moment: datetime) -> int:
    """Return the lowest id that something made at this moment has."""
    return (int(moment.timestamp() * 1000) - EPOCH_MS) << 22


def created_at(snowflake: int) -> datetime:
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)


class ChannelKind(IntEnum):
    """Discord's channel types that this server knows."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    NEWS = 5
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = frozenset({ChannelKind.PUBLIC_THREAD, ChannelKind.PRIVATE_THREAD})


@dataclass(frozen=True, slots=True)
class User:
    """A person, or a bot."""

    id: int
    name: str
    bot: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role of one guild; the one with the guild's own id is @everyone."""

    id: int
    name: str
    permissions: Permission
    position: int


@dataclass(slots=True, eq=False)
class Member:
    """A user in one guild."""

    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None


@dataclass(frozen=True, slots=True)
class Emoji:
    """A guild's own emoji; unicode ones need no record."""

    id: int
    name: str

    @property
    def text(self) -> str:
        """How the reactions' routes and a message's reactions name it."""
        return f"{self.name}:{self.id}"


@dataclass(slots=True, eq=False)
class Guild:
    """A guild with everything in it, by id."""

    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    emojis: dict[int, Emoji] = field(default_factory=dict)
    locale: str = "en-US"
    unavailable: bool = False

    def permissions_of(self, user: User) -> Permission:
        """Return what the user may do in the guild at large; no member nothing, owner and administrator all."""
        member = self.members.get(user.id)
        if member is None:
            return Permission.NONE
        result = self.roles[self.id].permissions
        for role in member.roles:
            result |= role.permissions
        return ALL if user == self.owner or Permission.ADMINISTRATOR in result else result


class MessageFlag(IntFlag):
    """The flags of messages that this server gives or looks at."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


class MessageKind(IntEnum):
    """Discord's message types that this server makes."""

    DEFAULT = 0
    PINNED = 6
    THREAD_CREATED = 18
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU = 23


SYSTEM = frozenset({MessageKind.PINNED, MessageKind.THREAD_CREATED, MessageKind.THREAD_STARTER})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a message; `size` is what Discord says of it, which a test may set apart from its bytes."""

    id: int
    filename: str
    data: bytes
    content_type: str
    size: int
    description: str | None = None
    duration_seconds: float | None = None
    waveform: str | None = None


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; `reference` and `allowed_mentions` are kept exactly as they were sent.

    `reader` is the one person who sees an ephemeral message; `snapshot` what a forwarded one was when it was forwarded;
    `reactions` who reacted, by emoji ("👍" or "name:id").
    """

    id: int
    channel: Channel
    author: User
    content: str
    nonce: str | None = None
    reference: Payload | None = None
    allowed_mentions: Payload | None = None
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[object] = field(default_factory=list)
    components: list[object] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    edited_at: datetime | None = None
    interaction: Payload | None = None
    reader: User | None = None
    snapshot: Message | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict)
    pinned_at: datetime | None = None
    deleted: bool = False

    @property
    def reference_id(self) -> int | None:
        """The id of the message this one answers."""
        if self.reference is None or self.snapshot is not None:
            return None
        return int(str(self.reference["message_id"]))

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def pinned(self) -> bool:
        return self.pinned_at is not None

    @property
    def system(self) -> bool:
        """Whether Discord wrote it for the author, as when something was pinned."""
        return self.kind in SYSTEM


@dataclass(slots=True, eq=False)
class Channel:
    """A channel, thread or direct conversation, with its messages in order of their ids."""

    id: int
    kind: ChannelKind
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipient: User | None = None
    owner: User | None = None
    thread_members: set[int] = field(default_factory=set)
    archived: bool = False
    locked: bool = False
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    def permissions_of(self, user: User) -> Permission:
        """Return what the user may do here; nothing at all when the channel is not theirs to see."""
        if self.guild is None:
            return DIRECT if user.bot or user == self.recipient else Permission.NONE
        place = self.parent if self.is_thread and self.parent is not None else self
        member = self.guild.members.get(user.id)
        if member is None:
            return Permission.NONE
        role_ids = [role.id for role in member.roles]
        base = self.guild.permissions_of(user)
        result = apply_overwrites(base, place.overwrites, self.guild.id, role_ids, user.id)
        if Permission.VIEW_CHANNEL not in result or not self._admits(user, result):
            return Permission.NONE
        return result

    def _admits(self, user: User, permissions: Permission) -> bool:
        """A private thread is seen by those who are in it and by those who manage threads."""
        if self.kind is not ChannelKind.PRIVATE_THREAD:
            return True
        return user.id in self.thread_members or Permission.MANAGE_THREADS in permissions

    def may_view(self, user: User) -> bool:
        return Permission.VIEW_CHANNEL in self.permissions_of(user)

    def may(self, user: User, needed: Permission) -> bool:
        return self.permissions_of(user) & needed == needed

    def may_send(self, user: User) -> bool:
        needed = Permission.SEND_MESSAGES_IN_THREADS if self.is_thread else Permission.SEND_MESSAGES
        return needed in self.permissions_of(user)
