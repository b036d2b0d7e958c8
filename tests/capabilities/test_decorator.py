from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from capabilities import Context, capability
from capabilities.framework.decorator import Function
from capabilities.framework.registry import discover


def test_a_function_becomes_a_capability_with_its_docstring_and_schema() -> None:
    @capability(read_only=True, admin_only=True, timeout_seconds=3)
    async def book(ctx: Context, title: str, copies: Annotated[int, Field(ge=1, le=9)] = 2) -> str:
        """Orders a book.

        For the library.
        """
        return f"{copies} of {title}"

    assert (book.name, book.read_only, book.admin_only, book.timeout_seconds) == ("book", True, True, 3)
    assert book.schema.description == "Orders a book.\n\nFor the library."
    assert book.schema.parameters == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string"},
            "copies": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2},
        },
        "required": ["title"],
    }


class Line(BaseModel):
    title: str
    copies: int = 1


def test_records_within_arguments_have_no_titles_either() -> None:
    @capability()
    async def order(ctx: Context, lines: list[Line]) -> str:
        """Orders several books."""
        return ""

    assert '"title": "' not in str(order.schema.parameters).replace("'", '"')
    assert "title" in str(order.schema.parameters)


def test_every_shipped_capability_tells_a_model_what_it_is_for() -> None:
    found = discover()
    assert {one.name for one in found} >= {
        "remember", "recall", "update_memory", "forget", "current_time", "calculate"
    }  # fmt: skip
    for one in found:
        assert len(one.description) > 60
        assert one.schema.parameters["additionalProperties"] is False


async def no_docstring(ctx: Context) -> str:
    return ""


async def no_context(query: str) -> str:
    """Asks."""
    return query


async def nothing() -> str:
    """Asks."""
    return ""


async def no_hint(ctx: Context, query) -> str:
    """Asks."""
    return str(query)


async def many(ctx: Context, *queries: str) -> str:
    """Asks."""
    return str(queries)


async def no_text(ctx: Context) -> int:
    """Counts."""
    return 1


def not_async(ctx: Context) -> str:
    """Asks."""
    return ""


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (no_docstring, "no_docstring has no docstring"),
        (no_context, "first parameter of no_context is not a Context"),
        (nothing, "first parameter of nothing is not a Context"),
        (no_hint, "query of no_hint has no type hint"),
        (many, "queries of many cannot be passed by name"),
        (no_text, "result of no_text is not a str"),
        (not_async, "not_async is not async"),
    ],
)
def test_what_could_not_be_called_is_refused_at_import(function: Function, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        capability()(function)
