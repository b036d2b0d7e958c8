"""Who Ember knows: identities, the addresses that lead to them, and their preferences."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Column, Connection, ForeignKey, Row, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite

from memory.place import Channel, IdentityId
from memory.records import Person, SessionId
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
LANGUAGE: Final = "language"  #: the preference for the language of Ember's own sentences
CHOSE_LANGUAGE: Final = "chose_language"  #: whether that was said by the person themselves
TIME_ZONE: Final = "time_zone"  #: the preference for where one's days begin
AGENT: Final = "agent"  #: the preference for who Ember is where one talks with it alone
TONE: Final = "tone"  #: the preference for how one is answered
PAUSED: Final = "paused"  #: the preference whether nothing that one says is kept
OFF_THE_RECORD: Final = "off_the_record"  #: the same, as the ids of the sessions where it holds

user_preferences = Table(
    "user_preferences",
    metadata,
    Column("identity_id", ForeignKey("user_identities.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", JsonOf(TypeAdapter(JsonValue)), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

_LANGUAGES: Final = select(user_preferences.c.value).where(user_preferences.c.name == LANGUAGE).distinct()

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

    async def find(self, identity: IdentityId) -> Person | None:
        """Returns a person, None when there is nobody of this id (any more)."""
        query = select(user_identities).where(user_identities.c.id == identity)

        def read(connection: Connection) -> Person | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else _person(connection, row)

        return await self._ground.reads.read(read)

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
        """Sets a preference, by one of the names above."""
        row = {"identity_id": identity, "name": name, "value": value, "updated_at": self._ground.clock.now()}
        await self._ground.queue.write(
            lambda connection: prefer(connection, row), lambda _: self._ground.cache.asked_otherwise()
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
        language=str(chosen.get(LANGUAGE, DEFAULT_LANGUAGE)),
        time_zone=str(chosen[TIME_ZONE]) if chosen.get(TIME_ZONE) else None,
        teaches=chosen.get(TEACHES) is not False,
        retention_days=int(str(chosen.get(RETENTION_DAYS) or 0)),
        tone=str(chosen.get(TONE) or ""),
        agent=str(chosen.get(AGENT) or ""),
        chose_language=chosen.get(CHOSE_LANGUAGE) is True,
        paused=chosen.get(PAUSED) is True,
        off_the_record=off_the_record(chosen.get(OFF_THE_RECORD)),
    )


def _link(connection: Connection, identity: IdentityId, kind: Channel, address: str, now: datetime) -> None:
    row = {"kind": kind, "address": address, "identity_id": identity, "created_at": now}
    connection.execute(sqlite.insert(identity_links).values(row).on_conflict_do_nothing())


def off_the_record(kept: JsonValue) -> tuple[SessionId, ...]:
    """Returns the sessions that the preference names; as texts, for a number of 63 bits is another one in most JSON."""
    return tuple(SessionId(int(str(session))) for session in kept) if isinstance(kept, list) else ()


def prefer(connection: Connection, row: Mapping[str, object]) -> None:
    """Sets a preference by its row."""
    upsert = sqlite.insert(user_preferences).values(row)
    changed = {"value": upsert.excluded.value, "updated_at": upsert.excluded.updated_at}
    connection.execute(upsert.on_conflict_do_update(index_elements=["identity_id", "name"], set_=changed))
