"""The world's records as the JSON objects of Discord's API, version 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord.records import Channel, ChannelKind, Guild, Member, Payload, Role, User, created_at

if TYPE_CHECKING:
    from tests.servers.discord.permissions import Overwrite
    from tests.servers.discord.records import Emoji


def user_json(user: User) -> Payload:
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.name.title(),
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_json(member: Member, *, with_user: bool = True) -> Payload:
    """Return a member; message events carry it without the user, who is the author there."""
    data: Payload = {
        "nick": member.nick,
        "avatar": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": member.joined_at.isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }
    return data | {"user": user_json(member.user)} if with_user else data


def role_json(role: Role) -> Payload:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def overwrite_json(overwrite: Overwrite) -> Payload:
    return {
        "id": str(overwrite.target_id),
        "type": int(overwrite.kind),
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def channel_json(channel: Channel, viewer: User) -> Payload:
    """Return a channel, thread or direct conversation as the viewer is told of it."""
    last = max(channel.messages, default=None)
    data: Payload = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "last_message_id": None if last is None else str(last),
        "flags": 0,
    }
    if channel.kind is ChannelKind.DM:
        assert channel.recipient is not None
        return data | {"recipients": [user_json(channel.recipient)]}
    assert channel.guild is not None
    data |= {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "parent_id": None if channel.parent is None else str(channel.parent.id),
        "rate_limit_per_user": 0,
        "nsfw": False,
    }
    if channel.is_thread:
        return data | _thread_part(channel, viewer)
    position = list(channel.guild.channels).index(channel.id)
    overwrites = [overwrite_json(overwrite) for overwrite in channel.overwrites.values()]
    data |= {"position": position, "topic": None, "permission_overwrites": overwrites}
    if channel.kind is ChannelKind.FORUM:
        return data | {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
    return data | {"bitrate": 64000, "user_limit": 0} if channel.kind is ChannelKind.VOICE else data


def _thread_part(thread: Channel, viewer: User) -> Payload:
    assert thread.owner is not None
    stamp = created_at(thread.id).isoformat()
    data: Payload = {
        "owner_id": str(thread.owner.id),
        "message_count": len(thread.messages),
        "total_message_sent": len(thread.messages),
        "member_count": len(thread.thread_members),
        "thread_metadata": {
            "archived": thread.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": stamp,
            "create_timestamp": stamp,
            "locked": thread.locked,
            "invitable": True,
        },
    }
    return data | {"member": thread_member_json(thread, viewer.id)} if viewer.id in thread.thread_members else data


def thread_member_json(thread: Channel, user_id: int) -> Payload:
    stamp = created_at(thread.id).isoformat()
    return {"id": str(thread.id), "user_id": str(user_id), "join_timestamp": stamp, "flags": 0}


def emoji_json(emoji: Emoji) -> Payload:
    base: Payload = {"id": str(emoji.id), "name": emoji.name, "roles": [], "animated": False, "available": True}
    return base | {"managed": False, "require_colons": True}


def guild_json(guild: Guild) -> Payload:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "roles": [role_json(role) for role in guild.roles.values()],
        "icon": None,
        "emojis": [emoji_json(emoji) for emoji in guild.emojis.values()],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": guild.locale,
        "system_channel_id": None,
        "system_channel_flags": 0,
    }


def guild_create_json(guild: Guild, viewer: User, *, all_members: bool) -> Payload:
    """Return a guild as a session is told of it: every channel, the threads it sees, and few of the members.

    Discord lists only the viewer itself unless the session has the presences intent; the rest is asked for by op 8.
    """
    channels = [channel for channel in guild.channels.values() if not channel.is_thread]
    threads = [thread for thread in guild.channels.values() if thread.is_thread and thread.may_view(viewer)]
    members = [member for member in guild.members.values() if all_members or member.user == viewer]
    return guild_json(guild) | {
        "joined_at": guild.members[viewer.id].joined_at.isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_json(member) for member in members],
        "channels": [channel_json(channel, viewer) for channel in channels],
        "threads": [channel_json(thread, viewer) for thread in threads if not thread.archived],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
