"""Messages as the JSON objects of Discord's API: what the REST routes answer and what the gateway sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.servers.discord.payloads import channel_json, member_json, user_json
from tests.servers.discord.records import Message, MessageKind, created_at

if TYPE_CHECKING:
    from tests.servers.discord.records import Attachment, Channel, Guild, Payload, User


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, where files are fetched, and whether the application has the Message Content intent."""

    viewer: User
    files_url: str
    content_allowed: bool
    nested: bool = False


def attachment_json(attachment: Attachment, files_url: str) -> Payload:
    url = f"{files_url}/{attachment.id}/{attachment.filename}"
    data: Payload = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": attachment.size,
        "content_type": attachment.content_type,
        "url": url,
        "proxy_url": url,
    }
    if attachment.description is not None:
        data["description"] = attachment.description
    if attachment.duration_seconds is not None:
        data |= {"duration_secs": attachment.duration_seconds, "waveform": attachment.waveform}
    return data


def emoji_of(text: str) -> Payload:
    """Return the partial emoji that a reaction's text names: "👍", or "name:id"."""
    name, _, number = text.partition(":")
    return {"id": number or None, "name": name}


def message_json(message: Message, reading: Reading) -> Payload:
    """Return a message as the bot gets it.

    The Message Content rule: without that intent the bot reads only its own messages, those that mention it and
    direct ones; of all others it gets empty content, embeds, attachments and components.
    """
    viewer = reading.viewer
    own = message.author == viewer or viewer in message.mentions or message.channel.guild is None
    shown = reading.content_allowed or own
    data = _body(message, reading, shown=shown) | {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": user_json(message.author),
        "tts": False,
        "mention_everyone": message.mention_everyone,
        "pinned": message.pinned,
    }
    if message.reactions:
        data["reactions"] = [_reaction_json(text, users, viewer) for text, users in message.reactions.items()]
    if message.nonce is not None:
        data["nonce"] = message.nonce
    if message.interaction is not None:
        data |= {"application_id": str(viewer.id), "webhook_id": str(viewer.id)}
        data["interaction_metadata"] = message.interaction
    thread = None if message.channel.guild is None else message.channel.guild.channels.get(message.id)
    if thread is not None and thread is not message.channel:
        data["thread"] = channel_json(thread, viewer)
    return data | _reference(message, reading, shown=shown)


def _body(message: Message, reading: Reading, *, shown: bool) -> Payload:
    """Return the parts of a message that go along when it is forwarded."""
    return {
        "content": message.content if shown else "",
        "timestamp": created_at(message.id).isoformat(),
        "edited_timestamp": None if message.edited_at is None else message.edited_at.isoformat(),
        "mentions": [user_json(user) for user in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "attachments": [attachment_json(each, reading.files_url) for each in message.attachments] if shown else [],
        "embeds": message.embeds if shown else [],
        "components": message.components if shown else [],
        "type": int(message.kind),
        "flags": int(message.flags),
    }


def _reaction_json(text: str, users: list[User], viewer: User) -> Payload:
    return {
        "emoji": emoji_of(text),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "me": viewer in users,
        "me_burst": False,
        "burst_colors": [],
    }


def _reference(message: Message, reading: Reading, *, shown: bool) -> Payload:
    """Return what a message refers to: the one it answers (None when that is gone), the one it forwards, or a pin."""
    if message.reference is None or (message.kind == MessageKind.DEFAULT and message.snapshot is None):
        return {}
    keys = ("message_id", "channel_id", "guild_id")
    ids = {key: str(message.reference[key]) for key in keys if message.reference.get(key)}
    if message.snapshot is not None:
        snapshot = {"message": _body(message.snapshot, reading, shown=shown)}
        return {"message_reference": {"type": 1} | ids, "message_snapshots": [snapshot]}
    data: Payload = {"message_reference": {"type": 0} | ids}
    if message.kind not in (MessageKind.REPLY, MessageKind.THREAD_STARTER) or reading.nested:
        return data
    answered = _answered(message)
    return data | {"referenced_message": answered and message_json(answered, replace(reading, nested=True))}


def _answered(message: Message) -> Message | None:
    places: list[Channel | None] = [message.channel, message.channel.parent]
    found = (place.messages.get(message.reference_id or 0) for place in places if place is not None)
    return next((each for each in found if each is not None), None)


def message_event_json(message: Message, reading: Reading) -> Payload:
    """Return a message as the gateway sends it: with its guild and its author's membership."""
    data = message_json(message, reading)
    guild = message.channel.guild
    if guild is None:
        return data
    data["guild_id"] = str(guild.id)
    data["mentions"] = [user_json(user) | _membership(guild, user) for user in message.mentions]
    return data | _membership(guild, message.author)


def _membership(guild: Guild, user: User) -> Payload:
    member = guild.members.get(user.id)
    return {} if member is None else {"member": member_json(member, with_user=False)}
