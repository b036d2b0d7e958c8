"""What every imported file is checked for."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from memory.words import storable

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def _sensible(moment: datetime) -> datetime:
    if not _FIRST <= moment < _LAST:
        raise ValueError("a time between 1970 and 2100 should stand here")
    return moment.astimezone(UTC)


def _whole(text: object) -> object:
    return storable(text) if isinstance(text, str) else text


Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
Text = Annotated[str, BeforeValidator(_whole)]  #: halves of a character mended
Name = Annotated[str, BeforeValidator(_whole), AfterValidator(lambda name: name[:200])]


class Shape(BaseModel):
    """A part of a file; what it does not name is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)
