"""The commands of all doors: found here, allowed here, written into the audit log here, and run."""

from collections.abc import Awaitable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

import structlog

from bot.commands.page import PAGE, SUGGESTED, Asking, BadArgument, Choice, Command, Form, OptionKind, Page, Rank
from bot.sentences import Sentence, Sentences
from memory import AuditId, Channel, Outcome, Person, Store, StoreError

ONLY_IN_GUILDS: Final = "That works in a server only."
_REFUSED: Final = {
    Rank.GUILD_ADMIN: "Only somebody who may manage this server can do that.",
    Rank.OWNER: "Only my owner can do that.",
}
_NAMING: Final = (OptionKind.NAME, OptionKind.NUMBER)  #: options that the audit log may hold: no words of anybody

log = structlog.get_logger()


class Catalogue:
    """Commands by path; those of a group together, groups in the order in which they were begun."""

    def __init__(self, store: Store, sentences: Sentences) -> None:
        self._store = store
        self._sentences = sentences
        self._by_path: dict[str, Command] = {}

    def add(self, commands: Iterable[Command]) -> None:
        """Takes commands in."""
        self._by_path |= {command.path: command for command in commands}

    def __iter__(self) -> Iterator[Command]:
        groups: dict[str, list[Command]] = {}
        for command in self._by_path.values():
            groups.setdefault(command.path.partition(" ")[0], []).append(command)
        return chain.from_iterable(groups.values())

    def find(self, path: str) -> Command | None:
        return self._by_path.get(path)

    def usable(self, asking: Asking) -> list[Command]:
        """Returns what somebody may use in a place."""
        return [command for command in self if _why_not(command, asking) is None]

    async def person(self, command: Command, kind: Channel, address: str, name: str) -> Person | None:
        """Returns who uses a command; asking something makes no identity, acting does."""
        if command.introduces:
            return await self._store.people.meet(kind, address, name)
        known = await self._store.people.known(kind, address)
        if known is not None or command.rank is Rank.EVERYONE:
            return known
        return await self._store.people.meet(kind, address, name)

    async def run(self, command: Command, asking: Asking) -> Page:
        """Answers a command for somebody, with a plain word where it may not, or does not, work.

        An admin's stands in the audit log before it is done: what cannot be written there is not done, but for a look
        at what is wrong.
        """
        refusal = _why_not(command, asking)
        if refusal is None and command.looks_only:
            page, outcome = await self._ran(command, asking)
            await self._noted(self._recorded(command, asking, outcome))
            return page
        try:
            use = await self._recorded(command, asking, Outcome.FAILED if refusal is None else Outcome.REFUSED)
        except StoreError as error:
            return self.failed(command, error) if refusal is None else Page(_title(command), refusal)
        if refusal is not None:
            return Page(_title(command), refusal)
        page, outcome = await self._ran(command, replace(asking, use=use))
        if use is not None and outcome is Outcome.DONE:
            await self._noted(self._store.audit.done(use, _target(command, asking)))
        return page

    async def _ran(self, command: Command, asking: Asking) -> tuple[Page, Outcome]:
        try:
            return await command.run(_checked(command, asking)), Outcome.DONE
        except BadArgument as error:
            return Page(_title(command), str(error)), Outcome.FAILED
        except StoreError as error:
            return self.failed(command, error), Outcome.FAILED
        except Exception as error:  # a command's edge: whatever went wrong, its person hears of it
            log.exception("a command failed", command=command.path)
            told = self._sentences.say(Sentence.COMMAND_FAILED, asking.person.language)
            return Page(_title(command), f"{told} ({type(error).__name__})"), Outcome.FAILED

    def failed(self, command: Command, error: StoreError) -> Page:
        """Says why nothing could be kept, or read."""
        return Page(_title(command), f"That did not work. {error}")

    async def form(self, command: Command, asking: Asking) -> Form | None:
        """Returns the form to fill in before a command can run; None when nothing is missing, or it may not run."""
        if command.form is None or _why_not(command, asking) is not None:
            return None
        try:
            form = await command.form(asking)
        except (BadArgument, StoreError):  # the command itself says what is wrong
            return None
        return None if form is None or any(asking.text(each.option) for each in form.fields) else form

    async def suggest(self, command: Command, option_name: str, asking: Asking, typed: str) -> Sequence[Choice]:
        """Returns what may be meant by what was typed so far."""
        option = next((one for one in command.options if one.name == option_name), None)
        if option is None or option.suggest is None or _why_not(command, asking) is not None:
            return []
        return (await option.suggest(asking, typed))[:SUGGESTED]

    async def _recorded(self, command: Command, asking: Asking, outcome: Outcome) -> AuditId | None:
        """What was not done may have been given anything, a key, or a whole sentence: only where is noted of it."""
        if command.rank is Rank.EVERYONE:
            return None
        place = asking.place
        return await self._store.audit.record(asking.person.id, command.path, place.key, place.guild, outcome)

    async def _noted(self, noting: Awaitable[object]) -> None:
        try:
            await noting
        except StoreError as error:  # what was done stands there already, and what was looked at changed nothing
            log.error("what became of an admin's command could not be noted", error=str(error))


def _why_not(command: Command, asking: Asking) -> str | None:
    if command.in_guilds and asking.place.guild is None:
        return ONLY_IN_GUILDS
    alone = command.anyone_alone and asking.place.guild is None
    if alone or command.rank in asking.ranks:
        return None
    return _REFUSED[command.rank]


def _checked(command: Command, asking: Asking) -> Asking:
    """Leaves out what the command does not take. Raises BadArgument."""
    known = {option.name: option for option in command.options}
    given = {name: value for name, value in asking.arguments.items() if name in known and value.strip()}
    for option in command.options:
        value = given.get(option.name)
        if option.required and value is None:
            meant = f": {option.description[0].lower()}{option.description[1:]}" if option.description else ""
            raise BadArgument(f"Say {option.name} too{meant}.")
        if value is not None and option.choices and value not in option.choices:
            raise BadArgument(f"{option.name} is one of: {', '.join(option.choices)}.")
    return replace(asking, arguments=given)


def _target(command: Command, asking: Asking) -> str:
    named = [asking.text(one.name) for one in command.options if one.kind in _NAMING and one.name != PAGE]
    return " ".join(filter(None, [*named, asking.place.key]))


def _title(command: Command) -> str:
    return f"/{command.path}"
