"""The prompts in force: shipped ones are put in force at start, edited ones stay as their authors left them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from memory import IdentityId, PromptText, PromptVersion, PromptVersions
from prompts.prompt_file import VARIABLE, odd_variables, read_prompt_file

SHIPPED_BY: Final = "ember"  #: the author of shipped versions
_SHIPPED: Final = Path(__file__).parent / "shipped"


class MissingPrompt(Exception):
    """There is no prompt of that name."""


class MissingVariable(Exception):
    """A prompt cannot be rendered without each of its variables."""


class DoesNotRender(Exception):
    """A prompt's text uses other variables than it is given; the text says which."""


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt as it is sent, with the version that it was made from."""

    name: str
    version: int
    text: str


def shipped_prompts() -> list[PromptText]:
    """Reads the prompts that come with Ember."""
    return [read_prompt_file(file) for file in sorted(_SHIPPED.glob("*.md"))]


class PromptStore:
    """Gives the prompts in force."""

    def __init__(self, versions: PromptVersions) -> None:
        self._versions = versions

    async def seed(self, prompts: Iterable[PromptText]) -> None:
        """Puts shipped prompts in force, but for those that somebody has edited."""
        for shipped in prompts:
            in_force = await self._versions.in_force(shipped.name)
            if in_force is None or in_force.author == SHIPPED_BY:
                await self._versions.save(shipped, author=SHIPPED_BY, reason="shipped with Ember")

    async def all(self) -> Sequence[PromptVersion]:
        """Returns the versions in force, by name."""
        return await self._versions.all_in_force()

    async def get(self, name: str) -> PromptVersion:
        """Returns the version in force. Raises MissingPrompt."""
        prompt = await self._versions.in_force(name)
        if prompt is None:
            raise MissingPrompt(f"{MissingPrompt.__doc__} ({name})")
        return prompt

    async def history(self, name: str) -> Sequence[PromptVersion]:
        """Returns every version, oldest first; none for a prompt that there is not."""
        return await self._versions.history(name)

    async def edit(
        self, name: str, text: str, author: IdentityId, reason: str, after: int | None = None
    ) -> PromptVersion:
        """Gives a prompt a new text.

        `after` is the version that the author has seen. Raises MissingPrompt, DoesNotRender, ChangedMeanwhile.
        """
        return await self._save(await self.get(name), text, author, reason, after)

    async def copy(self, name: str, to: str, text: str, author: IdentityId, reason: str) -> PromptVersion:
        """Makes a new prompt like another, with a text of its own.

        Raises MissingPrompt, DoesNotRender, and ChangedMeanwhile when there is one of that name.
        """
        return await self._save(replace(await self.get(name), name=to), text, author, reason, after=0)

    async def _save(
        self, like: PromptVersion, text: str, author: IdentityId, reason: str, after: int | None
    ) -> PromptVersion:
        text = text.strip()
        if odd := odd_variables(text, like.variables):
            raise DoesNotRender(", ".join(odd))
        made = PromptText(like.name, like.category, like.description, like.variables, text)
        return await self._versions.save(made, str(author), reason, after)

    async def render(self, name: str, variables: Mapping[str, str]) -> RenderedPrompt:
        """Returns the version in force with its variables filled in. Raises MissingPrompt, MissingVariable."""
        prompt = await self.get(name)
        return RenderedPrompt(prompt.name, prompt.version, render(prompt, variables))


def render(prompt: PromptVersion, variables: Mapping[str, str]) -> str:
    """Fills a prompt's variables in; what they hold is not looked at again. Raises MissingVariable."""
    missing = [name for name in prompt.variables if name not in variables]
    if missing:
        raise MissingVariable(f"{MissingVariable.__doc__} ({prompt.name}: {', '.join(missing)})")
    return VARIABLE.sub(lambda found: variables[found.group(1)], prompt.text)
