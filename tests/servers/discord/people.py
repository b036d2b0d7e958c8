"""What people do: a test plays them, within what Discord would let them do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord.draft import FORWARD, Draft
from tests.servers.discord.interactions import Interaction, InteractionKind
from tests.servers.discord.message_json import Reading
from tests.servers.discord.permissions import Permission
from tests.servers.discord.records import ChannelKind, Message, MessageFlag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.servers.discord.commands import Commands
    from tests.servers.discord.draft import File
    from tests.servers.discord.interactions import Interactions
    from tests.servers.discord.records import Channel, Payload, User
    from tests.servers.discord.use import OptionValue
    from tests.servers.discord.world import World


class People:
    """The hands of everybody but the bot."""

    world: World
    commands: Commands
    interactions: Interactions

    # Messages

    async def say(
        self,
        user: User,
        channel: Channel,
        content: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Sequence[File] = (),
        flags: int = 0,
    ) -> Message:
        """Let a user post a message; whom it mentions is read from the text, `<@id>`, and from what it replies to.

        Raises:
            PermissionError: the user may not write there.
        """
        self._may_write(user, channel)
        reference: Payload | None = None
        if reply_to is not None:
            reference = {"message_id": str(reply_to.id), "channel_id": str(channel.id)}
        allowed: Payload | None = None if ping else {"parse": ["users", "roles", "everyone"], "replied_user": False}
        draft = Draft(content, reference=reference, allowed_mentions=allowed, files=tuple(attachments), flags=flags)
        return self.world.deliver(self.world.compose(channel, user, draft))

    async def edit(self, message: Message, content: str) -> Message:
        return self.world.edit(message, Draft(content, fields=frozenset({"content"})))

    async def delete(self, message: Message) -> None:
        self.world.delete(message)

    def type(self, user: User, channel: Channel) -> None:
        self.world.type(user, channel)

    def _may_write(self, user: User, channel: Channel) -> None:
        if channel.kind in (ChannelKind.FORUM, ChannelKind.CATEGORY) or not channel.may_send(user):
            raise PermissionError(f"{user.name} may not write in {channel.name or 'this conversation'}")
        if channel.locked and not channel.may(user, Permission.MANAGE_THREADS):
            raise PermissionError(f"{channel.name} is locked")

    async def say_aloud(self, user: User, channel: Channel, audio: File, *, reply_to: Message | None = None) -> Message:
        """Let a user post a voice message; `audio` has a duration and a waveform."""
        if audio.duration_seconds is None or audio.waveform is None:
            raise ValueError("a voice message has a duration and a waveform")
        flags = MessageFlag.IS_VOICE_MESSAGE
        return await self.say(user, channel, "", reply_to=reply_to, attachments=[audio], flags=flags)

    async def forward(self, user: User, message: Message, channel: Channel) -> Message:
        """Let a user forward a message as it now is to another channel."""
        self._may_write(user, channel)
        if not message.channel.may_view(user):
            raise PermissionError(f"{user.name} does not see this message")
        about: Payload = {"type": FORWARD, "message_id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild is not None:
            about["guild_id"] = str(message.channel.guild.id)
        return self.world.deliver(self.world.compose(channel, user, Draft(reference=about)))

    async def post(
        self, user: User, forum: Channel, title: str, content: str, *, attachments: Sequence[File] = ()
    ) -> Message:
        """Let a user start a post in a forum; return its first message, whose channel is the post's thread."""
        if forum.kind is not ChannelKind.FORUM or not forum.may(user, Permission.SEND_MESSAGES):
            raise PermissionError(f"{user.name} may not post in {forum.name}")
        return self.world.add_post(forum, title, user, Draft(content, files=tuple(attachments)))

    async def react(self, user: User, message: Message, emoji: str) -> None:
        """Let a user react with "👍", or "name:id" of a guild's own emoji (`Emoji.text`)."""
        needed = Permission.READ_MESSAGE_HISTORY
        if emoji not in message.reactions:
            needed |= Permission.ADD_REACTIONS
        if not message.channel.may(user, needed) or message.channel.archived:
            raise PermissionError(f"{user.name} may not react here")
        self.world.react(user, message, emoji)

    async def unreact(self, user: User, message: Message, emoji: str) -> None:
        self.world.unreact(user, message, emoji)

    async def pin(self, user: User, message: Message) -> None:
        if not message.channel.may(user, Permission.PIN_MESSAGES):
            raise PermissionError(f"{user.name} may not pin here")
        self.world.pin(message, user)

    async def purge(self, user: User, channel: Channel, messages: Sequence[Message]) -> None:
        """Let a moderator, or a bot of theirs, delete messages at once."""
        if not channel.may(user, Permission.MANAGE_MESSAGES):
            raise PermissionError(f"{user.name} may not delete others' messages here")
        self.world.delete_many(channel, messages)

    # Commands, buttons, forms

    async def slash(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, OptionValue] | None = None,
        *,
        overridden: bool = False,
    ) -> Interaction:
        """Let a user run a registered command, such as "why" or "memory forget".

        The command's default_member_permissions are kept as Discord keeps them; `overridden` is a guild whose
        administrators offer the command to everybody. A choice is named by its value or by what people read.

        Raises:
            LookupError: the bot has not registered it like this, or not for this place.
            ValueError: an option does not take this value.
            PermissionError: Discord does not offer the command to this user here.
        """
        data = self.commands.invocation(user, channel, command, options or {}, overridden=overridden)
        return self.interactions.start(InteractionKind.COMMAND, user, channel, data)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, OptionValue],
        *,
        focused: str,
        timeout_seconds: float = 5.0,
    ) -> list[Payload]:
        """Let a user type into the option `focused`, whose text so far is among the options; return what is offered."""
        data = self.commands.invocation(user, channel, command, options, focused=focused)
        typed = self.interactions.start(InteractionKind.AUTOCOMPLETE, user, channel, data)
        return await typed.choices(timeout_seconds)

    async def menu(self, user: User, target: Message | User, name: str, channel: Channel | None = None) -> Interaction:
        """Let a user choose a command in the menu of a message, or of a user (then say in which channel).

        Raises:
            LookupError: the bot has registered no such menu command.
            PermissionError: the user does not see the message, or may use no commands there.
        """
        where = target.channel if isinstance(target, Message) else channel
        if where is None:
            raise LookupError("the menu of a user is opened in a channel")
        if isinstance(target, Message) and (target.deleted or (target.ephemeral and target.reader != user)):
            raise LookupError(f"{user.name} does not see this message")
        reading = Reading(self.world.bot, self.world.files_url, content_allowed=True)
        data = self.commands.menu(user, target, where, name, reading)
        return self.interactions.start(InteractionKind.COMMAND, user, where, data)

    async def press(self, user: User, message: Message, name: str) -> Interaction:
        """Let a user press a button, named by its custom id or else its label; an ephemeral one its reader only.

        Raises:
            LookupError: the message is gone, or has no such button.
            PermissionError: the user does not see the message, or the button is disabled.
        """
        return self.interactions.press(user, message, name)

    async def select(self, user: User, message: Message, name: str, values: Sequence[str]) -> Interaction:
        """Let a user choose in a select menu; people, roles and channels are named by id.

        Raises:
            LookupError, PermissionError: as for `press`.
            ValueError: the menu does not offer this.
        """
        return self.interactions.select(user, message, name, list(values))

    async def submit(self, form: Interaction | User, values: Mapping[str, str | list[str]]) -> Interaction:
        """Let a user send the form that an interaction opened, or the one they have before them.

        An input that is not named keeps what the form put into it.

        Raises:
            LookupError: no form is open, or it has no such input.
            ValueError: the form would not let this be sent: too short, too long, or missing.
        """
        opener = form if isinstance(form, Interaction) else self.interactions.opened_by(form)
        return self.interactions.submit(opener, dict(values))
