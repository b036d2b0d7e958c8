"""The payload of a notice that tells what was learned: its words are asked for when it goes out."""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from memory.place import IdentityId
from memory.records import ItemId


@dataclass(frozen=True, slots=True)
class LearnedNotice:
    """Whom it tells of which memories."""

    asker: IdentityId
    learned: tuple[ItemId, ...]


LEARNED: Final = TypeAdapter(LearnedNotice)
