"""A small Discord for tests: REST, version 10, and the gateway, true enough for an unmodified discord.py.

How a client is pointed at it, before it logs in::

    discord.http.Route.BASE = server.base + "/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)  # what GET /gateway/bot answers

Nothing else is global: interaction responses, follow-ups and webhooks build their addresses with the same `Route`, the
address for resuming comes in READY, and attachments name this server in their own `url`. Only avatars and icons would
go to `discord.asset.Asset.BASE`. `Client(guild_ready_timeout=0.01)` spares the two seconds that `on_ready` otherwise
waits; messages arrive before it all the same.

What a test holds:

    server.py           the server: start and stop, what goes wrong, what the bot did
    people.py           what people do: say, react, run commands, press, send forms
    clock.py            time, moved on without waiting; bell.py waiting without polling

The world, each file on top of the one before it:

    records.py          what it is made of; permissions.py who may do what, events.py what is told, by intent
    draft.py            what may be posted; components.py buttons, menus and forms
    telling.py          who hears of a change; guilds.py, places.py and world.py the changes themselves

The doors:

    gateway.py          websocket sessions
    edge.py             what every REST request passes: log, faults, token; rate_limits.py, errors.py the refusals
    routes.py           finding what a path names; rest.py, message_routes.py, reaction_routes.py, thread_routes.py
    payloads.py         records as JSON; message_json.py messages
    commands.py         registered commands; registration.py what may be registered, use.py a person's use of one
    interactions.py     what a person started; answers.py the bot's answers to it

Not modelled: voice, stickers, polls, webhooks of channels, audit logs, bans and timeouts, slow mode, more than one
shard, entitlements, user installs, link previews (embeds that Discord makes itself), and expiring file addresses.
"""

from tests.servers.discord.draft import File
from tests.servers.discord.edge import FaultKind, Request
from tests.servers.discord.events import ApplicationFlag, Intent
from tests.servers.discord.interactions import Answer, Interaction, ResponseKind
from tests.servers.discord.permissions import Overwrite, OverwriteKind, Permission
from tests.servers.discord.records import (
    Channel,
    ChannelKind,
    Emoji,
    Guild,
    Member,
    Message,
    MessageFlag,
    MessageKind,
    Role,
    User,
)
from tests.servers.discord.registration import CommandKind
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.use import OptionValue

__all__ = [
    "Answer",
    "ApplicationFlag",
    "Channel",
    "ChannelKind",
    "CommandKind",
    "DiscordServer",
    "Emoji",
    "FaultKind",
    "File",
    "Guild",
    "Intent",
    "Interaction",
    "Member",
    "Message",
    "MessageFlag",
    "MessageKind",
    "OptionValue",
    "Overwrite",
    "OverwriteKind",
    "Permission",
    "Request",
    "ResponseKind",
    "Role",
    "User",
]
