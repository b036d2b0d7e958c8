"""`new` begins a new conversation in a place; `stop` ends an answer under way."""

from typing import Final

from bot.commands.page import Asking, Command, Option, OptionKind, Page
from bot.conversation.router import Router
from memory import Store

_REPLY: Final = Option("reply", "Which answer: the last one here", OptionKind.ITEM)


class SessionCommands:
    """The commands about the conversation itself."""

    def __init__(self, store: Store, router: Router) -> None:
        self._store = store
        self._router = router

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("new", "Begin a new conversation here; what I remember stays", self.new),
            Command("stop", "Stop the answer under way", self.stop),
            Command("regenerate", "Have my last answer here made anew", self.regenerate, (_REPLY,)),
        )

    async def new(self, asking: Asking) -> Page:
        """Ends the place's session; what is remembered stays."""
        ended = await self._store.talk.end_session(asking.place, asking.person.id)
        text = "We begin anew here. What I remember of you stays." if ended else "This is a new conversation already."
        return Page("New conversation", text)

    async def regenerate(self, asking: Asking) -> Page:
        """Answers the asker's last question in the place another time, in the same message."""
        reply = asking.item(_REPLY.name)
        if reply is None:
            last = await self._store.talk.last_reply(asking.here, asking.person.id)
            reply = None if last is None else last.id
        if reply is None or not await self._router.answer_again(asking.place, asking.person, reply):
            return Page(
                "Regenerate", "Only your own last answer here can be made anew, once it is whole, and not all the time."
            )
        return Page("Regenerate", "I answer anew.")

    async def stop(self, asking: Asking) -> Page:
        """Ends the asker's answer under way in the place."""
        stopped = self._router.stop(asking.place, asking.person.id)
        return Page("Stop", "Stopped." if stopped else "There is nothing to stop.")
