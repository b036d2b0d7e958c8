"""`ember migrate`, `ember backup` and `ember restore`: the database as a whole."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.app import memory_options
from bot.cli.asking import agreed
from bot.cli.output import counted, show
from bot.settings import load_settings
from memory import (
    Backup,
    DatabaseContent,
    Restoring,
    SystemClock,
    UnreadableBackup,
    backups_of,
    look_into_memory,
    migrate_memory,
    restore_memory,
)

_COLUMNS: Final = ("file", "up to", "memories", "messages", "size")
_NO_BACKUPS: Final = "There are no backups yet. Make one with: ember backup"
_MEGABYTE: Final = 1_000_000


def migrate() -> None:
    """Bring the database up to date; a backup is made before."""
    settings = load_settings()
    change = asyncio.run(migrate_memory(settings.data_dir, SystemClock(), "ember migrate", memory_options(settings)))
    if change is None:
        typer.echo("The database is up to date.")
        return
    typer.echo(f"The database was brought from schema {change.before} to {change.after}.")
    if change.backup is not None:
        typer.echo(f"As it was, it is kept in {change.backup}")


def backup(
    to: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Another folder than backups in DATA_DIR.")] = None,
) -> None:
    """Make a backup and check it, beside a running Ember too."""
    made = asyncio.run(_backed_up(to))
    typer.echo(f"{made.file} ({_size(made)}) holds {_counts(made.content)}. It was opened and checked.")


def restore(
    file: Annotated[
        Path | None, typer.Argument(help="A backup: its path, or its name in the folder backups. None: list them.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON, for programs.")] = False,
) -> None:
    """Put a backup in the place of the database, which is kept beside it; without a file, list what there is."""
    settings = load_settings()
    if file is None:
        show(
            _COLUMNS,
            [_row(one) for one in reversed(backups_of(settings.data_dir))],
            as_json=as_json,
            nothing=_NO_BACKUPS,
        )
        return

    def agree(restoring: Restoring) -> bool:
        typer.echo(_told(restoring))
        return agreed(yes, "Put it in place?")

    found = _found(file, settings.data_dir)
    done = restore_memory(settings.data_dir, found, SystemClock(), "ember restore", agree)
    if done is not None:
        typer.echo("Done: Ember starts with it from now on.")


async def _backed_up(to: Path | None) -> Backup:
    settings = load_settings()
    async with look_into_memory(settings.data_dir, SystemClock(), settings.backup_keep) as store:
        return await store.backups.make(to)


def _found(file: Path, data_dir: Path) -> Path:
    """A name as the list shows it will do."""
    named = [one.file for one in backups_of(data_dir) if one.file.name == str(file)]
    return file if file.exists() or not named else named[0]


def _told(restoring: Restoring) -> str:
    lines = [f"{restoring.file} is sound. It holds {_counts(restoring.backup)}."]
    if restoring.now is not None:
        lines.append(f"The database in use holds {_counts(restoring.now)}. What came after the backup will be missing.")
    elif restoring.aside is not None:
        lines.append("The database in use cannot be read.")
    if restoring.aside is not None:
        lines.append(f"It is kept as {restoring.aside}")
    if not restoring.forgotten_known:
        lines.append("What was forgotten since the last backup cannot be read: it may come back with this one.")
    return "\n".join(lines)


def _row(one: Backup | UnreadableBackup) -> tuple[str, ...]:
    if isinstance(one, UnreadableBackup):
        return (one.file.name, "cannot be read", "", "", _size(one))
    counts = (f"{one.content.memories:,}", f"{one.content.messages:,}")
    return (one.file.name, _moment(one.content.newest), *counts, _size(one))


def _counts(content: DatabaseContent) -> str:
    memories = counted(content.memories, "memory", "memories")
    messages = counted(content.messages, "message", "messages")
    return f"{memories} and {messages}" + ("" if content.newest is None else f", up to {_moment(content.newest)}")


def _moment(moment: datetime | None) -> str:
    return "the beginning" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _size(one: Backup | UnreadableBackup) -> str:
    return f"{one.bytes / _MEGABYTE:,.1f} MB"
