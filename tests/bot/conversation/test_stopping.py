"""What is stopped, silenced or forgotten comes to nothing, be it still to be begun, and what is whole goes out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Ember
from bot.configuration import of_guild
from bot.conversation.speak_gate import FOR_EVER, MUTED
from bot.conversation.turn_taking import SIDE_BY_SIDE
from memory import Channel, IdentityId, OpenTurn, Person
from tests.bot.channel_in_a_list import ChannelInAList, SilentLive, dm, open_channel
from tests.bot.conversation.conftest import Start
from tests.bot.conversation.test_after_a_crash import count
from tests.servers.openai import OpenAIServer

OTHERS = [f"other{number}" for number in range(SIDE_BY_SIDE)]
ANSWERS = ["Hello there."] * SIDE_BY_SIDE  #: what the model says of itself


async def person(ember: Ember, who: str = "ej") -> Person:
    found = await ember.store.people.known(Channel.DISCORD, who)
    assert found is not None
    return found


async def forget(ember: Ember, who: IdentityId) -> None:
    ember.router.stop_all(who)
    await ember.store.erasure.erase_person(who)


async def settled(ember: Ember) -> None:
    await ember.turns.idle()
    await ember.worker.idle()


@asynccontextmanager
async def waiting(start: Start, server: OpenAIServer) -> AsyncIterator[tuple[Ember, ChannelInAList]]:
    """As many as may are being answered in a place, and somebody waits behind them."""
    server.hold()
    async with start() as (ember, channel):
        for other in OTHERS:
            await channel.say("hello", open_channel(), other)
        await server.wait_for_requests(SIDE_BY_SIDE)
        await channel.say("me too", open_channel())
        yield ember, channel


def texts(channel: ChannelInAList) -> list[str]:
    return [delivery.text for delivery in channel.deliveries]


async def test_what_waits_for_its_turn_can_be_stopped(start: Start, server: OpenAIServer, tmp_path: Path) -> None:
    async with waiting(start, server) as (ember, channel):
        assert ember.router.stop(open_channel(), (await person(ember)).id)
        assert not ember.router.stop(open_channel(), (await person(ember)).id)
        server.release()
        await settled(ember)
        assert texts(channel) == ANSWERS
        assert count(tmp_path, "messages WHERE state = 'declined'") == 1
        assert await channel.answer("and now?", open_channel()) == ANSWERS[0]


async def test_what_waits_when_ember_falls_silent_is_not_answered(start: Start, server: OpenAIServer) -> None:
    async with waiting(start, server) as (ember, channel):
        await ember.configuration.set(MUTED, of_guild("g"), FOR_EVER, ember.owner)
        ember.router.fall_silent()
        server.release()
        await settled(ember)
        assert len(server.requests) == SIDE_BY_SIDE
        assert channel.deliveries == []
        assert len(channel.lives) == SIDE_BY_SIDE


async def test_nobody_hears_of_a_turn_whose_person_was_forgotten_while_it_waited(
    start: Start, server: OpenAIServer
) -> None:
    async with waiting(start, server) as (ember, channel):
        await forget(ember, (await person(ember)).id)
        server.release()
        await settled(ember)
        await channel.answer("what was that?", open_channel(), OTHERS[0])
        await settled(ember)
        assert texts(channel) == [*ANSWERS, ANSWERS[0]]


async def test_nobody_hears_of_a_line_behind_an_answer_whose_person_was_forgotten(
    start: Start, server: OpenAIServer
) -> None:
    server.hold(after_chunks=1)
    async with start(visible=True) as (ember, channel):
        await channel.say("hello", dm())
        await server.wait_for_requests(1)
        async with asyncio.timeout(5):
            while not channel.lives[0].shown:
                await asyncio.sleep(0.005)
        await channel.say("and another thing", dm())
        await forget(ember, (await person(ember)).id)
        server.release()
        await settled(ember)
        assert texts(channel) == []
        await channel.answer("hello again", dm())
        await settled(ember)
        assert texts(channel) == [ANSWERS[0]]


async def test_an_answer_that_is_whole_goes_out_at_once(
    start: Start, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []

    class StoppedAsItIsKept(SilentLive):
        def __init__(self, ember: Ember, turn: OpenTurn) -> None:
            super().__init__()
            self._ember, self._turn = ember, turn

        async def close(self) -> None:
            asyncio.get_running_loop().call_soon(self._stop)  # the answer is on its way to the disk then

        def _stop(self) -> None:
            if not stopped:
                stopped.append(self._ember.router.stop(self._turn.place, self._turn.asker.id))

    async with start() as (ember, channel):

        async def live(turn: OpenTurn, reply_to: str | None) -> SilentLive:
            return StoppedAsItIsKept(ember, turn)

        monkeypatch.setattr(channel, "live", live)
        assert await channel.answer("hello", dm()) == ANSWERS[0]
        assert stopped == [False]
