"""The command `ember`."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from bot.cli import data, forget, memory
from bot.cli.chat import chat, run
from bot.cli.failures import told_in_one_line

app = typer.Typer(
    help="Ember, a chat bot that remembers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(run)
app.command()(chat)
app.command()(data.migrate)
app.command()(data.backup)
app.command()(data.restore)
memory.app.command("forget")(forget.forget)
app.add_typer(memory.app, name="memory")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ember {version('ember')}")
        raise typer.Exit


@app.callback()
def ember(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Ember, a chat bot that remembers."""


def main() -> None:
    """Runs the command that the shell names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may not know every character; none is worth a crash
    with told_in_one_line():
        app()
