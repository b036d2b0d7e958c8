"""What was never told is not answered with the nearest stranger; what was told is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from bot.app import open_ember
from bot.models.offline_talks import NEVER_TOLD
from bot.settings import Settings
from memory import Channel, OneReader, Place
from tests.bot.channel_in_a_list import ChannelInAList
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


class Asking:
    """One person who asks in private, in a new session now and then: what is known does not hang on it."""

    def __init__(self, channel: ChannelInAList) -> None:
        self._channel = channel
        self._asked = count()

    async def answer(self, words: str) -> str:
        session = next(self._asked) // 10
        return await self._channel.answer(words, Place(Channel.DISCORD, OneReader(), channel_id=f"dm {session}"))


@pytest.mark.long
async def test_what_was_never_told_is_not_answered_with_the_nearest_stranger(tmp_path: Path) -> None:
    told = list(facts())
    questions = never_told()
    assert len(set(questions)) == 200
    async with talking(tmp_path / "data") as channel:
        ej = Asking(channel)
        for statement, _, _ in told:
            await ej.answer(f"remember that {statement}")
        strangers = [
            (question, answer) for question in questions if (answer := await ej.answer(question)) != NEVER_TOLD
        ]
        missed = [(asked, answer) for _, asked, word in told if word not in (answer := await ej.answer(asked))]
    assert strangers == []
    assert len(missed) <= len(told) * 0.05, missed
