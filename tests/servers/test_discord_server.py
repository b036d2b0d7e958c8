"""The Discord server of the tests, as the real discord.py sees it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import discord
import discord.gateway
import discord.http
import pytest
import yarl
from discord import app_commands

from tests.servers.discord import (
    ApplicationFlag,
    DiscordServer,
    FaultKind,
    File,
    Overwrite,
    OverwriteKind,
    Permission,
    ResponseKind,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.servers.discord import Channel, Guild, User


class Bot(discord.Client):
    """An unmodified client that keeps what it is told."""

    def __init__(self, *, content: bool = True, **intents: bool) -> None:
        usual = {"guilds": True, "guild_messages": True, "dm_messages": True, "guild_typing": True}
        chosen = discord.Intents(**{**usual, "message_content": content, **intents})
        super().__init__(intents=chosen, guild_ready_timeout=0.01)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.seen: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the five seconds that discord.py lets pass before it identifies anew."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            await self.heard.put(message)

    async def on_resumed(self) -> None:
        await self.seen.put(("resumed", None))

    async def on_thread_create(self, thread: discord.Thread) -> None:
        await self.seen.put(("thread", thread))

    async def on_message_edit(self, before: discord.Message, after: discord.Message) -> None:
        await self.seen.put(("edit", after))

    async def on_message_delete(self, message: discord.Message) -> None:
        await self.seen.put(("delete", message))

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self.seen.put(("channel", after))

    async def on_typing(self, channel: object, user: discord.abc.User, when: object) -> None:
        await self.seen.put(("typing", user))

    async def next(self, kind: str) -> object:
        """Return what the next event of one kind brought."""
        async with asyncio.timeout(5):
            while True:
                name, thing = await self.seen.get()
                if name == kind:
                    return thing

    async def hear(self) -> discord.Message:
        async with asyncio.timeout(5):
            return await self.heard.get()


class Place:
    """A server with one guild, one channel and one person."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.world = server.world
        self.guild: Guild = self.world.add_guild("home")
        self.general: Channel = self.world.add_channel(self.guild, "general")
        self.ada: User = self.world.add_user("ada")
        self.world.join(self.guild, self.ada)

    @asynccontextmanager
    async def online(self, bot: Bot) -> AsyncIterator[Bot]:
        """Run a client until the block is left."""
        running = asyncio.create_task(bot.start(self.server.token))
        try:
            await self.server.wait_connected()
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with DiscordServer() as server:
        monkeypatch.setattr(discord.http.Route, "BASE", server.base + "/v10")
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        yield Place(server)


async def test_a_mention_is_heard_and_answered_with_reference_and_nonce(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, f"{place.world.bot.mention} why?")
        heard = await bot.hear()
        assert (heard.content, heard.author.id) == (said.content, place.ada.id)
        assert heard.guild is not None
        assert heard.guild.name == "home"
        assert bot.user in heard.mentions
        assert isinstance(heard.author, discord.Member)

        await heard.reply("because", nonce=7, allowed_mentions=discord.AllowedMentions.none())
        answer = await place.server.next_message(place.general)
        assert (answer.content, answer.nonce, answer.reference_id) == ("because", "7", said.id)
        assert answer.allowed_mentions == {"parse": []}
        assert answer.mentions == []


async def test_one_nonce_makes_one_message(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        first = await channel.send("once", nonce="abc")
        again = await channel.send("twice", nonce="abc")
        other = await channel.send("other", nonce="abd")
        assert first.id == again.id != other.id
        assert [message.content for message in place.server.sent_by_bot(place.general)] == ["once", "other"]


async def test_without_the_intent_only_mentions_and_direct_messages_carry_content(place: Place) -> None:
    place.server.flags = ApplicationFlag.NONE
    async with place.online(Bot(content=False)) as bot:
        await place.server.say(place.ada, place.general, "secret", attachments=[File("a.txt", b"hello")])
        await place.server.say(place.ada, place.general, f"{place.world.bot.mention} open")
        await place.server.say(place.ada, place.world.dm(place.ada), "direct")
        heard = [await bot.hear() for _ in range(3)]
        assert [message.content for message in heard] == ["", f"{place.world.bot.mention} open", "direct"]
        assert heard[0].attachments == []
        fetched = [message.content async for message in heard[0].channel.history()]
        assert fetched == [f"{place.world.bot.mention} open", ""]


async def test_an_intent_that_the_application_lacks_closes_with_4014(place: Place) -> None:
    place.server.flags = ApplicationFlag.NONE
    async with Bot() as bot:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await asyncio.wait_for(bot.start(place.server.token), 5)
    assert place.server.gateway.closed_with == [4014]


async def test_a_wrong_token_is_refused(place: Place) -> None:
    async with Bot() as bot:
        with pytest.raises(discord.LoginFailure):
            await asyncio.wait_for(bot.start("wrong"), 5)


async def test_a_resumed_session_hears_what_was_said_meanwhile(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, place.general, "before")
        assert (await bot.hear()).content == "before"
        async with place.server.outage():
            await place.server.wait_for(lambda: place.server.gateway.arrived == 2)
            for _ in range(5):
                await bot.fetch_user(place.ada.id)
            assert place.server.gateway.resumed == 0
            await place.server.say(place.ada, place.general, "meanwhile")
        await bot.next("resumed")
        await place.server.say(place.ada, place.general, "after")
        assert [(await bot.hear()).content for _ in range(2)] == ["meanwhile", "after"]
        assert (place.server.gateway.identified, place.server.gateway.resumed) == (1, 1)


async def test_a_session_that_is_gone_starts_anew_and_what_was_said_is_missed(place: Place) -> None:
    async with place.online(Bot()) as bot:
        async with place.server.outage(resumable=False):
            await place.server.say(place.ada, place.general, "lost")
        await place.server.wait_for(lambda: place.server.gateway.identified == 2)
        await place.server.say(place.ada, place.general, "found")
        assert (await bot.hear()).content == "found"
        assert place.server.gateway.resumed == 0


async def test_op_7_makes_the_client_resume(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.ask_to_reconnect()
        await bot.next("resumed")
        assert place.server.gateway.resumed == 1


async def test_a_replayed_message_is_heard_twice(place: Place) -> None:
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, "again")
        await place.server.replay(said)
        assert (await bot.hear()).id == (await bot.hear()).id == said.id


async def test_edits_deletions_and_typing_are_told(place: Place) -> None:
    async with place.online(Bot(dm_typing=True)) as bot:
        said = await place.server.say(place.ada, place.general, "tpyo")
        await place.server.edit(said, "typo")
        edited = await bot.next("edit")
        await place.server.delete(said)
        deleted = await bot.next("delete")
        place.server.type(place.ada, place.general)
        typist = await bot.next("typing")
        assert isinstance(edited, discord.Message)
        assert isinstance(deleted, discord.Message)
        assert isinstance(typist, discord.Member)
        assert (edited.content, deleted.id, typist.id) == ("typo", said.id, place.ada.id)
        async with bot.get_partial_messageable(place.general.id).typing():
            pass
        assert place.server.typing == [(place.general, place.world.bot)]


async def test_a_slash_command_is_deferred_for_one_person_and_answered(place: Place) -> None:
    bot = Bot()

    @bot.tree.command(description="Say why.")
    async def why(interaction: discord.Interaction, person: discord.Member, depth: int = 1) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(f"{person.name} {depth} {interaction.permissions.manage_guild}")
        await interaction.followup.send("more", ephemeral=True)

    async with place.online(bot):
        with pytest.raises(LookupError):
            await place.server.slash(place.ada, place.general, "why")
        await bot.tree.sync()
        assert place.server.commands.names() == ["why"]
        place.world.edit_role(
            place.guild, place.guild.roles[place.guild.id], Permission.MANAGE_GUILD | Permission(3072)
        )
        used = await place.server.slash(place.ada, place.general, "why", {"person": place.ada, "depth": 3})
        answer = await used.answer()
        assert (answer.content, answer.ephemeral, answer.deferred) == ("ada 3 True", True, True)
        await place.server.wait_for(lambda: used.followups)
        assert used.followups[0].content == "more"
        assert place.server.messages(place.general) == []


async def test_a_group_a_guild_command_and_an_edit_of_the_original_work(place: Place) -> None:
    bot = Bot()
    home = discord.Object(place.guild.id)
    group = app_commands.Group(name="memory", description="What is remembered.")

    @group.command(description="Forget.")
    async def forget(interaction: discord.Interaction, what: str) -> None:
        await interaction.response.send_message(f"forgetting {what}")
        await interaction.edit_original_response(content=f"forgot {what}")
        await bot.seen.put(("done", (await interaction.original_response()).content))

    @forget.autocomplete("what")
    async def offer(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=current + "l", value=current)]

    bot.tree.add_command(group, guild=home)
    async with place.online(bot):
        await bot.tree.sync(guild=home)
        used = await place.server.slash(place.ada, place.general, "memory forget", {"what": "all"})
        assert await bot.next("done") == "forgot all"
        assert (await used.answer()).ephemeral is False
        assert [message.content for message in place.server.sent_by_bot(place.general)] == ["forgot all"]
        typed = await place.server.autocomplete(place.ada, place.general, "memory forget", "what", {"what": "al"})
        assert await typed.choices() == [{"name": "all", "value": "al"}]


async def test_an_expired_interaction_is_unknown(place: Place) -> None:
    bot = Bot()
    go = asyncio.Event()

    @bot.tree.command(description="Wait.")
    async def wait(interaction: discord.Interaction) -> None:
        await go.wait()
        with pytest.raises(discord.NotFound) as failure:
            await interaction.response.defer()
        await bot.seen.put(("code", failure.value.code))

    async with place.online(bot):
        await bot.tree.sync()
        used = await place.server.slash(place.ada, place.world.dm(place.ada), "wait")
        used.expire()
        go.set()
        assert await bot.next("code") == 10062


async def test_a_button_opens_a_form_whose_text_arrives(place: Place) -> None:
    class Form(discord.ui.Modal, title="Why?"):
        reason: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Reason", custom_id="reason")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.edit_message(content=self.reason.value)

    class Panel(discord.ui.View):
        @discord.ui.button(label="Open", custom_id="open")
        async def open(self, interaction: discord.Interaction, button: discord.ui.Button[Panel]) -> None:
            await interaction.response.send_modal(Form(custom_id="form"))

    async with place.online(Bot()) as bot:
        await bot.get_partial_messageable(place.general.id).send("press", view=Panel())
        panel = await place.server.next_message(place.general)
        clicked = await place.server.click(place.ada, panel, "open")
        assert await clicked.acknowledged() is ResponseKind.MODAL
        sent = await place.server.submit(place.ada, clicked, {"reason": "rain"})
        assert (await sent.answer()).message is panel
        assert panel.content == "rain"


async def test_a_private_channel_is_hidden_from_members_and_from_the_bot(place: Place) -> None:
    secret = place.world.add_channel(
        place.guild, "secret", everyone_can_view=False, allow_members=[place.world.bot, place.guild.owner]
    )
    shut = place.world.add_channel(place.guild, "shut", everyone_can_view=False, allow_members=[place.ada])
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, place.general, "hi")
        member = (await bot.hear()).author
        assert isinstance(member, discord.Member)
        seen = {channel.name: channel.permissions_for(member).view_channel for channel in member.guild.text_channels}
        assert seen == {"general": True, "secret": False, "shut": True}
        with pytest.raises(PermissionError):
            await place.server.say(place.ada, secret, "knock")
        await place.server.say(place.ada, shut, "unheard")
        await place.server.say(place.ada, place.general, "heard")
        assert (await bot.hear()).content == "heard"
        for attempt in (bot.fetch_channel(shut.id), bot.get_partial_messageable(shut.id).send("x")):
            with pytest.raises(discord.Forbidden) as failure:
                await attempt
            assert failure.value.code == 50001

        quiet = Overwrite(place.guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
        place.world.edit_channel(place.general, overwrites=[quiet])
        await bot.next("channel")
        with pytest.raises(discord.Forbidden) as failure:
            await bot.get_partial_messageable(place.general.id).send("x")
        assert failure.value.code == 50013


async def test_too_much_too_little_and_unknown_places_are_refused(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        for content, code in (("x" * 2001, 50035), ("", 50006)):
            with pytest.raises(discord.HTTPException) as failure:
                await channel.send(content)
            assert (failure.value.status, failure.value.code) == (400, code)
        with pytest.raises(discord.NotFound) as missing:
            await bot.fetch_channel(1)
        assert missing.value.code == 10003
        place.world.close_dms(place.ada)
        user = await bot.fetch_user(place.ada.id)
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("hello?")
        assert closed.value.code == 50007


async def test_the_bot_edits_and_deletes_only_its_own_and_replies_only_to_what_is_there(place: Place) -> None:
    said = await place.server.say(place.ada, place.general, "mine")
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        own = await channel.send("draft")
        await own.edit(content="final")
        assert (await channel.fetch_message(own.id)).content == "final"
        await own.delete()
        assert place.server.sent_by_bot(place.general) == []
        foreign = channel.get_partial_message(said.id)
        for attempt, code in ((foreign.edit(content="x"), 50005), (foreign.delete(), 50013)):
            with pytest.raises(discord.Forbidden) as failure:
                await attempt
            assert failure.value.code == code
        await place.server.delete(said)
        with pytest.raises(discord.HTTPException) as gone:
            await foreign.reply("too late")
        assert gone.value.code == 50035
        lone = await channel.send("too late", reference=foreign.to_reference(fail_if_not_exists=False))
        assert lone.reference is None


async def test_direct_messages_work_both_ways(place: Place) -> None:
    async with place.online(Bot()) as bot:
        await place.server.say(place.ada, place.world.dm(place.ada), "psst")
        heard = await bot.hear()
        assert isinstance(heard.channel, discord.DMChannel)
        await heard.author.send("yes?")
        assert [message.content for message in await place.server.wait_messages(place.world.dm(place.ada), 1)] == [
            "yes?"
        ]


async def test_history_pages_in_both_directions_and_files_are_read(place: Place) -> None:
    said = [await place.server.say(place.ada, place.general, str(number)) for number in range(6)]
    await place.server.say(place.ada, place.general, "file", attachments=[File("a.txt", b"hello", "text/plain")])
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        newest = [message async for message in channel.history(limit=2)]
        assert [message.content for message in newest] == ["file", "5"]
        assert await newest[0].attachments[0].read() == b"hello"
        third = discord.Object(said[2].id)
        assert [message.content async for message in channel.history(after=third, limit=2)] == ["3", "4"]
        assert [message.content async for message in channel.history(before=third)] == ["1", "0"]
        await channel.send("take this", file=discord.File(__file__, "b.py"))
        sent = await place.server.next_message(place.general)
        assert (sent.content, sent.attachments[0].filename) == ("take this", "b.py")


@pytest.mark.long
async def test_a_500_is_tried_again(place: Place) -> None:
    place.server.fail_next("POST", r"/messages$", 500)
    async with place.online(Bot()) as bot:
        await bot.get_partial_messageable(place.general.id).send("at last")
        sent = [request for request in place.server.requests if request.path.endswith("/messages")]
        assert len(sent) == 2
        assert len(place.server.messages(place.general)) == 1


async def test_a_rate_limit_is_waited_for_and_lost_answers_are_ambiguous(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        place.server.fail_next("POST", r"/messages$", 429)
        await channel.send("later")
        expected: list[tuple[FaultKind, list[str]]] = [
            ("reset", ["later"]),
            ("after_effect", ["later", "after_effect"]),
        ]
        for kind, kept in expected:
            place.server.fail_next("POST", r"/messages$", kind)
            with pytest.raises(aiohttp.ClientError):
                await channel.send(str(kind))
            assert [message.content for message in place.server.messages(place.general)] == kept


async def test_threads_have_their_kind_owner_and_parent(place: Place) -> None:
    bob = place.world.add_user("bob")
    place.world.join(place.guild, bob)
    old = place.world.add_thread(place.general, "old", place.ada)
    async with place.online(Bot()) as bot:
        start = await place.server.say(place.ada, place.general, "start")
        public = place.world.add_thread(place.general, "public", place.ada, message=start)
        place.world.add_thread(place.general, "hidden", bob, private=True)
        private = place.world.add_thread(place.general, "private", place.ada, private=True, members=[place.world.bot])
        told = [await bot.next("thread") for _ in range(2)]
        kinds = []
        for thread in told:
            assert isinstance(thread, discord.Thread)
            assert thread.parent is not None
            kinds.append((thread.id, thread.type, thread.owner_id, thread.parent.id))
        general, ada = place.general.id, place.ada.id
        assert kinds == [
            (public.id, discord.ChannelType.public_thread, ada, general),
            (private.id, discord.ChannelType.private_thread, ada, general),
        ]
        assert public.id == start.id
        guild = bot.get_guild(place.guild.id)
        assert guild is not None
        assert {thread.id for thread in guild.threads} == {old.id, public.id, private.id}
        await place.server.say(place.ada, private, "in here")
        while (heard := await bot.hear()).content != "in here":
            pass
        assert heard.channel.id == private.id
        parent = guild.get_channel(general)
        assert isinstance(parent, discord.TextChannel)
        made = await parent.create_thread(name="mine")
        assert place.world.channels[made.id].owner == place.world.bot


async def test_the_gateway_speaks_without_compression_and_closes_on_bad_manners(place: Place) -> None:
    async with aiohttp.ClientSession() as http:
        for sent, code in (({"op": 8, "d": {}}, 4003), ({"op": 2, "d": {"token": "wrong", "intents": 0}}, 4004)):
            async with http.ws_connect(place.server.gateway_url + "?v=10&encoding=json") as socket:
                assert (await socket.receive_json())["op"] == 10
                await socket.send_json({"op": 1, "d": None})
                assert (await socket.receive_json())["op"] == 11
                await socket.send_json(sent)
                await socket.receive()
                assert socket.close_code == code
        place.server.refuse_connections(True)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(place.server.gateway_url)


async def test_a_client_that_missed_too_much_must_identify_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.discord.gateway.BUFFER", 3)
    async with place.online(Bot()):
        async with place.server.outage():
            for number in range(4):
                await place.server.say(place.ada, place.general, str(number))
        await place.server.wait_for(lambda: place.server.gateway.identified == 2)


async def test_direct_messages_need_their_intent(place: Place) -> None:
    async with place.online(Bot(dm_messages=False)) as bot:
        await place.server.say(place.ada, place.world.dm(place.ada), "direct")
        await place.server.say(place.ada, place.general, "open")
        assert (await bot.hear()).content == "open"


async def test_whom_a_message_pings_follows_its_allowed_mentions(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        text = f"@everyone {place.ada.mention}"
        await channel.send(text)
        await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        loud, quiet = place.server.sent_by_bot(place.general)
        assert (loud.mention_everyone, loud.mentions, loud.allowed_mentions) == (True, [place.ada], None)
        assert (quiet.mention_everyone, quiet.mentions, quiet.allowed_mentions) == (False, [], {"parse": []})


async def test_members_are_sent_when_asked_for(place: Place) -> None:
    place.server.flags |= ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED
    async with place.online(Bot(members=True)) as bot:
        guild = await asyncio.wait_for(_ready_guild(bot, place.guild.id), 5)
        assert {member.name for member in guild.members} == {"ada", "ember", "owner of home"}


async def _ready_guild(bot: Bot, guild_id: int) -> discord.Guild:
    await bot.wait_until_ready()
    guild = bot.get_guild(guild_id)
    assert guild is not None
    return guild
