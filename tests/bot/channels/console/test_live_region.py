"""What is seen of an answer while it is made, on a screen of a few lines."""

import io
import re

from rich.console import Console

from bot.channels.console.live_region import LiveRegion
from memory import ItemId

_TOKEN = re.compile(r"\x1b\[(?P<count>\d*)(?P<what>[A-Za-z])|\x1b\[\?25[hl]|(?P<text>[^\x1b])")
ROWS = 6


def screen(written: str) -> list[str]:
    """What a terminal shows of it: rich moves up, deletes lines and returns to their beginning."""
    lines, row, column = [""], 0, 0
    for token in _TOKEN.finditer(re.sub(r"\x1b\[[\d;]*m", "", written)):
        match token["what"], token["text"]:
            case "A", _:
                row -= int(token["count"] or 1)
            case "K", _:
                lines[row] = ""
            case _, "\n":
                row, column = row + 1, 0
                lines += [""] * (row + 1 - len(lines))
            case _, "\r":
                column = 0
            case _, str(character):
                lines[row] = lines[row][:column].ljust(column) + character + lines[row][column + 1 :]
                column += 1
    return [line.rstrip() for line in lines if line.strip()]


class Shown:
    """A region, and the screen that it is on."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        console = Console(file=self._file, force_terminal=True, width=30, height=ROWS, color_system=None)
        console.print("> what is it?")
        self.region = LiveRegion(console, ItemId(1))

    @property
    def answer(self) -> list[str]:
        return screen(self._file.getvalue())[1:]


async def test_a_spinner_turns_until_the_first_visible_word() -> None:
    shown = Shown()
    assert len(shown.answer) == 1
    assert await shown.region.show("\n ") is False
    assert len(shown.answer) == 1
    assert await shown.region.show("It is") is True
    assert shown.answer == ["It is"]
    shown.region.clear()


async def test_text_before_a_call_is_taken_off_the_screen() -> None:
    shown = Shown()
    await shown.region.show("Let me look that up,\nplease.")
    assert shown.answer == ["Let me look that up,", "please."]
    await shown.region.withdraw()
    assert len(shown.answer) == 1
    assert "Let me" not in shown.answer[0]
    await shown.region.show("Here it is.")
    assert shown.answer == ["Here it is."]
    shown.region.clear()


async def test_nothing_is_left_of_it_when_the_final_text_is_due() -> None:
    shown = Shown()
    await shown.region.show("Half a\n\nthought")
    await shown.region.close()
    assert shown.answer == ["Half a", "thought"]
    shown.region.clear()
    assert shown.answer == []


async def test_of_a_text_longer_than_the_screen_its_end_is_seen() -> None:
    shown = Shown()
    await shown.region.show("".join(f"line {number}\n" for number in range(20)))
    assert shown.answer == ["line 16", "line 17", "line 18", "line 19"]
    shown.region.clear()
    assert shown.answer == []
