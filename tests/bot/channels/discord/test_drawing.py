"""Texts as Discord takes them."""

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.discord.drawing import LIMIT, NOTICE_LIMIT, page_text, reply_text
from bot.commands.page import Page
from bot.delivery.splitting import outgoing
from memory import Channel

pieces = st.lists(
    st.sampled_from(["@everyone", "@here", "a", "word ", "\n", "`", "-# "]) | st.characters(), max_size=60
)
texts = st.builds(lambda found, times: ("".join(found) * times)[:LIMIT], pieces, st.integers(1, 60))


@given(texts, st.lists(texts, max_size=4))
def test_a_reply_fits_whatever_stands_below_it(text: str, notices: list[str]) -> None:
    drawn = reply_text(text, tuple(notices))
    assert len(drawn) <= LIMIT
    assert drawn.replace("\u200b", "").startswith(text.strip().replace("\u200b", ""))


@given(texts, texts, st.lists(st.tuples(texts, texts), max_size=30))
def test_a_page_fits_whatever_stands_on_it(title: str, text: str, rows: list[tuple[str, str]]) -> None:
    assert len(page_text(Page(title, text, ("this", "that"), tuple(rows)))) <= LIMIT


def test_notices_that_do_not_fit_are_left_out_and_long_ones_cut() -> None:
    assert reply_text("x" * 1_990, ("short", "a longer notice")) == "x" * 1_990 + "\n-# short"
    assert reply_text("x", ("two\nlines", "y" * 500)) == f"x\n-# two lines\n-# {'y' * (NOTICE_LIMIT - 1)}…"


def test_a_memory_s_notice_says_how_to_take_it_back_and_stands_alone_too() -> None:
    assert reply_text("", ("memory updated: likes tea",)) == "-# memory updated: likes tea · /undo takes it back"
    long = reply_text("x" * 100, ("memory updated: " + "y" * 500,))
    assert long.endswith("y… · /undo takes it back")
    assert len(long) == 100 + len("\n-# ") + NOTICE_LIMIT


def test_the_longest_notice_fits_below_the_longest_part() -> None:
    for part in outgoing("x" * 5_000, Channel.DISCORD).parts:
        assert reply_text(part, ("y" * 500,)).startswith(f"{part}\n-# y")


def test_everyone_is_disarmed_for_the_eye_as_far_as_there_is_room() -> None:
    assert reply_text("@everyone, @here and @ada", ()) == "@\u200beveryone, @\u200bhere and @ada"
    full = "@everyone" + "x" * (LIMIT - 9)
    assert reply_text(full, ()) == full
