"""`scopes`: every distinct scope has a number, which stands on its items, in the index and in the cache."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Column, Connection, Integer, String, Table, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from memory.errors import NotFound
from memory.place import IdentityId, Place
from memory.scope import EVERYONE, Scope, ScopeNumber, private, scope_learned, scopes_read
from memory.tables.types import metadata
from memory.write_queue import Writes

PLACES_KEPT: Final = 1_024  #: whose scope numbers are at hand

scopes = Table(
    "scopes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)


class ScopeNumbers:
    """Knows every scope's number: one process writes, so what it has seen is all there is."""

    def __init__(self, queue: Writes, known: Mapping[str, ScopeNumber]) -> None:
        self._queue = queue
        self._known = dict(known)
        # Emptied when they are full: a cache that keeps order takes longer than the rest of a hot read.
        self._of_items: dict[tuple[Place, IdentityId], tuple[ScopeNumber, ...]] = {}
        self._read_in: dict[Place, tuple[ScopeNumber, ...]] = {}
        self._forgotten: set[IdentityId] = set()

    def read_in(self, place: Place) -> tuple[ScopeNumber, ...]:
        """Returns the numbers of the scopes that a place reads; a scope without an item yet has none."""
        numbers = self._read_in.get(place)
        if numbers is None:
            if len(self._read_in) >= PLACES_KEPT:
                self._read_in.clear()
            numbers = self._read_in[place] = self._numbers(*scopes_read(place))
        return numbers

    def private_to(self, identity: IdentityId) -> tuple[ScopeNumber, ...]:
        return self._numbers(private(identity))

    def name_of(self, number: ScopeNumber) -> Scope:
        """Returns the scope that has a number."""
        (name,) = (name for name, known in self._known.items() if known == number)
        return Scope.named(name)

    def everyone(self) -> tuple[ScopeNumber, ...]:
        return self._numbers(EVERYONE)

    def learn(self, numbers: Mapping[str, ScopeNumber]) -> None:
        """Takes up what an op has numbered, after its COMMIT."""
        if not numbers.keys() <= self._known.keys():
            self._known.update(numbers)
            self._read_in.clear()

    def forget(self, identity: IdentityId) -> None:
        """Lets nothing more become a person's: what is under way for them must not outlive them."""
        self._forgotten.add(identity)
        self._of_items.clear()

    def know_again(self, identity: IdentityId) -> None:
        """Takes `forget` back, when nobody was forgotten after all."""
        self._forgotten.discard(identity)

    async def of_item(self, place: Place, owner: IdentityId) -> tuple[ScopeNumber, ...]:
        """Returns the numbers of what an item learned in a place stands in, making what is missing.

        Raises NotFound for a person who was forgotten.
        """
        numbers = self._of_items.get((place, owner))
        if numbers is not None:  # a scope keeps its number for ever
            return numbers
        if len(self._of_items) >= PLACES_KEPT:
            self._of_items.clear()
        numbers = self._of_items[place, owner] = await self.of_scope(scope_learned(place), owner)
        return numbers

    async def of_scope(self, scope: Scope, owner: IdentityId) -> tuple[ScopeNumber, ...]:
        """Returns the numbers of what an item of a scope stands in, making what is missing. Raises NotFound."""
        if owner in self._forgotten:
            raise NotFound
        names = tuple(dict.fromkeys((scope, private(owner))))
        missing = tuple(name for name in names if str(name) not in self._known)
        if missing:
            await self._queue.write(lambda connection: number_scopes(connection, missing), self.learn)
        return self._numbers(*names)

    def _numbers(self, *of: Scope) -> tuple[ScopeNumber, ...]:
        return tuple(self._known[str(scope)] for scope in of if str(scope) in self._known)


def item_scopes(place: Place, owner: IdentityId) -> tuple[Scope, ...]:
    """Returns what an item learned in a place stands in: the place's scope, then its owner's private one."""
    return tuple(dict.fromkeys((scope_learned(place), private(owner))))


def all_scopes(connection: Connection) -> dict[str, ScopeNumber]:
    return {row.name: ScopeNumber(row.number) for row in connection.execute(select(scopes))}


_NUMBERED: Final = select(scopes).where(scopes.c.name.in_(bindparam("names", expanding=True)))
_NUMBER: Final = insert(scopes).on_conflict_do_nothing()


def number_scopes(connection: Connection, of: tuple[Scope, ...]) -> dict[str, ScopeNumber]:
    """Returns the number of each scope, in the order given, making what is missing."""
    names = [str(scope) for scope in of]
    known = {row.name: row.number for row in connection.execute(_NUMBERED, {"names": names})}
    missing = [name for name in names if name not in known]
    for name in missing:
        connection.execute(_NUMBER, {"name": name})
    if missing:
        known |= {row.name: row.number for row in connection.execute(_NUMBERED, {"names": missing})}
    return {name: ScopeNumber(known[name]) for name in names}
