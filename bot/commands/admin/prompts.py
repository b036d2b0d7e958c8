"""`prompt …` shows and changes what Ember is told; every version stays, and a turn keeps the one it began with."""

import difflib
from collections.abc import Sequence
from typing import Final

from bot.commands.admin.naming import (
    MOST_VERSIONS,
    NAME,
    PAGE_OPTION,
    REASON,
    REASON_OPTION,
    SEEN_OPTION,
    TEXT,
    VERSION,
    matching,
    moment,
    seen,
)
from bot.commands.page import (
    FORM_LIMIT,
    Asking,
    BadArgument,
    Button,
    Choice,
    Command,
    Field,
    Form,
    Option,
    OptionKind,
    Page,
    Rank,
    leafed,
)
from memory import PromptVersion
from prompts.prompt_store import DoesNotRender, PromptStore

_FROM: Final = "from"
_TO: Final = "to"


class PromptCommands:
    """The commands about prompts."""

    def __init__(self, prompts: PromptStore, default_zone: str) -> None:
        self._prompts = prompts
        self._default_zone = default_zone

    def commands(self) -> tuple[Command, ...]:
        name = Option(NAME, "The prompt", OptionKind.NAME, required=True, suggest=self._names)
        version = Option(VERSION, "Another version than the one in force", OptionKind.NUMBER)
        back_to = Option(VERSION, "The version to go back to", OptionKind.NUMBER, required=True)
        text = Option(TEXT, "Its text from now on")
        older, newer = (Option(one, "A version", OptionKind.NUMBER) for one in (_FROM, _TO))
        rank = Rank.OWNER
        return (
            Command("prompt list", "Show what I am told", self.listed, rank=rank),
            Command("prompt show", "Show a prompt", self.show, (name, version), rank),
            Command(
                "prompt edit",
                "Write a prompt",
                self.edit,
                (name, text, REASON_OPTION, SEEN_OPTION),
                rank,
                form=self._form,
            ),
            Command("prompt history", "Show who changed a prompt", self.history, (name, PAGE_OPTION), rank),
            Command("prompt diff", "Show what two versions say differently", self.diff, (name, older, newer), rank),
            Command(
                "prompt rollback", "Go back to an older version", self.rollback, (name, back_to, REASON_OPTION), rank
            ),
        )

    async def listed(self, asking: Asking) -> Page:
        """Lists the prompts in force."""
        rows = tuple(
            (one.name, one.category, f"version {one.version}, by {one.author}", one.description)
            for one in await self._prompts.all()
        )
        return Page("Prompts", "", ("name", "category", "version", "what"), rows)

    async def show(self, asking: Asking) -> Page:
        """Shows a version, with its variables."""
        versions = await self._versions(asking)
        number = asking.number(VERSION, 1, MOST_VERSIONS)
        prompt = versions[-1] if number is None else _numbered(versions, number)
        given = {NAME: prompt.name}
        buttons = (Button("Edit", "prompt edit", given), Button("History", "prompt history", given))
        rows = tuple(("variable", f"{{{{{variable}}}}}") for variable in prompt.variables)
        return Page(f"{prompt.name}, version {prompt.version}", prompt.text, ("what", "is"), rows, buttons)

    async def edit(self, asking: Asking) -> Page:
        """Makes a text the prompt's new version; one that could not be sent changes nothing."""
        before = (await self._versions(asking))[-1]
        if not asking.text(TEXT):
            raise BadArgument(_too_long(before) or f"Say /prompt edit {before.name} TEXT.")
        return await self._put(asking, before, asking.text(TEXT), asking.text(REASON), seen(asking))

    async def _form(self, asking: Asking) -> Form | None:
        versions = await self._prompts.history(asking.text(NAME))
        if not versions or _too_long(versions[-1]):
            return None
        return edit_form(versions[-1], {NAME: versions[-1].name})

    async def history(self, asking: Asking) -> Page:
        """Lists the versions, newest first."""
        versions = await self._versions(asking)
        rows = [
            (str(one.version), moment(one.created_at, asking, self._default_zone), one.author, one.reason)
            for one in reversed(versions)
        ]
        shown, buttons = leafed("prompt history", rows, asking)
        name = versions[-1].name
        compare = (Button("What changed last", "prompt diff", {NAME: name}),) if len(versions) > 1 else ()
        return Page(f"History of {name}", "", ("version", "when", "by", "why"), shown, (*buttons, *compare))

    async def diff(self, asking: Asking) -> Page:
        """Shows two versions line by line; the newest two, when none are named."""
        versions = await self._versions(asking)
        number = asking.number(_TO, 1, MOST_VERSIONS) or versions[-1].version
        older = asking.number(_FROM, 1, MOST_VERSIONS) or max(number - 1, 1)
        before, after = _numbered(versions, older), _numbered(versions, number)
        lines = difflib.unified_diff(
            before.text.splitlines(), after.text.splitlines(), f"version {older}", f"version {number}", lineterm="", n=1
        )
        told = "\n".join(lines)
        title = f"{after.name}: version {older} to {number}"
        return Page(title, f"```diff\n{told}\n```" if told else "They say the same.")

    async def rollback(self, asking: Asking) -> Page:
        """Puts an older text in force again, as a new version."""
        versions = await self._versions(asking)
        wanted = asking.number(VERSION, 1, MOST_VERSIONS)
        old = _numbered(versions, wanted or 0)
        reason = asking.text(REASON) or f"back to version {old.version}"
        return await self._put(asking, versions[-1], old.text, reason, versions[-1].version)

    async def _put(self, asking: Asking, before: PromptVersion, text: str, reason: str, after: int | None) -> Page:
        try:
            saved = await self._prompts.edit(before.name, text, asking.person.id, reason, after)
        except DoesNotRender as error:
            raise BadArgument(does_not_render(before, error)) from None
        return Page(
            "Prompts", told(before, saved), buttons=(Button("What changed", "prompt diff", {NAME: saved.name}),)
        )

    async def _versions(self, asking: Asking) -> Sequence[PromptVersion]:
        versions = await self._prompts.history(asking.text(NAME))
        if not versions:
            raise BadArgument("There is no prompt of that name. /prompt list shows them.")
        return versions

    async def _names(self, asking: Asking, typed: str) -> Sequence[Choice]:
        return matching((one.name for one in await self._prompts.all()), typed)


def edit_form(prompt: PromptVersion, arguments: dict[str, str]) -> Form:
    """Returns the form with a prompt's text; it carries the version, so that nobody overwrites a newer one."""
    fields = (Field(TEXT, "What I am told", prompt.text), Field(REASON, "Why"))
    return Form(f"{prompt.name}, version {prompt.version}", fields, {**arguments, VERSION: str(prompt.version)})


def told(before: PromptVersion, saved: PromptVersion) -> str:
    """Says what became of a text."""
    if before.version == saved.version:
        return f"It says that already: version {saved.version} stays."
    return f"{saved.name} is version {saved.version} from the next answer on; one under way keeps its own."


def does_not_render(prompt: PromptVersion, error: DoesNotRender) -> str:
    """Says why a text was not taken."""
    variables = ", ".join(f"{{{{{name}}}}}" for name in prompt.variables) or "no variables"
    return (
        f"That text could not be sent, so nothing has changed. It uses {variables}, all of them and no others: {error}."
    )


def _too_long(prompt: PromptVersion) -> str:
    if len(prompt.text) <= FORM_LIMIT:
        return ""
    return f"Its {len(prompt.text):,} characters are more than a form takes. Give the whole text with the command."


def _numbered(versions: Sequence[PromptVersion], number: int) -> PromptVersion:
    found = next((one for one in versions if one.version == number), None)
    if found is None:
        raise BadArgument(f"{versions[-1].name} has the versions 1 to {versions[-1].version}.")
    return found
