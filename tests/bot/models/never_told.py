"""Facts, and what may be asked of them: what was told, and what was never told, by a change of one noun."""

from collections.abc import Iterator
from typing import Final

#: How a fact is told, how it is asked for, the things it was told of with the words that answer, and other things.
_KINDS: Final = (
    ("my {} is called {}", "what is my {} called?",
     {"cat": "Miso", "sister": "Ada", "boat": "Swift", "teacher": "Brandt", "street": "Elm"},
     ("dog", "brother", "car", "doctor", "village")),
    ("my {} is in the {}", "where is my {}?",
     {"bicycle": "cellar", "passport": "drawer", "guitar": "attic", "ladder": "garage", "tent": "cupboard"},
     ("scooter", "licence", "piano", "hammer", "rucksack")),
    ("my favourite {} is {}", "what is my favourite {}?",
     {"colour": "green", "dish": "lasagne", "film": "Alien", "season": "autumn", "composer": "Satie"},
     ("animal", "drink", "novel", "sport", "painter")),
    ("I bought the {} in {}", "where did I buy the {}?",
     {"lamp": "Oslo", "carpet": "Izmir", "kettle": "Leeds", "scarf": "Lyon", "clock": "Basel"},
     ("table", "curtain", "toaster", "jacket", "mirror")),
    ("my {} starts at {} o'clock", "when does my {} start?",
     {"shift": "seven", "choir": "eight", "lecture": "ten", "match": "three", "flight": "noon"},
     ("meeting", "yoga", "exam", "concert", "train")),
    ("my {} works at the {}", "where does my {} work?",
     {"aunt": "harbour", "neighbour": "bakery", "cousin": "library", "flatmate": "airport", "mother": "theatre"},
     ("uncle", "landlord", "nephew", "colleague", "father")),
    ("the {} costs {} euros", "how much does the {} cost?",
     {"rent": "700", "ticket": "49", "course": "120", "parking": "15", "membership": "30"},
     ("electricity", "insurance", "repair", "laundry", "subscription")),
    ("I am going to {} with {}", "who am I going to {} with?",
     {"Norway": "Tom", "Madrid": "Lena", "Vienna": "Ravi", "Iceland": "Jo", "Porto": "Mia"},
     ("Sweden", "Rome", "Prague", "Ireland", "Athens")),
)  # fmt: skip


def facts() -> Iterator[tuple[str, str, str]]:
    """Yields what is told, the question for it, and the word that answers."""
    for told, asked, things, _ in _KINDS:
        for thing, answer in things.items():
            yield told.format(thing, answer), asked.format(thing), answer


def never_told() -> list[str]:
    """Returns 200 questions that a fact would answer if it were about another thing."""
    questions = [asked.format(other) for _, asked, _, others in _KINDS for other in others]
    # The same things in the words of the other kinds of facts: what is asked is never what was told of them.
    elsewhere = [other for _, _, _, others in _KINDS[:7] for other in others]
    for _, asked, things, others in _KINDS[:6]:
        questions += [asked.format(other) for other in elsewhere if other not in others and other not in things]
    return questions[:200]
