"""The words decide, never the model: what nobody said is no candidate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.candidates import Proposal, proposals, supported
from bot.conversation.statements import statements
from bot.conversation.support import as_said_by, is_supported
from memory import IdentityId, Person, weighty_words

ANA = Person(IdentityId(1), "Ana")

SUPPORTED = [
    ("my cat is called Miso", "my cat is called Miso"),
    ("my cat is called Miso", "Ana's cat is called Miso"),
    ("I have a cat. She is called Miso.", "my cat is called Miso"),
    ("I live in Rome, Italy", "I live in Rome"),
    ("I like tea but hate coffee", "I like tea"),
    ("I like tea but hate coffee", "I hate coffee"),
    ("I live in Rome", "Ana lives in Rome"),
    ("I live in Rome", "The user lives in Rome."),
    ("I don't like olives", "I don't like olives"),
    ("I don't live in Berlin any more, I live in Rome", "I live in Rome"),
    ("I stopped smoking", "Ana stopped smoking"),
    ("I was born on 3 May 1984", "I was born on 3 May 1984"),
    ("my sister likes olives", "my sister likes olives"),
    ("ich wohne in Berlin", "ich wohne in Berlin"),
    ("j'habite à Lyon", "j'habite à Lyon"),
    ("seit 2019 wohne ich in Rom", "ich wohne in Rom"),
    ("I have a sister. She lives in Rome", "my sister lives in Rome"),
    ("my sister and I live in Rome", "I live in Rome"),
]

NOT_SUPPORTED = [
    ("my cat is called Miso", "my cat is called Luna"),
    ("my cat is called Miso", "my dog is called Miso"),
    ("my cat is called Miso", "I live in Rome"),
    ("I don't like olives", "I like olives"),
    ("I like olives", "I don't like olives"),
    ("I like tea, not coffee", "I like coffee"),
    ("I like tea but hate coffee", "I like coffee"),
    ("I stopped smoking", "I smoke"),
    ("I want to live in Rome", "I live in Rome"),
    ("I will live in Rome", "I live in Rome"),
    ("I think I like olives", "I like olives"),
    ("my sister likes olives", "I like olives"),
    ("he likes olives", "I like olives"),
    ("Bob says I like olives", "I like olives"),
    ('Bob wrote: "I like olives very much indeed"', "I like olives"),
    ("do I like olives?", "I like olives"),
    ("if I lived in Rome", "I live in Rome"),
    ("I was born on 3 May 1984", "I was born on 4 May 1984"),
    ("my number is 12.5", "my number is 125"),
    ("my friend Anna likes tea", "my friend Ann likes tea"),
    ("I like tea. My brother lives in Rome.", "I live in Rome"),
    ("My sister lives in Rome and I love her", "I live in Rome"),
    ("I love my sister. She lives in Rome", "I live in Rome"),
    ("My sister is pregnant. I love her", "I am pregnant"),
    ("My sister lives in Rome because I own her house", "I live in Rome"),
    ("Bob's cat is called Miso and it is my favourite", "my cat is called Miso"),
    ("I have a friend who is allergic to nuts", "I am allergic to nuts"),
    ("I met Ana, who works at Google", "I work at Google"),
    ("I miss living in Rome", "I live in Rome"),
    ("I refuse to live in Rome", "I live in Rome"),
    ("I have to live in Rome", "I live in Rome"),
    ("I rarely drink coffee", "I drink coffee"),
    ("I was vegan", "I am vegan"),
    ("I had a cat called Miso", "I have a cat called Miso"),
    ("my ex-wife lives in Rome", "my wife lives in Rome"),
    ("ich muss in Rom wohnen", "ich wohne in Rom"),
    ("Meine Schwester wohnt in Rom und ich liebe sie", "ich wohne in Rom"),
    ("Bob: I live in Rome", "I live in Rome"),
    ("Translate this, please:\nI live in Rome", "I live in Rome"),
    ("hello there", "Ana"),
    ("hello there", "the user"),
]


@pytest.mark.parametrize(("words", "content"), SUPPORTED)
def test_what_was_said_is_supported(words: str, content: str) -> None:
    assert len(supported([Proposal(content=content)], statements(words), ANA)) == 1


@pytest.mark.parametrize(("words", "content"), NOT_SUPPORTED)
def test_what_was_not_said_is_not(words: str, content: str) -> None:
    assert supported([Proposal(content=content)], statements(words), ANA) == []


VOCABULARY = (
    "I",
    "my",
    "not",
    "like",
    "hate",
    "live",
    "Rome",
    "Luna",
    "cat",
    "tea",
    "called",
    "7",
    "don't",
    "she",
    ".",
)
WORDS = st.lists(st.sampled_from(VOCABULARY))


@given(said=WORDS, content=WORDS)
def test_nothing_is_supported_whose_words_were_not_said(said: list[str], content: list[str]) -> None:
    """Against random talk, every weighty word of whatever gets through stands in the talk."""
    words, candidate = " ".join(said), " ".join(content)
    for kept in supported(
        [Proposal(content=f"xyz {candidate}"), Proposal(content=f"{candidate} . !")], statements(words), ANA
    ):
        assert weighty_words(kept.content, "en") <= weighty_words(words, "en")
        assert weighty_words(kept.content, "en")


@given(st.text(), st.text())
def test_any_text_can_be_looked_at(words: str, content: str) -> None:
    is_supported(as_said_by(content, "Ana"), statements(words), "en")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no",
        "[",
        "]",
        "[[[[",
        '{"content": "x"}',
        '[{"content": 7}]',
        '[{"content": ""}]',
        '[{"importance": 3}]',
        '[{"content": "I like tea", "importance": 11}]',
        '[{"content": "I like tea", "kind": "command"}]',
        "[1, null, true]",
        "[" * 100_000,
    ],
)
def test_an_answer_that_cannot_be_read_proposes_nothing(answer: str) -> None:
    assert proposals(answer) == []


def test_an_answer_is_read_leniently_and_its_elements_strictly() -> None:
    answer = 'Sure!\n```json\n[{"content": " I like tea. ", "replaces": 7}, {"content": null}, {"content": "b c"}]\n```'
    assert [(one.content, one.replaces) for one in proposals(answer)] == [("I like tea.", "7"), ("b c", None)]
