"""The REST routes for reactions and pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.edge import answer, nothing
from tests.servers.discord.errors import ApiError
from tests.servers.discord.payloads import user_json
from tests.servers.discord.permissions import Permission
from tests.servers.discord.routes import Routes

if TYPE_CHECKING:
    from datetime import datetime

    from tests.servers.discord.records import Channel, Message

MAX_REACTIONS = 20
MAX_PINS = 250


class ReactionRoutes(Routes):
    """What is put on messages that stand already."""

    def routes(self) -> list[web.RouteDef]:
        channel = "/channels/{channel_id}"
        every = channel + "/messages/{message_id}/reactions"
        one = every + "/{emoji}"
        return [
            web.delete(every, self.clear),
            web.get(one, self.get_users),
            web.delete(one, self.clear),
            web.put(one + "/@me", self.add),
            web.delete(one + "/{user_id}", self.remove),
            web.get(channel + "/messages/pins", self.get_pins),
            web.put(channel + "/messages/pins/{message_id}", self.pin),
            web.delete(channel + "/messages/pins/{message_id}", self.unpin),
            web.get(channel + "/pins", self.get_pinned),
            web.put(channel + "/pins/{message_id}", self.pin),
            web.delete(channel + "/pins/{message_id}", self.unpin),
        ]

    # Reactions

    async def add(self, request: web.Request) -> web.Response:
        channel, emoji = self._channel(request), request.match_info["emoji"]
        message = self._message(request, channel)
        self._active(channel)
        self._require(channel, Permission.READ_MESSAGE_HISTORY)
        self._check_emoji(channel, emoji)
        if emoji not in message.reactions:
            self._require(channel, Permission.ADD_REACTIONS)
            if len(message.reactions) >= MAX_REACTIONS:
                raise ApiError(403, 30010, f"Maximum number of reactions reached ({MAX_REACTIONS})")
        self._world.react(self._bot, message, emoji)
        return nothing()

    def _check_emoji(self, channel: Channel, emoji: str) -> None:
        """Refuse text that is no emoji, one of a guild without the bot, and a foreign one where those are not used."""
        _, _, number = emoji.partition(":")
        if not number:
            if emoji.isascii():
                raise ApiError(400, 10014, "Unknown Emoji")
            return
        every = [each for each in self._world.guilds.values() if self._bot.id in each.members]
        home = next((each for each in every if int(number) in each.emojis), None)
        if home is None:
            raise ApiError(400, 10014, "Unknown Emoji")
        if home is not channel.guild:
            self._require(channel, Permission.USE_EXTERNAL_EMOJIS)

    async def remove(self, request: web.Request) -> web.Response:
        channel, user_id = self._channel(request), request.match_info["user_id"]
        self._active(channel)
        user = self._bot if user_id == "@me" else self._user(user_id)
        if user != self._bot:
            self._require(channel, Permission.MANAGE_MESSAGES)
        self._world.unreact(user, self._message(request, channel), request.match_info["emoji"])
        return nothing()

    async def clear(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self._active(channel)
        self._require(channel, Permission.MANAGE_MESSAGES)
        self._world.clear_reactions(self._message(request, channel), request.match_info.get("emoji"))
        return nothing()

    async def get_users(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self._require(channel, Permission.READ_MESSAGE_HISTORY)
        users = self._message(request, channel).reactions.get(request.match_info["emoji"], [])
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "25"))
        found = sorted((user for user in users if user.id > after), key=lambda user: user.id)
        return answer([user_json(user) for user in found[:limit]])

    # Pins

    async def get_pins(self, request: web.Request) -> web.Response:
        pins, limit = self._pins(self._channel(request)), int(request.query.get("limit", "50"))
        if "before" in request.query:
            pins = [(moment, each) for moment, each in pins if moment.isoformat() < request.query["before"]]
        items = [{"pinned_at": moment.isoformat(), "message": self._json(each)} for moment, each in pins[:limit]]
        return answer({"items": items, "has_more": len(pins) > limit})

    async def get_pinned(self, request: web.Request) -> web.Response:
        return answer([self._json(each) for _, each in self._pins(self._channel(request))])

    def _pins(self, channel: Channel) -> list[tuple[datetime, Message]]:
        """Return what is pinned, the newest pin first; nothing where the bot may not read back."""
        if not channel.may(self._bot, Permission.READ_MESSAGE_HISTORY):
            return []
        every = [(each.pinned_at, each) for each in channel.messages.values() if each.pinned_at is not None]
        return sorted(every, key=lambda pin: pin[0], reverse=True)

    async def pin(self, request: web.Request) -> web.Response:
        message = self._pinnable(request)
        if len(self._pins(message.channel)) >= MAX_PINS:
            raise ApiError(400, 30003, f"Maximum number of pins reached ({MAX_PINS})")
        self._world.pin(message, self._bot)
        return nothing()

    async def unpin(self, request: web.Request) -> web.Response:
        self._world.unpin(self._pinnable(request))
        return nothing()

    def _pinnable(self, request: web.Request) -> Message:
        channel = self._channel(request)
        message = self._message(request, channel)
        self._require(channel, Permission.PIN_MESSAGES)
        self._active(channel)
        if message.system:
            raise ApiError(403, 50021, "Cannot execute action on a system message")
        return message
