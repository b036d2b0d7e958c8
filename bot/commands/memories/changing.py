"""`memory add`, `remember`, `memory edit`, `memory share`, `undo`: what somebody keeps and changes themselves."""

from datetime import timedelta
from typing import Final

from bot.commands.memories.own_items import ITEM, OwnItems, cut
from bot.commands.page import (
    MESSAGE,
    MESSAGE_AUTHOR,
    MESSAGE_TEXT,
    Asking,
    BadArgument,
    Button,
    Command,
    Field,
    Form,
    Option,
    OptionKind,
    Page,
)
from bot.quoting import plain_name
from bot.turn import short_id
from memory import Memory, NewMemory, NoGuild, NotFound, Store, Tier, Trust

UNDO_WITHIN: Final = timedelta(hours=1)
_TEXT: Final = "text"
_SURE: Final = "sure"
_TOGETHER: Final = "together"
_YES: Final = "yes"
_SHOWN_TEXT: Final = 300
_FORGOTTEN_SINCE: Final = (
    "The last thing you had me do was to forget, and nobody can bring that back. "
    "/memory list shows what I keep, and /memory forget WORDS takes more of it away."
)
_CHANGED: Final = "That has changed meanwhile, so I left it as it is. /memory list shows how it stands."
_PAUSED: Final = "Your memory is paused, so I keep nothing. /privacy pause goes on."


class ChangingCommands:
    """The commands that keep and change; what they keep is private until its owner shares it."""

    def __init__(self, store: Store, items: OwnItems) -> None:
        self._store = store
        self._items = items

    def commands(self) -> tuple[Command, ...]:
        text = Option(_TEXT, "What to remember")
        new = Option(_TEXT, "Its text from now on")
        which = self._items.option("Which one; the last if you leave it out", required=False)
        together = Option(_TOGETHER, "Yes: with what I learned at the same time", OptionKind.NAME, choices=(_YES,))
        sure = Option(_SURE, "Say yes once you have seen what would be shared", OptionKind.NAME, choices=(_YES,))
        pointed = tuple(Option(name, "", OptionKind.MESSAGE) for name in (MESSAGE, MESSAGE_TEXT, MESSAGE_AUTHOR))
        return (
            Command("memory add", "Have me remember something", self.add, (text,), introduces=True, form=_add_form),
            Command(
                "memory edit",
                "Change what I remember",
                self.edit,
                (self._items.option("Which one"), new),
                form=self._edit_form,
            ),
            Command(
                "memory share",
                "Let everybody in this server see a memory of yours",
                self.share,
                (self._items.option("Which one"), sure),
            ),
            Command(
                "remember",
                "Have me remember something",
                self.remember,
                (text, *pointed),
                introduces=True,
                form=_remember_form,
                menu="Remember this",
            ),
            Command("undo", "Take back the last thing I remembered", self.undo, (which, together)),
        )

    async def add(self, asking: Asking) -> Page:
        """Keeps a text as the asker's own words, for them alone."""
        return await self._keep(asking, asking.text(_TEXT), Trust.SAID)

    async def remember(self, asking: Asking) -> Page:
        """Keeps a text, or the message pointed at; what somebody else said stays theirs to have said."""
        if asking.text(_TEXT) or not asking.text(MESSAGE):
            return await self.add(asking)
        words, author = asking.text(MESSAGE_TEXT), asking.text(MESSAGE_AUTHOR)
        if not words:
            return Page("Remember", "There are no words in that message.")
        if not author:
            return await self._keep(asking, words, Trust.SAID)
        return await self._keep(asking, f"{plain_name(author)} said: {words}", Trust.EXTERNAL)

    async def edit(self, asking: Asking) -> Page:
        """Puts a new text in force instead of a memory's; the old one stays in its history."""
        before, text = await self._items.memory(asking), asking.text(_TEXT)
        if not text:
            raise BadArgument("Say its new text too.")
        if asking.person.paused:
            return Page("Edit", _PAUSED)
        was_shared = before.scopes[0] != before.scopes[-1]
        tier = Tier.SEMANTIC if before.tier is Tier.SHARED else before.tier
        new = NewMemory(
            text, Trust.SAID, tier, before.importance, language=asking.person.language, session=before.session
        )
        try:
            memory = await self._store.memories.supersede(asking.private, asking.person.id, before.id, new)
        except NotFound:
            return Page("Edit", _CHANGED)
        private = " Only you see it now; /memory share lets this server see it." if was_shared else ""
        return Page(
            "Changed", f"{memory.content}\n\nWhat it said before stays in its history.{private}", (), (), _do(memory)
        )

    async def share(self, asking: Asking) -> Page:
        """Shows what the guild would see; said yes, lets it."""
        memory = await self._items.memory(asking)
        if asking.place.guild is None:
            return Page("Share", "Ask me in the server that is to see it: here there is nobody to share with.")
        if memory.superseded_at is not None:
            return Page("Share", _CHANGED)
        if asking.text(_SURE) != _YES:
            yes = Button("Share it", "memory share", {ITEM: short_id(memory.id), _SURE: _YES})
            text = "Everybody in this server could see this, and I may use it in my answers there:"
            return Page("Share", f"{text}\n\n{memory.content}", buttons=(yes,))
        try:
            shared = await self._store.memories.share(asking.here, asking.person.id, memory.id)
        except (NotFound, NoGuild):
            return Page("Share", _CHANGED)
        told = f"Everybody in this server can see it now: {cut(shared.content, _SHOWN_TEXT)}"
        return Page("Shared", told, buttons=(Button("Undo", "undo", {ITEM: short_id(shared.id)}),))

    async def undo(self, asking: Asking) -> Page:
        """Takes back one memory, or the last change of the last hour: one memory, or all that a turn taught together.

        What they replaced is given back. Behind something forgotten it reaches for nothing: that is what is meant then.
        """
        if asking.text(ITEM):
            memory = await self._items.memory(asking)
            together = await self._learned_with(asking, memory) if asking.text(_TOGETHER) else [memory]
            return await self._take_back(asking, together)
        since = self._store.clock.now() - UNDO_WITHIN
        last = await self._store.memories.last_change(asking.private, asking.person.id, since)
        if last is None:
            return Page("Undo", "There is nothing to take back.")
        forgotten = [one.asked_at for one in await self._store.erasure.progress(asking.private, asking.person.id)]
        if forgotten and max(forgotten) >= last.created_at:
            return Page("Undo", _FORGOTTEN_SINCE)
        return await self._take_back(asking, await self._learned_with(asking, last))

    async def _take_back(self, asking: Asking, together: list[Memory]) -> Page:
        try:
            for memory in reversed(together):
                await self._store.erasure.take_back(asking.private, asking.person.id, memory.id)
        except NotFound:
            return Page("Undo", _CHANGED)
        return Page("Undo", f"Taken back: {'; '.join(memory.content for memory in together)}")

    async def _keep(self, asking: Asking, text: str, trust: Trust) -> Page:
        if not text:
            raise BadArgument("Say what to remember.")
        if asking.person.paused:
            return Page("Remember", _PAUSED)
        new = NewMemory(text, trust, language=asking.person.language)
        memory = await self._store.memories.add(asking.private, asking.person.id, new)
        return Page("Remembered", f"{memory.content}\n\nOnly you see it.", (), (), _do(memory))

    async def _edit_form(self, asking: Asking) -> Form:
        memory = await self._items.memory(asking)
        field = Field(_TEXT, "What I remember", memory.content)
        return Form("Change what I remember", (field,), {ITEM: short_id(memory.id)})

    async def _learned_with(self, asking: Asking, last: Memory) -> list[Memory]:
        """Returns a memory with those that were learned from the same words at the same time."""
        if last.source is None:
            return [last]
        kept = await self._store.memories.of_owner(asking.private, asking.person.id)
        return [one for one in kept if (one.source, one.created_at) == (last.source, last.created_at)]


def _do(memory: Memory) -> tuple[Button, ...]:
    given = {ITEM: short_id(memory.id)}
    return Button("Undo", "undo", given), Button("Edit", "memory edit", given)


async def _add_form(_asking: Asking) -> Form:
    return Form("Remember", (Field(_TEXT, "What to remember"),))


async def _remember_form(asking: Asking) -> Form | None:
    return None if asking.text(MESSAGE) else await _add_form(asking)
