"""Discord as a channel: connects, hears what is said to Ember, and says what the queue brings."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from weakref import WeakSet, WeakValueDictionary

import discord
import structlog

from bot.channel import Delivery, LiveReply, NotDelivered, Undeliverable
from bot.channels.discord.addressing import Addressing, Meant, is_said_by_a_person
from bot.channels.discord.around import Around
from bot.channels.discord.backfill import Backfill
from bot.channels.discord.below import when_it_is_whole, while_it_grows
from bot.channels.discord.client import EmberClient, log_in, set_up_library
from bot.channels.discord.delivery import deliver, say
from bot.channels.discord.guilds import DiscordGuilds
from bot.channels.discord.incoming import incoming_of, is_withheld
from bot.channels.discord.interactions import Interactions, register
from bot.channels.discord.interactions.drawing import drawn_page
from bot.channels.discord.places import language_of, messageable_id, place_from_key, place_of
from bot.channels.discord.presence import Presence
from bot.channels.discord.request import discord_request
from bot.channels.discord.rights import lacking_to_send
from bot.channels.discord.sending import remove
from bot.channels.discord.streaming import Pace, StreamedReply
from bot.commands.catalogue import Catalogue
from bot.commands.page import MESSAGE, Asking
from bot.conversation.reactions import Reactions
from bot.conversation.router import Router
from bot.conversation.speak_gate import SpeakGate
from bot.delivery.outbox import Outbox
from bot.guild_door import GuildDoors
from bot.sentences import Sentences
from bot.settings import Settings, SettingsError
from bot.surroundings import Appetite, Surroundings
from memory import Channel, Message, OpenTurn, Person, Place, Store

DM_SECONDS: Final = 10.0
REMOVE_SECONDS: Final = 10.0
AUTHENTICATION_FAILED: Final = 4004  #: the gateway's code for a token that is no longer good

log = structlog.get_logger()


class DiscordChannel:
    """The port, on Discord."""

    channel: Final = Channel.DISCORD

    def __init__(
        self,
        settings: Settings,
        store: Store,
        router: Router,
        commands: Catalogue,
        sentences: Sentences,
        gate: SpeakGate,
        doors: GuildDoors,
        outbox: Outbox,
        model_works: Callable[[], bool],
        guild_wait_seconds: float = 2.0,
        pace: Pace | None = None,
    ) -> None:
        """`guild_wait_seconds`: Discord does not say which of a bot's guilds is the last one to arrive after it has
        connected; without a further one for so long, Ember takes up what was left behind."""
        self._settings = settings
        self._store = store
        self._router = router
        self._commands = commands
        self._sentences = sentences
        self._gate = gate
        self._doors = doors
        self._outbox = outbox
        self._presence = Presence(gate, lambda: store.health().cold_storage_connected, model_works)
        self._guilds: DiscordGuilds | None = None
        self._interactions = Interactions(store, commands, sentences, settings.admin_discord_ids, gate.base_role)
        self._guild_wait_seconds = guild_wait_seconds
        self._pace = pace or Pace()
        self._reactions = Reactions(store, router)
        self._lives: WeakSet[StreamedReply] = WeakSet()
        self._addressing = Addressing()
        self._backfill = Backfill(store, settings.backfill_hours, self._take_missed)
        self._around = Around()
        self._client: EmberClient | None = None
        self._attended = asyncio.Event()
        self._in_order: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Listens until it is cancelled; a lost connection is taken up again. Raises SettingsError."""
        if self._settings.discord_token is None:
            raise SettingsError("DISCORD_TOKEN is not set")
        set_up_library(str(self._settings.discord_api_base))
        try:
            await self._listen(self._settings.discord_token.get_secret_value())
        except discord.LoginFailure:
            raise SettingsError("DISCORD_TOKEN is not accepted by Discord") from None
        except discord.PrivilegedIntentsRequired:
            raise SettingsError("Discord has withdrawn the Message Content intent; start Ember again") from None
        except discord.ConnectionClosed as closed:
            if closed.code != AUTHENTICATION_FAILED:
                raise
            raise SettingsError("DISCORD_TOKEN is no longer accepted by Discord") from None

    async def place(self, key: str) -> Place | None:
        return await place_from_key(self._connected(), key, self._gate.base_role)

    async def surroundings(self, place: Place, lines: Sequence[Message], appetite: Appetite) -> Surroundings:
        return await self._around.of(self._connected(), place, lines, appetite)

    async def live(self, turn: OpenTurn, reply_to: str | None) -> LiveReply:
        stop = while_it_grows(self._sentences, turn.asker.language)
        live = StreamedReply(self._connected(), self._store.platform_messages, turn, reply_to, self._pace, stop)
        self._lives.add(live)
        return live

    async def deliver(self, delivery: Delivery) -> str | None:
        client = self._connected()
        attaching = delivery.file is not None
        missing = await self._missing_to_say(client, messageable_id(delivery.place), attaching)
        if missing is not None:
            raise Undeliverable(f"the permission {missing} is missing")
        return await deliver(client, delivery, when_it_is_whole(delivery, self._sentences))

    async def remove(self, place: Place, platform_id: str) -> None:
        async with discord_request(REMOVE_SECONDS):
            await remove(self._connected().get_partial_messageable(messageable_id(place)), platform_id)

    def _connected(self) -> EmberClient:
        if self._client is None:
            raise NotDelivered("Discord is not connected yet")
        return self._client

    async def _listen(self, token: str) -> None:
        client = await log_in(token, self, self._interactions.take, self._guild_wait_seconds)
        self._client = client
        self._guilds = DiscordGuilds(client, self._gate, self._outbox, self._sentences)
        self._doors.attend(self.channel, self._guilds)
        await self._backfill.begin()
        for listener in (self.on_connect, self._backfill.on_ready, self._guilds.on_guild_join):
            client.event(listener)
        try:
            await register(client, list(self._commands))
            await self._stay_connected(client)
        finally:
            await client.close()

    async def _stay_connected(self, client: EmberClient) -> None:
        """Raises what ends the connection, or what keeps Ember from taking up its work."""
        tasks = [asyncio.create_task(work) for work in (client.connect(), self._attend(client), self._show(client))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _attend(self, client: EmberClient) -> None:
        """Takes up what was left behind, once: discord.py is ready anew with every new session. Then, at each of
        them, what was missed."""
        await client.wait_until_ready()
        await self._router.attend(self)
        self._attended.set()
        await self._backfill.run(client)

    async def _show(self, client: EmberClient) -> None:
        await client.wait_until_ready()
        await self._presence.run(client)

    async def on_connect(self) -> None:
        """A session begins, which knows nothing of the last one."""
        self._backfill.new_session()
        self._presence.forget()

    async def _missing_to_say(self, client: EmberClient, channel_id: int, attaching: bool = False) -> str | None:
        """Returns the permission for want of which nothing can be said somewhere, once an admin was told of it."""
        channel = client.get_channel(channel_id)
        missing = lacking_to_send(channel, attaching)
        if missing is not None and self._guilds is not None:
            await self._guilds.missing(channel, missing)
        return missing

    async def types(self, event: discord.RawTypingEvent) -> None:
        """Tells the reply under way that its asker types on."""
        lives = [live for live in self._lives if messageable_id(live.turn.place) == event.channel_id]
        person = await self._store.people.known(Channel.DISCORD, str(event.user_id)) if lives else None
        for live in lives:
            if person is not None and person.id == live.turn.asker.id:
                live.asker_types()

    async def said(self, message: discord.Message) -> None:
        """Takes a message in; those of one channel in the order in which they came."""
        async with self._backfill.looking_at(message):
            if not is_said_by_a_person(message):
                return
            await self._attended.wait()  # what a dead process left behind is counted before anything new comes in
            async with self._in_order.setdefault(message.channel.id, asyncio.Lock()):
                await self._backfill.caught_up(message.channel.id)
                await self._take(self._connected(), message)

    async def edited(self, message: discord.Message) -> None:
        """Takes in what a message says now; Discord sends the same event when it has only drawn a link in it."""
        self._around.changed([message.id])
        if not is_said_by_a_person(message):
            return
        await self._attended.wait()
        async with self._in_order.setdefault(message.channel.id, asyncio.Lock()):
            client, place = self._connected(), place_of(message.channel, self._gate.base_role)
            if place is None or is_withheld(message, client.me, client.intents.message_content):
                return
            addressed = await self._addressing.is_addressed(message, client.me)
            await self._router.revise(replace(incoming_of(message, place, client.me), addressed=addressed))

    async def deleted(self, channel_id: int, message_ids: Collection[int]) -> None:
        """Has what was deleted forgotten, behind what was said before in the channel."""
        self._around.changed(message_ids)
        await self._attended.wait()
        async with self._in_order.setdefault(channel_id, asyncio.Lock()):
            for message_id in message_ids:
                await self._router.delete(Channel.DISCORD, str(message_id))

    async def reacted(self, event: discord.RawReactionActionEvent, is_there: bool) -> None:
        """Does what a person who is known asks for with a reaction."""
        person = await self._store.people.known(Channel.DISCORD, str(event.user_id))
        if person is None or not event.emoji.is_unicode_emoji():
            return
        reaction = (self, str(event.message_id), person, event.emoji.name)
        if is_there:
            await self._reactions.added(*reaction, partial(self._tell_why, person, event.user_id))
        else:
            await self._reactions.removed(*reaction)

    async def _tell_why(self, person: Person, user_id: int, place: Place, platform_id: str) -> None:
        """Tells somebody in private what an answer was made from, as the command does."""
        why = self._commands.find("why")
        assert why is not None
        page = await self._commands.run(why, Asking(person, place, {MESSAGE: platform_id}))
        client = self._connected()
        async with discord_request(DM_SECONDS):
            dm = place_of(await client.create_dm(discord.Object(user_id)), self._gate.base_role)
        if dm is not None:
            drawn = drawn_page(page, None)
            await say(client, dm, drawn.text, nonce=f"why.{platform_id}"[:25], files=drawn.files)

    async def _take_missed(self, message: discord.Message) -> None:
        if is_said_by_a_person(message):
            await self._take(self._connected(), message, missed=True)

    async def _take(self, client: EmberClient, message: discord.Message, missed: bool = False) -> None:
        place = place_of(message.channel, self._gate.base_role)
        if place is None:
            log.warning("a message came from a channel that is not known", channel=message.channel.id)
            return
        meant = await self._addressing.meant_for(message, client.me)
        if meant is not Meant.EMBER and (missed or not self._gate.listens(place)):
            return
        speaks = meant is Meant.EMBER and not self._gate.is_silent(place)
        if speaks and await self._missing_to_say(client, message.channel.id) is not None:
            return
        if meant is Meant.EMBER:
            self._around.heard(message)
        incoming = replace(
            incoming_of(message, place, client.me),
            addressed=meant is Meant.EMBER,
            to_others=meant is Meant.OTHERS,
            withheld=is_withheld(message, client.me, client.intents.message_content),
            language=language_of(message.guild),
            counted=not missed,
        )
        not_kept = await self._router.receive(incoming)
        if not_kept is not None:
            await say(client, place, not_kept, nonce=str(message.id), reply_to=str(message.id))
