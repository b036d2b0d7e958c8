"""The command `ember`."""

import signal
import sys
from importlib.metadata import version
from io import TextIOWrapper
from types import FrameType
from typing import Annotated

import typer

from bot.cli import data, discord, forget, memory
from bot.cli.chat import chat, run
from bot.cli.doctor import doctor
from bot.cli.failures import told_in_one_line
from bot.cli.start import TALKING

app = typer.Typer(
    help="Ember, a chat bot that remembers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(run)
app.command()(chat)
app.command()(doctor)
app.command()(data.migrate)
app.command()(data.backup)
app.command()(data.restore)
memory.app.command("forget")(forget.forget)
app.add_typer(memory.app, name="memory")
app.add_typer(discord.app, name="discord")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ember {version('ember')}")
        raise typer.Exit


@app.callback()
def ember(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Ember, a chat bot that remembers."""
    if context.invoked_subcommand not in TALKING:  # those see to a SIGTERM by themselves, and end in order
        signal.signal(signal.SIGTERM, _stop)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Ends a command that does one thing: what it holds is given back, and its status says that it is not done."""
    raise SystemExit(128 + signal.SIGTERM)


def main() -> None:
    """Runs the command that the shell names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may not know every character; none is worth a crash
    with told_in_one_line():
        app()
