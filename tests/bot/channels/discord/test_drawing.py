"""Texts as Discord takes them."""

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.discord.drawing import LIMIT, NOTICE_LIMIT, page_text, reply_text
from bot.channels.discord.interactions.drawing import drawn_page
from bot.commands.page import Page
from bot.delivery.splitting import outgoing
from memory import Channel, ItemId, Notice

pieces = st.lists(
    st.sampled_from(["@everyone", "@here", "a", "word ", "\n", "`", "-# "]) | st.characters(), max_size=60
)
texts = st.builds(lambda found, times: ("".join(found) * times)[:LIMIT], pieces, st.integers(1, 60))
told = st.builds(Notice, texts, st.lists(st.integers(1, 3).map(ItemId), max_size=1).map(tuple))


def shown(text: str, *notices: str) -> str:
    """Draws a reply with notices that only tell."""
    return reply_text(text, [Notice(notice) for notice in notices])


@given(texts, st.lists(told, max_size=4))
def test_a_reply_fits_whatever_stands_below_it(text: str, notices: list[Notice]) -> None:
    drawn = reply_text(text, notices)
    assert len(drawn) <= LIMIT
    assert drawn.replace("\u200b", "").startswith(text.strip().replace("\u200b", ""))


@given(texts, texts, st.lists(st.tuples(texts, texts), max_size=30))
def test_a_page_fits_whatever_stands_on_it(title: str, text: str, rows: list[tuple[str, str]]) -> None:
    page = Page(title, text, ("this", "that"), tuple(rows))
    drawn = drawn_page(page, None)
    assert len(drawn.text) <= LIMIT
    assert "@everyone" not in drawn.text
    if drawn.files:
        assert drawn.files[0].fp.read() == page_text(page).encode(errors="replace")
    else:
        assert drawn.text == page_text(page)


def test_notices_that_do_not_fit_are_left_out_and_long_ones_cut() -> None:
    assert shown("x" * 1_990, "short", "a longer notice") == "x" * 1_990 + "\n-# short"
    assert shown("x", "two\nlines", "y" * 500) == f"x\n-# two lines\n-# {'y' * (NOTICE_LIMIT - 1)}…"


def test_a_notice_stands_alone_too() -> None:
    assert reply_text("", [Notice("gemerkt: Tee", (ItemId(1),))]) == "-# gemerkt: Tee"
    long = reply_text("x" * 100, [Notice("y" * 500, (ItemId(1), ItemId(2)))])
    assert long.endswith("y…")
    assert len(long) == 100 + len("\n-# ") + NOTICE_LIMIT


def test_the_longest_notice_fits_below_the_longest_part() -> None:
    for part in outgoing("x" * 5_000, Channel.DISCORD).parts:
        assert shown(part, "y" * 500).startswith(f"{part}\n-# y")


def test_everyone_is_disarmed_for_the_eye_as_far_as_there_is_room() -> None:
    assert shown("@everyone, @here and @ada") == "@\u200beveryone, @\u200bhere and @ada"
    full = "@everyone" + "x" * (LIMIT - 9)
    assert shown(full) == full
