"""Lines that begin with a slash."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.console.typed_commands import TypedCommands
from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Button, Command, Option, OptionKind, Page
from bot.sentences import load_sentences
from memory import Channel, IdentityId, OneReader, Person, QueueFull
from tests.memory.scene import opened

EJ = Person(IdentityId(7), "EJ")


async def who(asking: Asking) -> Page:
    assert asking.place.readers == OneReader(EJ.id)
    return Page("Who", f"{asking.person.name} on the {Channel.CONSOLE}")


async def said(asking: Asking) -> Page:
    return Page("Said", "|".join(asking.text(name) for name in ("page", "what", "words")))


async def more(asking: Asking) -> Page:
    return Page("More", "There is more.", buttons=(Button("Next", "say it", {"page": "2", "words": "a b"}),))


async def busy(asking: Asking) -> Page:
    raise QueueFull


async def broken(asking: Asking) -> Page:
    raise ZeroDivisionError


LISTED = [
    Command("who", "", who),
    Command(
        "say it",
        "",
        said,
        (
            Option("page", "", OptionKind.NUMBER),
            Option("what", "", OptionKind.NAME, required=True),
            Option("words", ""),
        ),
    ),
    Command("more", "", more),
    Command("busy", "", busy),
    Command("broken", "", broken),
]


async def ej() -> Person:
    return EJ


@pytest.fixture
async def typed(tmp_path: Path) -> AsyncIterator[TypedCommands]:
    async with opened(tmp_path) as scene:
        catalogue = Catalogue(scene.store, load_sentences())
        catalogue.add(LISTED)
        yield TypedCommands(catalogue, ej)


async def test_a_command_is_run_for_the_terminal_s_person_in_private(typed: TypedCommands) -> None:
    assert (await typed.page("/who")).text == "EJ on the console"
    assert (await typed.page("/who is there?")).text == "EJ on the console"


async def test_words_fill_the_options_in_their_order_and_the_last_one_takes_the_rest(typed: TypedCommands) -> None:
    assert (await typed.page("/say it  tea  with  milk ")).text == "|tea|with  milk"
    assert (await typed.page("/say it page=3 tea x=1")).text == "3|tea|x=1"
    assert (await typed.page("/say it words=green tea")).text == "|tea|green"
    assert (await typed.page("/say it")).text == "Say what too."


async def test_a_button_is_told_as_what_to_type(typed: TypedCommands) -> None:
    assert (await typed.page("/more")).text == "There is more.\nNext: /say it page=2 a b"


async def test_an_unknown_command_names_help_and_the_nearest_one(typed: TypedCommands) -> None:
    assert (await typed.page("/whi")).text == "I know no command /whi. Did you mean /who? /help shows them all."
    for line in ("/", "/  ", "/12345"):
        assert (await typed.page(line)).text.endswith("/help shows them all.")


async def test_a_group_names_what_is_in_it(typed: TypedCommands) -> None:
    assert (await typed.page("/say")).text == "There is /say it."


async def test_what_goes_wrong_in_a_command_is_told_and_logged(typed: TypedCommands) -> None:
    assert (await typed.page("/busy")).text == "That did not work. The memory is busy; try again in a moment."
    with capture_logs() as logs:
        told = (await typed.page("/broken")).text
    assert told == "I'm sorry, something went wrong on my side. (ZeroDivisionError)"
    assert [(line["event"], line["command"]) for line in logs] == [("a command failed", "broken")]


def test_only_quit_leaves(typed: TypedCommands) -> None:
    assert typed.leaves("/quit")
    assert typed.leaves("/quit now")
    assert not typed.leaves("/quite")
    assert not typed.leaves("quit")
