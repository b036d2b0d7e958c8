"""The buttons below replies."""

from tests.bot.channels.discord.home import Home
from tests.servers.discord import Message


def labels(message: Message) -> list[str]:
    rows = [row["components"] for row in message.components]
    return [str(button["label"]) for row in rows if isinstance(row, list) for button in row]


async def test_an_answer_is_made_anew_in_its_own_message_for_its_asker_alone(home: Home) -> None:
    async with home.ember():
        answer = await home.ask(home.ada, home.general, f"{home.me} hello")
        assert labels(answer) == ["Regenerate"]
        home.model.answer("Good day.")
        pressed = await home.server.press(home.bob, answer, "Regenerate")
        assert "I keep nothing of you." in (await pressed.answer()).content
        await (await home.server.press(home.ada, answer, "Regenerate")).answer()
        await home.server.wait_for(lambda: home.answers(home.general) == ["Good day."])
        assert len(home.server.sent_by_bot(home.general)) == 1


async def test_only_the_latest_answer_can_be_made_anew(home: Home) -> None:
    async with home.ember():
        first = await home.ask(home.ada, home.general, f"{home.me} hello")
        await home.ask(home.ada, home.general, f"{home.me} thanks")
        told = await (await home.server.press(home.ada, first, "Regenerate")).answer()
        assert "Only your own last answer here" in told.content
        await (await home.server.slash(home.ada, home.general, "regenerate")).answer()
        await home.server.wait_for(lambda: len(home.model.requests) == 3)
        await home.server.wait_for(lambda: home.answers(home.general) == ["You said: hello", "You said: thanks"])


async def test_a_growing_answer_is_stopped_by_its_asker_alone(quick: Home) -> None:
    async with quick.ember():
        await quick.ask(quick.bob, quick.general, f"{quick.me} hello")
        quick.model.hold(after_chunks=3)
        quick.model.answer("one two three four five six seven eight nine ten")
        await quick.server.say(quick.ada, quick.general, f"{quick.me} count")
        growing = (await quick.server.wait_messages(quick.general, 2))[1]
        assert labels(growing) == ["Stop"]
        told = await (await quick.server.press(quick.bob, growing, "Stop")).answer()
        assert told.content == "**Stop**\nThere is nothing to stop."
        told = await (await quick.server.press(quick.ada, growing, "Stop")).answer()
        assert told.content == "**Stop**\nStopped."
        await quick.server.wait_for(lambda: labels(growing) == [])
        quick.model.release()
    assert quick.rows("messages", "state = 'declined'") == 1


async def test_what_was_remembered_is_taken_back_or_changed_below_the_answer(home: Home) -> None:
    async with home.ember():
        answer = await home.ask(home.ada, home.dm(home.ada), "remember I like tea")
        assert labels(answer) == ["Regenerate", "Undo", "Edit"]
        opened = await home.server.press(home.ada, answer, "Edit")
        await opened.acknowledged()
        assert "I like tea" in str(opened.form)
        await (await home.server.submit(opened, {"text": "I like green tea"})).answer()
        second = await home.ask(home.ada, home.dm(home.ada), "remember I like cake")
        await (await home.server.press(home.ada, second, "Undo")).answer()
        shown = await (await home.server.slash(home.ada, home.dm(home.ada), "memory list")).answer()
        assert "I like green tea" in shown.content
        assert "cake" not in shown.content


async def test_nobody_takes_back_what_is_another_s(home: Home) -> None:
    async with home.ember():
        answer = await home.ask(home.ada, home.general, f"{home.me} remember I like tea")
        await home.ask(home.bob, home.general, f"{home.me} hello")
        told = await (await home.server.press(home.bob, answer, "Undo")).answer()
        assert "tea" not in told.content
        shown = await (await home.server.slash(home.ada, home.dm(home.ada), "memory list")).answer()
        assert "I like tea" in shown.content


async def test_a_brain_on_an_answer_tells_its_asker_alone_what_it_was_made_from(home: Home) -> None:
    async with home.ember():
        await home.ask(home.bob, home.general, f"{home.me} hello")
        answer = await home.ask(home.ada, home.general, f"{home.me} remember I like tea")
        await home.server.react(home.bob, answer, "🧠")
        await home.server.react(home.ada, answer, "🧠")
        (told,) = await home.server.wait_messages(home.dm(home.ada), 1)
        assert told.content.startswith("**Why**\n- reply · Noted.")
        assert home.server.sent_by_bot(home.dm(home.bob)) == []
        assert len(home.server.sent_by_bot(home.general)) == 2
