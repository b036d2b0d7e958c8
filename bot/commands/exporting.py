"""`privacy export`: everything about its asker as one file, which `ember memory import` takes."""

import io
import re
from typing import TYPE_CHECKING, Final

from bot.commands.page import Asking, Command, Page, PageFile
from memory import NotFound, Store

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LIMIT: Final = 10 * 1024 * 1024  #: bytes of a file that Discord takes


class _TooLarge(Exception):
    """There is more than one file may hold."""


class _Bounded(io.BytesIO):
    """A file in memory that does not outgrow what can be sent."""

    def write(self, data: "ReadableBuffer", /) -> int:
        if self.tell() + memoryview(data).nbytes > LIMIT:
            raise _TooLarge
        return super().write(data)


class ExportCommand:
    """Writes exports."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def commands(self) -> tuple[Command, ...]:
        return (Command("privacy export", "Get everything I keep about you as one file", self.export),)

    async def export(self, asking: Asking) -> Page:
        """Gives the file, or says how to get one that is too large to be sent."""
        out = _Bounded()
        try:
            counts = await self._store.exports.write(asking.person.id, out)
        except NotFound:
            return Page("Export", "I keep nothing of you.")
        except _TooLarge:
            text = (
                f"There is more than fits into one message here ({LIMIT // 1024 // 1024} MB). Ask whoever runs me: "
                f"ember memory export --person {asking.person.id:x} writes it."
            )
            return Page("Export", text)
        named = re.sub(r"[^\w-]+", "-", asking.person.name).strip("-") or "me"
        name = f"ember-export-{named}-{self._store.clock.now():%Y-%m-%d}.json"
        text = (
            f"Memories: {counts['memories']:,}, messages: {counts['messages']:,}, and all that belongs to them. "
            "Whoever has the file can read it. ember memory import takes it into another Ember."
        )
        return Page("Export", text, file=PageFile(name, out.getvalue()))
