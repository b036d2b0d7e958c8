"""The bot's answers to interactions, which need the interaction's token: the response, its edits and follow-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.components import check_form, objects
from tests.servers.discord.draft import Draft
from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError, unknown_message
from tests.servers.discord.interactions import Interaction, InteractionKind, Interactions, ResponseKind
from tests.servers.discord.message_json import Reading, message_json
from tests.servers.discord.records import MessageFlag, MessageKind
from tests.servers.discord.registration import check_choices

if TYPE_CHECKING:
    from tests.servers.discord.records import Message, Payload
    from tests.servers.discord.world import World


class Answers:
    """The routes that answer interactions."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world = world
        self._interactions = interactions

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

    async def respond(self, request: web.Request) -> web.Response:
        interaction = self._interactions.by_token.get(request.match_info["token"])
        if interaction is None or interaction.lost or interaction.token_is_old:
            raise ApiError.unknown(10062, "interaction")
        if interaction.response is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        body = request[BODY]
        data = body.fields.get("data")
        fields: Payload = data if isinstance(data, dict) else {}
        kind = ResponseKind(int(str(body.fields["type"])))
        if kind not in allowed_for(interaction):
            raise ApiError.invalid_form("type", f"Value must be one of {sorted(map(int, allowed_for(interaction)))}.")
        self._apply(interaction, kind, Draft.from_body(fields, body.files), fields)
        interaction.respond(kind, fields)
        interaction.settled = kind in (ResponseKind.MESSAGE, ResponseKind.UPDATE)
        if request.query.get("with_response") not in ("1", "true"):
            return nothing()
        return answer(self._callback_json(interaction, kind))

    def _apply(self, interaction: Interaction, kind: ResponseKind, draft: Draft, fields: Payload) -> None:
        match kind:
            case ResponseKind.MESSAGE:
                draft.check()
                interaction.original = self._post(interaction, draft, draft.flags & MessageFlag.EPHEMERAL)
            case ResponseKind.DEFERRED_MESSAGE:
                interaction.original = self._compose(
                    interaction, Draft(), draft.flags & MessageFlag.EPHEMERAL | MessageFlag.LOADING
                )
            case ResponseKind.UPDATE if interaction.message is not None:
                draft.check_edit()
                interaction.original = self._world.edit(interaction.message, draft)
            case ResponseKind.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case ResponseKind.MODAL:
                check_form(fields)
                for other in self._interactions.by_token.values():
                    # A person has one form before them at most.
                    other.form = None if other.user == interaction.user else other.form
                interaction.form = fields
            case ResponseKind.CHOICES:
                check_choices(objects(fields.get("choices")), "data.choices")
            case _:
                pass

    def _callback_json(self, interaction: Interaction, kind: ResponseKind) -> Payload:
        message = interaction.original
        about: Payload = {"id": str(interaction.id), "type": int(interaction.kind)}
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": bool(message.flags & MessageFlag.LOADING),
            "response_message_ephemeral": message.ephemeral,
        }
        return {"interaction": about, "resource": {"type": int(kind), "message": self._json(message)}}

    async def follow_up(self, request: web.Request) -> web.Response:
        interaction = self._live(request)
        draft = request[BODY].draft
        draft.check()
        if interaction.original is not None and interaction.original.flags & MessageFlag.LOADING:
            # The first follow-up takes the place of "is thinking", and with it whether that was ephemeral.
            return answer(self._json(self._fill(interaction, draft)))
        message = self._post(interaction, draft, draft.flags & MessageFlag.EPHEMERAL)
        interaction.followups.append(message)
        return answer(self._json(message))

    async def get_message(self, request: web.Request) -> web.Response:
        return answer(self._json(self._message(request, self._live(request))))

    async def edit_message(self, request: web.Request) -> web.Response:
        interaction, draft = self._live(request), request[BODY].draft
        message = self._message(request, interaction)
        draft.check_edit()
        if message.flags & MessageFlag.LOADING:
            return answer(self._json(self._fill(interaction, draft)))
        interaction.settled = interaction.settled or message is interaction.original
        return answer(self._json(self._world.edit(message, draft)))

    async def delete_message(self, request: web.Request) -> web.Response:
        interaction = self._live(request)
        message = self._message(request, interaction)
        if message.id in message.channel.messages:
            self._world.delete(message)
        message.deleted = True
        if message is interaction.original:
            interaction.original = None
        else:
            interaction.followups.remove(message)
        return nothing()

    def _live(self, request: web.Request) -> Interaction:
        interaction = self._interactions.by_token.get(request.match_info["token"])
        if interaction is None or interaction.response is None:
            raise ApiError.unknown(10015, "Webhook")
        if interaction.token_is_old:
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
        message.kind, message.interaction = _kind_of(interaction), interaction.about
        message.reader = interaction.user if message.ephemeral else None
        return message

    def _post(self, interaction: Interaction, draft: Draft, flags: int) -> Message:
        """Post the bot's message: an ephemeral one is seen by the person alone, and stands in no channel."""
        message = self._compose(interaction, draft, flags)
        return message if message.ephemeral else self._world.deliver(message)

    def _fill(self, interaction: Interaction, draft: Draft) -> Message:
        """Put the awaited message in the place of "is thinking"."""
        assert interaction.original is not None
        message = self._compose(interaction, draft, interaction.original.flags & MessageFlag.EPHEMERAL)
        message.id = interaction.original.id
        message.flags = draft.flags & ~MessageFlag.EPHEMERAL | interaction.original.flags & MessageFlag.EPHEMERAL
        interaction.original, interaction.settled = message, True
        return message if message.ephemeral else self._world.deliver(message)

    def _json(self, message: Message) -> Payload:
        return message_json(message, Reading(self._world.bot, self._world.files_url, content_allowed=True))


def allowed_for(interaction: Interaction) -> frozenset[ResponseKind]:
    """Return how Discord lets the bot respond first."""
    messages = {ResponseKind.MESSAGE, ResponseKind.DEFERRED_MESSAGE}
    updates = {ResponseKind.UPDATE, ResponseKind.DEFERRED_UPDATE}
    match interaction.kind:
        case InteractionKind.AUTOCOMPLETE:
            return frozenset({ResponseKind.CHOICES})
        case InteractionKind.COMMAND:
            return frozenset(messages | {ResponseKind.MODAL})
        case InteractionKind.COMPONENT:
            return frozenset(messages | updates | {ResponseKind.MODAL})
        case InteractionKind.MODAL:
            return frozenset(messages | (updates if interaction.message is not None else set()))


def _kind_of(interaction: Interaction) -> MessageKind:
    if interaction.kind is not InteractionKind.COMMAND:
        return MessageKind.DEFAULT
    return MessageKind.CONTEXT_MENU if "target_message_id" in interaction.about else MessageKind.COMMAND
