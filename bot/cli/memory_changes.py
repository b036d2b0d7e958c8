"""`ember memory add | share | keep | expand`: for while no Ember runs; beside one, say it in the chat."""

import asyncio
from typing import Annotated

import typer

from bot.app import open_store
from bot.channels.console.terminal import TERMINAL
from bot.cli.output import counted
from bot.commands.profile import LONGEST_KEPT, kept_for
from bot.settings import load_settings
from memory import RETENTION_DAYS, BlockEdit, Channel, ItemId, Memory, NewMemory, Place, Tier, Trust, WholeGuild

_Id = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)]


def add(
    text: Annotated[str, typer.Argument(help="What to remember, in words that make sense alone.")],
    importance: Annotated[int, typer.Option(min=1, max=10, help="10: must never be missed.")] = 5,
    event: Annotated[bool, typer.Option("--event", help="It happened; kept as long as events are.")] = False,
    label: Annotated[str | None, typer.Option(help="Make it the block of this label.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Of a block: nobody but you changes it.")] = False,
) -> None:
    """Remember something of the terminal's person, and print its id."""
    if not text.strip():
        raise typer.BadParameter("there are no words to remember")
    if read_only and label is None:
        raise typer.BadParameter("--read-only is for blocks: give it a --label too")
    typer.echo(asyncio.run(_add(text, importance, event, label, read_only)).id)


def share(
    memory_id: _Id,
    guild: Annotated[str | None, typer.Option(help="The id of the guild that shall see it.")] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="Let everybody see it.")] = False,
) -> None:
    """Let others see a memory of the terminal's person, and print its new id; ember memory show says who sees it."""
    if (guild is None) != everyone:
        raise typer.BadParameter("say --guild with its id, or --everyone")
    typer.echo(asyncio.run(_share(memory_id, guild)).id)


def keep(
    days: Annotated[int, typer.Argument(min=0, max=LONGEST_KEPT, help="0: as long as the settings say.")],
) -> None:
    """Say for how many days messages and events of the terminal's person are kept; facts and blocks stay."""
    asyncio.run(_keep(days))
    typer.echo(kept_for(days))


def expand(summary_id: _Id) -> None:
    """Take a summary away, so that what it was made from is found by its own words again."""
    count = asyncio.run(_expand(summary_id))
    found = counted(count, "message is found by its own words", "messages are found by their own words")
    typer.echo(f"{found} again.")


async def _add(text: str, importance: int, event: bool, label: str | None, read_only: bool) -> Memory:
    async with open_store(load_settings(), "ember memory add") as (store, owner):
        place = TERMINAL.read_by(owner.id)
        if label is not None:
            edit = BlockEdit(text, Trust.SAID, language=owner.language)
            return await store.blocks.edit(place, owner.id, label, edit, as_owner=True, read_only=read_only)
        tier = Tier.EPISODIC if event else Tier.SEMANTIC
        return await store.memories.add(
            place, owner.id, NewMemory(text, Trust.SAID, tier, importance, language=owner.language)
        )


async def _share(memory_id: int, guild: str | None) -> Memory:
    """The owner may let everybody see it, so any guild, too, be they in it or not."""
    async with open_store(load_settings(), "ember memory share") as (store, owner):
        place = Place(Channel.DISCORD, WholeGuild(), guild=guild)
        return await store.memories.share(place, owner.id, ItemId(memory_id), everyone=guild is None)


async def _keep(days: int) -> None:
    async with open_store(load_settings(), "ember memory keep") as (store, owner):
        await store.people.prefer(owner.id, RETENTION_DAYS, days)


async def _expand(summary_id: int) -> int:
    async with open_store(load_settings(), "ember memory expand") as (store, owner):
        return await store.condensing.restore(TERMINAL.read_by(owner.id), owner.id, ItemId(summary_id))
