"""What was never told is not answered with the nearest stranger; what was told is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import open_ember
from bot.models.offline_talks import NEVER_TOLD
from bot.settings import Settings
from tests.bot.channel_in_a_list import ChannelInAList, dm
from tests.bot.models.never_told import facts, never_told


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[ChannelInAList]:
    """A whole Ember without a language model, in a chat between two."""
    async with open_ember(Settings(data_dir=folder), "a test") as ember:
        channel = ChannelInAList(ember)
        working = asyncio.create_task(ember.worker.run())
        await channel.run()
        yield channel
        await ember.turns.close(grace_seconds=0)
        ember.worker.stop()
        await working


@pytest.mark.long
async def test_what_was_never_told_is_not_answered_with_the_nearest_stranger(tmp_path: Path) -> None:
    told = list(facts())
    assert len(set(never_told())) == 200
    async with talking(tmp_path / "data") as channel:
        for statement, _, _ in told:
            await channel.answer(f"remember that {statement}", dm())
        strangers = {
            question: answer
            for question in never_told()
            if (answer := await channel.answer(question, dm())) != NEVER_TOLD
        }
        missed = {
            question: answer
            for _, question, word in told
            if word not in (answer := await channel.answer(question, dm()))
        }
    assert strangers == {}
    assert len(missed) <= len(told) / 20, missed
