import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capabilities.asking import Asking

asking = Asking()


async def calculated(expression: str) -> str:
    return (await asking.call("calculate", json.dumps({"expression": expression}))).text


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2+2*3", "8"),
        ("0.1+0.2", "0.3"),
        ("(1/3)*3", "1"),
        ("2/3", "0.666666666666667"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("10 % 3", "1"),
        ("15% of 80", "12"),
        ("100 - 15% of 80", "88"),
        ("200 + 10%", "220"),
        ("200 - 10%", "180"),
        ("200 / 10%", "2000"),
        ("(5+5)%", "0.1"),
        ("3 x 4", "12"),
        ("3×4÷2", "6"),
        ("2^10", "1024"),
        ("2**-2", "0.25"),
        ("2**0.5", "1.4142135623731"),
        ("1,234,567.5 * 2", "2469135"),
        ("max(1,234)", "234"),
        ("min(3, 1, 2)", "1"),
        ("sqrt(2)**2", "2"),
        ("round(2.5)", "3"),
        ("round(-2.345, 2)", "-2.35"),
        ("floor(2.7) + ceil(2.1) + abs(-1)", "6"),
        ("log(1000) + ln(e) + log(8, 2)", "7"),
        ("sin(pi) + cos(0) + tan(0) + exp(0)", "2"),
        ("2**100", "1267650600228229401496703205376"),
        ("12345678901234567890/7", "1763668414462081127.14"),
        ("10**-20", "1E-20"),
    ],
)
async def test_arithmetic_as_people_write_it(expression: str, result: str) -> None:
    assert await calculated(expression) == f"{expression} = {result}"


async def test_an_equals_sign_at_the_end_is_left_out() -> None:
    assert await calculated("2+2 = ?") == "2+2 = 4"


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("9**9**9", "the result is too large"),
        ("9**9**99999", "the result is too large"),
        ("1e999", "the result is too large"),
        ("1e308*10", "the result is too large"),
        ("exp(1000)", "the result is too large"),
        ("1/0", "division by zero has no result"),
        ("0**-1", "division by zero has no result"),
        ("sqrt(-1)", "that has no real result"),
        ("(-8)**(1/3)", "that has no real result"),
        ("round(1, 1e9)", "that has no real result"),
        ("max()", "max takes another number of arguments"),
        ("1<<9999", "that cannot be read as arithmetic"),
        ("2+", "that cannot be read as arithmetic"),
        ("2(3)", "that cannot be read as arithmetic"),
        ("two plus two", "that cannot be read as arithmetic"),
        ("'a'*5", "that cannot be read as arithmetic"),
        ("[1]*5", "that cannot be read as arithmetic"),
        ("3j", "that cannot be read as arithmetic"),
        ("True + 1", "that cannot be read as arithmetic"),
        ("__import__('os')", "that cannot be read as arithmetic"),
        ("(1).__class__", "that cannot be read as arithmetic"),
        ("1\x002", "that cannot be read as arithmetic"),
    ],
)
async def test_what_has_no_result_ends_in_a_clear_error(expression: str, why: str) -> None:
    assert await calculated(expression) == f"Failed: {why}"


async def test_a_long_expression_is_refused() -> None:
    assert "at most 200 characters" in await calculated("1+" * 100 + "1")


@given(st.text(alphabet="0123456789.,+-*/%^()xe pi", min_size=1, max_size=200))
async def test_any_expression_ends_in_a_result_or_in_words(expression: str) -> None:
    told = await calculated(expression)
    assert " = " in told or told.startswith("Failed: ")
    assert "failed inside" not in told


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
async def test_whole_numbers_are_exact(left: int, right: int) -> None:
    assert await calculated(f"{left} * {right}") == f"{left} * {right} = {left * right}"
