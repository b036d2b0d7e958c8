"""`privacy what`, `pause`, `off-the-record` and `learning`: what is kept, in words and numbers, and its switches."""

from collections.abc import Callable, Iterator
from typing import Final

from bot.commands.forgetting import BEYOND_REACH
from bot.commands.memories.own_items import OwnItems, seen_by
from bot.commands.page import Asking, Button, Command, Page
from memory import PAUSED, TEACHES, Kept, KeptFor, Store, Tier

_NAMES: Final = {
    "said": ("thing you said", "things you said"),
    "replies": ("answer of mine to you", "answers of mine to you"),
    "blocks": ("block", "blocks"),
    "former": ("former text of a memory", "former texts of memories"),
    str(Tier.WORKING): ("memory for one conversation", "memories for one conversation"),
    str(Tier.EPISODIC): ("event", "events"),
    str(Tier.SEMANTIC): ("fact", "facts"),
    str(Tier.SHARED): ("shared memory", "shared memories"),
}


class PrivacyCommands:
    """The commands that tell what is kept, and keep it from growing. `kept_for`: as the installation's owner set."""

    def __init__(self, store: Store, items: OwnItems, kept_for: Callable[[], KeptFor]) -> None:
        self._store = store
        self._items = items
        self._kept_for = kept_for

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("privacy what", "Show what I keep about you, and who sees it", self.what),
            Command(
                "privacy pause",
                "Pause, or go on: I answer, keep no words and learn nothing",
                self.pause,
                introduces=True,
            ),
            Command(
                "privacy off-the-record", "The same for this conversation only", self.off_the_record, introduces=True
            ),
            Command("privacy learning", "Switch on or off that I learn from what you say by myself", self.learning),
        )

    async def what(self, asking: Asking) -> Page:
        """Tells what is kept of the asker, by kind, since when, how long, and who sees it."""
        kept = await self._store.kept.of(asking.private, asking.person.id)
        here = await self._store.pausing.is_off_the_record(asking.here, asking.person.id)
        rows = (
            *self._items_rows(asking, kept),
            *((name, how_many) for name, how_many in _others(kept)),
            ("how long", self._how_long(asking)),
            ("learning", _learning(asking, here)),
            ("beyond reach", BEYOND_REACH),
        )
        buttons = (
            Button("Export it", "privacy export"),
            Button("Go on" if asking.person.paused else "Pause", "privacy pause"),
            Button("Forget it all", "privacy forget-me", danger=True),
        )
        return Page("What I keep about you", "", ("what", "how much"), rows, buttons)

    async def pause(self, asking: Asking) -> Page:
        """Switches whether what the asker says is kept, everywhere, until they say otherwise."""
        paused = not asking.person.paused
        await self._store.people.prefer(asking.person.id, PAUSED, paused)
        if not paused:
            return Page(
                "Going on", "From now on I keep again what you say.", buttons=(Button("Pause", "privacy pause"),)
            )
        text = (
            "I go on answering. Until you go on, I keep that we talked and what it cost, none of the words, and learn "
            "nothing. Each message stands alone then, for I do not remember the one before. What I kept so far stays; "
            "/privacy forget-me takes it away."
        )
        return Page("Paused", text, buttons=(Button("Go on", "privacy pause"),))

    async def off_the_record(self, asking: Asking) -> Page:
        """Switches the same for the conversation where it is asked, until that ends."""
        off = await self._store.pausing.off_the_record(asking.here, asking.person.id)
        button = Button("Back on the record" if off else "Off the record", "privacy off-the-record")
        if not off:
            return Page("On the record", "From now on I keep again what you say here.", buttons=(button,))
        ends = (
            "/new ends it" if asking.place.thread is not None else "/new ends it, and so does half an hour of silence"
        )
        text = f"I keep none of your words in this conversation here, and learn nothing from them. {ends}."
        return Page("Off the record", text, buttons=(button,))

    async def learning(self, asking: Asking) -> Page:
        """Switches whether Ember learns from what the asker says by itself."""
        person = await self._store.people.by_id(asking.person.id)
        await self._store.people.prefer(person.id, TEACHES, not person.teaches)
        switch = Button("Switch it on again" if person.teaches else "Switch it off", "privacy learning")
        if person.teaches:
            return Page("Learning", "From now on I remember only what you ask me to.", buttons=(switch,))
        return Page("Learning", "From now on I also learn from what you tell me.", buttons=(switch,))

    def _items_rows(self, asking: Asking, kept: Kept) -> Iterator[tuple[str, str]]:
        order = list(_NAMES)
        for one in sorted(kept.items, key=lambda one: (order.index(one.kind), str(one.scope))):
            name = _NAMES[one.kind][one.count != 1]
            since = self._items.day(asking, one.since)
            yield f"{one.count:,} {name}", f"since {since}, seen by {seen_by(one.scope, asking)}"
        if not kept.items:
            yield "0 items", "I keep nothing that you said, and no memories of you"

    def _how_long(self, asking: Asking) -> str:
        own = asking.person.retention_days
        kept_for = self._kept_for()
        said, events = _days(kept_for.messages, own), _days(kept_for.episodic, own)
        return f"What you say: {said}. Events: {events}. Facts, shared memories and blocks: until you forget them"


def _others(kept: Kept) -> Iterator[tuple[str, str]]:
    """What is no item, and for the asker alone."""
    told = (
        (kept.parts, "pieces of what I was sent for my answers to you"),
        (kept.steps, "things that I did for an answer to you"),
        (kept.calls, "model calls, with what they used; those stay, without your name, when you are forgotten"),
        (kept.preferences, "settings of yours"),
    )
    yield from ((f"{count:,}", what) for count, what in told if count)


def _learning(asking: Asking, off_the_record: bool) -> str:
    if asking.person.paused:
        return "paused: I keep no words and learn nothing"
    if off_the_record:
        return "off the record in this conversation here"
    return "also from what you tell me" if asking.person.teaches else "only what you ask me to remember"


def _days(as_owner_set: int, own: int) -> str:
    """The shorter of what the installation's owner and the person have set; 0 is for ever."""
    days = min(filter(None, (as_owner_set, own)), default=0)
    return "until you forget it" if not days else "1 day" if days == 1 else f"{days} days"
