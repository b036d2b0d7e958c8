"""What was never told stays so where meanings are compared: what is near in meaning is no answer by that alone."""

import asyncio
from pathlib import Path

import pytest

from bot.app import open_ember
from bot.models.offline_talks import NEVER_TOLD
from bot.settings import Settings
from tests.bot.channel_in_a_list import ChannelInAList
from tests.bot.models.never_told import facts, never_told
from tests.bot.models.test_never_told import Asking

EVERY = 8  #: of the questions, to be short


@pytest.mark.long
async def test_what_is_near_in_meaning_is_no_answer_to_what_was_never_told(tmp_path: Path) -> None:
    async with open_ember(Settings(data_dir=tmp_path / "data", embedding_provider="local"), "a test") as ember:
        assert ember.embedder is not None
        channel = ChannelInAList(ember)
        embedding = asyncio.create_task(ember.embedder.run())
        working = asyncio.create_task(ember.worker.run())
        await channel.run()
        ej = Asking(channel)
        told = list(facts())[:20]
        for statement, _, _ in told:
            await ej.answer(f"remember that {statement}")
        await ember.embedder.idle()
        strangers = [
            (asked, answer) for asked in never_told()[::EVERY] if (answer := await ej.answer(asked)) != NEVER_TOLD
        ]
        missed = [(asked, answer) for _, asked, word in told if word not in (answer := await ej.answer(asked))]
        await ember.turns.close(grace_seconds=0)
        ember.worker.stop()
        embedding.cancel()
        await asyncio.wait([working, embedding])
    assert strangers == []
    assert missed == []
