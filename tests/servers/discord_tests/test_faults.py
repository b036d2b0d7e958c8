"""What goes wrong: 5xx, 429, lost answers."""

from __future__ import annotations

import aiohttp
import pytest

from tests.servers.discord import (
    FaultKind,
)
from tests.servers.discord_tests.place import Bot, Place


@pytest.mark.long
async def test_a_500_is_tried_again(place: Place) -> None:
    place.server.fail_next("POST", r"/messages$", 500)
    async with place.online(Bot()) as bot:
        await bot.get_partial_messageable(place.general.id).send("at last")
        sent = [request for request in place.server.requests if request.path.endswith("/messages")]
        assert len(sent) == 2
        assert len(place.server.messages(place.general)) == 1


async def test_a_rate_limit_is_waited_for_and_lost_answers_are_ambiguous(place: Place) -> None:
    async with place.online(Bot()) as bot:
        channel = bot.get_partial_messageable(place.general.id)
        place.server.fail_next("POST", r"/messages$", 429)
        await channel.send("later")
        expected: list[tuple[FaultKind, list[str]]] = [
            ("reset", ["later"]),
            ("after_effect", ["later", "after_effect"]),
        ]
        for kind, kept in expected:
            place.server.fail_next("POST", r"/messages$", kind)
            with pytest.raises(aiohttp.ClientError):
                await channel.send(str(kind))
            assert [message.content for message in place.server.messages(place.general)] == kept


async def test_a_client_that_heeds_the_headers_is_never_told_too_many(place: Place) -> None:
    place.server.limit()
    place.server.limit("POST", r"^/channels/\d+/messages$", count=2, seconds=0.2)
    async with place.online(Bot()) as bot:
        said = await place.server.say(place.ada, place.general, "hello")
        for number in range(3):
            await place.talk(bot).send(str(number))
        for emoji in ("👍", "👎"):
            await place.talk(bot).get_partial_message(said.id).add_reaction(emoji)
        assert place.server.too_many == []


async def test_one_request_too_many_is_refused_by_channel_and_by_all(place: Place) -> None:
    place.server.limit("POST", r"^/channels/\d+/messages$", count=1, seconds=60)
    other = place.world.add_channel(place.guild, "other")
    head = {"Authorization": f"Bot {place.server.token}"}
    async with aiohttp.ClientSession(headers=head) as http:

        async def post(channel_id: int) -> tuple[int, dict[str, object], dict[str, str]]:
            url = f"{place.server.base}/v10/channels/{channel_id}/messages"
            async with http.post(url, json={"content": "x"}) as response:
                return response.status, await response.json(), dict(response.headers)

        status, _, headers = await post(place.general.id)
        assert (status, headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == (200, "1", "0")
        status, body, headers = await post(place.general.id)
        assert (status, body["global"], headers["X-RateLimit-Scope"]) == (429, False, "user")
        assert (await post(other.id))[0] == 200
        place.server.advance(60)
        assert (await post(place.general.id))[0] == 200
        place.server.unlimit()
        place.server.limit_globally(count=2, seconds=60)
        answers = [await post(each.id) for each in (place.general, other, other)]
        assert [status for status, _, _ in answers] == [200, 200, 429]
        assert (answers[2][1]["global"], answers[2][2]["X-RateLimit-Scope"]) == (True, "global")
        assert [request.path for request in place.server.too_many] == [
            f"/channels/{place.general.id}/messages",
            f"/channels/{other.id}/messages",
        ]
