"""A question that is edited or deleted carries through to the answer, and to what was learned from it."""

import pytest

from bot.channels.discord.streaming import Pace
from memory import Channel, ItemId, Place, WholeGuild
from tests.bot.channels.discord.home import Home
from tests.bot.channels.discord.test_speak_gate import use
from tests.bot.channels.discord.test_streaming import LONG, says


@pytest.mark.parametrize("is_dm", [False, True])
async def test_an_edited_question_is_answered_anew_in_place(home: Home, is_dm: bool) -> None:
    where = home.dm(home.ada) if is_dm else home.general
    async with home.ember():
        said = await home.server.say(home.ada, where, f"{home.me} two and too")
        (answer,) = await home.server.wait_messages(where, 1)
        await home.server.edit(said, f"{home.me} two and two")
        await says(home, where, "You said: two and two")
        await home.ask(home.ada, where, f"{home.me} thanks")
        first, _ = home.server.sent_by_bot(where)
    assert (first.id, first.reference_id) == (answer.id, said.id)
    assert "two and too" not in home.prompts()[-1]
    assert home.value("SELECT edited_at IS NOT NULL FROM messages WHERE content = 'two and two'") == 1
    assert home.rows("messages", "content LIKE '%two and too%'") == 0


async def test_answers_anew_count_among_what_somebody_may_ask_for_in_a_minute(home: Home) -> None:
    dm = home.dm(home.ada)
    async with home.ember(messages_per_minute=3) as ember:
        said = await home.server.say(home.ada, dm, "one")
        await home.server.wait_messages(dm, 1)
        await ember.worker.idle()
        for number, words in enumerate(("two", "three", "four"), start=2):
            await home.server.edit(said, words)
            await home.until(lambda words=words: home.rows("messages", f"content = '{words}'"))
            if number <= 3:
                await says(home, dm, f"You said: {words}")
        assert "please wait 60 s" in (await home.server.wait_messages(dm, 2))[1].content
        assert "not all the time" in await use(home, home.ada, dm, "regenerate")
        await ember.turns.idle()
        assert len(home.model.requests) == 3
        await home.ask(home.bob, home.dm(home.bob), "hello")


async def test_parts_that_the_new_answer_has_not_are_deleted_and_more_are_sent(home: Home) -> None:
    long = "\n\n".join(f"{number} " + "word " * 300 for number in range(3))
    async with home.ember():
        home.model.answer(long)
        said = await home.server.say(home.ada, home.general, f"{home.me} tell me")
        await home.server.wait_messages(home.general, 3)
        await home.server.edit(said, f"{home.me} in short")
        await home.server.wait_for(lambda: home.answers(home.general) == ["You said: in short"])
        home.model.answer(long)
        await home.server.edit(said, f"{home.me} at length")
        await home.server.wait_for(lambda: [answer[0] for answer in home.answers(home.general)] == ["0", "1", "2"])


async def test_what_was_remembered_from_the_old_words_is_taken_back(home: Home) -> None:
    async with home.ember():
        said = await home.server.say(home.ada, home.general, f"{home.me} remember I like green tea")
        await home.server.wait_messages(home.general, 1)
        await home.server.edit(said, f"{home.me} remember I like black tea")
        await home.until(lambda: home.rows("memories", "content = 'I like black tea'"))
        assert home.rows("memories", "content = 'I like green tea'") == 0
        answer = await home.ask(home.ada, home.general, f"{home.me} what do I like?")
    assert "black tea" in answer.content
    assert "green tea" not in answer.content


async def test_an_edit_while_it_is_answered_begins_the_answer_again(home: Home) -> None:
    home.pace = Pace(first=0.0, edit=0.0)
    home.model.hold(after_chunks=3)
    async with home.ember():
        home.model.answer(LONG)
        said = await home.server.say(home.ada, home.general, f"{home.me} count")
        answer = await says(home, home.general, "one two three")
        await home.server.edit(said, f"{home.me} count down")
        await home.model.wait_for_requests(2)
        home.model.release()
        assert await says(home, home.general, "You said: count down") is answer
        await home.ask(home.ada, home.general, f"{home.me} thanks")
    assert home.posts(home.general) == 2


async def test_an_older_question_that_is_edited_gets_no_other_answer(home: Home) -> None:
    async with home.ember():
        said = await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.server.wait_messages(home.general, 1)
        await home.ask(home.ada, home.general, f"{home.me} two")
        await home.server.edit(said, f"{home.me} uno")
        await home.until(lambda: home.rows("messages", "content = 'uno'"))
        await home.ask(home.ada, home.general, f"{home.me} three")
    assert home.answers(home.general) == ["You said: one", "You said: two", "You said: three"]
    assert len(home.model.requests) == 3


async def test_a_question_that_is_no_longer_for_ember_is_carried_through_and_not_answered_anew(home: Home) -> None:
    async with home.ember():
        said = await home.server.say(home.ada, home.general, f"{home.me} one")
        await home.server.wait_messages(home.general, 1)
        await home.server.edit(said, "uno")
        await home.until(lambda: home.rows("messages", "content = 'uno'"))
        await home.ask(home.ada, home.general, f"{home.me} two")
    assert len(home.model.requests) == 2


async def test_what_is_edited_where_ember_is_muted_is_not_kept(home: Home) -> None:
    async with home.ember():
        said = await home.server.say(home.ada, home.general, f"{home.me} I like green tea")
        await home.server.wait_messages(home.general, 1)
        await use(home, home.guild.owner, home.general, "mute")
        await home.server.edit(said, f"{home.me} I like black tea")
        await use(home, home.guild.owner, home.general, "unmute")
        await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.rows("messages", "content LIKE '%black tea%'") == 0
    assert home.rows("messages", "content = 'I like green tea'") == 1


async def test_an_answer_is_made_another_time_for_its_asker_alone_and_only_the_latest(home: Home) -> None:
    async with home.ember() as ember:
        await home.ask(home.ada, home.general, f"{home.me} one")
        await home.ask(home.bob, home.general, f"{home.me} hello")
        answer = await home.ask(home.ada, home.general, f"{home.me} two")
        await ember.worker.idle()
        ada, bob = [await ember.store.people.known(Channel.DISCORD, str(user.id)) for user in (home.ada, home.bob)]
        assert ada is not None
        assert bob is not None
        place = Place(Channel.DISCORD, WholeGuild(), str(home.general.id), str(home.guild.id))
        old, _, latest = _replies(home)
        assert not await ember.router.answer_again(place, ada, old)
        assert not await ember.router.answer_again(place, bob, latest)
        home.model.answer("Two, once more.")
        assert await ember.router.answer_again(place, ada, latest)
        assert await says(home, home.general, "Two, once more.") is answer
    assert home.posts(home.general) == 3


async def test_a_deleted_question_is_forgotten_with_its_answer_and_what_came_from_it(home: Home) -> None:
    async with home.ember():
        said = await home.server.say(home.ada, home.general, f"{home.me} remember I like green tea")
        await home.server.wait_messages(home.general, 1)
        asked = await home.server.say(home.bob, home.general, f"{home.me} hello")
        await home.server.wait_messages(home.general, 2)
        await home.server.delete(said)
        await home.server.wait_for(lambda: len(home.server.sent_by_bot(home.general)) == 1)
        assert home.server.sent_by_bot(home.general)[0].reference_id == asked.id
        await home.until(lambda: not home.rows("memories"))
        assert home.rows("messages", "content LIKE '%green%'") == 0


async def test_several_deleted_at_once_are_forgotten(home: Home) -> None:
    async with home.ember():
        said = []
        for number, word in enumerate(("apples", "pears"), start=1):
            said.append(await home.server.say(home.ada, home.general, f"{home.me} {word}"))
            await home.server.wait_messages(home.general, number)
        home.world.delete_many(home.general, said)
        await home.server.wait_for(lambda: not home.server.sent_by_bot(home.general))
        await home.until(lambda: not home.rows("messages", "content != ''"))


async def test_a_question_that_is_deleted_while_it_is_answered_ends_its_answer(home: Home) -> None:
    home.pace = Pace(first=0.0, edit=0.0)
    home.model.hold(after_chunks=3)
    async with home.ember():
        home.model.answer(LONG)
        said = await home.server.say(home.ada, home.general, f"{home.me} count")
        await says(home, home.general, "one two three")
        await home.server.delete(said)
        await home.server.wait_for(lambda: not home.server.sent_by_bot(home.general))
        home.model.release()
        await home.ask(home.ada, home.general, f"{home.me} hello")
    assert home.answers(home.general) == ["You said: hello"]


async def test_a_question_that_is_deleted_before_its_turn_is_not_answered_by_a_later_process_either(home: Home) -> None:
    home.pace = Pace(first=0.0, edit=0.0)
    home.model.hold(after_chunks=3)
    async with home.ember():
        home.model.answer(LONG)
        await home.server.say(home.ada, home.general, f"{home.me} count")
        await says(home, home.general, "one two three")  # from here on a line waits for a turn of its own
        said = await home.server.say(home.ada, home.general, f"{home.me} and more")
        await home.until(lambda: home.rows("messages", "content = 'and more'"))
        await home.server.delete(said)
        await home.until(lambda: not home.rows("messages", "content = 'and more'"))
    home.model.release()
    async with home.ember():
        await home.server.say(home.ada, home.general, f"{home.me} hello")
        await says(home, home.general, "You said: hello")
    assert "forgotten" not in str(home.answers(home.general))


@pytest.mark.parametrize(("emoji", "reward"), [("👍", 1), ("👎🏽", -1)])
async def test_a_thumb_of_the_asker_is_the_answer_s_reward_until_it_is_taken_back(
    home: Home, emoji: str, reward: int
) -> None:
    async with home.ember():
        answer = await home.ask(home.ada, home.general, f"{home.me} hello")
        await home.ask(home.bob, home.general, f"{home.me} hello")
        home.world.react(home.bob, answer, "👍")
        home.world.react(home.ada, answer, emoji)
        await home.until(lambda: home.value("SELECT sum(reward) FROM messages") == reward)
        home.world.unreact(home.ada, answer, emoji)
        await home.until(lambda: home.value("SELECT sum(reward) FROM messages") is None)


async def test_the_asker_can_have_an_answer_deleted_and_nobody_else_can(home: Home) -> None:
    async with home.ember():
        home.model.answer("\n\n".join(f"{number} " + "word " * 300 for number in range(2)))
        await home.server.say(home.ada, home.general, f"{home.me} tell me")
        first, second = await home.server.wait_messages(home.general, 2)
        await home.ask(home.bob, home.general, f"{home.me} hello")
        home.world.react(home.bob, first, "🗑️")
        home.world.react(home.bob, first, "👎")
        home.world.react(home.ada, second, "🗑️")
        await home.server.wait_for(lambda: home.answers(home.general) == ["You said: hello"])


async def test_whoever_had_an_answer_deleted_hears_the_one_to_other_words(home: Home) -> None:
    async with home.ember():
        said = await home.server.say(home.ada, home.general, f"{home.me} two and too")
        (answer,) = await home.server.wait_messages(home.general, 1)
        await home.until(lambda: home.rows("queue", "platform_id IS NOT NULL"))
        home.world.react(home.ada, answer, "🗑️")
        await home.until(lambda: home.rows("queue", "type = 'delivery' AND platform_id IS NULL"))
        assert home.server.sent_by_bot(home.general) == []
        await home.server.edit(said, f"{home.me} two and two")
        assert (await says(home, home.general, "You said: two and two")).reference_id == said.id
    assert home.posts(home.general) == 2


@pytest.mark.parametrize("on", ["question", "answer"])
async def test_a_reaction_of_the_asker_stops_an_answer(home: Home, on: str) -> None:
    home.pace = Pace(first=0.0, edit=0.0)
    home.model.hold(after_chunks=3)
    async with home.ember():
        home.model.answer(LONG)
        said = await home.server.say(home.ada, home.general, f"{home.me} count")
        answer = await says(home, home.general, "one two three")
        await home.until(lambda: home.rows("queue", "platform_id IS NOT NULL"))
        home.world.react(home.ada, said if on == "question" else answer, "⏹️")
        await home.server.wait_for(lambda: answer.content.endswith("-# stopped"))


def _replies(home: Home) -> list[ItemId]:
    ids = str(home.value("SELECT group_concat(id) FROM (SELECT id FROM messages WHERE direction = 'out' ORDER BY id)"))
    return [ItemId(int(one)) for one in ids.split(",")]
