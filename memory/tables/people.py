"""Who Ember knows: identities, the addresses that lead to them, and their preferences."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Column, Connection, ForeignKey, Row, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite

from memory.place import Channel, IdentityId
from memory.records import Person
from memory.tables.ground import Ground
from memory.tables.types import JsonOf, Snowflake, UtcDateTime, closed, metadata
from memory.words import DEFAULT_LANGUAGE

user_identities = Table(
    "user_identities",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

identity_links = Table(
    "identity_links",
    metadata,
    Column("kind", closed(Channel), primary_key=True),
    Column("address", String, primary_key=True),
    Column("identity_id", ForeignKey("user_identities.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
)

RETENTION_DAYS: Final = "retention_days"  #: the preference for how long one's messages and events are kept
TEACHES: Final = "teaches"  #: the preference whether Ember learns from what one says by itself

user_preferences = Table(
    "user_preferences",
    metadata,
    Column("identity_id", ForeignKey("user_identities.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", JsonOf(TypeAdapter(JsonValue)), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

_LANGUAGES: Final = select(user_preferences.c.value).where(user_preferences.c.name == "language").distinct()

_IDENTITY: Final = select(user_identities).where(user_identities.c.id == bindparam("person"))
_PREFERENCES: Final = select(user_preferences).where(user_preferences.c.identity_id == bindparam("person"))
_REACHED_BY: Final = (
    select(user_identities)
    .join(identity_links, identity_links.c.identity_id == user_identities.c.id)
    .where(identity_links.c.kind == bindparam("kind"), identity_links.c.address == bindparam("address"))
)


class People:
    """Identities and their preferences."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def known(self, kind: Channel, address: str) -> Person | None:
        """Returns who is reached by an address, or None: asking makes no identity."""
        return await self._ground.reads.read(lambda connection: find_person(connection, kind, address))

    async def by_id(self, identity: IdentityId) -> Person:
        """Returns a person as they are now."""
        return await self._ground.reads.read(lambda connection: person_by_id(connection, identity))

    async def meet(self, kind: Channel, address: str, name: str) -> Person:
        """Returns who is reached by an address, making the identity at first contact."""
        identity, now = IdentityId(self._ground.ids.next()), self._ground.clock.now()
        return await self._ground.queue.write(
            lambda connection: meet_person(connection, kind, address, name, identity, now),
            lambda person: self._ground.cache.named(person.id, person.name),
        )

    async def link(self, identity: IdentityId, kind: Channel, address: str) -> None:
        """Makes one more address lead to a person; an address that leads to somebody already stays theirs."""
        now = self._ground.clock.now()
        await self._ground.queue.write(lambda connection: _link(connection, identity, kind, address, now))

    async def prefer(self, identity: IdentityId, name: str, value: JsonValue) -> None:
        """Sets a preference: `language` (ISO 639-1), `time_zone` (IANA name), `retention_days` (0: none), `teaches`."""
        row = {"identity_id": identity, "name": name, "value": value, "updated_at": self._ground.clock.now()}
        await self._ground.queue.write(
            lambda connection: _prefer(connection, row), lambda _: self._ground.cache.asked_otherwise()
        )


def find_person(connection: Connection, kind: Channel, address: str) -> Person | None:
    row = connection.execute(_REACHED_BY, {"kind": kind, "address": address}).one_or_none()
    return None if row is None else _person(connection, row)


def person_by_id(connection: Connection, identity: IdentityId) -> Person:
    return _person(connection, connection.execute(_IDENTITY, {"person": identity}).one())


def meet_person(
    connection: Connection, kind: Channel, address: str, name: str, new: IdentityId, now: datetime
) -> Person:
    """Finds a person, keeping their name current, or makes the identity `new`."""
    person = find_person(connection, kind, address)
    if person is None:
        connection.execute(insert(user_identities).values(id=new, name=name, created_at=now))
        _link(connection, new, kind, address, now)
        return Person(id=new, name=name, first_contact=True)
    if name and person.name != name:
        connection.execute(update(user_identities).where(user_identities.c.id == person.id).values(name=name))
        return replace(person, name=name)
    return person


def languages_in_use(connection: Connection) -> set[str]:
    """Returns the languages in which anything may have been analysed."""
    return {DEFAULT_LANGUAGE, *(str(language) for language in connection.execute(_LANGUAGES).scalars())}


def _person(connection: Connection, row: Row[tuple[object, ...]]) -> Person:
    rows = connection.execute(_PREFERENCES, {"person": row.id})
    chosen = {preference.name: preference.value for preference in rows}
    return Person(
        id=IdentityId(row.id),
        name=row.name,
        language=str(chosen.get("language", DEFAULT_LANGUAGE)),
        time_zone=None if chosen.get("time_zone") is None else str(chosen["time_zone"]),
        teaches=chosen.get(TEACHES) is not False,
    )


def _link(connection: Connection, identity: IdentityId, kind: Channel, address: str, now: datetime) -> None:
    row = {"kind": kind, "address": address, "identity_id": identity, "created_at": now}
    connection.execute(sqlite.insert(identity_links).values(row).on_conflict_do_nothing())


def _prefer(connection: Connection, row: Mapping[str, object]) -> None:
    upsert = sqlite.insert(user_preferences).values(row)
    changed = {"value": upsert.excluded.value, "updated_at": upsert.excluded.updated_at}
    connection.execute(upsert.on_conflict_do_update(index_elements=["identity_id", "name"], set_=changed))
