"""Lines that begin with a slash."""

from structlog.testing import capture_logs

from bot.channels.console.typed_commands import TypedCommands
from bot.commands.page import Asking, Command, Page
from memory import Channel, IdentityId, OneReader, Person, QueueFull

EJ = Person(IdentityId(7), "EJ")


async def who(asking: Asking) -> Page:
    assert asking.place.readers == OneReader(EJ.id)
    return Page("Who", f"{asking.person.name} on the {Channel.CONSOLE}")


async def said(asking: Asking) -> Page:
    return Page("Said", asking.argument)


async def busy(asking: Asking) -> Page:
    raise QueueFull


async def broken(asking: Asking) -> Page:
    raise ZeroDivisionError


LISTED = [
    Command("who", "", who),
    Command("said", "", said, takes="words"),
    Command("busy", "", busy),
    Command("broken", "", broken),
]


async def ej() -> Person:
    return EJ


COMMANDS = TypedCommands({command.name: command for command in LISTED}, ej)


async def test_a_command_is_run_for_the_terminal_s_person_in_private() -> None:
    assert (await COMMANDS.page("/who")).text == "EJ on the console"
    assert (await COMMANDS.page("/who is there?")).text == "EJ on the console"
    assert (await COMMANDS.page("/said  what  I said ")).text == "what  I said"


async def test_an_unknown_command_names_help_and_the_nearest_one() -> None:
    assert (await COMMANDS.page("/whi")).text == "I know no command /whi. Did you mean /who? /help shows them all."
    for line in ("/", "/  ", "/12345"):
        assert (await COMMANDS.page(line)).text.endswith("/help shows them all.")


async def test_what_goes_wrong_in_a_command_is_told_and_logged() -> None:
    assert (await COMMANDS.page("/busy")).text == "That did not work. The memory is busy; try again in a moment."
    with capture_logs() as logs:
        assert (await COMMANDS.page("/broken")).text == "That went wrong on my side; the log says why."
    assert [(line["event"], line["command"]) for line in logs] == [("a command failed", "broken")]


def test_only_quit_leaves() -> None:
    assert COMMANDS.leaves("/quit")
    assert COMMANDS.leaves("/quit now")
    assert not COMMANDS.leaves("/quite")
    assert not COMMANDS.leaves("quit")
