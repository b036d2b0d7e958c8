"""`new` begins a new conversation in a place; `stop` ends an answer under way."""

from bot.commands.page import Asking, Command, Page
from bot.conversation.router import Router
from memory import Store


class SessionCommands:
    """The commands about the conversation itself."""

    def __init__(self, store: Store, router: Router) -> None:
        self._store = store
        self._router = router

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("new", "Begin a new conversation here; what I remember stays", self.new),
            Command("stop", "Stop the answer under way", self.stop),
        )

    async def new(self, asking: Asking) -> Page:
        """Ends the place's session; what is remembered stays."""
        ended = await self._store.talk.end_session(asking.place)
        text = "We begin anew here. What I remember of you stays." if ended else "This is a new conversation already."
        return Page("New conversation", text)

    async def stop(self, asking: Asking) -> Page:
        """Ends the asker's answer under way in the place."""
        stopped = self._router.stop(asking.place, asking.person.id)
        return Page("Stop", "Stopped." if stopped else "There is nothing to stop.")
