"""`ember discord …`: what an owner needs to bring Ember to a server."""

import asyncio
from typing import Final

import typer

from bot import app as ember
from bot.settings import load_settings

app = typer.Typer(help="Bring Ember to Discord.", no_args_is_help=True)

_NOT_GRANTED: Final = (
    "The Message Content intent is off. Ember answers when it is mentioned, replied to or written to in private; to "
    "follow threads without a mention, and for ambient mode, switch it on under Bot in the developer portal."
)


@app.callback()
def discord() -> None:
    """Bring Ember to Discord."""


@app.command()
def invite() -> None:
    """Print the link that invites Ember to a server, with the permissions that it needs there."""
    invitation = asyncio.run(ember.discord_invitation(load_settings()))
    typer.echo(f"To invite {invitation.name}, open:\n{invitation.url}")
    if not invitation.message_content:
        typer.echo(_NOT_GRANTED)
