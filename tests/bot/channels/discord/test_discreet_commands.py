"""What Discord draws of a command is what the command's page says, and nobody is drawn what they may not see."""

import random
import re
from dataclasses import dataclass, field

import pytest

from bot.app import Ember
from bot.commands.page import Asking, Command, OptionKind, Rank
from memory import Channel as Way
from memory import OneReader, PartOfGuild, Place, Thread, WholeGuild
from tests.bot.channels.discord.home import Home
from tests.promises.every_command import everything_in
from tests.servers.discord import Channel, Interaction, User

WORD = re.compile(r"canary\d+x")
#: What only reads; a command that is used twice has to say the same twice.
READING = (
    "memory list",
    "memory recent",
    "memory search",
    "memory as-of",
    "memory show",
    "memory share",
    "memory forget",
    "privacy what",
    "privacy export",
    "profile show",
    "profile blocks",
    "why",
    "usage",
    "admin people",
    "admin stats",
    "admin audit",
    "help",
)
GIVEN = {"words": "story", "what": "story"}


@dataclass(frozen=True)
class Spot:
    """A channel, who is there, and the names of what it may show."""

    channel: Channel
    place: Place
    members: tuple[User, ...]
    reads: frozenset[str]
    learns: str


@dataclass
class Hidden:
    """Words, whose they are and where they were said; and who has been answered with them."""

    owner: dict[str, User] = field(default_factory=dict)
    learned: dict[str, str] = field(default_factory=dict)
    told: set[tuple[int, str]] = field(default_factory=set)

    def may_see(self, user: User, spot: Spot, word: str) -> bool:
        own = self.owner[word] == user or (user.id, word) in self.told
        return own or self.learned[word] in spot.reads


def spots_of(home: Home, name: str, people: list[User], choose: random.Random) -> list[Spot]:
    """A guild with an open channel, a closed one with a private thread, and the DMs of its people."""
    guild = home.world.add_guild(name)
    for user in people:
        home.world.join(guild, user)
    few = tuple(choose.sample(people, k=2))
    hall = home.world.add_channel(guild, f"{name}-hall")
    readers = [*few, home.world.bot]
    attic = home.world.add_channel(guild, f"{name}-attic", everyone_can_view=False, allow_members=readers)
    huddle = home.world.add_thread(attic, f"{name}-huddle", home.world.bot, private=True, members=[few[0]])
    key = str(guild.id)
    in_hall = Place(Way.DISCORD, WholeGuild(), str(hall.id), key)
    in_attic = Place(Way.DISCORD, PartOfGuild(), str(attic.id), key)
    in_huddle = Place(Way.DISCORD, PartOfGuild(), str(attic.id), key, Thread(str(huddle.id), private=True))
    guilds = frozenset({key})
    return [
        Spot(hall, in_hall, tuple(people), guilds, key),
        Spot(attic, in_attic, few, guilds | {attic.name}, attic.name),
        Spot(huddle, in_huddle, few[:1], guilds | {attic.name, huddle.name}, huddle.name),
    ]


async def talk(home: Home, spots: list[Spot], hidden: Hidden, choose: random.Random) -> None:
    """Everybody has a word remembered everywhere, and asks for the story in one place."""
    for spot in spots:
        to = "" if spot.place.guild is None else f"{home.me} "
        for user in spot.members:
            word = f"canary{len(hidden.owner)}x"
            hidden.owner[word], hidden.learned[word] = user, spot.learns
            await home.ask(user, spot.channel, f"{to}remember the story is {word}")
        asker = choose.choice(spot.members)
        answer = await home.ask(asker, spot.channel, f"{to}what is the story?")
        hidden.told |= {(asker.id, word) for word in WORD.findall(answer.content)}


def drawn_words(used: Interaction) -> set[str]:
    assert used.original is not None
    message = used.original
    files = "".join(file.data.decode(errors="replace") for file in message.attachments)
    return set(WORD.findall(f"{message.content} {message.components} {files}"))


async def asking(ember: Ember, user: User, spot: Spot, ranks: frozenset[Rank], arguments: dict[str, str]) -> Asking:
    person = await ember.store.people.known(Way.DISCORD, str(user.id))
    assert person is not None
    return Asking(person, spot.place, arguments, ranks)


def variants(command: Command, items: list[str], day: str) -> list[dict[str, str]]:
    """What a command is given: each of some items, or else words."""
    named = {option.name for option in command.options}
    words = {name: value for name, value in (GIVEN | {"day": day}).items() if name in named}
    ids = [option.name for option in command.options if option.kind is OptionKind.ITEM]
    bare = [] if any(one.required and one.name in ids for one in command.options) else [words]
    return [*bare, *({name: item} for name in ids for item in items)]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
async def test_what_is_drawn_is_what_the_page_says_and_nothing_else(home: Home, seed: int) -> None:
    choose, hidden = random.Random(seed), Hidden()
    people = [home.ada, home.bob, home.world.add_user("cleo")]
    async with home.ember(admin_discord_ids=str(home.ada.id), embedding_provider="none") as ember:
        spots = [spot for name in ("red", "blue") for spot in spots_of(home, name, people, choose)]
        for user in people:
            dm = Place(Way.DISCORD, OneReader(), str(home.dm(user).id))
            spots.append(Spot(home.dm(user), dm, (user,), frozenset({user.name}), user.name))
        await talk(home, spots, hidden, choose)
        items = home_items(home)
        looks, shown = 0, set[str]()
        for spot in spots:
            for user in spot.members:
                owner = {Rank.GUILD_ADMIN, Rank.OWNER} if user is home.ada else set()
                ranks = frozenset({Rank.EVERYONE, *owner})
                for command in (one for one in ember.commands if one.path in READING):
                    some = choose.sample(items, k=2)
                    for given in variants(command, some, f"{ember.store.clock.now():%Y-%m-%d}"):
                        page = await ember.commands.run(command, await asking(ember, user, spot, ranks, given))
                        used = await home.server.slash(user, spot.channel, command.path, given, overridden=True)
                        assert (await used.answer()).ephemeral or spot.place.guild is None
                        words = drawn_words(used)
                        assert words == set(WORD.findall(everything_in(page))), (command.path, given)
                        wrong = [word for word in words if not hidden.may_see(user, spot, word)]
                        assert wrong == [], (command.path, given, user.name, spot.channel.name)
                        looks, shown = looks + 1, shown | words
                for path, option in (("memory show", "item"), ("why", "reply")):
                    offered = await home.server.autocomplete(user, spot.channel, path, {option: ""}, focused=option)
                    for word in WORD.findall(str(offered)):
                        assert hidden.may_see(user, spot, word), (path, word, user.name)
        assert shown == set(hidden.owner)  # each is seen by somebody
        assert looks > 300


def home_items(home: Home) -> list[str]:
    """The ids of all that there is, past Ember."""
    listed = str(home.value("SELECT group_concat(id) FROM (SELECT id FROM memories UNION ALL SELECT id FROM messages)"))
    return [f"{int(item):x}" for item in listed.split(",")]
