"""Column types that every table shares."""

from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Dialect, Enum, Integer, MetaData, String
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: A snowflake id; on SQLite it has to be called INTEGER to be the rowid itself.
Snowflake: Final[TypeEngine[int]] = BigInteger().with_variant(Integer, "sqlite")


class NaiveTime(ValueError):
    """A time without a zone cannot be stored."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, as text with always six digits of microseconds and +00:00, so that text order is time order.

    SQLAlchemy's own type drops the offset on SQLite; isoformat() leaves out zero microseconds.
    """

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


def utc_text(moment: datetime) -> str:
    """Returns a moment as it is stored. Raises NaiveTime."""
    if moment.tzinfo is None:
        raise NaiveTime(f"{NaiveTime.__doc__} ({moment})")
    # Kept only by their time in UTC: the two moments of an hour that a zone has twice are equal keys.
    return _text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=64)
def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


class JsonOf(TypeDecorator[T], Generic[T]):
    """A JSON column that holds one known shape, checked by pydantic on the way in and out."""

    impl = String
    cache_ok = True

    def __init__(self, shape: TypeAdapter[T]) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        return None if value is None else self.shape.dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> T | None:
        return None if value is None else self.shape.validate_json(value)


def closed(members: type[StrEnum]) -> Enum:
    """A column for a closed set, with a CHECK."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in members.__name__).lstrip("_")
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=16,
        values_callable=lambda closed_set: [member.value for member in closed_set],
    )
