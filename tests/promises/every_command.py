"""Uses every command there is, by everybody, in every kind of place, and looks at all that comes out for words that may
not be there.

    Looker(ember, guilds)   one memory with some worlds in it
    .used(…)                a command run, what it answers searched: texts, rows, buttons, charts, files
    .offered(…), .opened(…) the same for what is offered while somebody types, and for what stands in a form

`python -m tests.promises.every_command FOLDER SEED GUILDS` prints what was shown wrongly: a copy of Ember with the rule
taken out of one place has to be found out by it.
"""

import asyncio
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.app import Ember, open_ember
from bot.commands.page import Asking, Choice, Command, Form, Option, OptionKind, Page, Rank
from bot.settings import Settings
from memory import DrivenClock, ItemId
from tests.memory.scene import MORNING, Scene
from tests.memory.visibility import FOUND_OUT, Spot, make_world
from tests.promises.guilds_with_canaries import GUILDS_A_WORLD, Guilds, guild_of, guilds_of, hide_more, sent_as

WORLDS_A_MEMORY: Final = 4
HOT_ITEMS: Final = (20, 1_000)  #: few and all of a memory's
ASKED_FROM: Final = 2  #: places, of each person who asks
TRIES: Final = 3  #: of a command that takes something: with what is one's own, with others', with anything

#: The only pages with others' words: what stands in the prompt here, and what an answer to the asker was made of.
_OF_OTHERS: Final = ("profile blocks", "why")
#: A new word is given with these, for they repeat it.
_WRITTEN: Final = ("text", "message_text", "reason", "value", "model", "zone", "code", "key")
_ANY_WORDS: Final = ("story", "hide*", "canary*", "the story is")
_WORD: Final = re.compile(r"canary\w+")
_NAME: Final = re.compile(r"\bw\d+ \d\b")
_ONCE: Final = ("admin backup",)  # it copies the whole memory
_TWICE: Final = ("privacy pause", "privacy off-the-record", "privacy learning")  # the second time takes the first back


@dataclass(slots=True)
class Looked:
    """What came of it."""

    guilds: int = 0
    looks: int = 0
    own: int = 0  #: words of the asker's own that were shown, each time
    of_others: int = 0  #: others' that may be
    wrong: list[str] = field(default_factory=list)
    commands: dict[str, int] = field(default_factory=dict)  #: how often each ran


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody in a place."""

    guilds: Guilds
    number: int
    spot: Spot

    @property
    def ranks(self) -> frozenset[Rank]:
        """The first of a world's people owns the installation, the second manages its guilds."""
        manages = self.number == 1 and self.spot.place.guild is not None
        owner = {Rank.GUILD_ADMIN, Rank.OWNER} if self.number == 0 else set()
        return frozenset({Rank.EVERYONE, *owner, *([Rank.GUILD_ADMIN] if manages else [])})


class Looker:
    """Asks, and looks at the answers."""

    def __init__(self, ember: Ember, every: Sequence[Guilds], choose: random.Random, looked: Looked) -> None:
        self._ember = ember
        self._every = every
        self._choose = choose
        self._looked = looked
        self._of_owners: set[str] = set()  # words that owners wrote where only owners look
        self._done_once: set[str] = set()

    async def look(self, guilds: Guilds) -> None:
        """Looks at a world from everywhere, then again when somebody has lost a channel, and is forgotten."""
        self._looked.guilds += GUILDS_A_WORLD
        for number in range(len(guilds.world.people)):
            spots = guilds.spots_of(number)
            for spot in self._choose.sample(spots, k=min(ASKED_FROM, len(spots))):
                await self._ask_everything(Asker(guilds, number, spot))
        await self._lose_a_channel(guilds)
        await self._codes_of_others(guilds)
        await self._forget_somebody(guilds)

    async def _ask_everything(self, asker: Asker, tries: int = TRIES) -> None:
        for command in self._ember.commands:
            takes = 1 if not command.options or command.rank not in asker.ranks else tries
            for number in range(2 if command.path in _TWICE else takes):
                arguments = self._arguments(asker, command, number)
                if command.path in _ONCE and arguments:
                    if command.path in self._done_once:
                        continue
                    self._done_once.add(command.path)
                await self.used(asker, command.path, arguments)
                if command.form is not None:
                    await self.opened(asker, command, arguments)
            for option in command.options:
                if option.suggest is not None:
                    for typed in ("", "story", self._foreign(asker)):
                        await self.offered(asker, command, option, typed)

    # One use

    async def used(self, asker: Asker, path: str, arguments: Mapping[str, str]) -> Page:
        """Runs a command, and what its lists' buttons lead to."""
        command = self._ember.commands.find(path)
        assert command is not None
        if command.rank is not Rank.EVERYONE and asker.spot.place.guild is not None:
            asker.guilds.administered.setdefault(f"guild {guild_of(asker.spot)}", set()).add(asker.number)
        page = await self._ember.commands.run(command, await self._asking(asker, arguments))
        self._looked.commands[path] = self._looked.commands.get(path, 0) + 1
        if page.title == "Shared" and asker.spot.place.guild is not None:
            for word in _WORD.findall(page.text):
                asker.guilds.learned.setdefault(word, set()).add(f"guild {guild_of(asker.spot)}")
        self._search(asker, path, arguments, everything_in(page))
        for button in page.buttons:
            if button.label == "Next" and button.arguments.get("page") == "2":
                await self.used(asker, button.command, button.arguments)
        return page

    async def offered(self, asker: Asker, command: Command, option: Option, typed: str) -> Sequence[Choice]:
        asking = await self._asking(asker, {option.name: typed})
        choices = await self._ember.commands.suggest(command, option.name, asking, typed)
        text = " ".join(f"{choice.label} {choice.value}" for choice in choices)
        self._search(asker, f"{command.path}, offered for {option.name}", {"typed": typed}, text)
        return choices

    async def opened(self, asker: Asker, command: Command, arguments: Mapping[str, str]) -> None:
        bare = {name: value for name, value in arguments.items() if name not in _WRITTEN}
        form = await self._ember.commands.form(command, await self._asking(asker, bare))
        if form is not None:
            self._search(asker, f"{command.path}, its form", bare, all_of_form(form))

    async def _asking(self, asker: Asker, arguments: Mapping[str, str]) -> Asking:
        person = asker.guilds.world.people[asker.number]
        now = await self._ember.store.people.by_id(person.id)
        return Asking(now, asker.spot.place, dict(arguments), asker.ranks)

    def _search(self, asker: Asker, what: str, given: Mapping[str, str], text: str) -> None:
        guilds, number, spot = asker.guilds, asker.number, asker.spot
        self._looked.looks += 1
        is_owner = Rank.OWNER in asker.ranks
        for word in _WORD.findall(text):
            if guilds.owner.get(word) == number and number not in guilds.gone:
                self._looked.own += 1
            elif guilds.may_see(number, spot, word, what in _OF_OTHERS):
                self._looked.of_others += 1
            elif not (is_owner and word in self._of_owners):
                self._looked.wrong.append(f"{what} {dict(given)} shows {number} {word} in {spot.place}")
        if not is_owner:
            self._looked.wrong += [
                f"{what} {dict(given)} names {name} to {number} in {spot.place}"
                for name in _NAME.findall(text)
                if not guilds.may_name(number, spot, name)
            ]

    # What is given

    def _arguments(self, asker: Asker, command: Command, number: int) -> dict[str, str]:
        """Everything that it takes: first one's own and new words, then what is others' and none, then anything."""
        given = {option.name: self._value(asker, command, option, number) for option in command.options}
        if number == 1:  # it shows what there is
            given = {name: value for name, value in given.items() if name not in _WRITTEN}
        if number == 2:
            given = {name: value for name, value in given.items() if self._choose.random() < 0.7}
        return {name: value for name, value in given.items() if value}

    def _value(self, asker: Asker, command: Command, option: Option, number: int) -> str:
        choose = self._choose
        if option.choices:
            return choose.choice(["", *option.choices, "nonsense"])
        if option.name in _WRITTEN:
            return self._new_word(asker, command)
        if option.kind is OptionKind.NUMBER:
            return choose.choice(["1", "2", "99", "-1"])
        if option.kind is OptionKind.ITEM:
            return self._item(asker, number, of_replies=option.name == "reply")
        if option.kind is OptionKind.MESSAGE:
            return self._message(asker, number, of_replies=command.path == "why") if option.name == "message" else ""
        match option.name:
            case "day":
                return f"{self._ember.store.clock.now():%Y-%m-%d}"
            case "label":
                return choose.choice(["custom", "profile", "b1", "b2"])
            case "words":
                return choose.choice([*_ANY_WORDS, self._foreign(asker)])
            case "what":
                return choose.choice([*_ANY_WORDS, self._foreign(asker)])
            case _:
                return choose.choice(["ember", "extraction", "calculate", "step_limit", "1", "default"])

    def _new_word(self, asker: Asker, command: Command) -> str:
        word = asker.guilds.hide(asker.number)
        if command.rank is Rank.OWNER:
            self._of_owners.add(word)
        return f"{{{{place}}}} {word}" if command.path in ("prompt edit", "agent edit") else f"the story is {word}"

    def _item(self, asker: Asker, number: int, of_replies: bool) -> str:
        if number == 2:
            return self._choose.choice(["", "1", "nonsense"])
        world = asker.guilds.world
        said = [*world.said, *(old for old, _ in world.superseded)]
        wanted = [
            f"{one.id:x}" for one in said if (one.owner == asker.number) is (number == 0) and one.is_reply is of_replies
        ]
        return self._choose.choice(wanted or ["1"])

    def _message(self, asker: Asker, number: int, of_replies: bool) -> str:
        if number == 2:
            return ""
        said = [one for one in asker.guilds.world.said if (one.owner == asker.number) is (number == 0)]
        if of_replies:
            return self._choose.choice([sent_as(one.id) for one in said if one.is_reply] or ["1"])
        return self._choose.choice([one.canary for one in said if one.session and not one.is_reply] or ["1"])

    def _foreign(self, asker: Asker) -> str:
        """A word of somebody else's, as if the asker had heard of it."""
        guilds = self._choose.choice(self._every)
        others = [word for word, owner in guilds.owner.items() if (guilds, owner) != (asker.guilds, asker.number)]
        return self._choose.choice(others)

    # What changes

    async def _lose_a_channel(self, guilds: Guilds) -> None:
        """Somebody loses a closed channel, and asks everywhere else for what is of there."""
        closed = [spot for spot in guilds.world.spots if spot.learns.startswith("in ")]
        spot = self._choose.choice(closed)
        person = self._choose.choice(sorted(spot.members))
        guilds.loses(person, spot)
        left = guilds.spots_of(person)
        for elsewhere in self._choose.sample(left, k=min(ASKED_FROM, len(left))):
            asker = Asker(guilds, person, elsewhere)
            for said in guilds.world.said:
                if said.spot.place.channel_id == spot.place.channel_id:
                    await self._point_at(asker, said.id, said.canary)

    async def _codes_of_others(self, guilds: Guilds) -> None:
        """A code is its asker's: for everybody else it is words."""
        owner, other = self._choose.sample(range(len(guilds.world.people)), k=2)
        first, second = (Asker(guilds, number, guilds.world.spots[number]) for number in (owner, other))
        for path, what in (("memory forget", {"what": "canary*"}), ("privacy forget-me", {})):
            for forget in ("memory forget", "privacy forget-me"):
                page = await self.used(first, path, what)
                for button in page.buttons:
                    taken = await self.used(second, forget, button.arguments)
                    if taken.title == "Forgotten":
                        self._looked.wrong.append(f"{forget}: {other} uses the code of {owner} for {path}")

    async def _forget_somebody(self, guilds: Guilds) -> None:
        """Somebody has everything forgotten, and everybody looks for it."""
        number = self._choose.randrange(len(guilds.world.people))
        asker = Asker(guilds, number, guilds.world.spots[number])
        page = await self.used(asker, "privacy forget-me", {})
        guilds.gone.add(number)
        told = await self.used(asker, "privacy forget-me", page.buttons[0].arguments)
        if told.title != "Forgotten":
            self._looked.wrong.append(f"privacy forget-me does not forget: {told.text}")
        others = [other for other in range(len(guilds.world.people)) if other != number]
        last = self._choose.choice(others)
        for other in others:
            if other == last:  # until now it was hidden, and still there
                await self._ember.store.erasure.finish()
            asker = Asker(guilds, other, self._choose.choice(guilds.spots_of(other)))
            await self.used(asker, "privacy export", {})
            for said in [said for said in guilds.world.said if said.owner == number or said.is_reply]:
                await self._point_at(asker, said.id, said.canary)

    async def _point_at(self, asker: Asker, item: int, word: str) -> None:
        """Uses all that takes one item."""
        for path in ("memory show", "memory share", "memory forget"):
            await self.used(asker, path, {"item": f"{item:x}"})
        await self.used(asker, "why", {"reply": f"{item:x}"})
        await self.used(asker, "why", {"message": sent_as(ItemId(item))})
        await self.used(asker, "memory search", {"words": word})
        await self.used(asker, "memory forget", {"message": word})


def everything_in(page: Page) -> str:
    return "\n".join(_texts(page))


def _texts(page: Page) -> Iterator[str]:
    yield from (page.title, page.text, *page.columns)
    for row in page.rows:
        yield from row
    for button in page.buttons:
        yield from (button.label, button.command, *button.arguments.values())
    if page.chart is not None:
        yield from (page.chart.title, page.chart.unit, *(label for label, _ in page.chart.bars))
    if page.file is not None:
        yield from (page.file.name, page.file.data.decode())


def all_of_form(form: Form) -> str:
    fields = [text for each in form.fields for text in (each.option, each.label, each.value)]
    return "\n".join([form.title, *fields, *form.arguments.values()])


async def search_for_leaks(folder: Path, seed: int, guilds: int, to_the_end: bool = True) -> Looked:
    """Looks at so many guilds, some in each memory; or until the first wrong is found."""
    looked, worlds = Looked(), -(-guilds // GUILDS_A_WORLD)
    for first in range(0, worlds, WORLDS_A_MEMORY):
        here = min(WORLDS_A_MEMORY, worlds - first)
        await _search_one(folder / f"memory {first}", random.Random(seed + first), here, looked, to_the_end)
    return looked


async def _search_one(folder: Path, choose: random.Random, worlds: int, looked: Looked, to_the_end: bool) -> None:
    hot = choose.choice(HOT_ITEMS)
    settings = Settings.model_validate(
        {"data_dir": folder, "sqlite_synchronous": "NORMAL", "embedding_provider": "none", "hot_cache_size": hot}
    )
    clock = DrivenClock(MORNING)
    async with open_ember(settings, "a test", clock) as ember:
        scene = Scene(folder, ember.store, clock)
        every = [guilds_of(await make_world(scene, f"w{number}", choose)) for number in range(worlds)]
        for guilds in every:
            await hide_more(scene, guilds, choose)
        looker = Looker(ember, every, choose, looked)
        for guilds in every:
            if to_the_end or not looked.wrong:
                await looker.look(guilds)


if __name__ == "__main__":
    folder, seed, guilds = sys.argv[1:]
    looked = asyncio.run(search_for_leaks(Path(folder), int(seed), int(guilds), to_the_end=False))
    print(looked.looks, len(looked.wrong), *looked.wrong[:3], sep="\n")  # noqa: T201
    sys.exit(FOUND_OUT if looked.wrong else 0)
