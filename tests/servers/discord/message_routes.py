"""The REST routes for messages: reading, posting, changing and deleting them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.edge import BODY, answer, nothing
from tests.servers.discord.errors import ApiError, history_is_closed, missing_access, unknown_message
from tests.servers.discord.permissions import Permission
from tests.servers.discord.records import MessageFlag, snowflake_at
from tests.servers.discord.routes import Routes

if TYPE_CHECKING:
    from tests.servers.discord.draft import Draft
    from tests.servers.discord.records import Channel

#: Messages older than this are not deleted in bulk.
BULK_AGE = timedelta(days=14)


class MessageRoutes(Routes):
    """Messages of one channel."""

    def routes(self) -> list[web.RouteDef]:
        messages = "/channels/{channel_id}/messages"
        return [
            web.get(messages, self.get_history),
            web.post(messages, self.post_message),
            web.post(messages + "/bulk-delete", self.delete_many),
            web.get(messages + "/{message_id}", self.get_message),
            web.patch(messages + "/{message_id}", self.edit_message),
            web.delete(messages + "/{message_id}", self.delete_message),
        ]

    async def get_history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not channel.may(self._bot, Permission.READ_MESSAGE_HISTORY):
            return answer([])
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise ApiError.invalid_form("limit", "int value should be between 1 and 100.")
        return answer([self._json(channel.messages[each]) for each in _page(sorted(channel.messages), request, limit)])

    async def get_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self._require(channel, Permission.READ_MESSAGE_HISTORY)
        return answer(self._json(self._message(request, channel)))

    async def post_message(self, request: web.Request) -> web.Response:
        channel, draft = self._writable(request), request[BODY].draft
        self.check(channel, draft)
        if draft.nonce is not None and draft.enforce_nonce:
            earlier = self._world.with_nonce(self._bot, draft.nonce)
            if earlier is not None:
                return answer(self._json(earlier))
        self._check_reference(channel, draft)
        return answer(self._json(self._world.deliver(self._world.compose(channel, self._bot, draft))))

    def check(self, channel: Channel, draft: Draft) -> None:
        """Refuse a new message that the bot may not post there as it is."""
        draft.check()
        if draft.files:
            self._require(channel, Permission.ATTACH_FILES)
        if draft.embeds:
            self._require(channel, Permission.EMBED_LINKS)
        if draft.flags & MessageFlag.IS_VOICE_MESSAGE:
            self._require(channel, Permission.SEND_VOICE_MESSAGES)
        if draft.flags & MessageFlag.EPHEMERAL:
            raise ApiError.invalid_form("flags", "Only the answer to an interaction can be ephemeral.")

    def _check_reference(self, channel: Channel, draft: Draft) -> None:
        """A reply to a message that is gone is refused, or becomes no reply when the sender allows that; one to a
        message that the bot may not read is refused in any case."""
        if draft.reference is None:
            return
        if draft.forwards:
            self._check_forward(draft.reference.get("channel_id"), draft)
            return
        if not channel.may(self._bot, Permission.READ_MESSAGE_HISTORY):
            raise history_is_closed()
        if self._world.answered(channel, draft) is None and draft.reference.get("fail_if_not_exists", True):
            raise ApiError.invalid_form("message_reference", "Unknown message")

    def _check_forward(self, channel_id: object, draft: Draft) -> None:
        if draft.content or draft.embeds or draft.files:
            raise ApiError.invalid_form("message_reference", "A forwarded message takes no content of its own.")
        source = self._world.channels.get(int(str(channel_id)))
        if source is None or not source.may(self._bot, Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY):
            raise missing_access()
        if self._world.forwarded(draft) is None:
            raise unknown_message()

    async def edit_message(self, request: web.Request) -> web.Response:
        channel, draft = self._channel(request), request[BODY].draft
        message = self._message(request, channel)
        self._active(channel)
        if message.author != self._bot:
            if draft.fields != {"flags"}:
                raise ApiError(403, 50005, "Cannot edit a message authored by another user")
            self._require(channel, Permission.MANAGE_MESSAGES)
        if message.system:
            raise ApiError(403, 50021, "Cannot execute action on a system message")
        draft.check_edit()
        if draft.files:
            self._require(channel, Permission.ATTACH_FILES)
        if draft.embeds:
            self._require(channel, Permission.EMBED_LINKS)
        kept = draft.kept_files or draft.files if "attachments" in draft.fields else message.attachments or draft.files
        remains = [kept, message.embeds if "embeds" not in draft.fields else draft.embeds]
        remains.append(message.components if "components" not in draft.fields else draft.components)
        if "content" in draft.fields and not draft.content.strip() and not any(remains):
            raise ApiError(400, 50006, "Cannot send an empty message")
        return answer(self._json(self._world.edit(message, draft)))

    async def delete_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        if message.author != self._bot:
            self._require(channel, Permission.MANAGE_MESSAGES)
        self._world.delete(message)
        return nothing()

    async def delete_many(self, request: web.Request) -> web.Response:
        channel, wanted = self._channel(request), request[BODY].fields.get("messages")
        if channel.guild is None:
            raise ApiError(403, 50003, "Cannot execute action on a DM channel")
        self._require(channel, Permission.MANAGE_MESSAGES)
        ids = [int(str(each)) for each in wanted] if isinstance(wanted, list) else []
        if not 2 <= len(ids) <= 100 or len(set(ids)) < len(ids):
            raise ApiError(400, 50016, "Provided too few or too many messages to delete (2 to 100, each once).")
        if min(ids) < snowflake_at(self._world.now() - BULK_AGE):
            raise ApiError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
        self._world.delete_many(channel, [channel.messages[each] for each in ids if each in channel.messages])
        return nothing()


def _page(ids: list[int], request: web.Request, limit: int) -> list[int]:
    """Return the ids that a history request asks for, newest first."""
    query = {name: int(request.query[name]) for name in ("before", "after", "around") if name in request.query}
    if "after" in query:
        chosen = [each for each in ids if each > query["after"]][:limit]
    elif "around" in query:
        older = [each for each in ids if each < query["around"]][-(limit // 2) :]
        chosen = (older + [each for each in ids if each >= query["around"]])[:limit]
    else:
        chosen = [each for each in ids if each < query.get("before", 1 << 63)][-limit:]
    return chosen[::-1]
