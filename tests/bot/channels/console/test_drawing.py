"""Answers and pages as text on a screen."""

import io
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from bot.channels.console.drawing import DrawnReply, drawn_notice, drawn_page, harmless, plain_page
from bot.commands.page import Page
from memory import ItemId, Notice


def drawn(what: RenderableType, width: int = 60) -> str:
    file = io.StringIO()
    Console(file=file, force_terminal=True, width=width, color_system=None).print(what)
    return file.getvalue()


@given(st.text())
def test_no_control_character_is_printed(text: str) -> None:
    for printed in (harmless(text), drawn(DrawnReply(text)), plain_page(Page("", text, (), ((text, text),)))):
        assert {one for one in printed if unicodedata.category(one) == "Cc"} <= {"\n", "\t"}


def test_visible_characters_of_every_script_stay() -> None:
    assert harmless("Grüße, 猫 and\ta 😀\n") == "Grüße, 猫 and\ta 😀\n"


def test_a_line_s_end_stays_one_and_html_is_text() -> None:
    assert drawn(DrawnReply("**One** <b>\ntwo")) == "One <b>\ntwo\n"


def test_a_link_shows_where_it_leads() -> None:
    assert drawn(DrawnReply("[your bank](https://evil.example)")) == "your bank (https://evil.example)\n"


def test_no_line_is_filled_up_with_spaces() -> None:
    text = "# Heading\n\nwords\n\n- one\n- two\n\n```python\nx = 1\n```\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    lines = drawn(DrawnReply(text)).splitlines()
    assert "x = 1" in "\n".join(lines)
    assert [line for line in lines if line.endswith(" ")] == []


def test_only_what_can_be_undone_says_so() -> None:
    assert drawn(drawn_notice(Notice("likes tea", (ItemId(1),)), " · /undo")) == "likes tea · /undo\n"
    assert drawn(drawn_notice(Notice("forgotten"), " · /undo")) == "forgotten\n"


def test_a_page_with_rows_is_a_table_below_its_title() -> None:
    page = Page("Memories", "The newest 1 of 2.", ("since", "what"), (("today", "[bold]tea"),))
    assert [line.split() for line in drawn(drawn_page(page)).splitlines()][:3] == [
        ["Memories"],
        ["The", "newest", "1", "of", "2."],
        ["since", "what"],
    ]
    assert "today   [bold]tea" in drawn(drawn_page(page))
    assert plain_page(page) == "The newest 1 of 2.\ntoday\t[bold]tea"
