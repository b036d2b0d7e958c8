"""`ember memory export` and `ember memory import`: one person's file."""

import asyncio
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from bot.channels.console.terminal import LOCAL
from bot.settings import load_settings
from memory import Channel, FileRefused, SystemClock, look_into_memory, written_whole

_STANDARD_OUTPUT: Final = Path("-")


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; - is standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write everything about the terminal's person into one JSON file, beside a running Ember too."""
    asyncio.run(_export(file, force))


async def _export(file: Path | None, force: bool) -> None:
    clock = SystemClock()
    async with look_into_memory(load_settings().data_dir, clock) as store:
        person = await store.people.known(Channel.CONSOLE, LOCAL)
        if person is None:
            typer.echo("Nothing is kept of the terminal's person yet.", err=True)
            raise typer.Exit(1)
        named = re.sub(r"[^\w-]+", "-", person.name).strip("-") or "me"
        target = file or Path(f"ember-export-{named}-{clock.now():%Y-%m-%d}.json")
        with _opened(target, force) as out:
            counts = await store.exports.write(person.id, out)
    if target != _STANDARD_OUTPUT:
        typer.echo(_told(target, counts))


@contextmanager
def _opened(target: Path, force: bool) -> Iterator[IO[bytes]]:
    """Gives what an export is written to; a file is there whole or not at all."""
    if target == _STANDARD_OUTPUT:
        yield sys.stdout.buffer
        return
    if target.exists() and not force:
        raise FileRefused(file=target, problem="it is there already; --force writes over it")
    try:
        with written_whole(target) as out:
            yield out
    except OSError as error:
        raise FileRefused(file=target, problem=error.strerror) from error


def _told(target: Path, counts: Mapping[str, int]) -> str:
    return (
        f"{target} holds {counts['memories']:,} memories, {counts['messages']:,} messages and all that belongs to them."
    )
