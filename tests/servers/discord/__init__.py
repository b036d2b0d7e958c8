"""A small Discord for tests: REST, version 10, and the gateway, true enough for an unmodified discord.py.

How a client is pointed at it, before it logs in::

    discord.http.Route.BASE = server.base + "/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)  # what GET /gateway/bot answers

Nothing else is global: interaction responses, follow-ups and webhooks build their addresses with the same `Route`, the
address for resuming comes in READY, and attachments name this server in their own `url`. Only avatars and icons would
go to `discord.asset.Asset.BASE`. `Client(guild_ready_timeout=0.01)` spares the two seconds that `on_ready` otherwise
waits; messages arrive before it all the same.

    server.py        the server, and all that a test does with it
    world.py         guilds, channels, people, messages: built and changed by tests and by the bot
    records.py       what the world is made of; permissions.py who may do what, draft.py what may be posted
    gateway.py       websocket sessions; events.py what they are told, by intent
    edge.py          what every REST request passes: log, faults, token; errors.py the refusals
    rest.py          routes for guilds, channels and messages; payloads.py records as JSON
    commands.py      registered commands; interactions.py their use, and the bot's answers
    bell.py          waiting without polling
"""

from tests.servers.discord.draft import File
from tests.servers.discord.edge import FaultKind, Request
from tests.servers.discord.events import ApplicationFlag, Intent
from tests.servers.discord.interactions import Answer, Interaction, ResponseKind
from tests.servers.discord.permissions import Overwrite, OverwriteKind, Permission
from tests.servers.discord.records import Channel, ChannelKind, Guild, Member, Message, Role, User
from tests.servers.discord.server import DiscordServer

__all__ = [
    "Answer",
    "ApplicationFlag",
    "Channel",
    "ChannelKind",
    "DiscordServer",
    "FaultKind",
    "File",
    "Guild",
    "Intent",
    "Interaction",
    "Member",
    "Message",
    "Overwrite",
    "OverwriteKind",
    "Permission",
    "Request",
    "ResponseKind",
    "Role",
    "User",
]
