"""Commands as Discord's people use them: slash commands, buttons, forms."""

import aiohttp
import pytest

from bot.channels.discord.interactions.custom_id import LIMIT, command_in, custom_id
from bot.commands.page import Rank
from bot.sentences import Sentence, load_sentences
from memory import Channel as Kind
from tests.bot.channels.discord.home import Home
from tests.bot.channels.discord.test_speak_gate import use

STRANGER = load_sentences().say(Sentence.COMMAND_STRANGER, "en")


def registrations(home: Home) -> int:
    return sum(request.method == "PUT" and request.path.endswith("/commands") for request in home.server.requests)


async def test_commands_are_registered_only_when_they_have_changed(home: Home) -> None:
    for _ in range(2):
        async with home.ember() as ember:
            names = home.server.commands.names()
            assert set(names) == {command.path.partition(" ")[0] for command in ember.commands}
    assert registrations(home) == 1
    url = f"{home.server.base}/v10/applications/{home.world.bot.id}/commands"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {home.server.token}"}) as http:
        await http.post(url, json={"name": "help", "description": "An older Ember's words", "type": 1})
    async with home.ember():
        assert home.server.commands.names() == names
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
            used = await home.server.slash(home.ada, channel, "memory list")
            answer = await used.answer()
            assert "I like tea" in answer.content
            assert "@everyone" not in answer.content
            assert (answer.ephemeral, answer.deferred) == (True, True)
            assert answer.message.allowed_mentions is not None
            assert answer.message.allowed_mentions["parse"] == []
        assert home.server.sent_by_bot(home.general) == []


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


async def test_on_a_full_disk_a_command_says_what_is_wrong_and_what_only_reads_goes_on(home: Home) -> None:
    owner = home.guild.owner
    async with home.ember(admin_discord_ids=str(owner.id)):
        await home.ask(home.ada, home.general, f"{home.me} remember I like tea")
        home.world.set_locale(home.ada, "de")
        stranger = home.add_member("carl")
        with home.full_disk():
            assert "I like tea" in await use(home, home.ada, home.general, "memory list")
            assert "That did not work." not in await use(home, owner, home.general, "admin health")
            assert "That did not work." in await use(home, stranger, home.general, "privacy pause")


async def test_a_stranger_is_told_so_and_stays_one(home: Home) -> None:
    async with home.ember() as ember:
        for command in ember.commands:
            if command.introduces or command.rank is not Rank.EVERYONE or any(one.required for one in command.options):
                continue
            used = await home.server.slash(home.bob, home.general, command.path)
            told = (await used.answer()).content
            assert told == STRANGER or command.for_strangers is not None
    assert home.rows("user_identities") == 1  # the terminal's person


async def test_help_shows_what_the_asker_may_use_and_strangers_stay_strangers(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        used = await home.server.slash(home.bob, home.general, "help")
        for_all = (await used.answer()).content
        used = await home.server.slash(home.ada, home.general, "help")
        for_the_owner = (await used.answer()).content
        used = await home.server.slash(home.ada, home.general, "help", {"about": "admin"})
        about_admin = (await used.answer()).content
        used = await home.server.slash(home.bob, home.general, "help", {"about": "admin"})
        about_admin_for_bob = (await used.answer()).content
    assert "- /memory … · list, search" in for_all
    assert "/admin" not in for_all + about_admin_for_bob
    assert "/admin …" in for_the_owner
    assert "- /admin health · Show how I am doing" in about_admin
    assert home.rows("user_identities") == 1  # the owner


async def test_who_may_not_is_refused_and_both_stand_in_the_audit_log(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        used = await home.server.slash(home.bob, home.general, "admin health", overridden=True)
        assert (await used.answer()).content == "**/admin health**\nOnly my owner can do that."
        used = await home.server.slash(home.ada, home.dm(home.ada), "admin health")
        assert "What I am told is kept." in (await used.answer()).content
    assert home.rows("policy_audit_log", "action = 'admin health' AND outcome = 'refused'") == 1
    assert home.rows("policy_audit_log", "action = 'admin health' AND outcome = 'done'") == 1


async def test_what_comes_too_late_is_said_to_its_asker_alone(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "remember I like tea")
        for number, channel in enumerate((home.general, home.dm(home.ada)), start=2):
            used = await home.server.slash(home.ada, channel, "memory list")
            used.expire()
            answer = (await home.server.wait_messages(home.dm(home.ada), number))[number - 1]
            assert "I like tea" in answer.content
            assert answer.allowed_mentions == {"parse": []}
        assert home.answers(home.general) == []


async def test_a_command_that_fails_says_so(home: Home) -> None:
    async with home.ember() as ember:
        await home.ask(home.ada, home.dm(home.ada), "remember I like tea")
        ada = await ember.store.people.known(Kind.DISCORD, str(home.ada.id))
        assert ada is not None
        await ember.store.people.prefer(ada.id, "time_zone", "Nowhere/At all")
        used = await home.server.slash(home.ada, home.general, "memory list")
        answer = await used.answer()
        assert answer.content.startswith("**/memory list**\nI'm sorry, something went wrong on my side. (")
        assert answer.ephemeral


async def test_what_is_too_long_for_a_message_comes_as_a_file_too(home: Home) -> None:
    async with home.ember():
        for number in range(2):
            await home.ask(home.ada, home.dm(home.ada), f"remember number {number} is {'large ' * 200}")
        used = await home.server.slash(home.ada, home.dm(home.ada), "memory list")
        answer = await used.answer()
        assert len(answer.content) == 2_000
        (file,) = answer.message.attachments
        assert b"number 0 is large" in file.data


async def test_a_list_is_leafed_through_in_its_own_message_as_it_is_now(home: Home) -> None:
    async with home.ember():
        for number in range(12):
            await home.ask(home.ada, home.dm(home.ada), f"remember number {number} is n{number}.")
        used = await home.server.slash(home.ada, home.general, "memory list")
        first = await used.answer()
        assert "n11." in first.content
        assert "n0." not in first.content
        await home.ask(home.ada, home.dm(home.ada), "remember number 12 is n12.")
        pressed = await home.server.press(home.ada, first.message, "Next")
        second = await pressed.answer()
        assert second.message.id == first.message.id
        assert all(f"n{number}." in second.content for number in (2, 1, 0))
        pressed = await home.server.press(home.ada, second.message, "Back")
        assert "n12." in (await pressed.answer()).content


async def test_what_cannot_be_taken_back_is_asked_first(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "remember I like pizza")
        used = await home.server.slash(home.ada, home.general, "memory forget", {"what": "pizza"})
        asked = await used.answer()
        assert "Nothing has gone yet" in asked.content
        assert home.rows("memories") == 1
        done = await (await home.server.press(home.ada, asked.message, "Forget it")).answer()
        assert "forgotten" in done.content
        with pytest.raises(LookupError):  # the question has gone with its button
            await home.server.press(home.ada, asked.message, "Forget it")
    assert home.rows("memories") == 0


async def test_a_long_text_is_written_in_a_form_that_holds_what_there_is(home: Home) -> None:
    async with home.ember():
        used = await home.server.slash(home.ada, home.general, "profile edit", {"text": "Ada counts"})
        assert (await used.answer()).content.startswith("**Block profile**\nWritten.")
        opened = await home.server.slash(home.ada, home.general, "profile edit")
        await opened.acknowledged()
        assert "Ada counts" in str(opened.form)
        sent = await home.server.submit(opened, {"text": "Ada counts bees"})
        assert (await sent.answer()).content.startswith("**Block profile**\nWritten.")
        shown = await (await home.server.slash(home.ada, home.general, "profile show")).answer()
        assert shown.content.startswith("**Profile**\nAda counts bees\n- language · en")
        opened = await home.server.press(home.ada, shown.message, "Edit")
        await opened.acknowledged()
        assert "Ada counts bees" in str(opened.form)


async def test_buttons_work_after_a_restart(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "hello")
        shown = await (await home.server.slash(home.ada, home.general, "profile show")).answer()
    async with home.ember():
        opened = await home.server.press(home.ada, shown.message, "Edit")
        await opened.acknowledged()
        assert opened.form is not None


@pytest.mark.parametrize("arguments", [{}, {"page": "2"}, {"query": "a|b=c %ä\n", "item": "1f"}])
def test_a_command_is_found_again_in_its_id(arguments: dict[str, str]) -> None:
    made = custom_id("memory list", arguments)
    assert made is not None
    assert len(made) <= LIMIT
    assert command_in(made) == ("memory list", arguments)


def test_what_is_too_long_for_an_id_or_not_ours_gives_none() -> None:
    assert custom_id("memory search", {"query": "x" * 100}) is None
    assert command_in("somebody-else's") is None


async def test_a_button_of_a_command_that_is_gone_says_so(home: Home) -> None:
    async with home.ember():
        await (await home.server.slash(home.ada, home.general, "profile edit", {"text": "Ada counts"})).answer()
        shown = await (await home.server.slash(home.ada, home.general, "profile show")).answer()
        shown.message.components = [
            {"type": 1, "components": [{"type": 2, "style": 2, "label": "Old", "custom_id": "do:dance"}]}
        ]
        pressed = await home.server.press(home.ada, shown.message, "Old")
        assert (await pressed.answer()).content.startswith("That is from an older me")


async def test_a_command_that_discord_brings_twice_is_done_once(home: Home) -> None:
    async with home.ember():
        used = await home.server.slash(home.ada, home.general, "remember", {"text": "I like tea"})
        await used.answer()
        home.server.interactions.replay(used)
        await (await home.server.slash(home.ada, home.general, "help")).answer()
        assert home.server.sent_by_bot(home.dm(home.ada)) == []
    assert home.rows("memories") == 1
