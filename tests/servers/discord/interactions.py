"""Interactions: a person's use of a command, button, menu or form, as the bot is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from tests.servers.discord.components import LINK, ComponentKind, chosen_of, filled, objects, usable
from tests.servers.discord.events import Event
from tests.servers.discord.message_json import Reading, message_json
from tests.servers.discord.payloads import channel_json, member_json, role_json, user_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.discord.bell import Bell
    from tests.servers.discord.clock import Clock
    from tests.servers.discord.records import Channel, Message, Payload, User
    from tests.servers.discord.world import World

#: Seconds until Discord gives up waiting for the first response, and those that a token is good for.
PATIENCE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


class InteractionKind(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class ResponseKind(IntEnum):
    """How the bot first responds."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person who started an interaction reads in the end."""

    content: str
    ephemeral: bool
    deferred: bool
    message: Message


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction as it stands; `original` is the bot's first message, `followups` are those after it.

    `settled` says that the first message reads as the bot wants it: answered at once, or filled in after deferring.
    `form` is the modal that the bot answered with, until it is sent; `seconds_to_respond` is real time, to be measured.
    """

    id: int
    token: str
    kind: InteractionKind
    user: User
    channel: Channel
    message: Message | None
    bell: Bell
    clock: Clock
    about: Payload
    begun_advanced: float
    begun: float
    seconds_to_respond: float | None = None
    form: Payload | None = None
    response: ResponseKind | None = None
    response_data: Payload = field(default_factory=dict)
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    settled: bool = False
    expired: bool = False

    @property
    def deferred(self) -> bool:
        return self.response in (ResponseKind.DEFERRED_MESSAGE, ResponseKind.DEFERRED_UPDATE)

    @property
    def age_seconds(self) -> float:
        """The seconds that the test has let pass since."""
        return self.clock.advanced - self.begun_advanced

    @property
    def lost(self) -> bool:
        """Whether Discord gave up waiting for the first response."""
        return self.expired or (self.response is None and self.age_seconds > PATIENCE_SECONDS)

    @property
    def token_is_old(self) -> bool:
        return self.expired or self.age_seconds > TOKEN_SECONDS

    def respond(self, kind: ResponseKind, data: Payload) -> None:
        self.response, self.response_data = kind, data
        self.seconds_to_respond = self.clock.seconds() - self.begun - self.age_seconds

    def expire(self) -> None:
        """From now on Discord no longer knows this interaction, as after 3 s without a response or 15 min in all."""
        self.expired = True

    async def acknowledged(self, timeout_seconds: float = 5.0) -> ResponseKind:
        """Return how the bot first responded, once it has."""
        return await self.bell.wait_for(lambda: self.response, timeout_seconds, "the response to an interaction")

    async def answer(self, timeout_seconds: float = 5.0) -> Answer:
        """Return the bot's message once it has content, be it at once or after deferring."""
        message = await self.bell.wait_for(self._filled, timeout_seconds, "the answer to an interaction")
        return Answer(message.content, message.ephemeral, self.deferred, message)

    async def choices(self, timeout_seconds: float = 5.0) -> list[Payload]:
        """Return what autocompletion offers, each with a name and a value."""
        await self.acknowledged(timeout_seconds)
        return objects(self.response_data.get("choices"))

    def _filled(self) -> Message | None:
        return self.original if self.settled else None


class Interactions:
    """All interactions by token, and how people start them."""

    def __init__(self, world: World, clock: Clock, publish: Callable[[Event], None], bell: Bell) -> None:
        self._world = world
        self._clock = clock
        self._publish = publish
        self._bell = bell
        self.by_token: dict[str, Interaction] = {}
        self._events: dict[int, Event] = {}

    def start(
        self, kind: InteractionKind, user: User, channel: Channel, data: Payload, message: Message | None = None
    ) -> Interaction:
        """Let a user do something that the bot is told of; the bot need not see the channel for that.

        Raises:
            PermissionError: the user may not see the channel.
        """
        if not channel.may_view(user):
            raise PermissionError(f"{user.name} may not see {channel.name or 'this conversation'}")
        number, clock = self._world.next_id(), self._clock
        about: Payload = {"id": str(number), "type": int(kind), "user": user_json(user)}
        about["authorizing_integration_owners"] = _owners(channel)
        named = (("name", "name"), ("target_message_id", "target_id"))
        about |= {name: str(data[key]) for name, key in named if key in data}
        token = f"interaction-token-{number}"
        times = (clock.advanced, clock.seconds())
        interaction = Interaction(number, token, kind, user, channel, message, self._bell, clock, about, *times)
        self.by_token[interaction.token] = interaction
        self._events[number] = Event("INTERACTION_CREATE", self._event(interaction, data))
        self._publish(self._events[number])
        return interaction

    def replay(self, interaction: Interaction) -> None:
        """Dispatch the same INTERACTION_CREATE once more, as a resumed session may."""
        self._publish(self._events[interaction.id])

    def press(self, user: User, message: Message, name: str) -> Interaction:
        """Let a user press a button, named by its custom id or else its label.

        Raises:
            PermissionError: the user does not see the message, or the button is disabled.
            LookupError: there is no such button, or it is a link.
        """
        button = self._seen(user, message, name)
        if button["type"] != ComponentKind.BUTTON or button.get("style") == LINK:
            raise LookupError(f"{name!r} is no button to press")
        data: Payload = {"custom_id": button["custom_id"], "component_type": button["type"], "id": 0}
        return self.start(InteractionKind.COMPONENT, user, message.channel, data, message)

    def select(self, user: User, message: Message, name: str, values: list[str]) -> Interaction:
        """Let a user choose in a select menu of strings, people, roles or channels (by id)."""
        menu = self._seen(user, message, name)
        if menu["type"] == ComponentKind.BUTTON:
            raise LookupError(f"{name!r} is no menu")
        data: Payload = {"custom_id": menu["custom_id"], "component_type": menu["type"], "id": 0}
        data["values"] = chosen_of(menu, values)
        if menu["type"] != ComponentKind.STRING_SELECT:
            data["resolved"] = self._resolved(message.channel, values)
        return self.start(InteractionKind.COMPONENT, user, message.channel, data, message)

    def _resolved(self, channel: Channel, values: list[str]) -> Payload:
        """Return the people, roles and channels that a person chose by their ids."""
        ids, guild = [int(value) for value in values], channel.guild
        found: dict[str, dict[str, Payload]] = {
            "users": {str(each): user_json(self._world.users[each]) for each in ids if each in self._world.users}
        }
        if guild is not None:
            members = {each: guild.members[each] for each in ids if each in guild.members}
            rights = {each: {"permissions": str(int(guild.permissions_of(one.user)))} for each, one in members.items()}
            partial = {str(each): member_json(one, with_user=False) | rights[each] for each, one in members.items()}
            channels = [guild.channels[each] for each in ids if each in guild.channels]
            found["members"] = partial
            found["roles"] = {str(each): role_json(guild.roles[each]) for each in ids if each in guild.roles}
            found["channels"] = {
                str(each.id): channel_json(each, self._world.bot) | {"permissions": "0"} for each in channels
            }
        return {kind: records for kind, records in found.items() if records}

    def _seen(self, user: User, message: Message, name: str) -> Payload:
        if message.deleted:
            raise LookupError("the message is gone")
        if message.ephemeral and message.reader != user:
            raise PermissionError(f"{user.name} does not see this message")
        component = usable(message.components, name)
        if component is None:
            raise LookupError(f"the message has no {name!r}")
        if component.get("disabled"):
            raise PermissionError(f"{name!r} is disabled")
        return component

    def opened_by(self, user: User) -> Interaction:
        """Return the interaction that opened the form which this user has before them.

        Raises:
            LookupError: they have none.
        """
        found = [each for each in self.by_token.values() if each.user == user and each.form is not None]
        if not found:
            raise LookupError(f"{user.name} has no form open")
        return found[-1]

    def submit(self, opener: Interaction, values: dict[str, str | list[str]]) -> Interaction:
        """Let the user send the form that an interaction of theirs opened; that closes it.

        Raises:
            LookupError: no form is open, or it has no such input.
            ValueError: the form would not let this be sent.
        """
        form = opener.form
        if form is None:
            raise LookupError("this interaction has no form open")
        data: Payload = {"custom_id": form["custom_id"], "components": filled(form, values)}
        opener.form = None
        return self.start(InteractionKind.MODAL, opener.user, opener.channel, data, opener.message)

    def _event(self, interaction: Interaction, data: Payload) -> Payload:
        channel, user, bot = interaction.channel, interaction.user, self._world.bot
        permissions = str(int(channel.permissions_of(user)))
        event: Payload = {
            "id": str(interaction.id),
            "application_id": str(bot.id),
            "type": int(interaction.kind),
            "data": data,
            "token": interaction.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": channel_json(channel, bot) | {"permissions": permissions},
            "app_permissions": str(int(channel.permissions_of(bot))),
            "locale": self._world.locales[user.id],
            "entitlements": [],
            "authorizing_integration_owners": _owners(channel),
            "context": 1 if channel.guild is None else 0,
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if interaction.message is not None:
            event["message"] = self._json(interaction.message)
        if channel.guild is None:
            return event | {"user": user_json(user)}
        member = member_json(channel.guild.members[user.id]) | {"permissions": permissions}
        guild = {"id": str(channel.guild.id), "locale": channel.guild.locale, "features": []}
        return event | {"guild_id": guild["id"], "guild": guild, "guild_locale": guild["locale"], "member": member}

    def _json(self, message: Message) -> Payload:
        return message_json(message, Reading(self._world.bot, self._world.files_url, content_allowed=True))


def _owners(channel: Channel) -> Payload:
    return {"0": "0" if channel.guild is None else str(channel.guild.id)}
