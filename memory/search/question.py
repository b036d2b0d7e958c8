"""What is asked of the search."""

from dataclasses import dataclass
from datetime import datetime

from memory.place import IdentityId, Place
from memory.records import ItemId


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for, where, and for whom."""

    place: Place
    asker: IdentityId
    text: str
    limit: int
    leave_out: frozenset[ItemId] = frozenset()  #: what the prompt holds already
    time_zone: str = "UTC"  #: the asker's, an IANA name: "yesterday" is a day there
    as_of: datetime | None = None  #: what was known at that moment; None: now
    operators: bool = False  #: True: a person typed a search, and `AND`, `OR`, `NOT`, `"phrase"`, `prefix*` count
    count_withheld: bool = True  #: False: nobody looks at `Found.withheld`, and a quarter of the work is spared
