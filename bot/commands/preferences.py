"""`profile language`, `time-zone` and `tone`: how somebody is answered. They steer, and are never spelled out."""

from collections.abc import Sequence
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from bot.commands.page import SUGGESTED, Asking, BadArgument, Button, Choice, Command, Option, OptionKind, Page
from bot.quoting import TONE_LENGTH, plain_tone
from memory import CHOSE_LANGUAGE, LANGUAGE, LANGUAGES, TIME_ZONE, TONE, Store, is_secret

_CODE: Final = "code"
_ZONE: Final = "zone"
_TEXT: Final = "text"
NONE: Final = "none"  #: typed to take a preference back


class PreferenceCommands:
    """The commands that set preferences; without an argument each shows what is set."""

    def __init__(self, store: Store, default_zone: str) -> None:
        self._store = store
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        code = Option(_CODE, "Its code, such as en or de", OptionKind.NAME, suggest=_languages)
        zone = Option(
            _ZONE, f"Its name, such as Europe/Berlin; {NONE}: as my owner set", OptionKind.NAME, suggest=_zones
        )
        tone = Option(_TEXT, f"Such as: short, no emoji. {NONE} takes it back")
        return (
            Command("profile language", "Say in which language I talk to you", self.language, (code,), introduces=True),
            Command("profile time-zone", "Say where your days begin", self.time_zone, (zone,), introduces=True),
            Command("profile tone", "Say how you like to be answered", self.tone, (tone,), introduces=True),
        )

    async def language(self, asking: Asking) -> Page:
        """Sets the language of Ember's own sentences, whatever a platform says of the person later."""
        code = asking.text(_CODE).lower()
        if not code:
            return Page(
                "Language", f"I talk to you in {asking.person.language}. What you write to me may be any language."
            )
        if code not in LANGUAGES:
            raise BadArgument(f"code is one of: {', '.join(sorted(LANGUAGES))}.")
        await self._store.people.prefer(asking.person.id, LANGUAGE, code)
        await self._store.people.prefer(asking.person.id, CHOSE_LANGUAGE, True)
        return Page("Language", f"From now on: {code}.")

    async def time_zone(self, asking: Asking) -> Page:
        """Sets the zone of the times that the person is told, and of the days that they name."""
        zone = asking.text(_ZONE)
        if not zone:
            return Page("Time zone", f"Your times are those of {asking.person.time_zone or self._default_zone}.")
        if zone.lower() == NONE:
            await self._store.people.prefer(asking.person.id, TIME_ZONE, "")
            return Page("Time zone", f"From now on as my owner set: {self._default_zone}.")
        named = next((name for name in _zone_names() if name.lower() == zone.lower()), None)
        if named is None:
            raise BadArgument("zone is a name such as Europe/Berlin or America/New_York.")
        await self._store.people.prefer(asking.person.id, TIME_ZONE, named)
        return Page("Time zone", f"From now on: {named}.")

    async def tone(self, asking: Asking) -> Page:
        """Sets how the model is told that the person likes to be answered."""
        text = asking.text(_TEXT)
        if not text:
            clear = (Button("Take it back", "profile tone", {_TEXT: NONE}),) if asking.person.tone else ()
            return Page("Tone", asking.person.tone or "You have not said how you like to be answered.", buttons=clear)
        if text.lower() == NONE:
            await self._store.people.prefer(asking.person.id, TONE, "")
            return Page("Tone", "From now on as usual.")
        if len(text) > TONE_LENGTH:
            raise BadArgument(f"Say it in {TONE_LENGTH} characters at most.")
        if is_secret(text):
            raise BadArgument("I keep no passwords, keys or card numbers.")
        await self._store.people.prefer(asking.person.id, TONE, plain_tone(text))
        return Page("Tone", f"From now on: {plain_tone(text)}")


async def _languages(_asking: Asking, typed: str) -> Sequence[Choice]:
    return [Choice(code, code) for code in sorted(LANGUAGES) if code.startswith(typed.lower().strip())]


async def _zones(_asking: Asking, typed: str) -> Sequence[Choice]:
    wanted = typed.lower().strip().replace(" ", "_")
    found = [name for name in _zone_names() if wanted in name.lower()]
    return [Choice(name, name) for name in found[:SUGGESTED]]


@cache
def _zone_names() -> tuple[str, ...]:
    """The names, read once: that takes some milliseconds, and they do not change while Ember runs."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))
