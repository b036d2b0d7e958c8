"""Channels, threads and direct conversations: opened, changed and closed by tests and by the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord.events import Intent
from tests.servers.discord.guilds import Guilds
from tests.servers.discord.payloads import channel_json, thread_member_json
from tests.servers.discord.permissions import Overwrite, OverwriteKind, Permission
from tests.servers.discord.records import Channel, ChannelKind, Message, MessageFlag, MessageKind, User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.discord.records import Guild, Payload, Role


class Places(Guilds):
    """Where people and the bot talk. Every method may be called at any time."""

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        everyone_can_view: bool = True,
        allow_members: Sequence[User | Role] = (),
        overwrites: Sequence[Overwrite] = (),
        kind: ChannelKind = ChannelKind.TEXT,
    ) -> Channel:
        """Add a channel. When not everyone can view it, name who can; the bot is not let in by itself."""
        channel = Channel(self.next_id(), kind, name, guild)
        hidden = Overwrite(guild.id, OverwriteKind.ROLE, deny=Permission.VIEW_CHANNEL)
        allowed = [
            Overwrite(
                each.id, OverwriteKind.MEMBER if isinstance(each, User) else OverwriteKind.ROLE, Permission.VIEW_CHANNEL
            )
            for each in allow_members
        ]
        every = [*([] if everyone_can_view else [hidden]), *allowed, *overwrites]
        channel.overwrites = {overwrite.target_id: overwrite for overwrite in every}
        self._add(channel)
        self._tell_guild(guild, "CHANNEL_CREATE", channel_json(channel, self.bot))
        return channel

    def edit_channel(
        self, channel: Channel, *, name: str | None = None, overwrites: Sequence[Overwrite] | None = None
    ) -> None:
        """Change a channel; a bot that comes to see it by that is told of its threads too."""
        saw = channel.may_view(self.bot)
        channel.name = name or channel.name
        if overwrites is not None:
            channel.overwrites = {overwrite.target_id: overwrite for overwrite in overwrites}
        self._tell_channel("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", channel)
        if channel.may_view(self.bot) and not saw:
            self._tell_threads(channel)

    def _tell_threads(self, parent: Channel) -> None:
        assert parent.guild is not None
        below = [each for each in parent.guild.channels.values() if each.parent is parent and each.is_thread]
        threads = [each for each in below if each.may_view(self.bot) and not each.archived]
        members = [thread_member_json(each, self.bot.id) for each in threads if self.bot.id in each.thread_members]
        data: Payload = {"channel_ids": [str(parent.id)], "members": members}
        data["threads"] = [channel_json(each, self.bot) for each in threads]
        self._tell_guild(parent.guild, "THREAD_LIST_SYNC", data)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread: a post brings it back, unless it is locked too."""
        thread.archived, thread.locked = True, locked
        self._tell_channel("THREAD_UPDATE", thread)

    def unarchive(self, thread: Channel) -> None:
        thread.archived = thread.locked = False
        self._tell_channel("THREAD_UPDATE", thread)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or one thread."""
        guild = channel.guild
        assert guild is not None
        if channel.is_thread:
            assert channel.parent is not None
            data: Payload = {"id": str(channel.id), "parent_id": str(channel.parent.id), "type": int(channel.kind)}
            if channel.may_view(self.bot):
                self._tell_guild(guild, "THREAD_DELETE", data)
        else:
            self._tell_channel("CHANNEL_DELETE", channel)
        for each in [channel, *(thread for thread in guild.channels.values() if thread.parent is channel)]:
            guild.channels.pop(each.id, None)
            self.channels.pop(each.id, None)
        self._bell.ring()

    def dm(self, user: User) -> Channel:
        """Return the direct conversation of the user and the bot, opened at the first call."""
        found = [each for each in self.channels.values() if each.recipient == user]
        return found[0] if found else self._add(Channel(self.next_id(), ChannelKind.DM, recipient=user))

    def close_dms(self, user: User) -> None:
        """From now on the bot's direct messages to this user are refused with 50007."""
        self.closed_to_bot.add(user.id)

    def add_thread(
        self,
        parent: Channel,
        name: str,
        owner: User,
        *,
        private: bool = False,
        message: Message | None = None,
        members: Sequence[User] = (),
    ) -> Channel:
        """Start a thread, from a message (whose id it takes) or not. A private one is seen by its members only.

        A private thread is another thread from its beginning: Discord turns none into the other.
        """
        kind = ChannelKind.PRIVATE_THREAD if private else ChannelKind.PUBLIC_THREAD
        thread = Channel(message.id if message else self.next_id(), kind, name, parent.guild, parent, owner=owner)
        thread.thread_members = {owner.id, *(member.id for member in members)}
        self._add(thread)
        self._tell_channel("THREAD_CREATE", thread, newly_created=True)
        if message is not None:
            message.flags |= MessageFlag.HAS_THREAD
            self.announce(message, "MESSAGE_UPDATE")
            about: Payload = {"message_id": str(message.id), "channel_id": str(parent.id)}
            self._note(thread, owner, MessageKind.THREAD_STARTER, about)
        elif not private and parent.kind in (ChannelKind.TEXT, ChannelKind.NEWS):
            about = {"channel_id": str(thread.id)}
            self._note(parent, owner, MessageKind.THREAD_CREATED, about, name)
        return thread

    def _note(self, channel: Channel, author: User, kind: MessageKind, about: Payload, content: str = "") -> None:
        """Let Discord write a system message in an author's name."""
        assert channel.guild is not None
        note = Message(self.next_id(), channel, author, content, reference=about, kind=kind)
        note.reference = about | {"guild_id": str(channel.guild.id)}
        channel.messages[note.id] = note
        self.announce(note)
        self._bell.ring()

    def add_to_thread(self, thread: Channel, user: User) -> None:
        """Let a user into a thread; the bot learns of a private thread by being let in."""
        thread.thread_members.add(user.id)
        if user == self.bot:
            self._tell_channel("THREAD_CREATE", thread)
            return
        assert thread.guild is not None
        added = [thread_member_json(thread, user.id)]
        data: Payload = {"id": str(thread.id), "member_count": len(thread.thread_members), "added_members": added}
        self._tell_guild(thread.guild, "THREAD_MEMBERS_UPDATE", data, Intent.GUILD_MEMBERS)

    def remove_from_thread(self, thread: Channel, user: User) -> None:
        """Take a user out of a thread; of a private one they then see nothing more."""
        thread.thread_members.discard(user.id)
        assert thread.guild is not None
        data: Payload = {"id": str(thread.id), "member_count": len(thread.thread_members)}
        data["removed_member_ids"] = [str(user.id)]
        intent = Intent.GUILDS if user == self.bot else Intent.GUILD_MEMBERS
        self._tell_guild(thread.guild, "THREAD_MEMBERS_UPDATE", data, intent)

    def _add(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel
        return channel
