"""`ember memory …`: what is remembered; what only reads works beside a running Ember."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from bot.channels.console.terminal import LOCAL, TERMINAL
from bot.cli import exchange, memory_changes
from bot.cli.memory_page import detail_rows
from bot.cli.output import show
from bot.commands.health import how_compared
from bot.settings import Settings, load_settings
from memory import Channel, Memory, NotFound, Person, Question, Store, SystemClock, look_into_memory

_COLUMNS: Final = ("id", "since", "memory", "trust")
_NO_MEMORIES: Final = "No memories."
_FOUND: Final = ("id", "when", "text", "kind", "score", "why")
#: It picks nothing: what is left when something is taken away from nothing.
_ONLY_UNWANTED: Final = re.compile(r'(?:\s*(?:AND\s+)?NOT\s+(?:"[^"]*"|\([^()]*\)|[^\s()"]+))+\s*')

_Rows = tuple[Sequence[Sequence[str | datetime]], str]

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="As it was at the end of that day.")
]

app = typer.Typer(help="See and change what Ember remembers.", no_args_is_help=True)
app.command("add")(memory_changes.add)
app.command("share")(memory_changes.share)
app.command("keep")(memory_changes.keep)
app.command("expand")(memory_changes.expand)


@app.callback()
def memory() -> None:
    """See and change what Ember remembers."""


app.command("export")(exchange.export)
app.command("import")(exchange.import_)


@app.command("list")
def list_memories(
    every: Annotated[bool, typer.Option("--all", help="Those that others have taken the place of, too.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List what is remembered of the terminal's person, oldest first."""
    settings = load_settings()
    kept = asyncio.run(_kept(settings, every, _end_of(as_of, settings)))
    if every:
        rows = [(*_row(one), one.superseded_at or "") for one in kept]
        show((*_COLUMNS, "until"), rows, as_json=as_json, nothing=_NO_MEMORIES)
    else:
        show(_COLUMNS, [_row(one) for one in kept], as_json=as_json, nothing=_NO_MEMORIES)


@app.command()
def search(
    words: Annotated[
        list[str], typer.Argument(help='What to look for: words, "a phrase", AND, OR, NOT, begin*. After --, as it is.')
    ],
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find what was said or remembered, best first."""
    typed = " ".join(words)
    if _ONLY_UNWANTED.fullmatch(typed):
        raise typer.BadParameter("only what is not wanted is asked for; say what to find, too: Rome NOT trip")
    settings = load_settings()
    found, how = asyncio.run(_found(settings, typed, _end_of(as_of, settings), limit))
    show(_FOUND, found, as_json=as_json, nothing="Nothing was found.")
    if not as_json:
        typer.echo(f"Searched {how}.", err=True)


@app.command("show")
def show_memory(
    memory_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)],
    as_json: AsJson = False,
) -> None:
    """Show one memory: who may see it, what it was before, and what belongs to it."""
    show(("what", "value"), asyncio.run(_shown(load_settings(), memory_id)), as_json=as_json)


@asynccontextmanager
async def _looking(settings: Settings) -> AsyncIterator[tuple[Store, Person | None]]:
    async with look_into_memory(settings.data_dir, SystemClock()) as store:
        yield store, await store.people.known(Channel.CONSOLE, LOCAL)


async def _kept(settings: Settings, every: bool, as_of: datetime | None) -> list[Memory]:
    async with _looking(settings) as (store, person):
        if person is None:
            return []
        place = TERMINAL.read_by(person.id)
        if as_of is not None:
            return await store.memories.as_of(place, person.id, as_of)
        if every:
            return await store.memories.ever_of(place, person.id)
        return await store.memories.of_owner(place, person.id)


async def _found(settings: Settings, words: str, as_of: datetime | None, limit: int) -> _Rows:
    """Returns what was found, and how it was looked for."""
    async with _looking(settings) as (store, person):
        how = how_compared(store.search.semantic)
        if person is None:
            return [], how
        place, zone = TERMINAL.read_by(person.id), person.time_zone or settings.time_zone
        question = Question(place, person.id, words, limit, time_zone=zone, as_of=as_of, operators=True)
        rows = [
            (
                str(hit.item.id),
                hit.item.created_at,
                hit.item.content,
                "memory" if isinstance(hit.item, Memory) else "message",
                f"{hit.score:.2f}",
                hit.reason,
            )
            for hit in (await store.search.find(question)).hits
        ]
        return rows, how


async def _shown(settings: Settings, memory_id: int) -> list[tuple[str, str]]:
    async with _looking(settings) as (store, person):
        if person is None:
            raise NotFound
        return await detail_rows(store, TERMINAL.read_by(person.id), memory_id)


def _end_of(day: datetime | None, settings: Settings) -> datetime | None:
    """A day is a day where its person is, and as of it means with all that was known by its end."""
    if day is None:
        return None
    return (day + timedelta(days=1)).replace(tzinfo=ZoneInfo(settings.time_zone)).astimezone(UTC)


def _row(memory: Memory) -> tuple[str | datetime, ...]:
    return (str(memory.id), memory.created_at, memory.content, str(memory.trust))
