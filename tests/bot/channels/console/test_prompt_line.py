"""Somebody at a keyboard, through the real command and a pseudo terminal."""

import signal
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.bot.channels.console.keyboard import ALT_ENTER, CTRL_C, CTRL_D, ENTER, TAB, UP, Keyboard
from tests.bot.installation import Installation
from tests.servers.openai import BACKGROUND, OpenAIServer, call

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def keyboard(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyboard]:
    """One chat, offline, for the tests that need nothing else."""
    with Keyboard(installation, data_dir=tmp_path_factory.mktemp("prompt")) as keyboard:
        yield keyboard


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="module")
def online(model: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    data = tmp_path_factory.mktemp("online")
    asked = {"openai_model": "test-model", "background_model": BACKGROUND}
    return {"data_dir": data, "openai_base_url": model.base_url, **asked}


@pytest.fixture(scope="module")
def chat(installation: Installation, online: dict[str, object]) -> Iterator[Keyboard]:
    """One chat with a language model."""
    with Keyboard(installation, **online) as keyboard:
        yield keyboard


async def test_it_greets_with_the_way_to_help(keyboard: Keyboard) -> None:
    assert "/help shows the commands, Ctrl-D leaves." in await keyboard.prompted()


async def test_an_answer_is_followed_by_a_quiet_line_about_what_was_remembered(keyboard: Keyboard) -> None:
    answer = await keyboard.says("remember that my cat is called Miso")
    assert answer.endswith(
        "I'll remember that: my cat is called Miso.\nmemory updated: my cat is called Miso · /undo takes it back"
    )


async def test_a_command_shows_its_page(keyboard: Keyboard) -> None:
    assert 'You told me: "my cat is called Miso"' in await keyboard.says("what is my cat called?")
    assert "my cat is called Miso   said" in await keyboard.says("/memory list")
    assert "ember version 1" in await keyboard.says("/why")
    assert "We begin anew here." in await keyboard.says("/new")


async def test_help_names_the_way_out_and_an_unknown_command_names_help(keyboard: Keyboard) -> None:
    unknown = await keyboard.says("/memry")
    assert "I know no command /memry. Did you mean /memory add? /help shows them all." in unknown
    shown = await keyboard.says("/hel", TAB)
    assert "/quit " in shown
    assert "Stop the answer under way, at a keyboard" in shown


async def test_what_is_learned_is_told_above_the_prompt(keyboard: Keyboard) -> None:
    keyboard.types("I like the sea", ENTER)
    await keyboard.sees("Noted.")
    await keyboard.sees("memory updated: I like the sea · /undo takes it back")
    await keyboard.prompted()
    assert "Taken back: I like the sea" in await keyboard.says("/undo")


async def test_alt_enter_makes_a_new_line_and_enter_sends_them_all(keyboard: Keyboard) -> None:
    answer = await keyboard.says("remember that one is red", ALT_ENTER, "remember that two is blue")
    assert "I'll remember that: one is red.\nI'll remember that: two is blue.\n" in answer


async def test_ctrl_c_at_the_prompt_clears_the_line_and_then_says_how_to_leave(keyboard: Keyboard) -> None:
    keyboard.types("remember that this is not sent", CTRL_C, CTRL_C)
    await keyboard.sees("Ctrl-D or /quit leaves.")
    assert "Taken back: two is blue" in await keyboard.says("/undo")


async def test_the_arrow_keys_bring_back_what_was_said_but_not_what_was_forgotten(keyboard: Keyboard) -> None:
    await keyboard.says("remember that my boat is called Ada")
    await keyboard.says("what is my boat called?")
    assert 'You told me: "my boat is called Ada"' in await keyboard.says(UP)
    assert "memory updated: forgotten" in await keyboard.says("forget that my boat is called Ada")
    assert "Ada" not in await keyboard.says(UP, UP, UP, UP)


async def test_ctrl_d_leaves_and_the_terminal_is_as_it_was(keyboard: Keyboard) -> None:
    assert not keyboard.echoes
    keyboard.types(CTRL_D)
    assert await keyboard.ended() == 0
    assert keyboard.echoes


async def test_an_answer_grows_on_the_screen_while_it_is_made(chat: Keyboard, model: OpenAIServer) -> None:
    await chat.prompted()
    model.hold(after_chunks=2)
    model.answer("Cats like tuna and sleep.")
    chat.types("what do cats like?", ENTER)
    assert "tuna" not in await chat.sees("Cats like")
    model.release()
    assert (await chat.prompted()).endswith("\nCats like tuna and sleep.")


async def test_text_before_a_call_is_no_part_of_the_answer(chat: Keyboard, model: OpenAIServer) -> None:
    model.answer("Let me note that.", call("remember", {"content": "my cat likes tuna"}))
    model.answer("Noted <b>well</b>.\nReally.")
    answer = await chat.says("my cat likes tuna")
    assert answer.endswith("\nNoted <b>well</b>.\nReally.\nmemory updated: my cat likes tuna · /undo takes it back")


async def test_ctrl_c_stops_the_answer_and_what_was_typed_ahead_stays(chat: Keyboard, model: OpenAIServer) -> None:
    model.hold(after_chunks=1)
    model.answer("Once upon a time")
    chat.types("tell me a story", ENTER)
    await chat.sees("Once")
    chat.types("and typed ahead", CTRL_C)
    await chat.sees("Stopped.")
    await model.client_gone()
    await chat.prompted()
    model.release()
    model.answer("Here I am.")
    assert "Here I am." in await chat.says()
    assert "and typed ahead" in str(model.requests[-1]["messages"])


async def test_what_was_not_delivered_is_shown_at_the_next_start(
    installation: Installation, online: dict[str, object], chat: Keyboard, model: OpenAIServer
) -> None:
    model.hold(after_chunks=1)
    model.answer("Half an answer")
    chat.types("what is half?", ENTER)
    await chat.sees("Half")
    chat.is_told(signal.SIGKILL)
    await chat.ended()

    model.release()
    model.answer("A whole answer.")
    with Keyboard(installation, **online) as keyboard:
        await keyboard.sees("While you were away:")
        assert "A whole answer." in await keyboard.prompted()
        keyboard.is_told(signal.SIGINT)
        assert await keyboard.ended() == 0
        assert keyboard.echoes
