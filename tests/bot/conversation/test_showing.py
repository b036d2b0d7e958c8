"""What of an answer is shown while it is made."""

import json

from tests.bot.channel_in_a_list import dm, open_channel
from tests.bot.conversation.conftest import Start
from tests.servers.openai import Body, OpenAIServer, Reply, call


async def test_the_label_that_a_model_copies_is_not_shown(start: Start, server: OpenAIServer) -> None:
    async with start() as (_, channel):
        for said, shown in {
            "Ember to EJ: Well, hello.": "Well, hello.",
            "Ember to me is a name.": "Ember to me is a name.",
            "Em": "",  # it may still become one; the delivery brings it
        }.items():
            server.answer(said)
            await channel.answer("hello", open_channel())
            assert channel.lives[-1].shown == shown


async def test_an_answer_is_not_shown_before_it_was_looked_through_for_what_its_turn_forgot(
    start: Start, server: OpenAIServer
) -> None:
    def forgets(body: Body) -> Reply:
        last = body["messages"][-1]
        if last["role"] != "tool":
            return Reply((call("recall", {"query": "canary"}),))
        found = json.loads(last["content"])
        if "items" not in found:
            return Reply(("I no longer know of Zanzibar.",))
        return Reply(("Let me see.", call("forget", {"memory_id": found["items"][0]["id"]})))

    async with start() as (_, channel):
        server.answer(call("remember", {"content": "my canary is called Zanzibar"}))
        server.answer("Fine.")
        await channel.answer("my canary is called Zanzibar", dm())
        server.answer_with(forgets)
        await channel.answer("forget that my canary is called Zanzibar", dm())
        assert channel.lives[-1].shown == ""
        assert channel.lives[-1].withdrawn == 2
