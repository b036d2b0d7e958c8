"""`ember memory …`: what is remembered, read beside a running Ember."""

import asyncio
from datetime import UTC
from typing import Annotated, Final

import typer

from bot.channels.console.terminal import LOCAL, TERMINAL
from bot.cli import exchange
from bot.cli.output import show
from bot.settings import Settings, load_settings
from memory import Channel, Memory, SystemClock, look_into_memory

_COLUMNS: Final = ("id", "since", "memory", "trust")

app = typer.Typer(help="See what Ember remembers.", no_args_is_help=True)


@app.callback()
def memory() -> None:
    """See what Ember remembers."""


app.command("export")(exchange.export)
app.command("import")(exchange.import_)


@app.command("list")
def list_memories(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List what is remembered of the terminal's person, oldest first."""
    kept = asyncio.run(_kept(load_settings()))
    show(_COLUMNS, [_row(memory) for memory in kept], as_json=as_json)


async def _kept(settings: Settings) -> list[Memory]:
    async with look_into_memory(settings.data_dir, SystemClock()) as store:
        person = await store.people.known(Channel.CONSOLE, LOCAL)
        return [] if person is None else await store.memories.of_owner(TERMINAL.read_by(person.id), person.id)


def _row(memory: Memory) -> tuple[str, ...]:
    since = memory.created_at.astimezone(UTC).isoformat(timespec="seconds")
    return (str(memory.id), since, memory.content, str(memory.trust))
