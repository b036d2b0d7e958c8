"""Interactions: a person's use of a command, button or form, and the bot's answers to it, which need its token."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.draft import Draft
from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError, unknown_message
from tests.servers.discord.events import Event
from tests.servers.discord.payloads import channel_json, member_json, message_json, user_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.discord.bell import Bell
    from tests.servers.discord.records import Channel, Message, Payload, User
    from tests.servers.discord.world import World

EPHEMERAL = 1 << 6
LOADING = 1 << 7


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
    """

    id: int
    token: str
    kind: InteractionKind
    user: User
    channel: Channel
    message: Message | None
    bell: Bell
    response: ResponseKind | None = None
    response_data: Payload = field(default_factory=dict)
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    settled: bool = False
    expired: bool = False

    @property
    def deferred(self) -> bool:
        return self.response in (ResponseKind.DEFERRED_MESSAGE, ResponseKind.DEFERRED_UPDATE)

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

    async def choices(self, timeout_seconds: float = 5.0) -> list[object]:
        """Return what autocompletion offers."""
        await self.acknowledged(timeout_seconds)
        found = self.response_data.get("choices")
        return found if isinstance(found, list) else []

    def _filled(self) -> Message | None:
        return self.original if self.settled else None


class Interactions:
    """All interactions by token, and the routes that answer them."""

    def __init__(self, world: World, publish: Callable[[Event], None], bell: Bell) -> None:
        self._world = world
        self._publish = publish
        self._bell = bell
        self._by_token: dict[str, Interaction] = {}

    def routes(self) -> list[web.RouteDef]:
        webhook = "/webhooks/{application_id}/{token}"
        message = webhook + "/messages/{message_id}"
        return [
            web.post("/interactions/{interaction_id}/{token}/callback", self.respond),
            web.post(webhook, self.follow_up),
            web.get(message, self.get_message),
            web.patch(message, self.edit_message),
            web.delete(message, self.delete_message),
        ]

    # What a person does

    def start(
        self, kind: InteractionKind, user: User, channel: Channel, data: Payload, message: Message | None = None
    ) -> Interaction:
        """Let a user do something that the bot is told of; the bot need not see the channel for that.

        Raises:
            PermissionError: the user may not see the channel.
        """
        if not channel.may_view(user):
            raise PermissionError(f"{user.name} may not see {channel.name or 'this conversation'}")
        number = self._world.next_id()
        interaction = Interaction(number, f"interaction-token-{number}", kind, user, channel, message, self._bell)
        self._by_token[interaction.token] = interaction
        self._publish(Event("INTERACTION_CREATE", self._event(interaction, data)))
        return interaction

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
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": "0" if channel.guild is None else str(channel.guild.id)},
            "context": 1 if channel.guild is None else 0,
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if interaction.message is not None:
            event["message"] = self._json(interaction.message)
        if channel.guild is None:
            return event | {"user": user_json(user)}
        member = member_json(channel.guild.members[user.id]) | {"permissions": permissions}
        guild = {"id": str(channel.guild.id), "locale": "en-US", "features": []}
        return event | {"guild_id": guild["id"], "guild": guild, "guild_locale": "en-US", "member": member}

    # What the bot answers

    async def respond(self, request: web.Request) -> web.Response:
        interaction = self._by_token.get(request.match_info["token"])
        if interaction is None or interaction.expired:
            raise ApiError.unknown(10062, "interaction")
        if interaction.response is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        body = request[BODY]
        data = body.fields.get("data")
        fields: Payload = data if isinstance(data, dict) else {}
        kind = ResponseKind(int(str(body.fields["type"])))
        self._apply(interaction, kind, Draft.from_body(fields, body.files))
        interaction.response, interaction.response_data = kind, fields
        interaction.settled = kind in (ResponseKind.MESSAGE, ResponseKind.UPDATE)
        if request.query.get("with_response") not in ("1", "true"):
            return nothing()
        return answer(self._callback_json(interaction, kind))

    def _apply(self, interaction: Interaction, kind: ResponseKind, draft: Draft) -> None:
        match kind:
            case ResponseKind.MESSAGE:
                draft.check()
                interaction.original = self._post(interaction, draft, draft.flags & EPHEMERAL)
            case ResponseKind.DEFERRED_MESSAGE:
                interaction.original = self._compose(interaction, Draft(), draft.flags & EPHEMERAL | LOADING)
            case ResponseKind.UPDATE if interaction.message is not None:
                interaction.original = self._world.edit(interaction.message, draft)
            case ResponseKind.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case _:
                pass

    def _callback_json(self, interaction: Interaction, kind: ResponseKind) -> Payload:
        message = interaction.original
        about: Payload = {"id": str(interaction.id), "type": int(interaction.kind)}
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": bool(message.flags & LOADING),
            "response_message_ephemeral": message.ephemeral,
        }
        return {"interaction": about, "resource": {"type": int(kind), "message": self._json(message)}}

    async def follow_up(self, request: web.Request) -> web.Response:
        interaction = self._live(request)
        draft = request[BODY].draft
        draft.check()
        if interaction.original is not None and interaction.original.flags & LOADING:
            # The first follow-up takes the place of "is thinking", and with it whether that was ephemeral.
            return answer(self._json(self._fill(interaction, draft)))
        message = self._post(interaction, draft, draft.flags & EPHEMERAL)
        interaction.followups.append(message)
        return answer(self._json(message))

    async def get_message(self, request: web.Request) -> web.Response:
        return answer(self._json(self._message(request, self._live(request))))

    async def edit_message(self, request: web.Request) -> web.Response:
        interaction, draft = self._live(request), request[BODY].draft
        message = self._message(request, interaction)
        draft.check_edit()
        if message.flags & LOADING:
            return answer(self._json(self._fill(interaction, draft)))
        interaction.settled = interaction.settled or message is interaction.original
        return answer(self._json(self._world.edit(message, draft)))

    async def delete_message(self, request: web.Request) -> web.Response:
        interaction = self._live(request)
        message = self._message(request, interaction)
        if message.id in message.channel.messages:
            self._world.delete(message)
        if message is interaction.original:
            interaction.original = None
        else:
            interaction.followups.remove(message)
        return nothing()

    def _live(self, request: web.Request) -> Interaction:
        interaction = self._by_token.get(request.match_info["token"])
        if interaction is None or interaction.response is None:
            raise ApiError.unknown(10015, "Webhook")
        if interaction.expired:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return interaction

    def _message(self, request: web.Request, interaction: Interaction) -> Message:
        wanted = request.match_info["message_id"]
        every = [interaction.original, *interaction.followups]
        for message in every:
            if message is not None and (str(message.id) == wanted or (wanted == "@original" and message is every[0])):
                return message
        raise unknown_message()

    def _compose(self, interaction: Interaction, draft: Draft, flags: int) -> Message:
        message = self._world.compose(interaction.channel, self._world.bot, draft, flags=flags)
        message.kind, message.by_interaction = 20, True
        return message

    def _post(self, interaction: Interaction, draft: Draft, flags: int) -> Message:
        """Post the bot's message: an ephemeral one is seen by the person alone, and stands in no channel."""
        message = self._compose(interaction, draft, flags)
        return message if message.ephemeral else self._world.deliver(message)

    def _fill(self, interaction: Interaction, draft: Draft) -> Message:
        """Put the awaited message in the place of "is thinking"."""
        assert interaction.original is not None
        message = self._compose(interaction, draft, interaction.original.flags & EPHEMERAL)
        message.id = interaction.original.id
        message.flags = draft.flags & ~EPHEMERAL | interaction.original.flags & EPHEMERAL
        interaction.original, interaction.settled = message, True
        return message if message.ephemeral else self._world.deliver(message)

    def _json(self, message: Message) -> Payload:
        return message_json(message, self._world.bot, self._world.files_url, content_allowed=True)
