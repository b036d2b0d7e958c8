"""Guilds, their roles and who is in them: built and changed by tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers.discord.events import Event, Intent
from tests.servers.discord.payloads import emoji_json, guild_json, member_json, role_json, user_json
from tests.servers.discord.permissions import EVERYONE, Permission
from tests.servers.discord.records import Emoji, Guild, Member, Role, User
from tests.servers.discord.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Guilds(Telling):
    """What happens to guilds and their members. Every method may be called at any time."""

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

    def delete_role(self, guild: Guild, role: Role) -> None:
        """Take a role from the guild and from everybody who has it."""
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles = [each for each in member.roles if each is not role]
        self._tell_guild(guild, "GUILD_ROLE_DELETE", {"role_id": str(role.id)})

    def add_emoji(self, guild: Guild, name: str) -> Emoji:
        emoji = Emoji(self.next_id(), name)
        guild.emojis[emoji.id] = emoji
        every = [emoji_json(each) for each in guild.emojis.values()]
        self._tell_guild(guild, "GUILD_EMOJIS_UPDATE", {"emojis": every}, Intent.GUILD_EXPRESSIONS)
        return emoji

    def join(
        self, guild: Guild, user: User, roles: Sequence[Role] = (), permissions: Permission = Permission.NONE
    ) -> Member:
        """Let a user (or the bot) into a guild; `permissions` arrive as a role of their own."""
        own = [self.add_role(guild, f"role of {user.name}", permissions)] if permissions else []
        member = Member(user, self.now(), [*roles, *own])
        guild.members[user.id] = member
        if user == self.bot:
            self._tell_create(guild)
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

    @contextmanager
    def guild_outage(self, guild: Guild) -> Iterator[None]:
        """Make a guild unavailable to the bot until the block is left; what happens in it meanwhile is not told."""
        self._publish(Event("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, Intent.GUILDS))
        guild.unavailable = True
        try:
            yield
        finally:
            guild.unavailable = False
            self._tell_create(guild)
