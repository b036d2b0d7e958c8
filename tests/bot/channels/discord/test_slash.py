"""The commands as slash commands."""

import aiohttp

from bot.channels.discord.slash import STRANGER
from memory import Channel as Kind
from tests.bot.channels.discord.home import Home

COMMANDS = [
    "memories",
    "undo",
    "forget",
    "forget-me",
    "profile",
    "blocks",
    "block",
    "keep",
    "learning",
    "why",
    "new",
    "stop",
    "health",
    "help",
]


def registrations(home: Home) -> int:
    return sum(request.method == "PUT" and request.path.endswith("/commands") for request in home.server.requests)


async def test_commands_are_registered_only_when_they_have_changed(home: Home) -> None:
    for _ in range(2):
        async with home.ember():
            assert home.server.commands.names() == COMMANDS
    assert registrations(home) == 1
    url = f"{home.server.base}/v10/applications/{home.world.bot.id}/commands"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {home.server.token}"}) as http:
        await http.post(url, json={"name": "help", "description": "An older Ember's words", "type": 1})
    async with home.ember():
        assert home.server.commands.names() == COMMANDS
    assert registrations(home) == 2


async def test_ember_runs_without_commands_when_they_cannot_be_registered(home: Home) -> None:
    home.server.fail_next("PUT", r"/commands$", 403)
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        assert home.server.commands.names() == []


async def test_answers_are_for_the_asker_alone_in_guilds_and_in_dms(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "remember I like tea with @everyone")
        for channel in (home.general, home.dm(home.ada)):
            used = await home.server.slash(home.ada, channel, "memories")
            answer = await used.answer()
            assert "I like tea" in answer.content
            assert (answer.ephemeral, answer.deferred) == (True, True)
            assert answer.message.allowed_mentions is not None
            assert answer.message.allowed_mentions["parse"] == []
        assert home.server.sent_by_bot(home.general) == []


async def test_every_command_answers(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} remember I like tea")
        answers = {}
        for name in COMMANDS:
            used = await home.server.slash(home.ada, home.general, name)
            answers[name] = (await used.answer()).content
        assert "I like tea" in answers["why"]
        assert answers["why"].count("in 2 model calls") == 1
        assert answers["undo"] == "**Undo**\nTaken back: I like tea"
        assert answers["new"].startswith("**New conversation**\nWe begin anew here.")
        assert answers["stop"] == "**Stop**\nThere is nothing to stop."
        assert all(f"/{name}" in answers["help"] for name in COMMANDS)


async def test_one_model_call_is_one(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        used = await home.server.slash(home.ada, home.general, "why")
        assert "in 1 model call\n" in (await used.answer()).content


async def test_stop_ends_an_answer_under_way_and_no_later_one(home: Home) -> None:
    async with home.ember():
        home.model.hold()
        await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.model.wait_for_requests(1)
        used = await home.server.slash(home.ada, home.general, "stop")
        assert (await used.answer()).content == "**Stop**\nStopped."
        await home.server.say(home.ada, home.general, f"{home.me} two")
        await home.model.client_gone()
        home.model.release()
        await home.server.wait_messages(home.general, 1)
        assert home.answers(home.general) == ["You said: two"]


async def test_a_stranger_is_told_so_and_stays_one(home: Home) -> None:
    async with home.ember():
        for name in COMMANDS:
            used = await home.server.slash(home.bob, home.general, name)
            assert name == "help" or (await used.answer()).content == STRANGER
    assert home.rows("user_identities") == 1  # the terminal's person


async def test_help_is_for_strangers_too_and_they_stay_strangers(home: Home) -> None:
    async with home.ember():
        used = await home.server.slash(home.bob, home.general, "help")
        answer = (await used.answer()).content
        assert all(f"/{name}" in answer for name in COMMANDS)
    assert home.rows("user_identities") == 1  # the terminal's person


async def test_what_comes_too_late_is_shown_to_nobody_else(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "remember I like tea")
        for channel in (home.general, home.dm(home.ada)):
            used = await home.server.slash(home.ada, channel, "memories")
            used.expire()
        answer = (await home.server.wait_messages(home.dm(home.ada), 2))[1]
        assert "I like tea" in answer.content
        assert answer.allowed_mentions == {"parse": []}
        await home.ask(home.ada, home.general, f"{home.me} hello")
        assert home.answers(home.general) == ["You said: hello"]


async def test_a_command_that_fails_says_so(home: Home) -> None:
    async with home.ember() as ember:
        await home.ask(home.ada, home.dm(home.ada), "remember I like tea")
        ada = await ember.store.people.known(Kind.DISCORD, str(home.ada.id))
        assert ada is not None
        await ember.store.people.prefer(ada.id, "time_zone", "Nowhere/At all")
        used = await home.server.slash(home.ada, home.general, "memories")
        answer = await used.answer()
        assert answer.content.startswith("I'm sorry, something went wrong on my side. (id ")
        assert answer.ephemeral


async def test_a_page_is_cut_to_what_a_message_takes(home: Home) -> None:
    async with home.ember():
        for number in range(2):
            await home.ask(home.ada, home.dm(home.ada), f"remember number {number} is {'large ' * 200}")
        used = await home.server.slash(home.ada, home.dm(home.ada), "memories")
        content = (await used.answer()).content
        assert len(content) == 2_000
        assert content.endswith("…")


async def test_a_command_takes_what_is_typed_behind_it(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "hello")
        used = await home.server.slash(home.ada, home.dm(home.ada), "profile", {"text": "Ada counts"})
        assert (await used.answer()).content.startswith("**Block profile**\nWritten.")
        used = await home.server.slash(home.ada, home.general, "profile")
        assert (await used.answer()).content == "**Profile**\nAda counts"
