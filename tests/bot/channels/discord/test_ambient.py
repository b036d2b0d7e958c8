"""Joining in without being asked: only where an admin lets Ember, rarely, and nobody else has answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.conversation import unasked
from bot.conversation.unasked import looks_like_a_question
from bot.sentences import Sentence
from tests.bot.channels.discord.home import Home
from tests.bot.channels.discord.test_speak_gate import use
from tests.bot.english import english
from tests.servers.discord import ApplicationFlag, Permission
from tests.servers.openai import Reply

NOTICE = english(Sentence.CHANNEL_AMBIENT)


@pytest.fixture(autouse=True)
def without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unasked, "PATIENCE_SECONDS", 0.0)


@asynccontextmanager
async def joining_in(home: Home, judgement: str = "yes", **options: int) -> AsyncIterator[None]:
    """Ember may join in in #general, and may pin there."""
    home.model.background = lambda _: Reply((judgement,))
    pinner = home.world.add_role(home.guild, "pinner", Permission.PIN_MESSAGES)
    home.world.edit_member(home.guild, home.world.bot, roles=[pinner])
    async with home.ember():
        await use(home, home.guild.owner, home.general, "ambient on", **options)
        yield


async def test_ambient_mode_is_told_with_a_pinned_notice_that_goes_with_it(home: Home) -> None:
    async with joining_in(home):
        (notice,) = home.server.sent_by_bot(home.general)
        assert (notice.content, notice.pinned, notice.allowed_mentions) == (NOTICE, True, {"parse": []})
        assert "at most 3 times an hour" in await use(home, home.guild.owner, home.general, "ambient status")
        await use(home, home.guild.owner, home.general, "ambient on", per_hour=5)
        assert len(home.server.sent_by_bot(home.general)) == 1
        await use(home, home.guild.owner, home.general, "ambient off")
        assert home.server.sent_by_bot(home.general) == []
        assert "It is off here" in await use(home, home.guild.owner, home.general, "ambient status")
        await home.server.say(home.ada, home.general, "what is the capital of France?")
        await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.model.background_requests == []


async def test_where_ember_may_not_pin_the_admin_is_told_so(home: Home) -> None:
    async with home.ember():
        told = await use(home, home.guild.owner, home.general, "ambient on")
        assert "may not pin it here" in told
        assert home.answers(home.general) == [NOTICE]


async def test_without_message_content_ambient_mode_is_explained_and_stays_off(home: Home) -> None:
    home.server.flags = ApplicationFlag.NONE
    async with home.ember():
        told = await use(home, home.guild.owner, home.general, "ambient on")
        assert "Message Content intent" in told
        assert home.answers(home.general) == []
    assert home.rows("config") == 0


async def test_a_question_to_everybody_is_answered_after_one_short_judgement_on_the_owner(home: Home) -> None:
    async with joining_in(home):
        asked = await home.server.say(home.ada, home.general, "what is the capital of France?")
        answer = (await home.server.wait_messages(home.general, 2))[1]
        assert answer.reference_id == asked.id
        (judgement,) = home.model.background_requests
        assert judgement["max_completion_tokens" if "max_completion_tokens" in judgement else "max_tokens"] == 4
    assert home.rows("messages", "unasked AND direction = 'in'") == 1
    assert home.rows("model_usage_stats", "model = 'background' AND turn_id IS NOT NULL") == 1
    owned = "model = 'background' AND identity_id = (SELECT identity_id FROM identity_links WHERE kind = 'console')"
    assert home.rows("model_usage_stats", owned) == 1


@pytest.mark.parametrize("judgement", ["no", "", "maybe"])
async def test_what_is_not_judged_worth_it_leaves_no_row(home: Home, judgement: str) -> None:
    async with joining_in(home, judgement):
        await home.server.say(home.ada, home.general, "what is the capital of France?")
        await home.model.wait_for_background_requests(1)
        await home.ask(home.bob, home.general, f"{home.me} hello")
    assert home.rows("messages", "direction = 'in'") == 1
    assert len(home.model.requests) == 1


async def test_what_is_no_question_or_for_somebody_costs_no_judgement(home: Home) -> None:
    async with joining_in(home):
        for words in ("good morning", f"{home.bob.mention} what is the capital of France?", "lol", "ok?"):
            await home.server.say(home.ada, home.general, words)
        await home.ask(home.bob, home.general, f"{home.me} hello")
    assert home.model.background_requests == []


async def test_what_somebody_else_answers_is_left_to_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unasked, "PATIENCE_SECONDS", 30.0)
    async with joining_in(home):
        await home.server.say(home.ada, home.general, "what is the capital of France?")
        monkeypatch.setattr(unasked, "PATIENCE_SECONDS", 0.0)
        await home.server.say(home.bob, home.general, "Paris, I think")
        await home.ask(home.bob, home.general, f"{home.me} hello")
    assert home.model.background_requests == []
    assert home.rows("messages", "direction = 'in'") == 1


async def test_ember_joins_in_only_so_often_an_hour(home: Home) -> None:
    async with joining_in(home, per_hour=1):
        await home.server.say(home.ada, home.general, "what is the capital of France?")
        await home.server.wait_messages(home.general, 2)
        await home.server.say(home.ada, home.general, "and what is the capital of Spain?")
        await home.ask(home.bob, home.general, f"{home.me} hello")
    assert len(home.model.background_requests) == 1
    assert home.rows("messages", "unasked") == 1


@pytest.mark.parametrize("how", ["deleted", "edited", "forgotten"])
async def test_what_is_taken_back_before_ember_joins_in_is_not_taken_up(
    home: Home, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(unasked, "PATIENCE_SECONDS", 1.5)
    other = home.world.add_channel(home.guild, "other")
    async with joining_in(home):
        await use(home, home.guild.owner, other, "ambient on")
        await home.ask(home.ada, home.dm(home.ada), "hello")
        asked = await home.server.say(home.ada, home.general, "what is the capital of France?")
        await home.ask(home.bob, home.dm(home.bob), "hello")  # it waits by now
        match how:
            case "deleted":
                await home.server.delete(asked)
            case "edited":
                await home.server.edit(asked, "never mind")
            case _:
                shown = await (await home.server.slash(home.ada, home.general, "privacy forget-me")).answer()
                await (await home.server.press(home.ada, shown.message, "Forget it")).answer()
        await home.server.say(home.bob, other, "what is the capital of Peru?")
        await home.server.wait_messages(other, 2)
    (judgement,) = home.model.background_requests
    assert "Peru" in str(judgement)
    assert home.rows("messages", "unasked AND direction = 'in'") == 1


@pytest.mark.parametrize("command", ["quiet", "mute", "channels forbid"])
async def test_quiet_mute_and_forbidden_channels_win(home: Home, command: str) -> None:
    owner = home.guild.owner
    async with joining_in(home):
        await use(home, owner, home.general, command)
        await home.server.say(home.ada, home.general, "what is the capital of France?")
        if command == "quiet":
            await home.ask(home.bob, home.general, f"{home.me} hello")
        else:
            await home.ask(home.bob, home.dm(home.bob), "hello")
    assert home.model.background_requests == []
    assert home.rows("messages", "unasked") == 0


async def test_without_a_model_no_judgement_is_made(home: Home) -> None:
    home.model.background = lambda _: Reply(("yes",))
    async with home.ember(openai_base_url=None, openai_model=None, background_model=None):
        await use(home, home.guild.owner, home.general, "ambient on")
        await home.server.say(home.ada, home.general, "how much is 2 + 2?")
        await home.server.wait_messages(home.general, 2)
    assert (home.model.requests, home.model.background_requests) == ([], [])


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("what is the capital of France?", True),
        ("does anybody know how to boil an egg", True),
        ("weiß jemand, wie man Eier kocht", True),
        ("this works, doesn't it?", True),
        ("really?", False),
        ("what", False),
        ("I know what you mean", False),
        ("good morning everybody", False),
        ("why " * 200 + "?", False),
    ],
)
def test_a_question_is_told_by_its_words(words: str, is_one: bool) -> None:
    assert looks_like_a_question(words) is is_one
