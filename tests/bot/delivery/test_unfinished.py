"""A text that is still being written looks like a finished one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.splitting import MOST_PARTS, PART_LIMITS, open_fence, outgoing
from bot.delivery.unfinished import shown_of
from memory import Channel

LIMIT = PART_LIMITS[Channel.DISCORD]

pieces = st.lists(
    st.sampled_from(
        ["```", "```python\n", "~~~\n", "\n", "word ", "<@123>", "[a](https://b.c/d)", "https://e.f ", "`x`"]
    )
    | st.text(max_size=5),
    max_size=40,
)
texts = st.builds(lambda found, times: "".join(found) * times, pieces, st.integers(1, 40))


@given(texts, st.data())
def test_whatever_is_shown_fits_and_holds_no_open_fence(text: str, data: st.DataObject) -> None:
    shown = shown_of(text[: data.draw(st.integers(0, len(text)))], Channel.DISCORD)
    assert len(shown) <= LIMIT
    assert open_fence(shown) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ask <@12", "Ask"),
        ("Ask <@12> or <#", "Ask <@12> or"),
        ("See [the page](https://exa", "See"),
        ("See [the pa", "See"),
        ("See https://exa", "See"),
        ("See https://example.org and", "See https://example.org and"),
        ("Hi @every", "Hi"),
        ("Here:\n```py", "Here:"),
        ("Here:\n```python\n", "Here:"),
        ("Here:\n```python\nx = [1, 2", "Here:\n```python\nx = [1, 2\n```"),
        ("Here:\n```python\nx = 1\n``", "Here:\n```python\nx = 1\n```"),
        ("Here:\n```python\nx = 1\n```\nThere", "Here:\n```python\nx = 1\n```\nThere"),
        ("a < b and [", "a < b and"),
        ("[" + "a" * 400, "[" + "a" * 400),
        ("", ""),
    ],
)
def test_what_has_no_end_yet_waits_for_it(text: str, shown: str) -> None:
    assert shown_of(text, Channel.DISCORD) == shown


def test_the_first_part_stays_as_it_is_while_more_comes_behind_it() -> None:
    text = "\n\n".join("word " * 60 for _ in range(20))
    assert {shown_of(text[:length], Channel.DISCORD) for length in range(LIMIT + 1, len(text), 97)} == {
        outgoing(text[: LIMIT * 2], Channel.DISCORD).parts[0]
    }


@given(texts)
def test_no_answer_goes_out_in_more_parts_than_people_put_up_with(text: str) -> None:
    out = outgoing(text * 20, Channel.DISCORD)
    assert len(out.parts) <= (1 if out.is_attached else MOST_PARTS)
    assert all(len(part) <= LIMIT - 100 * out.is_attached for part in out.parts)


def test_a_channel_without_a_limit_gets_an_answer_whole() -> None:
    assert outgoing("word " * 10_000, Channel.CONSOLE).parts == (("word " * 10_000),)
