"""`memory forget` and `privacy forget-me`: first what would go and a code, then, with the code, it goes."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cachetools import LRUCache

from bot.commands.memories.listing import told
from bot.commands.memories.own_items import ITEM, OwnItems
from bot.commands.page import MESSAGE, Asking, Button, Command, Option, OptionKind, Page
from memory import About, Erased, ErasureState, IdentityId, Item, ItemId, NotFound, Progress, Store

_WHAT: Final = "what"
SHOWN: Final = 15  #: items, the newest
CODE_GOOD_FOR: Final = timedelta(minutes=15)
WISHES_KEPT: Final = 256  #: of everybody; the oldest go
CODE_LENGTH: Final = 5
_LETTERS: Final = "bcdfghjkmnpqrstvwxz23456789"  # no vowels: a code is no word that somebody has a memory of

BEYOND_REACH: Final = (
    "What I cannot reach: what Discord keeps of our messages, what a model's provider has kept of what it was sent, "
    "your mailbox, and copies of my folder that somebody made."
)
_NOT_YET: Final = f"Nothing has gone yet. You can say so for {CODE_GOOD_FOR // timedelta(minutes=1)} minutes."
_COLUMNS: Final = ("since", "what")
_STATES: Final = {
    ErasureState.HIDDEN: "unreadable; its traces are going",
    ErasureState.ERASED: "gone from my database; backups are being cleaned",
    ErasureState.DONE: "gone from my database and my backups",
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a code stands for."""

    person: IdentityId
    items: tuple[ItemId, ...] | None  #: None: everything
    until: datetime


class ForgettingCommands:
    """The commands that forget.

    `stop_all` ends whatever is under way for somebody; `wake` has what is left of the work done now.
    """

    def __init__(
        self, store: Store, default_zone: str, stop_all: Callable[[IdentityId], None], wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._items = OwnItems(store, default_zone)
        self._stop_all = stop_all
        self._wake = wake
        self._wishes: LRUCache[str, _Wish] = LRUCache(WISHES_KEPT)

    def commands(self) -> tuple[Command, ...]:
        what = Option(_WHAT, "The words, or the code I gave you")
        code = Option(_WHAT, "The code I gave you")
        return (
            Command(
                "memory forget",
                "Show what of yours holds some words, then forget it",
                self.forget,
                (
                    what,
                    self._items.option("Or one memory: its id, or choose it by its words", required=False),
                    Option(MESSAGE, "", OptionKind.MESSAGE),
                ),
                menu="Forget this",
            ),
            Command(
                "privacy forget-me", "Forget everything about you, once you have said so twice", self.forget_me, (code,)
            ),
        )

    async def forget(self, asking: Asking) -> Page:
        """Shows what there is about some words, or forgets what a code stands for, or shows how far that is."""
        if asking.text(MESSAGE):
            return await self._message(asking)
        if asking.text(ITEM):
            return self._would_forget(asking, await self._items.item(asking))
        if not asking.text(_WHAT):
            return await self._how_far(asking)
        wish = self._taken(asking)
        if wish is not None and wish.items is not None:
            try:
                erased = await self._store.erasure.erase_topic(asking.private, asking.person.id, wish.items)
            except NotFound:
                return Page("Forget", "That has changed meanwhile. Ask me again to see what there is.")
            self._wake()
            return Page("Forgotten", self._told(asking, erased, f"{_count(len(wish.items), 'item')}"))
        about = await self._store.erasure.about(asking.private, asking.person.id, asking.text(_WHAT))
        if not about.items:
            return Page("Forget", "I keep nothing of yours that holds all of these words.")
        code = self._code(asking, tuple(item.id for item in about.items))
        return Page("Forget", _would_go(about), _COLUMNS, self._rows(asking, about), (_yes("memory forget", code),))

    async def _message(self, asking: Asking) -> Page:
        """Shows what would go with the message pointed at, if the asker said it to Ember."""
        said = await self._store.pointed_at.said(
            asking.private, asking.person.id, asking.place.channel, asking.text(MESSAGE)
        )
        if said is None:
            return Page(
                "Forget", "I keep no message of yours there. Only whoever said something can have it forgotten."
            )
        return self._would_forget(asking, said)

    def _would_forget(self, asking: Asking, item: Item) -> Page:
        with_it = "with what it was taken from, what was made of it, and my answers that repeat it"
        text = f"This would go, {with_it}. {_NOT_YET}"
        code = self._code(asking, (item.id,))
        row = (self._items.day(asking, item.created_at), told(item))
        return Page("Forget", text, _COLUMNS, (row,), (_yes("memory forget", code),))

    async def forget_me(self, asking: Asking) -> Page:
        """Says what would go and gives a code; with the code, forgets everything about the asker."""
        wish = self._taken(asking)
        if wish is None or wish.items is not None:
            code = self._code(asking, None)
            other = "That is not the code, or no longer. " if asking.text(_WHAT) else ""
            return Page(
                "Forget me",
                f"{other}This forgets everything about you, everywhere: all you ever said to me, my answers, all that "
                "I remember of you, your settings. Nobody can bring it back. What others said stays theirs. "
                f"You can say so for {CODE_GOOD_FOR // timedelta(minutes=1)} minutes.",
                buttons=(_yes("privacy forget-me", code),),
            )
        self._stop_all(asking.person.id)
        erased = await self._store.erasure.erase_person(asking.person.id)
        self._wake()
        return Page("Forgotten", self._told(asking, erased, "Everything about you"))

    def _code(self, asking: Asking, items: tuple[ItemId, ...] | None) -> str:
        code = "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
        self._wishes[code] = _Wish(asking.person.id, items, self._store.clock.now() + CODE_GOOD_FOR)
        return code

    def _taken(self, asking: Asking) -> _Wish | None:
        """Returns what a code of the asker's stands for, once; what is no such code is words."""
        wish = self._wishes.get(asking.text(_WHAT))
        if wish is None or wish.person != asking.person.id or wish.until < self._store.clock.now():
            return None
        del self._wishes[asking.text(_WHAT)]
        return wish

    def _told(self, asking: Asking, erased: Erased, what: str) -> str:
        by = erased.expected_by.astimezone(self._items.zone(asking))
        return (
            f"{what}: forgotten. Nobody can read it from now on. While I run, its last traces are gone from my files "
            f"and backups by {by:%H:%M on %Y-%m-%d}. {BEYOND_REACH}"
        )

    async def _how_far(self, asking: Asking) -> Page:
        under_way = await self._store.erasure.progress(asking.private, asking.person.id)
        text = "Say /memory forget WORDS and I show what I keep that holds them. Nothing goes before you say so."
        return Page("Forget", text, ("asked", "how far"), tuple(self._row(asking, one) for one in under_way[:SHOWN]))

    def _rows(self, asking: Asking, about: About) -> tuple[tuple[str, str], ...]:
        newest = sorted(about.items, key=lambda item: item.id, reverse=True)[:SHOWN]
        return tuple((self._items.day(asking, item.created_at), told(item)) for item in newest)

    def _row(self, asking: Asking, progress: Progress) -> tuple[str, str]:
        return self._items.day(asking, progress.asked_at), _STATES[progress.state]


def _yes(command: str, code: str) -> Button:
    return Button("Forget it", command, {_WHAT: code}, danger=True)


def _would_go(about: About) -> str:
    more = f" The newest {SHOWN} are shown." if len(about.items) > SHOWN else ""
    with_them = f", and {_count(about.replies, 'answer')} of mine that repeat them" if about.replies else ""
    return f"{_count(len(about.items), 'item')} of yours would go{with_them}.{more} {_NOT_YET}"


def _count(number: int, of: str) -> str:
    return f"1 {of}" if number == 1 else f"{number:,} {of}s"
