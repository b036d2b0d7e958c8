"""Answers, notices and pages, as rich draws them or as plain text.

Nothing that is printed can steer the terminal: a reply may hold what a stranger wrote.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bot.commands.page import Page
from memory import Notice

_KEPT: Final = "\n\t"
#: Escape and all other control characters, those of ISO 6429's second set (U+009B opens a sequence, too) with them.
_CONTROLS: Final = {
    code: None for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in _KEPT
}
#: Rich leaves HTML out, so that "<name>" would be lost; here it is text like any other.
_PARSER: Final = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
_QUIET: Final = "dim"
_LINES_LEFT: Final = 2  #: of the screen: what scrolls off it cannot be taken back


def harmless(text: str) -> str:
    """Returns a text without what could steer a terminal."""
    return text.translate(_CONTROLS)


class DrawnReply:
    """Draws Markdown, the whole of it or its last lines. A line's end stays one, as in any chat; a link shows where it
    leads; no line is filled up with spaces, which would wrap when the window becomes narrower."""

    def __init__(self, text: str, *, fits: bool = False) -> None:
        """`fits`: only as many of the last lines as the screen holds."""
        self._fits = fits
        self._markdown = Markdown("", code_theme="ansi_dark", hyperlinks=False)
        self._markdown.parsed = _PARSER.parse(harmless(text).replace("\n", "  \n"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._markdown, options.update(height=None), pad=False)
        for line in lines[-max(1, console.height - _LINES_LEFT) :] if self._fits else lines:
            yield from _trimmed(line)
            yield Segment.line()


def _trimmed(line: Sequence[Segment]) -> Sequence[Segment]:
    """Returns a line without the spaces at its end."""
    kept = list(line)
    while kept:
        last = kept.pop()
        if text := last.text.rstrip(" "):
            return [*kept, Segment(text, last.style)]
    return kept


def drawn_notice(notice: Notice, undo: str) -> RenderableType:
    """Draws a quiet line below an answer; `undo` stands behind one that tells of memories."""
    return Text(harmless(notice.text) + (undo if notice.memories else ""), style=_QUIET)


def drawn_page(page: Page) -> RenderableType:
    """Draws a command's answer: its text, and its rows as a table below its title."""
    text = Text(harmless(page.text))
    if not page.rows:
        return text
    table = Table(*page.columns, box=box.SIMPLE_HEAD, header_style="bold", show_edge=False, pad_edge=False)
    for row in page.rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    heading = Text(page.title, style="bold")
    return Group(heading, text, table) if page.text else Group(heading, table)


def plain_page(page: Page) -> str:
    """Returns a command's answer as lines, the cells of a row between tabs."""
    rows = ("\t".join(" ".join(cell.split()) for cell in row) for row in page.rows)
    return harmless("\n".join(line for line in (page.text, *rows) if line))
