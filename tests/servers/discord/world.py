"""The world that the bot lives in: tests build it, people and the bot change it, the gateway hears of each change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.servers.discord.draft import Draft, pings, pings_answered
from tests.servers.discord.events import Event, Intent
from tests.servers.discord.payloads import (
    REPLY,
    channel_json,
    guild_create_json,
    guild_json,
    member_json,
    message_event_json,
    role_json,
    thread_member_json,
    user_json,
)
from tests.servers.discord.permissions import EVERYONE, Overwrite, OverwriteKind, Permission
from tests.servers.discord.records import (
    Attachment,
    Channel,
    ChannelKind,
    Guild,
    Member,
    Message,
    Payload,
    Role,
    Snowflakes,
    User,
    snowflake_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.servers.discord.bell import Bell

#: How long a nonce stays the same message; Discord says "the past few minutes".
NONCE_WINDOW = timedelta(minutes=3)


class World:
    """Users, guilds, channels and messages by id, with one bot among them. Every method may be called at any time."""

    def __init__(
        self, bot_name: str, now: Callable[[], datetime], publish: Callable[[Event], None], bell: Bell
    ) -> None:
        self.now = now
        self.files_url = ""
        self._publish = publish
        self._bell = bell
        self._ids = Snowflakes(now)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.closed_to_bot: set[int] = set()
        self.bot = self.add_user(bot_name, bot=True)

    def next_id(self) -> int:
        return self._ids.next()

    # People, guilds and roles

    def add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.next_id(), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, owner: User | None = None, bot_joins: bool = True) -> Guild:
        """Add a guild; without an owner given, one is invented. Its @everyone may read, write and start threads."""
        guild_id = self.next_id()
        guild = Guild(guild_id, name, owner or self.add_user(f"owner of {name}"))
        guild.roles[guild_id] = Role(guild_id, "@everyone", EVERYONE, 0)
        self.guilds[guild_id] = guild
        self.join(guild, guild.owner)
        if bot_joins:
            self.join(guild, self.bot)
        return guild

    def rename_guild(self, guild: Guild, name: str) -> None:
        guild.name = name
        self._tell_guild(guild, "GUILD_UPDATE", guild_json(guild))

    def add_role(self, guild: Guild, name: str, permissions: Permission = Permission.NONE) -> Role:
        role = Role(self.next_id(), name, permissions, len(guild.roles))
        guild.roles[role.id] = role
        self._tell_guild(guild, "GUILD_ROLE_CREATE", {"role": role_json(role)})
        return role

    def edit_role(self, guild: Guild, role: Role, permissions: Permission) -> None:
        role.permissions = permissions
        self._tell_guild(guild, "GUILD_ROLE_UPDATE", {"role": role_json(role)})

    def join(
        self, guild: Guild, user: User, roles: Sequence[Role] = (), permissions: Permission = Permission.NONE
    ) -> Member:
        """Let a user (or the bot) into a guild; `permissions` arrive as a role of their own."""
        own = [self.add_role(guild, f"role of {user.name}", permissions)] if permissions else []
        member = Member(user, self.now(), [*roles, *own])
        guild.members[user.id] = member
        if user == self.bot:
            data = guild_create_json(guild, self.bot, all_members=False)
            self._publish(Event("GUILD_CREATE", data, Intent.GUILDS))
        else:
            self._tell_guild(guild, "GUILD_MEMBER_ADD", member_json(member), Intent.GUILD_MEMBERS)
        return member

    def edit_member(
        self, guild: Guild, user: User, *, roles: Sequence[Role] | None = None, nick: str | None = None
    ) -> None:
        member = guild.members[user.id]
        member.roles = member.roles if roles is None else list(roles)
        member.nick = nick or member.nick
        # Its own changes are told to the bot without the members intent.
        intent = Intent.NONE if user == self.bot else Intent.GUILD_MEMBERS
        self._tell_guild(guild, "GUILD_MEMBER_UPDATE", member_json(member), intent)

    def leave(self, guild: Guild, user: User) -> None:
        if user == self.bot:
            self._publish(Event("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS))
        else:
            self._tell_guild(guild, "GUILD_MEMBER_REMOVE", {"user": user_json(user)}, Intent.GUILD_MEMBERS)
        del guild.members[user.id]

    # Channels and threads

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
        channel.name = name or channel.name
        if overwrites is not None:
            channel.overwrites = {overwrite.target_id: overwrite for overwrite in overwrites}
        self._tell_channel("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", channel)

    def archive(self, thread: Channel) -> None:
        thread.archived = True
        self._tell_channel("THREAD_UPDATE", thread)

    def delete_channel(self, channel: Channel) -> None:
        assert channel.guild is not None
        self._tell_channel("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)
        del channel.guild.channels[channel.id], self.channels[channel.id]

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
        """Start a thread, from a message (whose id it takes) or not. A private one is seen by its members only."""
        kind = ChannelKind.PRIVATE_THREAD if private else ChannelKind.PUBLIC_THREAD
        thread = Channel(message.id if message else self.next_id(), kind, name, parent.guild, parent, owner=owner)
        thread.thread_members = {owner.id, *(member.id for member in members)}
        self._add(thread)
        self._tell_channel("THREAD_CREATE", thread, newly_created=True)
        return thread

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

    def _add(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel
        return channel

    # Messages

    def compose(self, channel: Channel, author: User, draft: Draft, *, flags: int = 0) -> Message:
        """Return the message that a draft becomes, before anybody sees it."""
        found = pings(draft.content, draft.allowed_mentions)
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
            attachments=[
                Attachment(self.next_id(), file.filename, file.data, file.content_type) for file in draft.files
            ],
            embeds=draft.embeds,
            components=draft.components,
            flags=draft.flags | flags,
            kind=REPLY if answered else 0,
        )

    def _known(self, ids: list[int]) -> list[User]:
        return [self.users[each] for each in dict.fromkeys(ids) if each in self.users]

    def answered(self, channel: Channel, draft: Draft) -> Message | None:
        """Return the message that a draft replies to, None when it does not or when that is gone."""
        if draft.reference is None:
            return None
        return channel.messages.get(int(str(draft.reference.get("message_id") or 0)))

    def deliver(self, message: Message) -> Message:
        """Put a composed message into its channel, where the bot sees it if it may."""
        message.channel.messages[message.id] = message
        self.announce(message)
        self._bell.ring()
        return message

    def announce(self, message: Message, name: str = "MESSAGE_CREATE") -> None:
        """Dispatch a message: once when it is posted or edited, again when a test replays it."""

        def data(allowed: bool) -> Payload:
            return message_event_json(message, self.bot, self.files_url, content_allowed=allowed)

        self._tell_message(message, name, data(True), data(False))

    def edit(self, message: Message, draft: Draft) -> Message:
        """Change those parts of a message that the draft names."""
        if "content" in draft.fields:
            message.content = draft.content
            message.mentions = self._known(pings(draft.content, draft.allowed_mentions).users)
        if "embeds" in draft.fields:
            message.embeds = draft.embeds
        if "components" in draft.fields:
            message.components = draft.components
        message.edited_at = self.now()
        if message.id in message.channel.messages:
            self.announce(message, "MESSAGE_UPDATE")
        self._bell.ring()
        return message

    def delete(self, message: Message) -> None:
        del message.channel.messages[message.id]
        self._tell_message(message, "MESSAGE_DELETE", {"id": str(message.id), "channel_id": str(message.channel.id)})
        self._bell.ring()

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

    # Telling the gateway

    def _tell_guild(self, guild: Guild, name: str, data: Payload, intent: Intent = Intent.GUILDS) -> None:
        if self.bot.id in guild.members:
            self._publish(Event(name, data | {"guild_id": str(guild.id)}, intent))

    def _tell_channel(self, name: str, channel: Channel, **extra: object) -> None:
        assert channel.guild is not None
        if not channel.is_thread or channel.may_view(self.bot):
            self._tell_guild(channel.guild, name, channel_json(channel, self.bot) | extra)

    def _tell_message(self, message: Message, name: str, data: Payload, bare: Payload | None = None) -> None:
        guild = message.channel.guild
        intent = Intent.DIRECT_MESSAGES if guild is None else Intent.GUILD_MESSAGES
        if message.channel.may_view(self.bot):
            place = {} if guild is None else {"guild_id": str(guild.id)}
            self._publish(Event(name, data | place, intent, bare))
