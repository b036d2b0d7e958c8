"""`ember memory forget`: an item, a topic, or everything about the terminal's person, to the last byte."""

import asyncio
from typing import Annotated, Final

import typer

from bot.app import open_store
from bot.channels.console.terminal import TERMINAL
from bot.cli.asking import agreed
from bot.cli.output import counted, show
from bot.commands.forgetting import BEYOND_REACH
from bot.settings import load_settings
from memory import DataDirectoryInUse, Item, ItemId, Memory, Person, Store

_COLUMNS: Final = ("id", "kind", "what")
_HOLDER: Final = "ember memory forget"
_EVERYTHING: Final = "everything"


def forget(
    item: Annotated[int | None, typer.Argument(metavar="ID", help="One item; `ember memory list` shows ids.")] = None,
    topic: Annotated[str | None, typer.Option(metavar="WORDS", help="All that holds these words.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="All about the terminal's person.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget for good: one item, a topic, or everything; beside a running Ember, say /memory forget to it."""
    if sum((item is not None, topic is not None, everything)) != 1:
        raise typer.BadParameter("say what to forget: an ID, --topic WORDS, or --everything")
    try:
        asyncio.run(_forget(item, topic, yes))
    except DataDirectoryInUse as error:
        instead = "/privacy forget-me" if everything else "/memory forget WORDS"
        remedy = f"Say {instead} to it there, or stop it first."
        raise DataDirectoryInUse(error.directory, error.problem, remedy) from error


async def _forget(item: int | None, topic: str | None, yes: bool) -> None:
    async with open_store(load_settings(), _HOLDER) as (store, person):
        if item is not None:
            await store.erasure.erase(TERMINAL.read_by(person.id), person.id, ItemId(item))
        elif topic is not None:
            if not await _topic(store, person, topic, yes):
                return
        elif not await _everything(store, person, yes):
            return
        typer.echo("Forgotten. Now its traces go from the files and the backups…")
        await store.erasure.finish()
    typer.echo(f"All of it is gone. {BEYOND_REACH}")


async def _topic(store: Store, person: Person, topic: str, yes: bool) -> bool:
    """Returns whether there was something, and it was wished away."""
    place = TERMINAL.read_by(person.id)
    about = await store.erasure.about(place, person.id, topic)
    if not about.items:
        typer.echo("Nothing of yours holds all of these words.")
        return False
    show(_COLUMNS, [_row(one) for one in about.items], as_json=False)
    items, answers = counted(len(about.items), "item", "items"), counted(about.replies, "answer", "answers")
    typer.echo(f"{items} of yours would go, and {answers} that repeat them.")
    if not agreed(yes, "Forget them for good?"):
        return False
    await store.erasure.erase_topic(place, person.id, [one.id for one in about.items])
    return True


async def _everything(store: Store, person: Person, yes: bool) -> bool:
    typer.echo(f"This forgets everything about {person.name}, on every channel; nobody can bring it back.")
    if not yes and typer.prompt(f"Type {_EVERYTHING} to go on", default="", show_default=False) != _EVERYTHING:
        typer.echo("Nothing was done.")
        return False
    await store.erasure.erase_person(person.id)
    return True


def _row(item: Item) -> tuple[str, str, str]:
    return str(item.id), "memory" if isinstance(item, Memory) else "message", item.content
