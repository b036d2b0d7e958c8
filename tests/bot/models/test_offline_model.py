import json
from collections.abc import AsyncIterator

import pytest

from bot.models.model import (
    Call,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    Role,
    TextDelta,
)
from bot.models.offline_model import OfflineModel, persons_words
from bot.models.offline_rules import Intent, Line
from bot.models.offline_talks import NEVER_TOLD, NO_SECRETS, NOT_HERE, NOTED, talk_about
from memory import REDACTED, Trust
from tests.bot.models.offline_chat import Chat


@pytest.mark.parametrize(
    "words",
    [
        "remember that my cat is called Miso",
        "Remember: my cat is called Miso",
        "please remember that my cat is called Miso",
        "Hey Ember, could you please remember that my cat is called Miso?",
        "don't forget that my cat is called Miso",
        "Don’t forget my cat is called Miso",
        "remember my cat is called Miso",
    ],
)
async def test_what_is_to_be_remembered_is_remembered_in_the_persons_words(chat: Chat, words: str) -> None:
    answer = await chat.say(words)
    assert [json.loads(call.arguments) for call in chat.calls] == [
        {"content": "my cat is called Miso"}
    ]  # fmt: skip
    assert answer == "I'll remember that: my cat is called Miso."


async def test_a_full_stop_is_not_doubled(chat: Chat) -> None:
    assert await chat.say("Remember that I live in Berlin.") == "I'll remember that: I live in Berlin."


async def test_several_lines_are_remembered_in_order(chat: Chat) -> None:
    answer = await chat.say("remember that my cat is called Miso\n\nremember that I live in Berlin")
    assert answer == "I'll remember that: my cat is called Miso.\nI'll remember that: I live in Berlin."
    assert chat.kept[:2] == ["my cat is called Miso", "I live in Berlin"]


async def test_a_line_that_ends_with_a_colon_goes_on(chat: Chat) -> None:
    await chat.say("remember that my address is:\nMain Street 5\n12345 Berlin")
    assert chat.kept[0] == "my address is:\nMain Street 5\n12345 Berlin"


async def test_more_commands_than_a_turn_takes_are_not_dropped_in_silence(chat: Chat) -> None:
    answer = await chat.say("\n".join(f"remember that my number {number} is {number}" for number in range(12)))
    assert answer.endswith("I took only the first 10 of 12 lines.")
    assert len(chat.calls) == 10


async def test_what_cannot_be_kept_is_said_so(chat: Chat) -> None:
    answer = await chat.say(f"remember that {'a' * 4001}")
    assert answer.startswith("I could not keep that: the arguments of remember do not fit")


@pytest.mark.parametrize("words", ["my cat is called Miso", "I live in Berlin", "call me EJ", "I'm 37 years old"])
async def test_a_fact_said_in_passing_is_acknowledged_with_how_to_keep_it(chat: Chat, words: str) -> None:
    assert await chat.say(words) == NOTED
    assert chat.calls == []


@pytest.mark.parametrize(
    ("told", "question", "answer"),
    [
        ("remember that my cat is called Miso", "what is my cat called?", "my cat is called Miso"),
        ("my cat is called Miso", "What is the name of my cat?", "my cat is called Miso"),
        ("my cat is called Miso", "do you remember my cat's name?", "my cat is called Miso"),
        ("my cat's name is Miso", "what's my cat called", "my cat's name is Miso"),
        ("I live in Berlin", "which city do I live in?", "I live in Berlin"),
        ("I live in Berlin", "Where do I live", "I live in Berlin"),
        ("I am 37 years old", "how old am I?", "I am 37 years old"),
        ("my favourite colour is blue", "what is my favourite colour?", "my favourite colour is blue"),
        ("my name is EJ", "what is my name?", "my name is EJ"),
        ("call me EJ", "what's my name?", "call me EJ"),
        ("my birthday is on 3 May", "when is my birthday?", "my birthday is on 3 May"),
        ("I have two cats", "how many cats do I have?", "I have two cats"),
        ("hello\nmy cat is called Miso\nhow are you?", "what is my cat called?", "my cat is called Miso"),
        ("when I was five we had a boat", "did we have a boat?", "when I was five we had a boat"),
    ],
)
async def test_a_question_is_answered_in_the_persons_own_words(
    chat: Chat, told: str, question: str, answer: str
) -> None:  # fmt: skip
    await chat.say(told)
    assert await chat.say(question) == f'You told me: "{answer}" (21 November 2026).'


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("my cat is called Miso", "what is my dog called?"),
        ("my cat is called Miso", "what is my name?"),
        ("my cat is called Miso", "what is the name of my boat?"),
        ("my name is EJ", "what is the name of my boat?"),
        ("my favourite food is pizza", "what is my favourite colour?"),
        ("my cat is 3 years old", "how old am I?"),
        ("my sister lives in Rome", "where do I live?"),
        ("what is my dog called?", "what is my dog called?"),
        ("forget my dog", "what is my dog called?"),
        ("my cat is called Miso", "why?"),
        ("my cat is called Miso", "what about that thing?"),
        ("my cat is called Miso", "what about the stuff?"),
    ],
)
async def test_what_was_never_told_is_not_known(chat: Chat, told: str, question: str) -> None:
    await chat.say(told)
    assert await chat.say(question) == NEVER_TOLD


async def test_what_is_withheld_here_was_told_and_is_not_denied(chat: Chat) -> None:
    chat.memories.withheld = 1
    assert await chat.say("what is my dog called?") == NOT_HERE


async def test_what_somebody_else_said_is_told_as_theirs(chat: Chat) -> None:
    chat.memories.said("the meeting is on Monday", by=(8, "Ana"))
    assert await chat.say("when is the meeting?") == 'Ana said: "the meeting is on Monday" (21 November 2026).'


async def test_what_somebody_else_said_of_himself_is_not_of_the_asker(chat: Chat) -> None:
    chat.memories.said("my cat is called Tom", by=(8, "Bob"))
    assert await chat.say("what is my cat called?") == NEVER_TOLD
    assert await chat.say("what is Bob's cat called?") == 'Bob said: "my cat is called Tom" (21 November 2026).'


async def test_what_was_concluded_is_not_told_as_said(chat: Chat) -> None:
    chat.memories.remembered("EJ likes pizza", trust=Trust.DERIVED)
    assert await chat.say("what pizza do I like?") == 'I noted: "EJ likes pizza" (21 November 2026).'


async def test_the_newest_of_what_begins_alike_counts(chat: Chat) -> None:
    await chat.say("my favourite colour is blue")
    await chat.say("my favourite colour is green now, and I mean it")
    assert "green" in await chat.say("what is my favourite colour?")


async def test_a_name_is_preferred_where_a_name_is_asked_for(chat: Chat) -> None:
    await chat.say("my cat is called Miso")
    await chat.say("my cat is black")
    assert "Miso" in await chat.say("what is the name of my cat?")


async def test_all_that_is_known_of_the_asker_is_listed_once(chat: Chat) -> None:
    await chat.say("remember that my cat is called Miso")
    await chat.say("I live in Berlin")
    await chat.say("what time is it?")
    chat.memories.said("I live in Rome", by=(8, "Bob"))
    answer = await chat.say("what do you know about me?")
    assert sorted(answer.splitlines()) == [
        '- "I live in Berlin" (21 November 2026)',
        '- "my cat is called Miso" (21 November 2026)',
        "This is what I know:",
    ]


async def test_what_is_known_about_a_topic_is_listed(chat: Chat) -> None:
    await chat.say("my cat is called Miso")
    await chat.say("I live in Berlin")
    assert await chat.say("what do you remember about my cat?") == (
        'This is what I know:\n- "my cat is called Miso" (21 November 2026)'
    )
    assert await chat.say("what do you know about my dog?") == NEVER_TOLD


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("calculate 2+2*3", "2+2*3 = 8"),
        ("what is 17% of 80?", "17% of 80 = 13.6"),
        ("2+2", "2+2 = 4"),
        ("How much is 3 x 4?", "3 x 4 = 12"),
        ("sqrt(16) + 1", "sqrt(16) + 1 = 5"),
        ("what's (2)*3", "(2)*3 = 6"),
        ("calculate 1/0", "I cannot calculate that: division by zero has no result."),
        ("calculate my taxes", "I cannot calculate that: that cannot be read as arithmetic."),
    ],
)
async def test_arithmetic_is_calculated(chat: Chat, words: str, answer: str) -> None:
    assert await chat.say(words) == answer


@pytest.mark.parametrize(
    "words", ["what time is it", "What's the time?", "what day is today?", "what is today's date?"]
)
async def test_the_time_is_told(chat: Chat, words: str) -> None:
    assert (await chat.say(words)).startswith("It is Saturday, 21 November 2026, 10:05, Europe/Berlin")


async def test_the_time_elsewhere_is_told_or_not_known(chat: Chat) -> None:
    assert "18:05, Asia/Tokyo" in await chat.say("what time is it in Asia/Tokyo?")
    assert (await chat.say("what time is it in Tokyo?")).startswith('I cannot tell: there is no time zone "Tokyo"')


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("hello", "Hello!"),
        ("Hi there!", "Hello!"),
        ("thanks a lot", "You're welcome."),
        ("who are you?", "set OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL, in .env"),
        ("help", "OPENAI_MODEL"),
        ("what can you do?", "remember"),
        ("remind me to call mum at 5", "cannot set reminders"),
        ("todo: buy milk", "cannot set reminders"),
        ("add milk to my shopping list", "cannot set reminders"),
        ("Bob likes tea", "without a language model"),
        ("lorem ipsum", "without a language model"),
        ("", "no words"),
        (" \n ", "no words"),
    ],
)
async def test_the_rest_is_answered_without_a_call(chat: Chat, words: str, told: str) -> None:
    assert told in await chat.say(words)
    assert chat.calls == []


@pytest.mark.parametrize("words", [f"my password is {REDACTED}", f"the key: {REDACTED}\nthanks"])
async def test_a_secret_is_not_noted_and_that_is_said(chat: Chat, words: str) -> None:
    assert await chat.say(words) == NO_SECRETS
    assert chat.calls == []


async def test_of_several_lines_the_last_question_counts(chat: Chat) -> None:
    await chat.say("my cat is called Miso")
    assert "Miso" in await chat.say("what is my dog called?\nwhat is my cat called?\nhello")


async def test_a_call_that_fails_is_said_so(chat: Chat) -> None:
    request = ModelRequest(
        (
            ModelMessage(Role.USER, "what is my cat called?"),
            ModelMessage(Role.ASSISTANT, "", calls=(Call("call-1", "recall", "{}"),)),
            ModelMessage(Role.TOOL, "Failed: recall took too long and was given up", call_id="call-1"),
        ),
        (),
        max_output_tokens=100,
    )
    assert await _text(OfflineModel().stream(request)) == (
        "I could not look that up: recall took too long and was given up."
    )


async def test_results_belong_to_their_calls_and_not_to_their_places(chat: Chat) -> None:
    request = ModelRequest(
        (
            ModelMessage(Role.USER, "remember that I am EJ\nremember that I live in Berlin"),
            ModelMessage(Role.ASSISTANT, "", calls=(Call("call-1", "remember", ""), Call("call-2", "remember", ""))),
            ModelMessage(Role.TOOL, "Failed: the memory is busy", call_id="call-2"),
            ModelMessage(Role.TOOL, "{}", call_id="call-1"),
        ),
        (),
        max_output_tokens=100,
    )
    assert await _text(OfflineModel().stream(request)) == (
        "I'll remember that: I am EJ.\nI could not keep that: the memory is busy."
    )


async def test_the_answer_comes_word_by_word() -> None:
    request = ModelRequest((ModelMessage(Role.USER, "thanks"),), (), max_output_tokens=100)
    events = [event async for event in OfflineModel().stream(request)]
    assert events[:-1] == [TextDelta("You're "), TextDelta("welcome.")]


def test_the_persons_words_are_all_below_the_first_heading() -> None:
    assert persons_words("It is Saturday.\nWords:\nhello\nWords:\nbye") == "hello\nWords:\nbye"
    assert persons_words("Words:\nhello") == "hello"
    assert persons_words("hello") == "hello"


def test_every_intent_has_a_talk() -> None:
    for intent in Intent:
        talk_about(Line(intent, "remember that I am EJ", "I am EJ")).close()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    ["a", "? ", "!?", "so ", "2+", "(", "exp", "remember that ", "that: ", "to my ", "what ", "x\n", "a:\n", "'s", "…"],
)
async def test_a_very_long_line_is_answered(chat: Chat, unit: str) -> None:
    long = (unit * 100_000)[:100_000]
    for words in (long, f"what is {long} z", f"remember {long} z?", f"forget {long}", f"add {long} z", f"{long}?x"):
        chat.memories.items.clear()
        assert await chat.say(words)


async def _text(events: AsyncIterator[ModelEvent]) -> str:
    return "".join([event.text async for event in events if isinstance(event, TextDelta)])
