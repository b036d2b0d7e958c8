"""What becomes of answers that cannot go out."""

from pathlib import Path

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
