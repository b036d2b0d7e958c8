"""Pausing: Ember goes on answering somebody and keeps none of the words, everywhere or in one conversation.

What they are does not change with it: that is what forgetting is for.
"""

from sqlalchemy import Connection, select

from memory.place import IdentityId, Place
from memory.records import SessionId
from memory.tables.ground import Ground
from memory.tables.messages import session_is_open, user_sessions
from memory.tables.people import OFF_THE_RECORD, off_the_record, prefer, user_preferences
from memory.tables.talk import open_session


class Pausing:
    """Takes a conversation off the record. Pausing altogether is the preference `paused`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def off_the_record(self, place: Place, person: IdentityId) -> bool:
        """Takes somebody off the record in a place's open session, which it begins if there is none, or back on it.

        Returns whether they are off it now. It ends with the session; what others say there is kept as ever.
        """
        new, now = SessionId(self._ground.ids.next()), self._ground.clock.now()

        def op(connection: Connection) -> bool:
            session, _since = open_session(connection, place, new, now)
            before = _off_the_record(connection, person)
            wanted = {*before} ^ {session}
            going_on = select(user_sessions.c.id).where(user_sessions.c.id.in_(wanted), session_is_open(now))
            value = [str(one) for one in sorted(connection.execute(going_on).scalars())]
            row = {"identity_id": person, "name": OFF_THE_RECORD, "value": value, "updated_at": now}
            prefer(connection, row)
            return session in wanted

        return await self._ground.queue.write(op)

    async def is_off_the_record(self, place: Place, person: IdentityId) -> bool:
        """Whether what somebody says next in a place is off the record for that."""
        now = self._ground.clock.now()

        def read(connection: Connection) -> bool:
            named = _off_the_record(connection, person)
            here = (user_sessions.c.place_key == place.key) & user_sessions.c.id.in_(named)
            return connection.execute(select(user_sessions.c.id).where(here, session_is_open(now))).first() is not None

        return await self._ground.reads.read(read)


def _off_the_record(connection: Connection, person: IdentityId) -> tuple[SessionId, ...]:
    this = (user_preferences.c.identity_id == person) & (user_preferences.c.name == OFF_THE_RECORD)
    return off_the_record(connection.execute(select(user_preferences.c.value).where(this)).scalar_one_or_none())
