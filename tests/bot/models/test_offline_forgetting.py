"""What the offline model forgets: what is meant, all of it, and nothing else."""

import pytest

from bot.models.offline_talks import NOT_THAT_ONE, WHAT_TO_FORGET
from tests.bot.models.offline_chat import Chat


async def test_one_fact_is_forgotten_with_all_its_copies(chat: Chat) -> None:
    message = chat.memories.said("remember that my cat is called Miso")
    chat.memories.remembered("my cat is called Miso", source=message.id)
    chat.memories.said("My cat is called Miso.")
    assert await chat.say("forget my cat") == "Forgotten: My cat is called Miso."
    assert [call.name for call in chat.calls] == ["recall", "forget", "forget", "forget", "recall"]
    assert not any("Miso" in text for text in chat.kept[:-2])


async def test_a_single_fact_takes_two_calls_to_forget(chat: Chat) -> None:
    chat.memories.remembered("my cat is called Miso")
    assert await chat.say("Please forget that my cat is called Miso.") == "Forgotten: my cat is called Miso."
    assert [call.name for call in chat.calls] == ["recall", "forget"]


async def test_a_topic_is_forgotten_however_it_is_put(chat: Chat) -> None:
    for words in ("forget about my cat", "forget everything about my cat", "forget what I said about my cat"):
        chat.memories.items.clear()
        chat.memories.remembered("my cat is called Miso!")
        assert await chat.say(words) == "Forgotten: my cat is called Miso!"


async def test_when_several_facts_fit_none_is_forgotten(chat: Chat) -> None:
    chat.memories.remembered("my cat is called Miso")
    chat.memories.remembered("my cat is called Miso and she is black")
    answer = await chat.say("forget my cat")
    assert answer.splitlines()[0] == "Several things fit. Say it in the words of the one you mean:"
    assert len(answer.splitlines()) == 3
    assert [call.name for call in chat.calls] == ["recall"]
    assert await chat.say("forget that my cat is called Miso") == "Forgotten: my cat is called Miso."


@pytest.mark.parametrize(
    "words",
    [
        "forget my dog",
        "forget that I live in Rome",
        "forget Bob's cat",
        "forget that I am called Miso",
        "forget the stuff",
    ],
)
async def test_what_is_not_there_is_not_forgotten(chat: Chat, words: str) -> None:
    await chat.say("my cat is called Miso")
    chat.memories.said("my dog is called Rex", by=(8, "Bob"))
    assert await chat.say(words) == NOT_THAT_ONE


@pytest.mark.parametrize("words", ["forget it", "forget everything", "forget me", "forget that thing"])
async def test_forgetting_needs_to_know_what(chat: Chat, words: str) -> None:
    chat.memories.remembered("my cat is called Miso")
    assert await chat.say(words) == WHAT_TO_FORGET
    assert chat.calls == []
