"""What a member may do in a channel, in Discord's order: roles, then overwrites for everyone, roles, the member."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Permission(IntFlag):
    """The bits of Discord's permission set that this server looks at or hands out."""

    NONE = 0
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    SEND_VOICE_MESSAGES = 1 << 46
    PIN_MESSAGES = 1 << 51


ALL = Permission((1 << 52) - 1)

#: What @everyone has in a new guild.
EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.MENTION_EVERYONE
    | Permission.CONNECT
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.SEND_VOICE_MESSAGES
)

DIRECT = (EVERYONE | Permission.PIN_MESSAGES) & ~(Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS)


class OverwriteKind(IntEnum):
    """Whose permissions an overwrite changes."""

    ROLE = 0
    MEMBER = 1


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What one channel allows or denies to one role or member."""

    target_id: int
    kind: OverwriteKind
    allow: Permission = Permission.NONE
    deny: Permission = Permission.NONE


def apply_overwrites(
    base: Permission, overwrites: dict[int, Overwrite], everyone_id: int, role_ids: list[int], user_id: int
) -> Permission:
    """Return `base` as the channel's overwrites change it for this member."""
    if Permission.ADMINISTRATOR in base:
        return ALL
    result = base
    roles = [overwrites[role_id] for role_id in role_ids if role_id in overwrites and role_id != everyone_id]
    allow, deny = Permission.NONE, Permission.NONE
    for overwrite in roles:
        allow, deny = allow | overwrite.allow, deny | overwrite.deny
    steps = [overwrites.get(everyone_id), Overwrite(0, OverwriteKind.ROLE, allow, deny), overwrites.get(user_id)]
    for step in steps:
        if step is not None:
            result = (result & ~step.deny) | step.allow
    return result
