"""What the world is, by id, and how the gateway hears of each change in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord.events import Event, Intent
from tests.servers.discord.message_json import Reading, message_event_json
from tests.servers.discord.payloads import channel_json, guild_create_json
from tests.servers.discord.records import Channel, Guild, Message, Payload, Snowflakes, User

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.servers.discord.bell import Bell
    from tests.servers.discord.records import Attachment


class Telling:
    """Users, guilds and channels by id, with one bot among them."""

    def __init__(
        self, bot_name: str, now: Callable[[], datetime], publish: Callable[[Event], None], bell: Bell
    ) -> None:
        self.now = now
        self.files_url = ""
        self._publish = publish
        self._bell = bell
        self._ids = Snowflakes(now)
        self.users: dict[int, User] = {}
        self.locales: dict[int, str] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.closed_to_bot: set[int] = set()
        self.loose_files: list[Attachment] = []
        self.bot = self.add_user(bot_name, bot=True)

    def next_id(self) -> int:
        return self._ids.next()

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        """Add somebody; `locale` is the language of their client, such as "de"."""
        user = User(self.next_id(), name, bot)
        self.users[user.id] = user
        self.set_locale(user, locale)
        return user

    def set_locale(self, user: User, locale: str) -> None:
        self.locales[user.id] = locale

    def announce(self, message: Message, name: str = "MESSAGE_CREATE") -> None:
        """Dispatch a message: once when it is posted or edited, again when a test replays it."""

        def data(allowed: bool) -> Payload:
            return message_event_json(message, Reading(self.bot, self.files_url, allowed))

        self._tell_message(message, name, data(True), data(False))

    def _tell_create(self, guild: Guild) -> None:
        data = guild_create_json(guild, self.bot, all_members=False)
        self._publish(Event("GUILD_CREATE", data, Intent.GUILDS))

    def _tell_guild(self, guild: Guild, name: str, data: Payload, intent: Intent = Intent.GUILDS) -> None:
        if self.bot.id in guild.members and not guild.unavailable:
            self._publish(Event(name, data | {"guild_id": str(guild.id)}, intent))

    def _tell_channel(self, name: str, channel: Channel, **extra: object) -> None:
        assert channel.guild is not None
        if not channel.is_thread or channel.may_view(self.bot):
            self._tell_guild(channel.guild, name, channel_json(channel, self.bot) | extra)

    def _tell_message(self, message: Message, name: str, data: Payload, bare: Payload | None = None) -> None:
        intents = (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
        self._tell_readers(message.channel, name, data, intents, bare)

    def _tell_readers(
        self,
        channel: Channel,
        name: str,
        data: Payload,
        intents: tuple[Intent, Intent],
        bare: Payload | None = None,
    ) -> None:
        """Tell the bot if it may view the channel; one intent is for guilds, the other for direct conversations."""
        guild = channel.guild
        if not channel.may_view(self.bot) or (guild is not None and guild.unavailable):
            return
        place = {} if guild is None else {"guild_id": str(guild.id)}
        self._publish(Event(name, data | place, intents[guild is None], None if bare is None else bare | place))
