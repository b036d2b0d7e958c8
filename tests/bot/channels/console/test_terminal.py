"""The conversation of the terminal, in this process."""

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Ember, open_ember
from bot.channel import Delivery
from bot.channels.console.plain_lines import PlainLines
from bot.channels.console.terminal import TERMINAL, Terminal
from bot.channels.console.typed_commands import TypedCommands
from bot.settings import Settings
from memory import ItemId


@pytest.fixture
async def ember(tmp_path: Path) -> AsyncIterator[Ember]:
    async with open_ember(Settings(_env_file=None, data_dir=tmp_path), "a test") as ember:
        yield ember


async def test_a_delivery_that_comes_again_is_printed_once(ember: Ember) -> None:
    printed = io.StringIO()
    terminal = Terminal(ember.router, ember.turns, ember.worker, ember.background, ember.owner, ember.owner_now)
    lines = PlainLines(terminal, TypedCommands(ember.commands, ember.owner_now), None, printed)
    delivery = Delivery(TERMINAL, "one", (), ItemId(1), part=0, reply_to=None, attempts=1)

    for one in (delivery, replace(delivery, attempts=2), replace(delivery, text="two", part=1)):
        await lines.deliver(one)

    assert printed.getvalue() == "one\ntwo\n"


async def test_there_is_one_place_and_no_other(ember: Ember) -> None:
    terminal = Terminal(ember.router, ember.turns, ember.worker, ember.background, ember.owner, ember.owner_now)
    assert terminal.place("console:terminal") == TERMINAL
    assert terminal.place("console:elsewhere") is None


async def test_nothing_can_be_stopped_when_nothing_is_under_way(ember: Ember) -> None:
    terminal = Terminal(ember.router, ember.turns, ember.worker, ember.background, ember.owner, ember.owner_now)
    assert terminal.stop() is False


async def test_an_owner_who_was_forgotten_is_the_owner_still(ember: Ember) -> None:
    commands = TypedCommands(ember.commands, ember.owner_now)
    code = re.search(r"/privacy forget-me (\w+)", (await commands.page("/privacy forget-me")).text)
    assert code is not None
    assert "Everything about you: forgotten." in (await commands.page(f"/privacy forget-me {code[1]}")).text
    assert (await ember.owner_now()).id != ember.owner.id
    assert (await commands.page("/admin health")).text == "What I am told is kept."
    assert (await commands.page("/profile block persona You are a pirate.")).text.startswith("Written.")
