"""The log's worst lines are kept for the owner, without anybody's words."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.logs import kept_lines, set_log_level, set_up_logs
from memory import Logged, LogLevel
from tests.memory.scene import Scene, opened

CANARY = "zqx"


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def kept(scene: Scene) -> list[Logged]:
    await asyncio.sleep(0)  # lines come over from whichever thread logged them
    await scene.says("Ana", "any write takes them along")
    return list(reversed(await scene.store.logs.last(99)))


async def test_warnings_and_errors_are_kept_and_what_is_less_is_not(tmp_path: Path) -> None:
    set_up_logs("DEBUG", "console")
    log = structlog.get_logger()
    async with opened(tmp_path) as scene:
        with kept_lines(scene.store.logs.keep):
            log.info("all is well")
            log.warning("a form could not be opened", interaction=5, error=f"Forbidden: {CANARY}")
            log.error("a job was given up", job=7, type="backup", error=f"TypeError: {CANARY}")
        log.error("nobody keeps it")
        lines = [(one.level, one.event, one.facts) for one in await kept(scene)]
    assert lines == [
        (LogLevel.WARNING, "a form could not be opened", {"interaction": "5"}),
        (LogLevel.ERROR, "a job was given up", {"job": "7", "type": "backup", "error": "TypeError"}),
    ]


async def test_nobody_s_words_are_kept(tmp_path: Path) -> None:
    set_up_logs("INFO", "json")
    log = structlog.get_logger()
    async with opened(tmp_path) as scene:
        with kept_lines(scene.store.logs.keep):
            log.warning("a turn ended in an apology", turn="1f", why=f"the model said {CANARY}", text=CANARY)
            logging.getLogger("discord.client").error("%s failed", CANARY)
            try:
                raise KeyError(CANARY)
            except KeyError:
                log.exception("a command failed", command="memory list")
        lines = await kept(scene)
    assert [(one.event, one.facts) for one in lines] == [
        ("a turn ended in an apology", {"turn": "1f"}),
        ("discord.client", {}),
        ("a command failed", {"command": "memory list", "error": "KeyError"}),
    ]
    assert CANARY not in str(lines)


async def test_lines_of_other_threads_are_kept_and_those_about_lost_lines_are_not(tmp_path: Path) -> None:
    set_up_logs("INFO", "console")
    async with opened(tmp_path) as scene:
        with kept_lines(scene.store.logs.keep):
            await asyncio.to_thread(logging.getLogger("discord.player").warning, "late")
            logging.getLogger("memory.write_queue").warning("figures were lost")
        assert [one.event for one in await kept(scene)] == ["discord.player"]


def test_the_level_changes_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("WARNING", "console")
    log = structlog.get_logger()
    log.info("unseen")
    set_log_level("INFO")
    log.info("seen")
    logging.getLogger("discord.http").info("a library's chatter")
    set_log_level("ERROR")
    log.warning("no longer seen")
    told = capsys.readouterr().err
    assert "seen" in told
    assert not any(word in told for word in ("unseen", "no longer seen", "chatter"))
