"""`ember doctor`: what is wrong with the memory, what mends it, and whether this disk keeps what Ember promises."""

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.cli.failures import ExitCode
from bot.cli.output import show
from bot.logs import set_up_logs
from bot.settings import load_settings
from memory import DataDirectoryError, Finding, SystemClock, Verdict, examine
from memory.torture.torture import Tried, torture

_FOUND: Final = ("check", "verdict", "found", "what helps")
_TRIED: Final = ("tried", "verdict", "figures")


def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be made anew; Ember has to be stopped.")] = False,
    seconds: Annotated[
        float | None,
        typer.Option("--torture", metavar="SECONDS", min=1, help="Try Ember's promises on this disk for so long."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Look whether the memory is well, and say what helps; the exit code is 1 when something is wrong."""
    settings = load_settings()
    set_up_logs("ERROR", settings.log_format)  # what is no error is said by the table
    data = settings.data_dir
    if seconds is not None:
        good = _tortured(data, seconds, as_json=as_json)
    else:
        every = timedelta(hours=settings.backup_every_hours)
        good = _examined(data, every, mend=mend, as_json=as_json)
    if not good:
        raise typer.Exit(ExitCode.FAILED)


def _examined(data: Path, backup_every: timedelta, *, mend: bool, as_json: bool) -> bool:
    if sys.stderr.isatty():
        typer.echo("Looking at everything, which takes half a minute for a million items …", err=True)
    found = list(examine(data, SystemClock().now(), mend=mend, backup_every=backup_every))
    show(_FOUND, [_finding_row(finding) for finding in found], as_json=as_json)
    return all(finding.verdict is not Verdict.BAD for finding in found)


def _tortured(data: Path, seconds: float, *, as_json: bool) -> bool:
    """Works in a folder of its own beside the database, which is gone afterwards, whatever happens."""
    disk = next(folder for folder in (data, *data.parents) if folder.is_dir())
    with _folder_in(disk) as folder:
        tried = asyncio.run(torture(Path(folder), seconds, lambda told: typer.echo(f"{told} …", err=True)))
    show(_TRIED, [_tried_row(one) for one in tried], as_json=as_json)
    for fault in (fault for one in tried for fault in one.faults):
        typer.echo(fault, err=True)
    return all(one.good for one in tried)


def _folder_in(disk: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="ember-torture-", dir=disk)
    except OSError as error:
        problem = f"Nothing can be tried in {disk}: {error.strerror}."
        raise DataDirectoryError(disk, problem, "Mend that, or set DATA_DIR to another folder.") from error


def _finding_row(finding: Finding) -> tuple[str, ...]:
    return (finding.name, str(finding.verdict), finding.told, finding.remedy)


def _tried_row(tried: Tried) -> tuple[str, ...]:
    return (tried.what, str(Verdict.OK if tried.good else Verdict.BAD), tried.figure)
