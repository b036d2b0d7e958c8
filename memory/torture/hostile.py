"""Asks what nobody would ask: no question may fail, and none may be answered with what its place may not see."""

import asyncio
import random
from collections import defaultdict
from pathlib import Path
from typing import Final

from memory.clock import SystemClock
from memory.open import Store, open_memory
from memory.place import Channel, OneReader, PartOfGuild, Place, WholeGuild
from memory.records import Found, ItemId, Person, Trust
from memory.search.question import Question
from memory.tables.memories import NewMemory
from memory.torture.figures import Figures

PEOPLE: Final = 4
ITEMS: Final = 5  #: of each person in each place
TOGETHER: Final = 50  #: questions asked at the same time

_WORDS: Final = ("pizza", "Miso", "cat", "Grüße", "naïve", "東京タワー", "can't", "2026", "sofa", "αβγ")
_NASTY: Final = (
    '"', '""', "'", "*", "a*", "^a", "-a", "multi-agent", "a:b", "{x}:y", "NEAR(", "NEAR(a b,99999999999999)",
    "AND", "OR", "NOT", "a OR OR b", "NOT a", "((((", "a)(b", "C++", ".NET", "don't", "38.101", "a\x00b", "\ud800",
    "\u202e", "e\u0301", "rank MATCH", "'; DROP TABLE memories; --", "\u200b", "ſ", "İ", "0000001pizza", "items_fts",
    '"unfinished', "%", "_", "\\", "?", ":x", "\n", "\t", "integrity-check", "delete-all", "\U0001f431", "ﷺ",
)  # fmt: skip
_LONG: Final = ("x" * 20_000, "a " * 3_000, "(" * 3_000)
_GUILD: Final = "guild"
_PLACES: Final = (
    Place(Channel.DISCORD, OneReader(), channel_id="dm"),
    Place(Channel.DISCORD, WholeGuild(), channel_id="general", guild=_GUILD),
    Place(Channel.DISCORD, PartOfGuild(), channel_id="staff", guild=_GUILD),
    Place(Channel.DISCORD, WholeGuild(), channel_id="lobby", guild="another guild"),
)

Visible = dict[Place, set[ItemId]]


async def hostile_round(folder: Path, questions: int, seed: int = 1) -> Figures:
    """Asks so many questions of a memory of several people, places and guilds."""
    choose = random.Random(seed)  # noqa: S311
    faults: list[str] = []
    async with open_memory(folder, SystemClock(), "a test of questions") as store:
        people, visible = await _peopled(store)
        for begun in range(0, questions, TOGETHER):
            some = [_question(choose, people) for _ in range(min(TOGETHER, questions - begun))]
            answers = await asyncio.gather(*(store.search.find(one) for one in some), return_exceptions=True)
            faults += [fault for asked in zip(some, answers, strict=True) for fault in _faults(*asked, visible)]
    return Figures(trials=questions, faults=tuple(faults))


async def _peopled(store: Store) -> tuple[list[Person], Visible]:
    """Returns who is there, and what each place may see: an item's own place, and its owner in private."""
    people = [await store.people.meet(Channel.DISCORD, f"{number}", f"person {number}") for number in range(PEOPLE)]
    visible: Visible = defaultdict(set)
    for person in people:
        for where in _PLACES:
            place = where.read_by(person.id)
            for number in range(ITEMS):
                text = " ".join((*_WORDS[number:], f"of {person.name}"))
                item = await store.memories.add(place, person.id, NewMemory(text, Trust.SAID))
                visible[place].add(item.id)
                visible[_PLACES[0].read_by(person.id)].add(item.id)
    # Who reads a part of the guild reads what all of it reads.
    visible[_PLACES[2]] |= visible[_PLACES[1]]
    return people, visible


def _question(choose: random.Random, people: list[Person]) -> Question:
    parts = [_part(choose) for _ in range(choose.randrange(7))]  # none: a blank question asks for the newest
    asker = choose.choice(people)
    place = choose.choice(_PLACES).read_by(asker.id)
    return Question(place, asker.id, choose.choice((" ", "", '"')).join(parts), choose.randint(1, 20))


def _part(choose: random.Random) -> str:
    match choose.randrange(20):
        case 0:
            return choose.choice(_LONG)
        case number if number < 8:
            return choose.choice(_WORDS)
        case number if number < 16:
            return choose.choice(_NASTY)
        case _:
            return "".join(chr(choose.randrange(0x11_0000)) for _ in range(choose.randint(1, 12)))


def _faults(question: Question, answer: Found | BaseException, visible: Visible) -> list[str]:
    if isinstance(answer, Exception):
        return [f"{question.text[:80]!r} raised {answer!r}"]
    if isinstance(answer, BaseException):
        raise answer
    strange = [hit.item.id for hit in answer.hits if hit.item.id not in visible[question.place]]
    return [f"{question.text[:80]!r} showed what its place may not see"] if strange else []
