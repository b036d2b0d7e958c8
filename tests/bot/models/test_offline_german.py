"""What the offline model understands in German; it answers in English, with the person's own German words."""

import pytest

from bot.models.offline_rules import Intent, understood
from bot.models.offline_talks import NEVER_TOLD, NOTED, WHAT_TO_FORGET
from tests.bot.models.offline_chat import Chat

TOLD = ("Mein Hund heißt Rex", "Ich wohne in Berlin", "Ich mag Tee", "Nenn mich Bob", "Meine Lieblingsfarbe ist Grün")


@pytest.mark.parametrize("words", TOLD)
async def test_what_is_told_in_german_is_noted(chat: Chat, words: str) -> None:
    assert await chat.say(words) == NOTED


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Wie heißt mein Hund?", "Mein Hund heißt Rex"),
        ("wie heisst mein hund", "Mein Hund heißt Rex"),
        ("Hallo Ember, wo wohne ich?", "Ich wohne in Berlin"),
        ("Was mag ich?", "Ich mag Tee"),
        ("was mag ich", "Ich mag Tee"),
        ("Was ist meine Lieblingsfarbe?", "Meine Lieblingsfarbe ist Grün"),
        ("Wie heiße ich?", "Nenn mich Bob"),
        ("Weißt du, wie ich heiße?", "Nenn mich Bob"),
    ],
)
async def test_a_german_question_is_answered_in_the_person_s_own_words(chat: Chat, question: str, told: str) -> None:
    for words in TOLD:
        await chat.say(words)
    assert await chat.say(question) == f'You told me: "{told}" (21 November 2026).'


@pytest.mark.parametrize("question", ["Wie heißt meine Katze?", "Wo arbeite ich?", "Was ist mein Lieblingstier?"])
async def test_what_was_never_told_in_german_is_not_known(chat: Chat, question: str) -> None:
    for words in TOLD:
        await chat.say(words)
    assert await chat.say(question) == NEVER_TOLD


async def test_all_that_was_told_in_german_is_listed(chat: Chat) -> None:
    for words in TOLD:
        await chat.say(words)
    listed = await chat.say("Was weißt du über mich?")
    assert [line.split('"')[1] for line in listed.splitlines()[1:]] == list(reversed(TOLD))


async def test_what_is_remembered_in_german_is_forgotten_in_german(chat: Chat) -> None:
    assert await chat.say("Merk dir, dass mein Auto rot ist") == "I'll remember that: mein Auto rot ist."
    assert await chat.say("Wie ist mein Auto?") == 'You told me: "mein Auto rot ist" (21 November 2026).'
    assert await chat.say("Vergiss alles") == WHAT_TO_FORGET
    assert await chat.say("Vergiss mein Auto") == "Forgotten: mein Auto rot ist."


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("Hallo!", Intent.GREETING),
        ("Danke schön", Intent.THANKS),
        ("Wie geht's?", Intent.WELL_BEING),
        ("Was kannst du?", Intent.HELP),
        ("Erinnere mich um fünf an den Tee", Intent.REMINDER),
        ("Wie spät ist es?", Intent.TIME),
        ("Was ist 3 + 4?", Intent.CALCULATE),
        ("Mein Hund heißt Rex?", Intent.QUESTION),
        ("Vergiss nicht, dass ich Tee mag", Intent.REMEMBER),
        ("my hat was red", Intent.STATEMENT),
        ("also note that I like tea", Intent.REMEMBER),
    ],
)
def test_a_german_line_is_understood_and_an_english_one_as_before(words: str, intent: Intent) -> None:
    assert understood(words).intent is intent
