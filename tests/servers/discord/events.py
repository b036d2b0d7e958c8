"""What the gateway tells a session, and the intents that a session must have to be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.discord.records import Payload


class Intent(IntFlag):
    """The gateway intents that this server looks at."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


class ApplicationFlag(IntFlag):
    """Which privileged intents the application was given: in full, or LIMITED for a bot in few guilds."""

    NONE = 0
    GATEWAY_PRESENCE = 1 << 12
    GATEWAY_PRESENCE_LIMITED = 1 << 13
    GATEWAY_GUILD_MEMBERS = 1 << 14
    GATEWAY_GUILD_MEMBERS_LIMITED = 1 << 15
    GATEWAY_MESSAGE_CONTENT = 1 << 18
    GATEWAY_MESSAGE_CONTENT_LIMITED = 1 << 19

    def allows(self, intents: int) -> bool:
        """Say whether a session may ask for these intents."""
        return all(not intents & intent or self & flags for intent, flags in PRIVILEGED.items())


PRIVILEGED = {
    Intent.GUILD_PRESENCES: ApplicationFlag.GATEWAY_PRESENCE | ApplicationFlag.GATEWAY_PRESENCE_LIMITED,
    Intent.GUILD_MEMBERS: ApplicationFlag.GATEWAY_GUILD_MEMBERS | ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED,
    Intent.MESSAGE_CONTENT: ApplicationFlag.GATEWAY_MESSAGE_CONTENT | ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED,
}

CONTENT_FLAGS = PRIVILEGED[Intent.MESSAGE_CONTENT]


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatch; `without_content` is what a session sees that lacks the Message Content intent."""

    name: str
    data: Payload
    intent: Intent = Intent.NONE
    without_content: Payload | None = None

    def seen_with(self, intents: int) -> Payload | None:
        """Return what a session with these intents is sent, None when nothing."""
        if self.intent and not intents & self.intent:
            return None
        if self.without_content is not None and not intents & Intent.MESSAGE_CONTENT:
            return self.without_content
        return self.data
