"""The obvious facts, by rules, and what they are to each other."""

import pytest

from bot.conversation.facts import Fact, Relation, facts
from memory import Tier

#: What is said, in which language, and the facts in it: what they are kept as.
SAID = [
    ("My cat is called Miso.", "en", ["My cat is called Miso"]),
    ("my dog's name is Rex", "en", ["my dog's name is Rex"]),
    ("I have a cat called Miso", "en", ["I have a cat called Miso"]),
    ("the name of my cat is Miso", "en", ["the name of my cat is Miso"]),
    ('my cat is called "Miso"', "en", ["my cat is called Miso"]),
    ("my cat is Miso", "en", ["my cat is Miso"]),
    ("I live in Berlin", "en", ["I live in Berlin"]),
    ("I just moved to Rome!", "en", ["I just moved to Rome"]),
    ("I'm originally from Lisbon", "en", ["I'm originally from Lisbon"]),
    ("I come from Peru", "en", ["I come from Peru"]),
    ("I work as a nurse", "en", ["I work as a nurse"]),
    ("I work at the harbour", "en", ["I work at the harbour"]),
    ("call me Ej", "en", ["call me Ej"]),
    ("hello, my name is Ana", "en", ["my name is Ana"]),
    ("I like tea", "en", ["I like tea"]),
    ("I really love the sea in winter", "en", ["I really love the sea in winter"]),
    ("I hate olives", "en", ["I hate olives"]),
    ("I prefer trains to planes", "en", ["I prefer trains to planes"]),
    ("I don't like coffee any more", "en", ["I don't like coffee any more"]),
    ("I no longer smoke", "en", ["I no longer smoke"]),
    ("I don't eat meat", "en", ["I don't eat meat"]),
    ("I stopped smoking", "en", ["I stopped smoking"]),
    ("I am allergic to nuts", "en", ["I am allergic to nuts"]),
    ("I have a peanut allergy", "en", ["I have a peanut allergy"]),
    ("my daughter is allergic to milk", "en", ["my daughter is allergic to milk"]),
    ("My birthday is on 3 May", "en", ["My birthday is on 3 May"]),
    ("on 3 May I ran a marathon", "en", ["on 3 May I ran a marathon"]),
    ("I have an exam on 12 June 2027", "en", ["I have an exam on 12 June 2027"]),
    ("My sister is a doctor", "en", ["My sister is a doctor"]),
    ("my brother lives in Oslo", "en", ["my brother lives in Oslo"]),
    ("my favourite colour is green", "en", ["my favourite colour is green"]),
    ("I'm vegan", "en", ["I'm vegan"]),
    ("I'm 34 years old", "en", ["I'm 34 years old"]),
    ("I no longer live in Berlin", "en", ["I no longer live in Berlin"]),
    ("we have two children", "en", ["we have two children"]),
    ("remember that my cat is called Miso", "en", ["my cat is called Miso"]),
    (
        "Hi Ember, my name is Ana, I live in Rome, Italy and I work as a nurse.",
        "en",
        ["my name is Ana", "I live in Rome, Italy", "I work as a nurse"],
    ),
    ("I like tea but hate coffee", "en", ["I like tea", "I hate coffee"]),
    ("I live in Berlin. No, I live in Rome", "en", ["I live in Rome"]),
    ("I was born in 1984. My son is 7. I like tea", "en", ["I was born in 1984", "My son is 7", "I like tea"]),
    ("about me: I live in Rome", "en", ["I live in Rome"]),
    ("Some facts about me:\nI live in Rome\nmy cat is called Miso", "en", ["I live in Rome", "my cat is called Miso"]),
    ("Ich mag Tee", "de", ["Ich mag Tee"]),
    ("ich mag keinen Kaffee mehr", "de", ["ich mag keinen Kaffee mehr"]),
    ("ich mag Kaffee nicht mehr", "de", ["ich mag Kaffee nicht mehr"]),
    ("ich wohne in Berlin", "de", ["ich wohne in Berlin"]),
    ("ich wohne nicht mehr in Berlin", "de", ["ich wohne nicht mehr in Berlin"]),
    ("ich bin nach Rom gezogen", "de", ["ich bin nach Rom gezogen"]),
    ("ich komme aus Lissabon", "de", ["ich komme aus Lissabon"]),
    ("ich arbeite als Lehrer", "de", ["ich arbeite als Lehrer"]),
    ("meine Katze heißt Miso", "de", ["meine Katze heißt Miso"]),
    ("mein Hund ist ein Dackel", "de", ["mein Hund ist ein Dackel"]),
    ("nenn mich Ej", "de", ["nenn mich Ej"]),
    ("ich bin allergisch gegen Nüsse", "de", ["ich bin allergisch gegen Nüsse"]),
    ("ich habe eine Nussallergie", "de", ["ich habe eine Nussallergie"]),
    ("mein Geburtstag ist am 3. Mai", "de", ["mein Geburtstag ist am 3. Mai"]),
    ("am 3. Mai habe ich Prüfung", "de", ["am 3. Mai habe ich Prüfung"]),
    ("ich trinke gern Tee und hasse Kaffee", "de", ["ich trinke gern Tee", "ich hasse Kaffee"]),
    ("meine Lieblingsfarbe ist Grün", "de", ["meine Lieblingsfarbe ist Grün"]),
    ("ich rauche nicht mehr", "de", ["ich rauche nicht mehr"]),
]

NO_FACT = [
    "do I live in Berlin?",
    "my cat is called Miso, right?",
    "if I lived in Rome I would eat pizza",
    "I would like a coffee",
    "I wish I lived in Rome",
    "imagine I live on Mars",
    "I am from Mars, just kidding",
    "maybe I like tea",
    "Bob says I am allergic to nuts",
    'she said "I like tea very much"',
    "> my cat is called Rex",
    "```\nmy cat is called Rex\n```",
    "translate: I like tea",
    "forget that I like tea",
    "call me later",
    "call me when you can",
    "call me at 030 1234567",
    "my cat is sick",
    "my train is late",
    "my head is killing me",
    "my question is how to do that",
    "my password is [secret]",
    "my API key is missing",
    "I am tired",
    "I'm a bit lost",
    "I'm going to the store",
    "I like it",
    "I like that idea",
    "I love you",
    "I like your answer",
    "I have a question",
    "I have to go",
    "I don't know any more",
    "I don't have time",
    "you live in Berlin",
    "he likes tea",
    "the moon is round",
    "ich bin müde",
    "ich mag das",
    "ich hätte gern Tee",
    "wenn ich in Rom wohne",
    "mag ich Tee?",
    "Bob: I live in Rome\nAna: my cat is called Rex",
    "[10:04] Bob: I live in Rome",
    "Bob wrote: I live in Rome",
    "my brother says: I live in Rome",
    "not true: I live in Rome",
    "Translate this into German:\nI live in Rome and my cat is called Miso",
    "I live in Rome.\n\nCan you rephrase the text above?",
    "is this sentence right?\nI live in Rome",
    "Übersetze das ins Englische:\nIch wohne in Rom",
    "Subject: hello\nDear Ana,\nI live in Rome",
    "Write a story for me. I live in Rome",
    "let's pretend. My name is Drogo",
    "the first page:\nI live in Rome",
    "I like trains, said Bob",
    "I live in Rome, he said",
    "Bob sagt, ich wohne in Rom",
    "ich glaube, ich mag Tee",
    "I like tea, NOT",
    "I like tea... not!",
    "yeah right, I love Mondays",
    "I love bugs 🙄",
    "I live in fear",
    "I live in the moment",
    "I moved on to Python",
    "I moved in with Ana",
    "I moved to the next chapter",
    "I moved from Python to Rust",
    "I moved to Linux",
    "we moved from marketing to sales",
    "I moved from one tab to another",
    "I work at night",
    "I work for food",
    "I work as hard as I can",
    "I don't drive today",
    "I stopped the server",
    "I stopped by the store",
    "I like the weather today",
]


@pytest.mark.parametrize(("words", "language", "contents"), SAID)
def test_an_obvious_fact_is_read_in_its_person_s_own_words(words: str, language: str, contents: list[str]) -> None:
    assert [fact.content for fact in facts(words, language)] == contents


@pytest.mark.parametrize("words", NO_FACT)
def test_what_is_no_fact_about_its_person_is_none(words: str) -> None:
    assert facts(words, "en") == []
    assert facts(words, "de") == []


def only(words: str, language: str = "en") -> Fact:
    (fact,) = facts(words, language)
    return fact


@pytest.mark.parametrize(
    ("known", "told", "relation"),
    [
        ("my cat is called Miso", "my cat is called Luna", Relation.REPLACES),
        ("my cat is called Miso", "my cat's name is Miso", Relation.SAME),
        ("my cat is called Miso", "my cat is black", Relation.EXTENDS),
        ("my cat is called Miso", "my dog is called Rex", Relation.NONE),
        ("my sister is called Anna", "my sister is called Lena", Relation.EXTENDS),
        ("my sister is called Anna", "my sister is called Lena now", Relation.REPLACES),
        ("I live in Berlin", "I live in Rome", Relation.REPLACES),
        ("I live in Berlin", "I moved to Rome", Relation.REPLACES),
        ("I live in Berlin", "I moved from Berlin to Rome", Relation.REPLACES),
        ("I live in Berlin", "ich bin von Berlin nach Rom gezogen", Relation.REPLACES),
        ("I moved from Berlin to Rome", "I live in Rome", Relation.SAME),
        ("I moved to Rome from Berlin", "I live in Berlin", Relation.REPLACES),
        ("I live in Berlin", "I no longer live in Berlin", Relation.REPLACES),
        ("I live in Rome", "I no longer live in Berlin", Relation.NONE),
        ("I no longer live in Rome", "I live in Rome", Relation.REPLACES),
        ("I no longer live in Berlin", "I live in Rome", Relation.NONE),
        ("I live in Rome, Italy", "I live in Rome", Relation.SAME),
        ("I live in Rome", "I live in Rome, Italy", Relation.REPLACES),
        ("I like tea", "I love tea", Relation.SAME),
        ("I like tea", "I like coffee", Relation.NONE),
        ("I like tea", "I hate tea", Relation.REPLACES),
        ("I like coffee", "I don't like coffee any more", Relation.REPLACES),
        ("I am allergic to nuts", "I am allergic to milk", Relation.NONE),
        ("I am allergic to nuts", "I am not allergic to nuts", Relation.REPLACES),
        ("my favourite colour is green", "my favorite colour is blue", Relation.REPLACES),
        ("my birthday is on 3 May", "my birthday is on 3 June", Relation.REPLACES),
        ("call me Ej", "my name is Ana", Relation.REPLACES),
        ("I work as a nurse", "I work as a pilot", Relation.REPLACES),
        ("I work as a nurse", "I work at the harbour", Relation.NONE),
        ("I live in Rome", "I live in a small flat", Relation.NONE),
        ("I live in Rome", "I live on the third floor", Relation.NONE),
        ("I live in a small flat", "I live in Rome", Relation.NONE),
        ("I live in Rome", "I moved to the Netherlands", Relation.REPLACES),
        ("my brother lives in Rome", "my brother lives in a tent", Relation.EXTENDS),
        ("I work at Google", "I work for a small bank", Relation.NONE),
        ("I'm not vegan", "I was vegan", Relation.NONE),
        ("I'm vegan", "I was vegan", Relation.NONE),
        ("I'm a pilot", "I was a teacher", Relation.NONE),
        ("my cat is called Miso", "my cat isn't called Miso", Relation.REPLACES),
        ("my name is Bob", "my name is not Bob", Relation.REPLACES),
        ("ich bin vegan", "ich bin nicht mehr vegan", Relation.REPLACES),
        ("meine Katze heißt Miso", "meine Katze heißt nicht Miso", Relation.REPLACES),
        ("ich wohne in Rom", "ich wohne in einer kleinen Wohnung", Relation.NONE),
    ],
)
def test_what_one_fact_is_to_another(known: str, told: str, relation: Relation) -> None:
    assert only(told).relation_to(only(known)) is relation


def test_what_happened_on_a_day_is_episodic_and_an_allergy_important() -> None:
    assert only("on 3 May I ran a marathon").tier is Tier.EPISODIC
    assert only("I like tea").tier is Tier.SEMANTIC
    assert only("I am allergic to nuts").importance > only("I like tea").importance


@pytest.mark.timeout(20)
def test_no_text_takes_long() -> None:
    """What took longer than linear in one of them would run into the limit."""
    pieces = (
        "my ",
        "i ",
        "my a b ",
        "i have a ",
        "on 3 may ",
        "nicht ",
        "any more ",
        "my cat's ",
        ", i ",
        " and i ",
        '"',
        "'",
    )
    for piece in (*pieces, "> ", "`", "am ", "(", "- ", "\n", "ich mag "):
        for length in (299, 50_000):
            facts((piece * (length // len(piece) + 1))[:length], "en")
            facts("i like " + (piece * (length // len(piece) + 1))[:length], "de")
