from contextlib import suppress
from datetime import date
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, JsonValue

from capabilities import Context, TellTheModel, capability
from capabilities.framework.arguments import canonical_arguments, parse_arguments
from capabilities.framework.step_key import step_key
from memory import TurnId


@capability()
async def order(
    ctx: Context,
    dish: Annotated[str, Field(max_length=20)] = "soup",
    count: Annotated[int, Field(ge=1, le=9)] = 1,
    without: list[str] | None = None,
    hot: bool = True,
    on: date | None = None,
) -> str:
    """Orders a dish."""
    return dish


DEFAULTS = {"dish": "soup", "count": 1, "without": None, "hot": True, "on": None}


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("", {}),
        (" \n", {}),
        ("null", {}),
        ("{}", {}),
        ('{"count": 3}', {"count": 3}),
        ('{"count": "3"}', {"count": 3}),
        ('{"hot": "false"}', {"hot": False}),
        ('{"without": "[\\"salt\\"]"}', {"without": ["salt"]}),
        ('"{\\"dish\\": \\"pie\\"}"', {"dish": "pie"}),
        ('```json\n{"dish": "pie"}\n```', {"dish": "pie"}),
        ('{"dish": "12"}', {"dish": "12"}),
        ('{"dish": "[1]"}', {"dish": "[1]"}),
        ('{"on": "2026-11-21"}', {"on": date(2026, 11, 21)}),
    ],
)
def test_arguments_are_read_as_models_write_them(raw: str, read: dict[str, object]) -> None:
    assert dict(parse_arguments(order, raw)) == DEFAULTS | read


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ('{"count": 10}', '"count": input should be less than or equal to 9'),
        ('{"count": "10"}', '"count": input should be less than or equal to 9'),
        ('{"count": "many"}', '"count": input should be a valid integer'),
        ('{"count": true}', '"count": input should be a valid integer'),
        ('{"dish": 5}', '"dish": input should be a valid string'),
        ('{"sauce": "red"}', 'there is no argument "sauce"'),
        ('{"count": Infinity}', '"count": input should be'),
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('"dish"', "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"dish": "\\ud800"}', "not a JSON object"),
        ('{"count": ' + "9" * 5000 + "}", "not a JSON object"),
    ],
)
def test_what_does_not_fit_is_told_in_a_short_sentence(raw: str, told: str) -> None:
    with pytest.raises(TellTheModel) as error:
        parse_arguments(order, raw)
    assert told in str(error.value)
    assert len(str(error.value)) < 200


def test_a_missing_argument_is_named() -> None:
    @capability()
    async def greet(ctx: Context, name: str) -> str:
        """Greets."""
        return name

    with pytest.raises(TellTheModel, match='the arguments of greet do not fit: "name" is missing'):
        parse_arguments(greet, "{}")


def test_a_thousand_invented_arguments_make_no_long_answer() -> None:
    invented = ", ".join(f'"{"x" * 100}{number}": 1' for number in range(1000))
    with pytest.raises(TellTheModel) as error:
        parse_arguments(order, f"{{{invented}}}")
    assert len(str(error.value)) < 1000


@given(st.text())
def test_any_text_is_read_or_refused(raw: str) -> None:
    with suppress(TellTheModel):
        assert parse_arguments(order, raw)


def test_the_same_arguments_have_one_spelling() -> None:
    spellings = ['{"a": 1, "b": "ä"}', '{ "b":"\\u00e4", "a":1 }', '```json\n{"b": "ä", "a": 1}\n```']
    assert {canonical_arguments(spelling) for spelling in spellings} == {'{"a":1,"b":"ä"}'}
    assert canonical_arguments("{not json") == "{not json"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), st.integers(0, 9))
def test_a_step_key_is_made_of_nothing_but_its_call(value: JsonValue, ordinal: int) -> None:
    key = step_key(TurnId(1), "order", str(value), ordinal)
    assert len(key) == 64
    assert key == step_key(TurnId(1), "order", str(value), ordinal)
    others = [
        step_key(TurnId(2), "order", str(value), ordinal),
        step_key(TurnId(1), "orde", f"r{value}", ordinal),
        step_key(TurnId(1), "order", str(value), ordinal + 1),
    ]
    assert key not in others
