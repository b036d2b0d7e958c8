"""`ember memory export` and `ember memory import`: one person's file."""

import asyncio
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from bot.app import open_store
from bot.channels.console.terminal import LOCAL
from bot.cli.asking import agreed
from bot.cli.output import counted
from bot.settings import load_settings
from memory import (
    Channel,
    FileRefused,
    IdentityId,
    ImportPlan,
    Origin,
    Person,
    Store,
    SystemClock,
    look_into_memory,
    written_whole,
)

_ORIGINS: Final = {Origin.EMBER: "some Ember's", Origin.CHATGPT: "ChatGPT's"}
_STANDARD_OUTPUT: Final = Path("-")


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; - is standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    person: Annotated[
        str | None, typer.Option("--person", metavar="ID", help="Somebody else's, by the id that /privacy export says.")
    ] = None,
) -> None:
    """Write everything about the terminal's person into one JSON file, beside a running Ember too."""
    asyncio.run(_export(file, force, person))


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="An export of Ember's, or of ChatGPT's (its JSON or its zip)."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take an export into the memory of the terminal's person, after showing what would be taken."""
    asyncio.run(_import(file, yes))


async def _import(file: Path, yes: bool) -> None:
    async with open_store(load_settings(), "ember memory import") as (store, person):
        plan = await store.imports.look_at(person, file)
        typer.echo("\n".join(_foreseen(file, plan)))
        if not plan.items_to_take:
            return
        if agreed(yes, "Import it?"):
            await store.imports.carry_out(person, plan)
            typer.echo("Done.")


def _foreseen(file: Path, plan: ImportPlan) -> Iterator[str]:
    """What an import would do, a line each."""
    whose = "your own export" if plan.vouched else f"an export of {_ORIGINS[plan.origin]}"
    memories = counted(len(plan.memories), "memory", "memories")
    messages = counted(len(plan.messages), "message", "messages")
    yield f"{file} is {whose}. New in it: {memories} and {messages}{',' if plan.span else '.'}"
    if plan.span is not None:
        first, last = plan.span
        yield f"of {first:%Y-%m-%d} to {last:%Y-%m-%d}. They will be private to you" + (
            "." if plan.vouched else ", and marked as coming from elsewhere."
        )
    if plan.blocks:
        yield f"Blocks among them, which stand in every prompt of yours: {plan.blocks:,}"
    told = (
        ("There already", plan.refusals.there),
        ("Forgotten here, and not taken", plan.refusals.forgotten),
        ("Memories that are secrets, and not taken", plan.refusals.secrets),
        ("Messages out of which a secret is cut", plan.refusals.redacted),
        ("Memories without words or with more than 4,000 characters, and not taken", plan.refusals.too_long),
        ("Messages that are cut after 100,000 characters", plan.refusals.cut),
        ("Blocks beyond the limits or named as one of yours, and not taken", plan.refusals.blocks),
    )
    yield from (f"{what}: {count:,}" for what, count in told if count)


async def _export(file: Path | None, force: bool, whose: str | None) -> None:
    clock = SystemClock()
    async with look_into_memory(load_settings().data_dir, clock) as store:
        person = await _whose(store, whose)
        if person is None:
            them = "the terminal's person yet" if whose is None else "anybody with this id"
            typer.echo(f"Nothing is kept of {them}.", err=True)
            raise typer.Exit(1)
        named = re.sub(r"[^\w-]+", "-", person.name).strip("-") or "me"
        target = file or Path(f"ember-export-{named}-{clock.now():%Y-%m-%d}.json")
        with _opened(target, force) as out:
            counts = await store.exports.write(person.id, out)
    if target != _STANDARD_OUTPUT:
        typer.echo(_told(target, counts))


async def _whose(store: Store, whose: str | None) -> Person | None:
    if whose is None:
        return await store.people.known(Channel.CONSOLE, LOCAL)
    if not re.fullmatch("[0-9a-f]{1,15}", whose):
        raise typer.BadParameter("an id such as 1f2e3d4c5b6a")
    return await store.people.find(IdentityId(int(whose, 16)))


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
    memories = counted(counts["memories"], "memory", "memories")
    messages = counted(counts["messages"], "message", "messages")
    return f"{target} holds {memories}, {messages}, and all that belongs to them."
