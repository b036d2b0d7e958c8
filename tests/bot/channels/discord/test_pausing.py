"""Who has paused is answered, and none of the words is kept: not in the files, and not in the log."""

import pytest

from bot.sentences import Sentence, load_sentences
from tests.bot.channels.discord.home import Home, messages_of, words_of
from tests.memory.forgetting import files_holding
from tests.servers.discord import Channel, File
from tests.servers.openai import Body, Reply, call

CANARY = "zanzibarium"
INTERRUPTED = load_sentences().say(Sentence.REPLY_INTERRUPTED, "en")


def repeats(body: Body) -> Reply:
    """A model that looks things up, tries to remember them and writes blocks, and then says all of it again."""
    said, words = messages_of(body), words_of(body) or CANARY
    asked = sum(message["role"] == "tool" for message in said)
    calls = (
        call("recall", {"query": words}),
        call("remember", {"content": words}),
        call("edit_block", {"label": "plans", "text": words}),
    )
    return Reply(("You said: ", CANARY)) if asked >= len(calls) else Reply((calls[asked],))


async def pause(home: Home, command: str, channel: Channel) -> str:
    return (await (await home.server.slash(home.ada, channel, command)).answer()).content


def kept(home: Home) -> list[str]:
    return files_holding(home.data_dir, CANARY)


@pytest.mark.parametrize("command", ["privacy pause", "privacy off-the-record"])
async def test_nothing_of_a_paused_turn_is_kept_but_that_it_was_and_what_it_took(
    home: Home, command: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    home.model.answer_with(repeats)
    dm = home.dm(home.ada)
    async with home.ember(learning=True) as ember:
        assert "I" in await pause(home, command, dm)
        answer = await home.ask(home.ada, dm, f"I live in {CANARY} and my cat is called {CANARY}")
        assert answer.content.startswith(f"You said: {CANARY}")
        await ember.turns.idle()
        assert home.rows("messages", "content = '' AND paused") == 2
        assert home.rows("messages", "content != ''") == 0
        assert home.rows("steps", "arguments = '' AND result = ''") == 3
        assert home.rows("memories") == home.rows("prompt_parts") == home.rows("recalls") == 0
        assert home.rows("model_usage_stats", "state = 'settled'") == 4
        assert "memory is paused" in str(home.model.requests[-1]["messages"])
        assert kept(home) == []
    assert kept(home) == []
    out = capfd.readouterr()
    assert CANARY not in out.out + out.err + caplog.text
    home.model.answer_with(repeats)
    async with home.ember():
        await pause(home, command, dm)
        await home.ask(home.ada, dm, f"I live in {CANARY}")
    assert kept(home) != []  # the search for it finds what is kept


async def test_nothing_of_what_stands_around_a_paused_message_is_kept(home: Home) -> None:
    dm = home.dm(home.ada)
    async with home.ember(learning=True) as ember:
        await pause(home, "privacy pause", dm)
        file = File(f"{CANARY}.txt", f"the {CANARY} is green".encode(), "text/plain")
        await home.server.say(home.ada, dm, "read this", attachments=[file])
        await home.server.wait_messages(dm, 1)
        await ember.turns.idle()
        assert f"the {CANARY} is green" in home.prompts()[-1]
        assert kept(home) == []
    assert kept(home) == []


async def test_off_the_record_is_for_one_conversation_until_it_ends(home: Home) -> None:
    async with home.ember():
        dm = home.dm(home.ada)
        assert "Off the record" in await pause(home, "privacy off-the-record", home.general)
        await home.ask(home.ada, home.general, f"{home.me} one")
        await home.ask(home.bob, home.general, f"{home.me} two")
        await home.ask(home.ada, dm, "three")
        assert home.rows("messages", "direction = 'in' AND paused") == 1
        shown = await (await home.server.slash(home.ada, home.general, "privacy what")).answer()
        assert "off the record in this conversation here" in shown.content
        await (await home.server.slash(home.ada, home.general, "new")).answer()
        await home.ask(home.ada, home.general, f"{home.me} four")
        assert home.rows("messages", "direction = 'in' AND paused") == 1
        assert "four" in str(home.answers(home.general))


async def test_whoever_else_begins_a_new_conversation_puts_nobody_back_on_the_record(home: Home) -> None:
    async with home.ember():
        await home.ask(home.bob, home.general, f"{home.me} zero")
        await pause(home, "privacy off-the-record", home.general)
        for _ in range(2):
            await (await home.server.slash(home.bob, home.general, "new")).answer()
        await home.ask(home.ada, home.general, f"{home.me} one")
        await home.ask(home.bob, home.general, f"{home.me} two")
        assert home.rows("messages", "direction = 'in' AND paused") == 1
        assert home.rows("messages", "content = 'two'") == 1
        await (await home.server.slash(home.ada, home.general, "new")).answer()
        await home.ask(home.ada, home.general, f"{home.me} three")
        assert home.rows("messages", "direction = 'in' AND paused") == 1


async def test_a_paused_person_s_pause_outlives_a_restart_and_ends_when_they_say_so(home: Home) -> None:
    dm = home.dm(home.ada)
    async with home.ember():
        assert "Paused" in await pause(home, "privacy pause", dm)
    async with home.ember():
        await home.ask(home.ada, dm, "one")
        assert home.rows("messages", "content != ''") == 0
        assert (
            "keep nothing"
            in (await (await home.server.slash(home.ada, dm, "remember", {"text": "I like tea"})).answer()).content
        )
        shown = await (await home.server.slash(home.ada, dm, "why")).answer()
        assert "not kept: you had paused" in shown.content
        again = await (await home.server.slash(home.ada, dm, "regenerate")).answer()
        assert "made anew, once it is whole" in again.content
        assert "Going on" in await pause(home, "privacy pause", dm)
        await home.ask(home.ada, dm, "two")
    assert home.rows("messages", "content != ''") == 2


async def test_what_a_process_took_with_it_is_said_to_be_interrupted_once(home: Home) -> None:
    dm = home.dm(home.ada)
    async with home.ember():
        await pause(home, "privacy pause", dm)
        home.model.hold()
        await home.server.say(home.ada, dm, f"tell me of {CANARY}")
        await home.model.wait_for_requests(1)
    home.model.release()
    for _ in range(2):
        async with home.ember():
            await home.server.wait_messages(dm, 1)
    assert home.answers(dm) == [INTERRUPTED]
    assert len(home.model.requests) == 1
    assert kept(home) == []


async def test_an_answer_that_was_not_delivered_is_said_to_be_interrupted_once(home: Home) -> None:
    dm, long = home.dm(home.ada), f"{CANARY} " * 500
    home.model.answer_with(lambda body: Reply((long,)))
    async with home.ember() as ember:
        await pause(home, "privacy pause", dm)
        ember.worker.stop()
        await home.server.say(home.ada, dm, "a long story, please")
        await home.model.wait_for_requests(1)
        await ember.turns.idle()
        assert home.rows("queue", "type = 'delivery' AND state = 'pending'") > 1
    for _ in range(2):
        async with home.ember():
            await home.server.wait_messages(dm, 1)
    assert home.answers(dm) == [INTERRUPTED]
    assert kept(home) == []
    assert home.rows("queue", "type = 'delivery' AND state = 'completed'") == 1
    assert home.rows("queue", "type = 'delivery' AND state != 'completed' AND state != 'cancelled'") == 0


@pytest.mark.parametrize("command", ["privacy pause", "privacy off-the-record"])
async def test_an_older_answer_is_not_made_anew_and_an_edit_not_kept_while_paused(home: Home, command: str) -> None:
    dm = home.dm(home.ada)
    async with home.ember() as ember:
        said = await home.server.say(home.ada, dm, "one")
        await home.server.wait_messages(dm, 1)
        await ember.turns.idle()
        await pause(home, command, dm)
        home.model.answer_with(repeats)
        again = await (await home.server.slash(home.ada, dm, "regenerate")).answer()
        assert "made anew, once it is whole" in again.content
        await home.server.edit(said, f"I live in {CANARY}")
        await home.ask(home.ada, dm, "two")
        assert kept(home) == []
