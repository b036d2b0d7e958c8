"""What looks like a secret reaches no row, no prompt and no log, and its person is told."""

import logging
from pathlib import Path

import pytest
import structlog

from bot.logs import set_up_logs
from bot.sentences import Sentence
from memory import Notice
from tests.bot.channel_in_a_list import dm
from tests.bot.conversation.conftest import Start
from tests.bot.english import english
from tests.servers.openai import OpenAIServer, call

KEY = "sk-proj-abcd1234efgh5678ijkl9012"


def kept_bytes(tmp_path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir() if file.is_file())


async def test_a_secret_reaches_no_prompt_and_no_row_and_the_person_is_told(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    async with start() as (_, channel):
        await channel.say(f"my key is {KEY}, keep it", dm())
        (delivery,) = await channel.deliveries_of(1)
        assert Notice(english(Sentence.NOTICE_LEFT_OUT)) in delivery.notices
        assert "my key is [secret], keep it" in str(server.requests)
        assert KEY not in str(server.requests)
        assert KEY.encode() not in kept_bytes(tmp_path)


async def test_a_model_that_remembers_a_secret_is_refused(start: Start, server: OpenAIServer, tmp_path: Path) -> None:
    server.answer(call("remember", {"content": f"the key is {KEY}"}))
    async with start() as (_, channel):
        await channel.answer("hello", dm())
        assert "I don't keep passwords" in server.requests[1]["messages"][-1]["content"]
        assert KEY.encode() not in kept_bytes(tmp_path)


async def test_without_a_model_the_person_is_told_plainly(start: Start) -> None:
    async with start(openai_base_url=None) as (_, channel):
        answer = await channel.answer("remember that my password is hunter2", dm())
    assert answer == "I could not keep that: I don't keep passwords, keys or card numbers."


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_secret_is_written_into_no_log(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        set_up_logs("INFO", style)
        try:
            raise ValueError(f"refused {KEY}")
        except ValueError:
            structlog.get_logger().exception("it failed", error=f"with {KEY}")
            logging.getLogger("library").exception("a library failed with %s", KEY)
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    written = capsys.readouterr().err
    assert "ValueError: refused [secret]" in written
    assert KEY not in written
