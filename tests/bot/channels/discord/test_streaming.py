"""A reply is seen to grow, in one message, and whatever goes wrong with that is not seen at all."""

import pytest

from bot.channels.discord.streaming import Pace
from tests.bot.channels.discord.home import Home, messages_of
from tests.bot.channels.discord.test_talking import SUPPRESS_EMBEDS
from tests.servers.discord import Channel, FaultKind, Message
from tests.servers.openai import Body, Reply, call

LONG = "one two three four five six seven eight nine ten"


async def says(home: Home, channel: Channel, content: str) -> Message:
    """Waits until Ember's newest message in a channel reads so."""

    def probe() -> Message | None:
        said = home.server.sent_by_bot(channel)
        return said[-1] if said and said[-1].content.partition("\n-#")[0] == content else None

    return await home.server.wait_for(probe)


async def test_a_reply_grows_in_one_message_that_answers_what_was_asked(quick: Home) -> None:
    async with quick.ember():
        await quick.ask(quick.ada, quick.general, f"{quick.me} hello")
        quick.model.hold(after_chunks=3)
        quick.model.answer(LONG)
        asked = await quick.server.say(quick.ada, quick.general, f"{quick.me} count")
        await says(quick, quick.general, "one two three")
        quick.model.release()
        message = await says(quick, quick.general, LONG)
        await quick.ask(quick.ada, quick.general, f"{quick.me} thanks")
    assert (message.reference_id, message.flags, message.mentions) == (asked.id, SUPPRESS_EMBEDS, [])
    assert quick.posts(quick.general) == 3
    assert quick.edits(quick.general)[-1] == LONG


async def test_a_short_reply_comes_whole(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.edits(home.general) == []


async def test_what_was_said_before_a_call_is_edited_away(quick: Home) -> None:
    def decide(body: Body) -> Reply:
        if messages_of(body)[-1]["role"] == "tool":
            quick.model.hold()
            return Reply(("It is here.",))
        quick.model.hold(after_chunks=4)
        return Reply(("Let me look that up, please", call("recall", {"query": "tea"})))

    quick.model.answer_with(decide)
    async with quick.ember():
        await quick.server.say(quick.ada, quick.general, f"{quick.me} where is the tea?")
        await says(quick, quick.general, "Let me look that")
        quick.model.release()
        await says(quick, quick.general, "…")
        await quick.model.wait_for_requests(2)
        quick.model.release()
        await says(quick, quick.general, "It is here.")
    assert quick.posts(quick.general) == 1


async def test_an_answer_is_not_shown_before_those_that_were_asked_for_earlier(quick: Home) -> None:
    quick.model.hold(after_chunks=8)
    async with quick.ember():
        quick.model.answer(LONG)
        await quick.server.say(quick.ada, quick.general, f"{quick.me} count")
        await says(quick, quick.general, "one two three four five six seven eight")
        quick.model.answer("Hello Bob.")
        await quick.server.say(quick.bob, quick.general, f"{quick.me} hello")
        await quick.until(lambda: quick.rows("messages", "direction = 'out' AND state = 'done'"))
        assert quick.posts(quick.general) == 1
        quick.model.release()
        await quick.server.wait_messages(quick.general, 2)
        assert quick.answers(quick.general) == [LONG, "Hello Bob."]


async def test_a_stopped_reply_stays_as_far_as_it_went_and_says_so(quick: Home) -> None:
    quick.model.hold(after_chunks=3)
    async with quick.ember():
        quick.model.answer(LONG)
        await quick.server.say(quick.ada, quick.general, f"{quick.me} count")
        await says(quick, quick.general, "one two three")
        await quick.server.slash(quick.ada, quick.general, "stop")
        message = await quick.server.wait_for(lambda: _ending_in(quick, "-# stopped"))
        quick.model.release()
        await quick.ask(quick.ada, quick.general, f"{quick.me} hello")
    assert message.content == "one two three\n-# stopped"
    assert quick.posts(quick.general) == 2


async def test_a_message_that_was_deleted_while_it_grew_does_not_come_back(quick: Home) -> None:
    quick.model.hold(after_chunks=3)
    async with quick.ember():
        quick.model.answer(LONG)
        await quick.server.say(quick.ada, quick.general, f"{quick.me} count")
        await quick.server.delete(await says(quick, quick.general, "one two three"))
        quick.model.release()
        await quick.ask(quick.ada, quick.general, f"{quick.me} hello")
        assert quick.answers(quick.general) == ["You said: hello"]
        assert quick.posts(quick.general) == 2
        await quick.until(lambda: quick.rows("queue", "type = 'delivery' AND state = 'completed'") == 2)


async def test_only_the_last_state_is_sent_and_never_sooner_than_the_pace_allows(home: Home) -> None:
    home.pace = Pace(first=0.0, edit=1_000.0)
    home.model.hold(after_chunks=3)
    async with home.ember():
        home.model.answer(LONG)
        await home.server.say(home.ada, home.general, f"{home.me} count")
        await says(home, home.general, "one two three")
        home.model.release()
        home.model.hold(after_chunks=6)
        for _ in range(5):  # by then, three more words have long come
            await (await home.server.slash(home.ada, home.general, "why")).answer()
        home.model.release()
        await says(home, home.general, LONG)
    assert [text.partition("\n-#")[0] for text in home.edits(home.general)] == [LONG]


@pytest.mark.parametrize("fault", [500, 403, 429, "reset", "after_effect"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_cannot_be_shown_as_it_grows_is_delivered_all_the_same(
    quick: Home, method: str, fault: FaultKind
) -> None:
    async with quick.ember():
        await quick.ask(quick.ada, quick.general, f"{quick.me} hello")
        quick.model.hold(after_chunks=3)
        quick.model.answer(LONG)
        quick.server.fail_next(method, r"/messages(/\d+)?$", fault, retry_after=0.01)
        await quick.server.say(quick.ada, quick.general, f"{quick.me} count")
        await quick.server.wait_for(lambda: quick.posts(quick.general) == 2)
        quick.model.release()
        await quick.ask(quick.ada, quick.general, f"{quick.me} thanks")
        await says(quick, quick.general, "You said: thanks")
        assert quick.answers(quick.general) == ["You said: hello", LONG, "You said: thanks"]


async def test_a_line_that_comes_while_its_asker_types_joins_the_turn(quick: Home) -> None:
    quick.pace = Pace(first=0.0, edit=0.0, asker_types=30.0)
    quick.model.hold()
    async with quick.ember():
        quick.model.answer("too early")
        await quick.server.say(quick.ada, quick.general, f"{quick.me} I have a question")
        await quick.model.wait_for_requests(1)
        quick.server.type(quick.ada, quick.general)
        quick.server.type(quick.bob, quick.general)
        await quick.server.say(quick.bob, quick.dm(quick.bob), "hello")  # with it, what came before has arrived
        await quick.model.wait_for_requests(2)
        quick.model.release()
        await quick.until(lambda: quick.rows("model_usage_stats", "state = 'settled'") == 2)
        await quick.server.say(quick.ada, quick.general, f"{quick.me} or two")
        await quick.server.wait_messages(quick.general, 1)
        await says(quick, quick.general, "You said: I have a question\nor two")


async def test_whoever_stops_typing_gets_the_answer(quick: Home) -> None:
    quick.pace = Pace(first=0.0, edit=0.0, asker_types=0.05)
    quick.model.hold()
    async with quick.ember():
        await quick.server.say(quick.ada, quick.general, f"{quick.me} hello")
        await quick.model.wait_for_requests(1)
        quick.server.type(quick.ada, quick.general)
        quick.model.release()
        await says(quick, quick.general, "You said: hello")


@pytest.mark.parametrize("first", [0.0, 1_000.0])
async def test_a_very_long_answer_is_a_file_below_its_beginning(home: Home, first: float) -> None:
    home.pace = Pace(first=first, edit=0.0)
    whole = "\n\n".join(f"{number} " + "word " * 300 for number in range(8)).strip()
    async with home.ember():
        home.model.answer(whole)
        message = await home.ask(home.ada, home.general, f"{home.me} tell me")
        await home.server.wait_for(lambda: message.attachments)
    assert message.content.startswith("0 word")
    assert "\n-# The whole answer is attached." in message.content
    (file,) = message.attachments
    assert (file.filename, file.data.decode()) == ("answer.md", whole)
    assert home.posts(home.general) == 1


def _ending_in(home: Home, mark: str) -> Message | None:
    said = home.server.sent_by_bot(home.general)
    return said[-1] if said and said[-1].content.endswith(mark) else None
