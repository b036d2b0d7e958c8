"""The world that the bot lives in: tests build it, people and the bot change it, the gateway hears of each change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.servers.discord.draft import Draft, pings, pings_answered
from tests.servers.discord.events import Event, Intent
from tests.servers.discord.message_json import emoji_of
from tests.servers.discord.payloads import member_json
from tests.servers.discord.permissions import Permission
from tests.servers.discord.places import Places
from tests.servers.discord.records import Attachment, Message, MessageFlag, MessageKind, User, snowflake_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.discord.draft import File
    from tests.servers.discord.records import Channel, Payload

#: How long a nonce stays the same message; Discord says "the past few minutes".
NONCE_WINDOW = timedelta(minutes=3)

#: The intents for what happens in guilds and in direct conversations.
MESSAGES = (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
REACTIONS = (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS)


class World(Places):
    """What is said in it, on top of its places. Every method may be called at any time."""

    def compose(self, channel: Channel, author: User, draft: Draft, *, flags: int = 0) -> Message:
        """Return the message that a draft becomes, before anybody sees it."""
        found = pings(draft.content, draft.allowed_mentions)
        snapshot = self.forwarded(draft)
        answered = self.answered(channel, draft)
        ids = [answered.author.id] if answered and pings_answered(draft.allowed_mentions) else []
        everyone = found.everyone and Permission.MENTION_EVERYONE in channel.permissions_of(author)
        return Message(
            id=self.next_id(),
            channel=channel,
            author=author,
            content=draft.content,
            nonce=draft.nonce,
            reference=draft.reference,
            allowed_mentions=draft.allowed_mentions,
            mentions=self._known([*found.users, *ids]),
            mention_roles=[each for each in found.roles if channel.guild and each in channel.guild.roles],
            mention_everyone=everyone,
            attachments=self._attachments(draft),
            embeds=draft.embeds,
            components=draft.components,
            flags=draft.flags | flags | (MessageFlag.HAS_SNAPSHOT if snapshot else 0),
            kind=MessageKind.REPLY if answered else MessageKind.DEFAULT,
            snapshot=snapshot and replace(snapshot),
        )

    def keep(self, file: File) -> Attachment:
        """Keep a file that was sent with a command and stands on no message."""
        attachment = self._attachments(Draft(files=(file,)))[0]
        self.loose_files.append(attachment)
        return attachment

    def attachment(self, attachment_id: int) -> Attachment | None:
        """Return a file that stands on a message, forwarded ones included, or was sent with a command."""
        every = [each for channel in self.channels.values() for each in channel.messages.values()]
        every += [each.snapshot for each in every if each.snapshot is not None]
        files = [*self.loose_files, *(file for message in every for file in message.attachments)]
        return next((file for file in files if file.id == attachment_id), None)

    def _attachments(self, draft: Draft) -> list[Attachment]:
        return [
            Attachment(
                id=self.next_id(),
                filename=file.filename,
                data=file.data,
                content_type=file.content_type,
                size=len(file.data) if file.size is None else file.size,
                description=file.description,
                duration_seconds=file.duration_seconds,
                waveform=file.waveform,
            )
            for file in draft.files
        ]

    def _known(self, ids: list[int]) -> list[User]:
        return [self.users[each] for each in dict.fromkeys(ids) if each in self.users]

    def answered(self, channel: Channel, draft: Draft) -> Message | None:
        """Return the message that a draft replies to, None when it does not or when that is gone."""
        if draft.reference is None or draft.forwards:
            return None
        return channel.messages.get(int(str(draft.reference.get("message_id") or 0)))

    def forwarded(self, draft: Draft) -> Message | None:
        """Return the message that a draft forwards, None when it does not or when that is gone."""
        if draft.reference is None or not draft.forwards:
            return None
        source = self.channels.get(int(str(draft.reference.get("channel_id") or 0)))
        wanted = int(str(draft.reference.get("message_id") or 0))
        return None if source is None else source.messages.get(wanted)

    def deliver(self, message: Message) -> Message:
        """Put a composed message into its channel, where the bot sees it if it may; a post unarchives a thread."""
        if message.channel.archived:
            self.unarchive(message.channel)
        message.channel.messages[message.id] = message
        self.announce(message)
        self._bell.ring()
        return message

    def add_post(self, forum: Channel, title: str, author: User, draft: Draft) -> Message:
        """Start a post in a forum: a thread of its own whose first message, returned here, has the thread's id."""
        thread = self.add_thread(forum, title, author)
        message = self.compose(thread, author, draft)
        message.id = thread.id
        return self.deliver(message)

    def edit(self, message: Message, draft: Draft) -> Message:
        """Change those parts of a message that the draft names."""
        if "content" in draft.fields:
            message.content = draft.content
            message.mentions = self._known(pings(draft.content, draft.allowed_mentions).users)
        if "embeds" in draft.fields:
            message.embeds = draft.embeds
        if "components" in draft.fields:
            message.components = draft.components
        if "attachments" in draft.fields or draft.files:
            kept = message.attachments
            if "attachments" in draft.fields:
                kept = [each for each in kept if each.id in draft.kept_files]
            message.attachments = [*kept, *self._attachments(draft)]
        if "flags" in draft.fields:
            suppressed = draft.flags & MessageFlag.SUPPRESS_EMBEDS
            message.flags = message.flags & ~MessageFlag.SUPPRESS_EMBEDS | suppressed
        message.edited_at = self.now()
        if message.id in message.channel.messages:
            self.announce(message, "MESSAGE_UPDATE")
        self._bell.ring()
        return message

    def delete(self, message: Message) -> None:
        del message.channel.messages[message.id]
        message.deleted = True
        self._tell_message(message, "MESSAGE_DELETE", {"id": str(message.id), "channel_id": str(message.channel.id)})
        self._bell.ring()

    def delete_many(self, channel: Channel, messages: Sequence[Message]) -> None:
        """Delete messages of one channel at once, as a moderator's purge does."""
        for message in messages:
            del channel.messages[message.id]
            message.deleted = True
        ids = [str(message.id) for message in messages]
        self._tell_readers(channel, "MESSAGE_DELETE_BULK", {"ids": ids, "channel_id": str(channel.id)}, MESSAGES)
        self._bell.ring()

    # Reactions and pins

    def react(self, user: User, message: Message, emoji: str) -> None:
        """Let a user react with "👍" or "name:id"; doing so again changes nothing."""
        users = message.reactions.setdefault(emoji, [])
        if user in users:
            return
        users.append(user)
        guild = message.channel.guild
        more: Payload = {"message_author_id": str(message.author.id)}
        if guild is not None:
            more["member"] = member_json(guild.members[user.id])
        self._tell_reaction("MESSAGE_REACTION_ADD", message, self._reaction(user, emoji) | more)

    def unreact(self, user: User, message: Message, emoji: str) -> None:
        """Take a user's reaction away, if it is there."""
        users = message.reactions.get(emoji, [])
        if user not in users:
            return
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        self._tell_reaction("MESSAGE_REACTION_REMOVE", message, self._reaction(user, emoji))

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """Take everybody's reactions away: all, or those with one emoji."""
        if emoji is None:
            message.reactions.clear()
            self._tell_reaction("MESSAGE_REACTION_REMOVE_ALL", message, {})
        elif message.reactions.pop(emoji, None) is not None:
            self._tell_reaction("MESSAGE_REACTION_REMOVE_EMOJI", message, {"emoji": emoji_of(emoji)})

    def _reaction(self, user: User, emoji: str) -> Payload:
        return {"user_id": str(user.id), "emoji": emoji_of(emoji), "burst": False, "type": 0}

    def _tell_reaction(self, name: str, message: Message, data: Payload) -> None:
        place: Payload = {"channel_id": str(message.channel.id), "message_id": str(message.id)}
        self._tell_readers(message.channel, name, data | place, REACTIONS)
        self._bell.ring()

    def pin(self, message: Message, user: User) -> None:
        """Pin a message, of which Discord writes a message of its own in the user's name."""
        if message.pinned_at is not None:
            return
        message.pinned_at = self.now()
        self._tell_pins(message)
        note = self.compose(message.channel, user, Draft())
        note.kind = MessageKind.PINNED
        note.reference = {"message_id": str(message.id), "channel_id": str(message.channel.id)}
        self.deliver(note)

    def unpin(self, message: Message) -> None:
        if message.pinned_at is not None:
            message.pinned_at = None
            self._tell_pins(message)

    def _tell_pins(self, message: Message) -> None:
        channel = message.channel
        stamps = [each.pinned_at for each in channel.messages.values() if each.pinned_at is not None]
        last = max(stamps).isoformat() if stamps else None
        data: Payload = {"channel_id": str(channel.id), "last_pin_timestamp": last}
        self._tell_readers(channel, "CHANNEL_PINS_UPDATE", data, (Intent.GUILDS, Intent.DIRECT_MESSAGES))
        self.announce(message, "MESSAGE_UPDATE")
        self._bell.ring()

    # Looking

    def with_nonce(self, author: User, nonce: str) -> Message | None:
        """Return the author's message of the last minutes that carried this nonce."""
        since = snowflake_at(self.now() - NONCE_WINDOW)
        every = (message for channel in self.channels.values() for message in channel.messages.values())
        return next((m for m in every if m.id > since and m.author == author and m.nonce == nonce), None)

    def type(self, user: User, channel: Channel) -> None:
        """Let a user be seen typing."""
        guild = channel.guild
        stamp = int(self.now().timestamp())
        data: Payload = {"channel_id": str(channel.id), "user_id": str(user.id), "timestamp": stamp}
        if guild is not None:
            data |= {"guild_id": str(guild.id), "member": member_json(guild.members[user.id])}
        intent = Intent.DIRECT_MESSAGE_TYPING if guild is None else Intent.GUILD_MESSAGE_TYPING
        if channel.may_view(self.bot):
            self._publish(Event("TYPING_START", data, intent))
