"""What becomes of answers that cannot go out."""

from pathlib import Path

import pytest

from bot.channel import Delivery
from memory import Channel
from tests.bot.channel_in_a_list import dm
from tests.bot.conversation.conftest import Start
from tests.bot.conversation.test_after_a_crash import change
from tests.servers.openai import OpenAIServer


async def test_a_delivery_that_has_failed_for_hours_is_tried_again_all_the_same(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.answer("Miso.")
    async with start() as (ember, channel):
        channel.broken = True
        await channel.say("what is my cat called?", dm())
        await ember.turns.idle()
        await ember.worker.idle()
    change(tmp_path, "UPDATE queue SET attempts = 60")
    async with start(places=channel.places) as (ember, still):
        still.broken = True
        ember.worker.wake()
        await ember.worker.idle()
    async with start(places=channel.places) as (_, again):
        (delivery,) = await again.deliveries_of(1)
    assert (delivery.text, delivery.attempts) == ("Miso.", 62)


async def test_an_answer_whose_question_is_deleted_while_it_is_sent_is_taken_away(
    start: Start, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as (ember, channel):
        arrives = channel.deliver

        async def deliver(delivery: Delivery) -> str | None:
            await ember.router.delete(Channel.DISCORD, "one")  # its event overtakes the answer to the request
            return await arrives(delivery)

        monkeypatch.setattr(channel, "deliver", deliver)
        await channel.say("hello", dm(), external_id="one")
        await ember.turns.idle()
        await ember.worker.idle()
        assert channel.removed == ["sent-1"]
