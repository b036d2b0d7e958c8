"""What prints a table prints it as JSON, too; and how numbers are said."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.channels.console.drawing import harmless

_WHOLE: Final = {
    "id",
    "since",
    "until",
    "when",
}  #: columns whose cells are never broken: an id in two pieces is none to copy


def show(
    columns: Sequence[str], rows: Sequence[Sequence[str | datetime]], *, as_json: bool, nothing: str = "Nothing."
) -> None:
    """Prints rows as a table for people, or as a JSON array of objects named by column.

    Moments are in UTC. `nothing` is said to people where there are no rows.
    """
    console = Console()
    if as_json:
        objects = [dict(zip(columns, map(_for_programs, row), strict=True)) for row in rows]
        console.out(json.dumps(objects, indent=2), highlight=False)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in _WHOLE)
    for row in rows:
        table.add_row(*(Text(harmless(_for_people(cell)), overflow="fold") for cell in row))
    console.print(table if rows else nothing)


def _for_programs(cell: str | datetime) -> str:
    return cell if isinstance(cell, str) else cell.astimezone(UTC).isoformat(timespec="seconds")


def _for_people(cell: str | datetime) -> str:
    return cell if isinstance(cell, str) else f"{cell.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def counted(count: int, one: str, more: str) -> str:
    """Says how many there are of something."""
    return f"{count:,} {one if count == 1 else more}"
