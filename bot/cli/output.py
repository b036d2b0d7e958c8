"""What prints a table prints it as JSON, too; and how numbers are said."""

import json
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.channels.console.drawing import harmless


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool) -> None:
    """Prints rows as a table for people, or as a JSON array of objects named by column."""
    console = Console()
    if as_json:
        objects = [dict(zip(columns, row, strict=True)) for row in rows]
        console.out(json.dumps(objects, indent=2), highlight=False)
        return
    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(harmless(cell), overflow="fold") for cell in row))
    console.print(table if rows else "Nothing.")


def counted(count: int, one: str, more: str) -> str:
    """Says how many there are of something."""
    return f"{count:,} {one if count == 1 else more}"
