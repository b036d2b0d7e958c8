"""A process that is killed in the middle of a streamed answer leaves one message, which the next one completes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.discord.streaming import Pace
from tests.bot.channels.discord.home import Home
from tests.promises.interruption import environment
from tests.servers.discord import Message
from tests.servers.discord.draft import Draft
from tests.servers.openai.faults import Refusal

LONG = "one two three four five six seven eight nine ten"


@asynccontextmanager
async def another_process(home: Home) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs Ember in a process of its own."""
    env = environment(
        home.data_dir,
        DISCORD_TOKEN=home.server.token,
        DISCORD_API_BASE=home.server.base,
        OPENAI_BASE_URL=home.model.base_url,
        OPENAI_MODEL="m",
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bot.channels.discord.killed", env=env)
    try:
        await home.server.wait_connected(timeout_seconds=30)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.long
@pytest.mark.parametrize(
    ("moment", "answer"), [("posting", LONG), ("posting", None), ("editing", None), ("waiting", LONG)]
)
async def test_the_same_message_is_finished_or_apologises_and_no_second_one_appears(
    home: Home, moment: str, answer: str | None
) -> None:
    home.model.hold(after_chunks=2)
    home.model.answer(LONG)
    async with another_process(home) as process:
        _kill_at(home, moment, process)
        asked = await home.server.say(home.ada, home.general, f"{home.me} count")
        if moment != "posting":
            await home.server.wait_for(lambda: _reads(home, "one two"))
        if moment == "waiting":
            process.kill()
        home.model.release()
        home.model.hold(after_chunks=6)
        await process.wait()
    (left,) = home.server.sent_by_bot(home.general)
    assert left.content != LONG
    later = datetime.now(UTC) + timedelta(hours=1)
    home.world.now = lambda: later  # by when Discord has forgotten the nonce
    home.model.release()
    home.model.queue(Refusal(401)) if answer is None else home.model.answer(answer)
    home.pace = Pace(first=0.0, edit=0.0)
    async with home.ember():
        await home.server.wait_for(lambda: _reads(home, answer or "I'm sorry, I can't answer."))
        await home.ask(home.ada, home.general, f"{home.me} thanks")
    first, second = home.server.sent_by_bot(home.general)
    assert (first.id, first.reference_id) == (left.id, asked.id)
    assert second.content.startswith("You said: thanks")


def _kill_at(home: Home, moment: str, process: asyncio.subprocess.Process) -> None:
    """Kills when the server has done something and not answered yet."""
    world = home.world
    deliver, edit = world.deliver, world.edit

    def delivered(message: Message) -> Message:
        done = deliver(message)
        if moment == "posting" and message.author == world.bot:
            _end(process)
            world.deliver = deliver
        return done

    def edited(message: Message, draft: Draft) -> Message:
        done = edit(message, draft)
        if moment == "editing":
            _end(process)
        world.edit = edit
        return done

    world.deliver, world.edit = delivered, edited


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


def _reads(home: Home, beginning: str) -> Message | None:
    said: list[Message] = home.server.sent_by_bot(home.general)
    return next((message for message in said[:1] if message.content.startswith(beginning)), None)
